"""What a repository needs so that a demonstration shows something: a configuration, and reports for a gate."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from shipway.config import PATH
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.policy import DeployPolicy, Policy
from shipway.domain.version import SEMVER

REPORTS = ".github/shipway-demo"
PIPELINE = ("dev", "staging", "production")
"""Releases go into the first by themselves; people promote to the others."""
COVERAGE = 80
_TAG = re.compile(rf"(?P<before>(?:.*[^0-9A-Za-z.])?[A-Za-z]*){SEMVER}")
_CODE = (
    ".py",
    ".js",
    ".ts",
    ".go",
    ".rs",
    ".c",
    ".cc",
    ".cpp",
    ".java",
    ".rb",
    ".php",
    ".cs",
    ".kt",
    ".swift",
)


@dataclass(frozen=True, slots=True)
class Setup:
    """Files to put into the repository on the twin, and what to say about them.

    Attributes:
        committed: Path → text of files that are committed there.
        reports: Path → text of files that only lie in the working copy, as reports do.
        configured: Whether the repository has a configuration of its own.
        notes: A sentence each.
    """

    committed: dict[str, str]
    reports: dict[str, str]
    configured: bool
    notes: list[str] = field(default_factory=list)


def set_up(root: Path, newest_tags: Sequence[str], files: Sequence[str]) -> Setup:
    """Work out what is missing.

    Args:
        root: Working copy; only its `.github` needs to be there.
        newest_tags: Tags, newest first.
        files: Paths of the repository's files.
    """
    reports = {f"{REPORTS}/junit.xml": _junit(), f"{REPORTS}/coverage.json": _coverage(files)}
    if (root / PATH).is_file():
        note = f"{PATH} counts, but its commands are not run: gates read a small made-up report, deployments print."
        return Setup({}, reports, configured=True, notes=[note])
    tag = tag_format(newest_tags)
    notes = [f"The repository has no {PATH}: the twin gets one with {' → '.join(PIPELINE)} and two gates."]
    if tag != "v{version}":
        notes.append(
            f"Its tags look like {_example(newest_tags, tag)}, so the configuration says tag: {tag!r}."
        )
    elif not any(_TAG.fullmatch(name) for name in newest_tags):
        found = f"None of its {len(newest_tags)} newest tags is" if newest_tags else "It has no tag that is"
        notes.append(f"{found} a version, so this becomes the first release.")
    return Setup({PATH: _configuration(tag), **reports}, {}, configured=False, notes=notes)


def tag_format(newest_tags: Sequence[str]) -> str:
    """The form that most of these tags have; `v{version}` when none is a version."""
    found = (_TAG.fullmatch(name) for name in newest_tags)
    prefixes = Counter(match["before"] for match in found if match)
    return f"{prefixes.most_common(1)[0][0]}{{version}}" if prefixes else "v{version}"


def _example(newest_tags: Sequence[str], form: str) -> str:
    before = form.removesuffix("{version}")
    matches = (_TAG.fullmatch(name) for name in newest_tags)
    return next(match.string for match in matches if match and match["before"] == before)


def harmless(policy: Policy) -> Policy:
    """A repository's own policy without any command of its own."""
    environments = {
        name: replace(one, deploy=replace(one.deploy, command=_printing(one.deploy)))
        for name, one in policy.environments.items()
    }
    gates = {name: _reading(gate) for name, gate in policy.gates.items()}
    return replace(policy, environments=environments, gates=gates)


def _printing(deploy: DeployPolicy) -> tuple[str, ...]:
    return ("echo", "demonstrated:", *deploy.command) if deploy.command else ()


def _reading(gate: GatePolicy) -> GatePolicy:
    coverage = None if gate.coverage is None else min(gate.coverage, COVERAGE)
    return replace(gate, command=(), shell=False, checks=(), report=(f"{REPORTS}/*",), coverage=coverage)


def _configuration(tag: str) -> str:
    first, second, last = PIPELINE
    settings = {
        "release": {"tag": tag},
        "gates": {
            "unit": {"report": [f"{REPORTS}/*"], "coverage": COVERAGE},
            "smoke": {"command": ["sh", "-c", 'echo "${SHIPWAY_ENVIRONMENT:-the commit} answers"']},
        },
        "environments": {
            first: _environment(),
            second: _environment(after=first, automatic=False),
            last: _environment(after=second, automatic=False),
        },
    }
    return "# Written by `shipway demo`, for its twin only.\n" + yaml.safe_dump(settings, sort_keys=False)


def _environment(**settings: object) -> dict[str, object]:
    printing = ["sh", "-c", 'echo "$SHIPWAY_TAG is on its way to $SHIPWAY_ENVIRONMENT"']
    return {**settings, "deploy": {"command": printing}}


_TESTS = {
    "versions": ("reads a version", "orders prereleases", "refuses a leading zero", "keeps build metadata"),
    "changelog": ("groups by type", "keeps what people wrote", "escapes markup", "links pull requests"),
    "deployment": ("starts in order", "stops at the first failure", "tells the truth"),
}


def _junit() -> str:
    """A small JUnit report in which every test passes."""
    cases = [
        f'  <testcase classname="demo.{group}" name="{name}" time="{0.011 * (3 * row + column + 1):.3f}"/>'
        for row, (group, names) in enumerate(_TESTS.items())
        for column, name in enumerate(names)
    ]
    head = f'<testsuite name="demonstration" tests="{len(cases)}" failures="0" errors="0">'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *cases, "</testsuite>\n"])


def _coverage(files: Sequence[str]) -> str:
    """A small report of coverage.py over a few files of the repository, in which most lines are covered."""
    code = [name for name in files if name.endswith(_CODE)][:5] or ["demonstration.py"]
    rows = {name: _file(97 - 6 * index) for index, name in enumerate(code)}
    return json.dumps({"meta": {"version": "7.0"}, "files": rows, "totals": {}}, indent=1) + "\n"


def _file(covered: int) -> dict[str, list[int]]:
    return {"executed_lines": list(range(1, covered + 1)), "missing_lines": list(range(covered + 1, 101))}
