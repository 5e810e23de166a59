"""What `shipway doctor` finds: how a repository is set up, looked at once, judged by pure functions."""
