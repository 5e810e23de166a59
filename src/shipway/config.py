"""The user's file: `.github/shipway.yml` → `Policy`.

It is read as YAML 1.2: `yes`, `on` and dates are text, and keys are text. Whatever is wrong is refused at once,
in the order of the file, with line, column, what was expected and the nearest key.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, get_type_hints

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from shipway.config_checks import problems_of
from shipway.domain.policy import Policy
from shipway.domain.span import no_span, parse_span
from shipway.domain.strategy_policy import NAMELESS
from shipway.errors import UsageError

PATH = ".github/shipway.yml"
REFERENCE = "docs/reference/configuration.md"

LONGEST = 200_000
"""Characters of the file."""
DEEPEST = 20
"""Levels of nesting."""

MOST = 20_000
"""Values, each alias counted with all that it stands for: so that a few lines cannot grow without end."""

SECONDS = (
    ("environments", "*", "deploy", "timeout"),
    ("environments", "*", "deploy", "call", "timeout"),
    ("gates", "*", "timeout"),
    ("gates", "*", "retry-after"),
    ("gates", "*", "metric", "timeout"),
    ("gates", "*", "signals", "every"),
    ("gates", "*", "signals", "metrics", "*", "timeout"),
)
"""Where seconds are wanted, as a number or as a length of time such as `5m`."""

SECONDS_OF = (
    ("DeployPolicy", "timeout"),
    ("CallPolicy", "timeout"),
    ("GatePolicy", "timeout"),
    ("GatePolicy", "retry-after"),
    ("MetricPolicy", "timeout"),
    ("SignalsPolicy", "every"),
)
"""The same as records and keys of the schema."""

Problem = tuple[int, int, str]
"""Line and column, from 1, and what is wrong there."""


def read_policy(text: str, name: str = PATH) -> Policy:
    """Read the configuration; an empty text gives the defaults.

    Args:
        text: The file's text.
        name: What to call it in errors.

    Raises:
        UsageError: It is not YAML, or not a configuration; all problems at once.
    """
    node = _composed(text, name)
    if node is None or node.tag == "tag:yaml.org,2002:null":
        return Policy()
    if not isinstance(node, yaml.MappingNode):
        raise _refused(name, [_at(node, "expected settings, such as `release:`")])
    _refuse_any(name, _keys(node))
    data = _listed(_Loader("").construct_document(node))
    _refuse_any(name, _nameless(node, data))
    try:
        policy = _adapter().validate_json(json.dumps(data), strict=True, by_alias=True)
    except ValidationError as problem:
        raise _refused(name, [_explained(node, error) for error in problem.errors()]) from problem
    _refuse_any(name, [(*_position(node, path), complaint) for path, complaint in problems_of(policy)])
    return policy


@cache
def _adapter() -> TypeAdapter[Policy]:
    return TypeAdapter(Policy)


def _listed(data: Any) -> Any:
    """One name in `after` or `branches` stands for a list of one, a number in `wait-timer` for minutes; a strategy or
    a call with nothing behind it for the usual one."""
    environments = data.get("environments") if isinstance(data, dict) else None
    for settings in environments.values() if isinstance(environments, dict) else ():
        if not isinstance(settings, dict):
            continue
        protection = settings.get("protection")
        protection = protection if isinstance(protection, dict) else {}
        for record, key in ((settings, "after"), (protection, "branches")):
            if isinstance(record.get(key), str):
                record[key] = [record[key]]
        for key in ("strategy.canary", "strategy.rolling", "strategy.blue-green", "deploy.call"):
            part, _, one = key.partition(".")
            named = settings.get(part)
            if isinstance(named, dict) and one in named and named[one] is None:
                named[one] = [] if one in {"canary", "rolling"} else {}  # who names it does not go without
        timer = protection.get("wait-timer")
        if isinstance(timer, int) and not isinstance(timer, bool):
            protection["wait-timer"] = f"{timer}m"
    _in_seconds(data)
    return data


def _nameless(node: yaml.Node, data: Any) -> Iterator[Problem]:
    """Strategies that are empty: as policy they are the same as none, which is not what was meant."""
    environments = data.get("environments")
    for name, settings in environments.items() if isinstance(environments, dict) else ():
        if isinstance(settings, dict) and settings.get("strategy") == {}:
            path = ("environments", name, "strategy")
            yield *_position(node, path), f"`{'.'.join(path)}` {NAMELESS}"


def _in_seconds(data: Any) -> None:
    """A length of time stands for its seconds, wherever seconds are wanted; what is none is refused later."""
    for *path, key in SECONDS:
        for record in _below(data, path):
            written = record.get(key)
            if isinstance(written, str) and written and not no_span(written):
                record[key] = parse_span(written).total_seconds()


def _below(data: Any, path: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The settings at a path, in which `*` stands for every name."""
    if not isinstance(data, dict):
        return
    if not path:
        yield data
        return
    for one in data.values() if path[0] == "*" else [data.get(path[0])]:
        yield from _below(one, path[1:])


class _Loader(yaml.SafeLoader):
    """Plain words that are not text: those of YAML 1.2's core schema, so that a branch may be called `on`."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own way


for _tag, _form, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]{1,15}", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_form})\Z"), [*_first])


def _composed(text: str, name: str) -> yaml.Node | None:
    if len(text) > LONGEST:
        raise _refused(name, [(1, 1, f"longer than {LONGEST:,} characters")])
    try:
        _screen(text, name)
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.reader.ReaderError as problem:
        before = text[: problem.position]
        where = before.count("\n") + 1, len(before) - before.rfind("\n")
        character = f"U+{ord(text[problem.position]):04X}"
        raise _refused(name, [(*where, f"not YAML: character {character} is not allowed")]) from problem
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        where = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _refused(name, [(*where, f"not YAML: {problem.problem}")]) from problem
    return node


def _screen(text: str, name: str) -> None:
    """Refuse what grows when it is read, before it is read: deep nesting, aliases of aliases, own types."""
    sizes: dict[str, int] = {}
    open_ones: list[tuple[str | None, int]] = []
    count = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise _refused(name, [_at(event, f"alias `*{event.anchor}` has no finished anchor")])
            count += sizes[event.anchor]
        elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            count += 1
            if event.tag is not None:
                raise _refused(name, [_at(event, "types such as `!!set` are not used here")])
            if isinstance(event, yaml.ScalarEvent):
                sizes |= {event.anchor: 1} if event.anchor else {}
            else:
                open_ones.append((event.anchor, count))
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_ones.pop()
            sizes |= {anchor: count - before + 1} if anchor else {}
        if len(open_ones) > DEEPEST:
            raise _refused(name, [_at(event, f"nested deeper than {DEEPEST} levels")])
        if count > MOST:
            raise _refused(name, [_at(event, f"more than {MOST:,} values, counting what aliases stand for")])


def _keys(node: yaml.Node) -> Iterator[Problem]:
    """Keys that are not text, and keys that stand there twice, of which YAML would silently take the last."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    seen: dict[str, int] = {}
    for key, value in pairs:
        if key.tag != "tag:yaml.org,2002:str":
            shown = f"`{key.value}`" if isinstance(key, yaml.ScalarNode) else "this one"
            yield _at(key, f"keys are text; put {shown} in quotes")
        elif key.value in seen:
            yield _at(key, f"key `{key.value}` is here a second time; the first is on line {seen[key.value]}")
        else:
            seen[key.value] = key.start_mark.line + 1
        yield from _keys(value)
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _keys(item)


def _at(thing: yaml.Node | yaml.Event, complaint: str) -> Problem:
    mark = thing.start_mark
    return (mark.line + 1, mark.column + 1, complaint) if mark else (1, 1, complaint)


def _refuse_any(name: str, problems: Iterable[Problem]) -> None:
    found = list(problems)
    if found:
        raise _refused(name, found)


def _refused(name: str, problems: Iterable[Problem]) -> UsageError:
    lines = [f"  {name}:{line}:{column}: {complaint}" for line, column, complaint in sorted({*problems})]
    return UsageError(
        "\n".join([f"{name} cannot be used:", *lines]),
        f"{REFERENCE} lists every key with an example.",
        reason_code="configuration",
    )


EXPECTED = {
    "bool_type": "must be true or false",
    "dataclass_type": "must be settings, such as {}",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "literal_error": "must be one of {expected}",
    "dict_type": "must be settings, such as {}",
    "mapping_type": "must be settings, such as {}",
    "string_type": "must be text in quotes",
    "tuple_type": "must be a list, such as [{input}]",
}
"""pydantic's kind of error → what we say."""


def _explained(node: yaml.Node, error: ErrorDetails) -> Problem:
    path = tuple(error["loc"])
    dotted = ".".join(str(part) for part in path)
    if error["type"] in {"extra_forbidden", "unexpected_keyword_argument"}:
        known = _known_keys(path[:-1])
        near = get_close_matches(str(path[-1]), known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"known keys: {', '.join(known)}"
        return *_position(node, path), f"unknown key `{dotted}`; {hint}"
    given = json.dumps(error["input"], ensure_ascii=False)
    given = given if len(given) <= 60 else f"{given[:60]}…"
    form = EXPECTED.get(error["type"], error["msg"].lower())
    if form == EXPECTED["float_type"] and path[-1] in {place[-1] for place in SECONDS}:
        form = "must be seconds, or a length of time such as 5m"
    if form == EXPECTED["string_type"] and path[-1] in {"may-rise", "may-fall"}:
        form = "must be per cent, such as 20%"
    if form == EXPECTED["dataclass_type"] and (known := _known_keys(path)):
        form = f"must be settings, with keys such as {', '.join(known[:3])}"
    if form == EXPECTED["tuple_type"] and not isinstance(error["input"], str):
        form = "must be a list"
    wish = form.replace("{input}", given).replace("{expected}", str(error.get("ctx", {}).get("expected")))
    return *_position(node, path), f"`{dotted}` {wish}, not {given}"


def _position(node: yaml.Node, path: tuple[int | str, ...]) -> tuple[int, int]:
    """Line and column, from 1, of the key or item that a path leads to, or of the nearest one above it."""
    mark = node.start_mark
    for part in path:
        if isinstance(node, yaml.MappingNode):
            pair = next((p for p in node.value if p[0].value == str(part)), None)
            if pair is None:
                break
            mark, node = pair[0].start_mark, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            mark = node.start_mark
        else:
            break
    return mark.line + 1, mark.column + 1


def _known_keys(path: tuple[int | str, ...]) -> list[str]:
    """Keys that may stand at a path, found from the records themselves."""
    record: Any = Policy
    for part in path:
        hints = get_type_hints(record) if is_dataclass(record) else {}
        hint = hints.get(str(part).replace("-", "_"))
        if hint is None:
            values = [v for v in getattr(record, "__args__", ()) if is_dataclass(v)]
            hint = values[0] if values else None
        record = hint
    return (
        [field.name.rstrip("_").replace("_", "-") for field in fields(record)] if is_dataclass(record) else []
    )


def schema() -> Mapping[str, Any]:
    """The JSON Schema of the configuration, for editors and checks."""
    found = _adapter().json_schema(by_alias=True)
    after = found["$defs"]["EnvironmentPolicy"]["properties"]["after"]
    after["anyOf"] = [{"type": "string"}, {"type": after.pop("type"), "items": after.pop("items")}]
    protection = found["$defs"]["ProtectionPolicy"]["properties"]
    protection["branches"]["anyOf"].append({"type": "string"})
    protection["wait-timer"]["anyOf"].append({"type": "integer"})
    for record, key in SECONDS_OF:
        seconds = found["$defs"][record]["properties"][key]
        kinds = seconds.pop("anyOf", None) or [{"type": seconds.pop("type")}]
        seconds["anyOf"] = [*kinds, {"type": "string"}]
    return found
