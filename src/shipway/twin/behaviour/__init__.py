"""What GitHub does: functions on a World that REST and GraphQL share. They raise `Refused`."""
