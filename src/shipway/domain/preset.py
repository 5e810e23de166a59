"""Deployments by well-known tools: from parameters to argument lists, which no shell ever reads.

What a preset is made of stands in `shipway/presets/*.toml`. Values come from the configuration and from versions;
each has to have its parameter's form once it is complete, and none can begin with a dash.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from shipway.domain.strategy_policy import StrategyPolicy
from shipway.errors import InputError

_IMAGE = (
    r"[A-Za-z0-9][A-Za-z0-9._/-]*(:[0-9]+/[A-Za-z0-9._/-]+)?(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?"
    r"(@sha256:[0-9a-f]{64})?"
)

FORMS = {
    "name": (r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", "a name of letters, digits, `.`, `_` and `-`"),
    "revision": (
        r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}(:[1-9][0-9]*)?",
        "a family such as web-1-2-3, or family:revision",
    ),
    "image": (_IMAGE, "an image such as registry.example/web:{version}"),
    "chart": (r"(oci://|https://)?[A-Za-z0-9./][A-Za-z0-9._/:-]*", "a directory or address of a chart"),
    "key": (r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*", "a key such as image.tag"),
    "tag": (r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", "a word such as {version}"),
    "fly": (r"canary|rolling|bluegreen|immediate", "canary, rolling, bluegreen or immediate"),
}
"""Form → its pattern, and what it is."""

NUMBER = re.compile(r"[0-9]{1,18}")
"""What a command may answer that a later one takes up."""

SAMPLE = {
    "version": "1.2.3",
    "tag": "v1.2.3",
    "sha": "0" * 40,
    "digest": f"sha256:{'0' * 64}",
    "slug": "1-2-3",
}
"""What may stand in braces in a parameter, with an example."""

_PLACE = re.compile(r"\{([a-z-]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What a preset wants to know.

    Attributes:
        form: A key of `FORMS`.
        meaning: What it is.
        default: Its value where none is given; None where one has to be.
    """

    form: str
    meaning: str
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a preset.

    Attributes:
        run: Argument list.
        gives: Name of the number in its last line, for the commands after it; empty for none.
    """

    run: tuple[str, ...]
    gives: str = ""

    def knowing(self, values: Mapping[str, str]) -> "Command":
        """The command with these values in place of their names in braces."""
        return replace(self, run=tuple(_filled(word, values) for word in self.run))

    def answer(self, output: str) -> str | None:
        """The number that it has written; None where it has not."""
        last = next(reversed(output.split()), "")
        return last if NUMBER.fullmatch(last) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """How a tool deploys.

    Attributes:
        name: What it is called.
        documentation: Pages of the tool that describe the commands.
        strategies: Strategies whose steps it can take.
        why_not: Why it cannot take those of others.
        parameters: Name → what it wants to know.
        commands: `begin`, `weigh` and `end` of a strategy → commands; `all` for a version that takes over at once,
            where that is not the beginning and the end.
    """

    name: str
    documentation: tuple[str, ...]
    strategies: tuple[str, ...]
    why_not: str
    parameters: Mapping[str, Parameter]
    commands: Mapping[str, tuple[Command, ...]]

    def at(self, step: str, weight: str) -> tuple[Command, ...]:
        """The commands of a step of a strategy, as `SHIPWAY_STEP` names it; empty and `back` for all at once."""
        known = self.commands
        match step:
            case "deploy":
                return (*known["begin"], *(known["weigh"] if weight != "0" else ()))
            case "shift":
                return known["weigh"]
            case "finish" | "switch":
                return known["end"]
            case _:
                return known["all"] if "all" in known else (*known["begin"], *known["end"])


def preset_problems(preset: Preset, given: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Place in `with` → what is wrong there."""
    for name in given:
        if name not in preset.parameters:
            near = get_close_matches(name, preset.parameters, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"it takes {', '.join(preset.parameters)}"
            yield (name,), f"is no parameter of {preset.name}; {hint}"
    for name, parameter in preset.parameters.items():
        if name not in given and parameter.default is None:
            yield (), f"needs `{name}` for {preset.name}: {parameter.meaning}"
        elif not _fits(parameter, _filled(_value(parameter, name, given), SAMPLE)):
            yield (name,), f"must be {FORMS[parameter.form][1]}, not {given[name]!r}"


def strategy_refused(preset: Preset, strategy: StrategyPolicy) -> str:
    """Why the preset cannot take the steps of a strategy; empty where it can."""
    if not strategy.name or strategy.name in preset.strategies:
        return ""
    return f"{strategy.name} cannot be done by {preset.name}: {preset.why_not}"


def expanded(
    preset: Preset, given: Mapping[str, str], told: Mapping[str, str], timeout: float
) -> tuple[Command, ...]:
    """The commands of one step, complete but for what one of them tells a later one.

    Args:
        preset: How the tool deploys.
        given: Parameters, as configured.
        told: What deployers are told: `SHIPWAY_VERSION`, `SHIPWAY_STEP`, `SHIPWAY_WEIGHT` …
        timeout: Seconds that all of it may take.

    Raises:
        InputError: A parameter has not its form with this version.
    """
    version = {name: told.get(f"SHIPWAY_{name.upper()}", "") for name in SAMPLE}
    version["slug"] = re.sub(r"[^a-z0-9]+", "-", version["version"].lower()).strip("-")
    values = {
        name: _filled(_value(parameter, name, given), version)
        for name, parameter in preset.parameters.items()
    }
    wrong = next((name for name, value in values.items() if not _fits(preset.parameters[name], value)), None)
    if wrong:
        raise InputError(
            f"`{wrong}` of the preset {preset.name} would be {values[wrong]!r}, and must be "
            f"{FORMS[preset.parameters[wrong].form][1]}.",
            f"Correct `with.{wrong}`, or release a version that can stand in it, such as 1.2.3.",
            reason_code="command-not-started",
        )
    weight = told.get("SHIPWAY_WEIGHT", "100")
    values |= {"slug": version["slug"], "seconds": str(max(int(timeout), 1)), "weight": weight}
    values["share"] = str(int(weight) / 100)
    return tuple(command.knowing(values) for command in preset.at(told.get("SHIPWAY_STEP", ""), weight))


def _value(parameter: Parameter, name: str, given: Mapping[str, str]) -> str:
    return given.get(name, parameter.default or "")


def _fits(parameter: Parameter, value: str) -> bool:
    return re.fullmatch(FORMS[parameter.form][0], value) is not None


def _filled(text: str, values: Mapping[str, str]) -> str:
    """One pass, so that what is filled in is never read as a name again; unknown names stay."""
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)
