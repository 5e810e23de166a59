"""The configuration that is proposed, as text: what differs from the defaults, and the rest as hints."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shipway.domain.policy import Policy, ReleasePolicy
from shipway.domain.setup.callers import DEPLOYS
from shipway.domain.setup.findings import Findings
from shipway.domain.setup.programs import Tests
from shipway.domain.setup.takeover import BRANCH_DEPLOY
from shipway.domain.setup.yaml_text import comment, flow, scalar

_DEFAULT = ReleasePolicy()

WIDEST = 44
"""Characters before the reason, in lines that are not longer."""

HOW = f"deploy: {{command: [./deploy, …]}} or {{workflow: {DEPLOYS}}} says how"

USUAL_GATES: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "security": (
        {"report": ["build/trivy.json"], "block": ["CRITICAL", "HIGH"]},
        "run in this order; the first that fails stops the rest",
    ),
    "done": (
        {"checklist": {"operability": ["the dashboard was looked at"]}},
        "people tick it in the pull request",
    ),
    "unit": (
        {"command": ["make", "test"], "report": ["junit/*.xml", "coverage.xml"], "coverage": 80},
        "has to pass before a release; the job installs what it needs",
    ),
    "integration": (
        {"command": ["make", "integration"], "report": ["build/integration/*.xml"], "coverage": 70},
        "coverage in per cent of lines",
    ),
    "smoke": ({"command": ["./smoke"]}, "also after each deployment and rollback"),
    "e2e": ({"command": ["make", "e2e"]}, "a hotfix runs it afterwards"),
}
"""Gate → what it might be, and why, in the order of the table in docs/gates.md."""

HEAD = """\
# What Shipway does in this repository. The lines that begin with `# ` and a key are hints: what holds anyhow, or what
# could stand there. docs/reference/configuration.md of Shipway has every key.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A setting with its reason.

    Attributes:
        value: What the file reader would make of it.
        why: What people read beside it.
        hint: Whether it stands as a comment.
    """

    key: str
    value: Any
    why: str
    hint: bool = False


def configuration_text(found: Findings, *, gate: bool) -> str:
    """The text of `.github/shipway.yml`.

    Args:
        gate: Whether the tests are run before each release.
    """
    sections = {
        "release": [*_release(found)],
        "gates": [*_gates(found, gate=gate)],
        "environments": [*_environments(found)],
        "comments": [*_comments(found)],
    }
    parts = (_section(name, lines) for name, lines in sections.items() if lines)
    return "\n".join([HEAD, *parts]).rstrip() + "\n"


def _release(found: Findings) -> Iterator[Line]:
    way = found.route
    yield Line("flow", "auto", f"{way.flow}, by the branches: from {way.source} to {way.target}", hint=True)
    yield _differing("tag", found.tag, "as the tags that are there", "form of a tag")
    changelog = next((tool.changelog for tool in found.tools if tool.changelog), "")
    yield _differing("changelog", changelog, "where it stands already", "gets the new section")
    yield from _version_files(found)
    yield from _taken_over(found)
    yield Line("approvals", _DEFAULT.approvals, "that a release pull request needs", hint=True)


def _differing(key: str, value: str, why: str, usual: str) -> Line:
    default = getattr(_DEFAULT, key)
    other = bool(value) and value != default
    return Line(key, value if other else default, why if other else usual, hint=not other)


def _version_files(found: Findings) -> Iterator[Line]:
    known = [file.path for file in found.version_files]
    named = [path for tool in found.tools for path in tool.version_files]
    more = [path for path in named if path not in known]
    if more:
        yield Line("version-files", more, "besides those that are found by themselves")
    elif known:
        yield Line("version-files", known, "found by themselves; name here what is not", hint=True)
    else:
        yield Line("version-files", ["VERSION"], "none was found; the tag alone has the version", hint=True)


def _taken_over(found: Findings) -> Iterator[Line]:
    for tool in found.tools:
        if tool.groups:
            yield Line("groups", tool.groups, f"titles in the changelog, as {tool.tool} had them")
        if tool.types:
            yield Line("types", tool.types, f"what asks for a version, as {tool.tool} saw it")
        if tool.major_on_zero:
            yield Line("major-on-zero", True, f"as {tool.tool} did: a breaking change makes 1.0.0")  # noqa: FBT003 - a value


def _gates(found: Findings, *, gate: bool) -> Iterator[Line]:
    """Every gate that has a place of its own, in the order in which they are meant to run."""
    for name, (settings, why) in USUAL_GATES.items():
        if name == "unit" and found.tests:
            yield _unit(found.tests, gate=gate)
        else:
            yield Line(name, settings, why, hint=True)


def _unit(tests: Tests, *, gate: bool) -> Line:
    settings: dict[str, Any] = {"command": list(tests.command)}
    settings |= {"shell": True} if tests.in_shell else {}
    settings |= {"report": list(tests.reports)} if tests.reports else {}
    why = "has to pass before a release" if tests.ready else "needs its packages installed in the job before"
    return Line("unit", settings, why, hint=not gate)


def _environments(found: Findings) -> Iterator[Line]:
    if not found.environments:
        example = {"deploy": {"command": ["./deploy", "staging"]}}
        yield Line("staging", example, "a release goes on into it", hint=True)
        after = {"after": "staging", "automatic": False, "deploy": {"command": ["./deploy", "production"]}}
        yield Line("production", after, "people bring versions in", hint=True)
        return
    for before, name in zip(("", *found.environments), found.environments, strict=False):
        yield _environment(name, before, _known_of(name, found), last=name == found.environments[-1])


def _known_of(name: str, found: Findings) -> dict[str, Any]:
    """What another tool said of an environment, where we would not think so anyhow."""
    known: dict[str, Any] = {}
    for tool in found.tools:
        if tool.production is not None and Policy().is_production(name) is not (name in tool.production):
            known["production"] = name in tool.production
        if tool.tool == BRANCH_DEPLOY and name not in (tool.production or ()):
            known["unreleased"] = True
        if name in tool.urls:
            known["deploy"] = {"url": tool.urls[name]}
    return known


def _environment(name: str, before: str, known: Mapping[str, Any], *, last: bool) -> Line:
    settings: dict[str, Any] = {**({"after": before} if before else {}), **known}
    if last and before:
        settings["automatic"] = False
        return Line(name, settings, f"people bring versions in; {HOW}")
    return Line(name, settings, f"a release goes on into it; {HOW}")


def _comments(found: Findings) -> Iterator[Line]:
    if any(tool.tool == BRANCH_DEPLOY for tool in found.tools):
        yield Line("dialect", BRANCH_DEPLOY, "its commands are understood too: .deploy, .lock and the others")


def _section(name: str, lines: list[Line]) -> str:
    """A top-level key; a comment altogether where all that stands in it are hints."""
    hints = all(line.hint for line in lines)
    rows = [(name + ":", "", hints), *(row for line in lines for row in _rows(line))]
    texts = [(_commented(text, all_of_it=hints) if hint else text, why) for text, why, hint in rows]
    width = min(max(len(text) for text, _ in texts), WIDEST)
    return "\n".join(f"{text.ljust(width)}  # {comment(why)}" if why else text for text, why in texts) + "\n"


def _commented(text: str, *, all_of_it: bool) -> str:
    return f"# {text}" if all_of_it else f"  # {text[2:]}"


def _rows(line: Line) -> Iterator[tuple[str, str, bool]]:
    """Text, reason, and whether it is a hint; settings of settings stand below each other."""
    key = f"  {scalar(line.key)}:"
    if not (isinstance(line.value, Mapping) and line.value):
        yield f"{key} {flow(line.value)}", line.why, line.hint
        return
    yield key, line.why, line.hint
    for name, value in line.value.items():
        yield f"    {scalar(name)}: {flow(value)}", "", line.hint
