"""Bringing a version into an environment: promotion, rollback, locks. Pure."""
