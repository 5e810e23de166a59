"""What a repository is set up with for Shipway: looked at, proposed, written as files; pure."""
