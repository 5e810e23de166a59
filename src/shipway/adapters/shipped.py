"""The workflows that Shipway ships for others to copy: in a wheel beside the modules, in a clone at its top."""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
PLACES = (_PACKAGE / "workflows", _PACKAGE.parents[1] / "workflows")


def shipped_workflows() -> dict[str, str]:
    """Name of a file → its text."""
    folder = next(place for place in PLACES if place.is_dir())
    return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.yml"))}
