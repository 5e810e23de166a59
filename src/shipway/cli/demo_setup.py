"""What a repository needs so that a demonstration shows something: a configuration, and reports for a gate."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from shipway.config import PATH, read_policy
from shipway.domain.delivery.order import Pipeline, pipeline_of
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
        pipeline: The environments that versions go through; None where the configuration names none.
        notes: A sentence each.
    """

    committed: dict[str, str]
    reports: dict[str, str]
    pipeline: Pipeline | None
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
        return _configured((root / PATH).read_text("utf-8"), reports)
    tag = tag_format(newest_tags)
    notes = [f"The repository has no {PATH}: the twin gets one with {' → '.join(PIPELINE)} and two gates."]
    if tag != "v{version}":
        notes.append(
            f"Its tags look like {_example(newest_tags, tag)}, so the configuration says tag: {tag!r}."
        )
    elif not any(_TAG.fullmatch(name) for name in newest_tags):
        found = f"None of its {len(newest_tags)} newest tags is" if newest_tags else "It has no tag that is"
        notes.append(f"{found} a version, so this becomes the first release.")
    text = _configuration(tag)
    return Setup({PATH: text, **reports}, {}, pipeline_of(read_policy(text)), notes)


def _configured(text: str, reports: dict[str, str]) -> Setup:
    """Of a repository with a configuration: the same names, order and demands, and nothing that reaches out.

    Raises:
        UsageError: It cannot be used.
    """
    policy = read_policy(text)
    pipeline = pipeline_of(policy)
    changed = {PATH: harmless(text, pipeline)}
    notes = [
        f"{PATH} counts, but its commands are not run: gates read a small made-up report, deployments print."
    ]
    if not policy.environments:
        notes.append("It names no environments, so there is nothing to promote to.")
        return Setup(changed, reports, None, notes)
    notes.append("Who may act is not asked here, nothing has to soak, and the ledger is kept on the twin.")
    if any(policy.environments[name].automatic for name in pipeline.names if pipeline.after[name]):
        first = " and ".join(pipeline.first())
        notes.append(f"Releases stop after {first} here, so that promotions can be shown.")
    return Setup(changed, reports, pipeline, notes)


def tag_format(newest_tags: Sequence[str]) -> str:
    """The form that most of these tags have; `v{version}` when none is a version."""
    found = (_TAG.fullmatch(name) for name in newest_tags)
    prefixes = Counter(match["before"] for match in found if match)
    return f"{prefixes.most_common(1)[0][0]}{{version}}" if prefixes else "v{version}"


def _example(newest_tags: Sequence[str], form: str) -> str:
    before = form.removesuffix("{version}")
    matches = (_TAG.fullmatch(name) for name in newest_tags)
    return next(match.string for match in matches if match and match["before"] == before)


def harmless(text: str, pipeline: Pipeline) -> str:
    """A repository's own configuration without commands of its own, waits, and what reaches beyond the twin."""
    settings: dict[str, Any] = yaml.safe_load(text) or {}
    settings.pop("ledger", None)
    environments = settings.get("environments") or {}
    for name, written in environments.items():
        environments[name] = _printing(written or {}, automatic=not pipeline.after[name])
    for name, written in (settings.get("gates") or {}).items():
        settings["gates"][name] = _reading(written or {})
    return "# Changed by `shipway demo`, for its twin only.\n" + yaml.safe_dump(settings, sort_keys=False)


def _printing(written: dict[str, Any], *, automatic: bool) -> dict[str, Any]:
    """An environment whose deploy command is printed, and which nobody and nothing else has to agree to."""
    kept = {name: value for name, value in written.items() if name in {"after", "join", "production"}}
    deploy = written.get("deploy") or {}
    command = deploy.get("command")
    printed = {"command": ["echo", "demonstrated:", *command]} if command else {}
    address = {"url": deploy["url"]} if "url" in deploy else {}
    return {**kept, "automatic": automatic, "deploy": {**address, **printed}}


def _reading(written: dict[str, Any]) -> dict[str, Any]:
    """A gate that reads the small report, with the demands of its own on it."""
    kept = {name: value for name, value in written.items() if name in {"stages", "block", "cvss"}}
    coverage = written.get("coverage")
    covered = {} if coverage is None else {"coverage": min(coverage, COVERAGE)}
    return {**kept, **covered, "report": [f"{REPORTS}/*"]}


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
