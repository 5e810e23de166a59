"""The user's file: `.github/shipway.yml` → `Policy`.

Unknown keys and wrong values are refused with line, column, what was expected and the nearest key.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, get_type_hints

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from shipway.domain.policy import Policy
from shipway.errors import UsageError

PATH = ".github/shipway.yml"
REFERENCE = "docs/reference/configuration.md"


def read_policy(text: str, name: str = PATH) -> Policy:
    """Read the configuration; an empty text gives the defaults.

    Args:
        text: The file's text.
        name: What to call it in errors.

    Raises:
        UsageError: It is not YAML, or not a configuration; all problems at once.
    """
    node = _composed(text, name)
    if node is None:
        return Policy()
    data = _constructed(text, name)
    if not isinstance(data, dict):
        raise _refused(name, [f"{name}:1:1: expected a mapping of settings, such as `release:`"])
    try:
        policy = _adapter().validate_python(data, by_alias=True)
    except ValidationError as problem:
        raise _refused(name, [_line(name, node, error) for error in problem.errors()]) from problem
    _check_order(policy, name, node)
    return policy


@cache
def _adapter() -> TypeAdapter[Policy]:
    return TypeAdapter(Policy)


def _composed(text: str, name: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as problem:
        raise _not_yaml(problem, name) from problem
    return node


def _constructed(text: str, name: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise _not_yaml(problem, name) from problem


def _not_yaml(problem: yaml.YAMLError, name: str) -> UsageError:
    mark = getattr(problem, "problem_mark", None)
    where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
    return _refused(name, [f"{where}: not YAML: {getattr(problem, 'problem', None) or problem}"])


def _refused(name: str, problems: list[str]) -> UsageError:
    return UsageError(
        "\n".join([f"{name} cannot be used:", *(f"  {problem}" for problem in problems)]),
        f"{REFERENCE} lists every key with an example.",
        reason_code="configuration",
    )


def _line(name: str, node: yaml.Node, error: ErrorDetails) -> str:
    path = tuple(error["loc"])
    line, column = _position(node, path)
    where = f"{name}:{line}:{column}"
    dotted = ".".join(str(part) for part in path)
    if error["type"] in {"extra_forbidden", "unexpected_keyword_argument"}:
        known = _known_keys(path[:-1])
        near = get_close_matches(str(path[-1]), known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"known keys: {', '.join(known)}"
        return f"{where}: unknown key `{dotted}`; {hint}"
    return f"{where}: `{dotted}`: {error['msg'].lower()}; got {error['input']!r}"


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
    return [field.name.replace("_", "-") for field in fields(record)] if is_dataclass(record) else []


def _check_order(policy: Policy, name: str, node: yaml.Node) -> None:
    """Each `after` names an environment, and following them ends."""
    problems: list[str] = []
    for environment, settings in policy.environments.items():
        if not settings.after:
            continue
        line, column = _position(node, ("environments", environment, "after"))
        where = f"{name}:{line}:{column}"
        if settings.after not in policy.environments:
            near = get_close_matches(settings.after, policy.environments, n=1)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            problems.append(f"{where}: environment `{settings.after}` is not configured{hint}")
        elif _circle(policy, environment):
            problems.append(f"{where}: environment `{environment}` waits for itself")
    if problems:
        raise _refused(name, problems)


def _circle(policy: Policy, start: str) -> bool:
    passed: set[str] = set()
    name = start
    while name in policy.environments and name not in passed:
        passed.add(name)
        name = policy.environments[name].after
    return name == start


def schema() -> Mapping[str, Any]:
    """The JSON Schema of the configuration, for editors and checks."""
    return _adapter().json_schema(by_alias=True)
