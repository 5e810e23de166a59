"""What every test gets."""

pytest_plugins = ["contract.plugin"]
