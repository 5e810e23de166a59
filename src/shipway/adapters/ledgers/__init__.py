"""Where else than in a branch a ledger can be kept."""
