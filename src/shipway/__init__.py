"""Shipway carries a version from commits to production and back."""

__version__ = "0.0.0"
