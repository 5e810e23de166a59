"""The presets that Shipway brings along: `presets/*.toml`."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from shipway.domain.preset import Command, Parameter, Preset

PRESETS = files("shipway") / "presets"


@cache
def preset_named(name: str) -> Preset:
    """One of them; `DeployPolicy.preset` says which there are."""
    data: dict[str, Any] = tomllib.loads((PRESETS / f"{name}.toml").read_text(encoding="utf-8"))
    return Preset(
        name=name,
        documentation=tuple(data["documentation"]),
        strategies=tuple(data["strategies"]),
        why_not=data["why-not"],
        parameters={key: Parameter(**settings) for key, settings in data["parameters"].items()},
        commands={step: tuple(map(_command, listed)) for step, listed in data["commands"].items()},
    )


def _command(written: list[str] | dict[str, Any]) -> Command:
    if isinstance(written, list):
        return Command(run=tuple(written))
    return Command(run=tuple(written["run"]), gives=written["gives"])
