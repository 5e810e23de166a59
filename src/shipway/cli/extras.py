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
        _raise_if_ours(error)
        raise ShipwayError(
            f"The twin needs {error.name}, which is not installed.",
            "In a clone of Shipway: `pip install '.[twin]'`.",
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
        _raise_if_ours(error)
        raise ShipwayError(
            f"Serving tools needs {error.name}, which is not installed.",
            "In a clone of Shipway: `pip install '.[mcp]'`.",
            reason_code="mcp-not-installed",
        ) from error


def _raise_if_ours(error: ModuleNotFoundError) -> None:
    """Let an error about a module of this package be what it is: no extra has that.

    Raises:
        ModuleNotFoundError: The one that was given.
    """
    if (error.name or "").partition(".")[0] == __name__.partition(".")[0]:
        raise error
