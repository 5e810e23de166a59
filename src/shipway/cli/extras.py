"""Modules that need an extra which may not be installed."""

from importlib import import_module
from typing import Any

from shipway.errors import ShipwayError


def needing_twin(module: str) -> Any:
    """Import a module that works with the twin.

    Raises:
        ShipwayError: `twin-not-installed`, with the command that installs it.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise ShipwayError(
            f"The twin needs {error.name}, which is not installed.",
            "Install it with the extra: `pip install 'shipway[twin]'`.",
            reason_code="twin-not-installed",
        ) from error


def needing_mcp(module: str) -> Any:
    """Import a module that speaks the Model Context Protocol.

    Raises:
        ShipwayError: `mcp-not-installed`, with the command that installs it.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise ShipwayError(
            f"Serving tools needs {error.name}, which is not installed.",
            "Install it with the extra: `pip install 'shipway[mcp]'`.",
            reason_code="mcp-not-installed",
        ) from error
