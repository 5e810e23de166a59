"""What a repository is written in, how its tests are run, and which reports they leave."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shipway.domain.setup.repository import Repository

PACKAGES = {
    "pyproject.toml": "Python",
    "setup.py": "Python",
    "setup.cfg": "Python",
    "package.json": "Node",
    "Cargo.toml": "Rust",
    "go.mod": "Go",
    "pom.xml": "Maven",
    "build.gradle": "Gradle",
    "build.gradle.kts": "Gradle",
    "Chart.yaml": "Helm",
}
"""File at the top of a repository → what it is written in, or built with."""

_INSTALLS = {
    "package-lock.json": "npm ci && npm test",
    "npm-shrinkwrap.json": "npm ci && npm test",
    "pnpm-lock.yaml": "pnpm install --frozen-lockfile && pnpm test",
    "yarn.lock": "yarn install && yarn test",
    "package.json": "npm install && npm test",
}
"""File that says how packages are installed → what installs them and runs the tests."""

_REPORTS = (
    (re.compile(r"--junit-?xml[= ][\"']?([\w./*-]+\.xml)"), ""),
    (re.compile(r"--junitfile[= ][\"']?([\w./*-]+\.xml)"), ""),
    (re.compile(r"--cov-report[= ][\"']?xml:([\w./-]+\.xml)"), ""),
    (re.compile(r"--cov-report[= ][\"']?xml(?![:\w])"), "coverage.xml"),
    (re.compile(r"\"jest-junit\""), "junit.xml"),
)
"""What tells of a report, and its path where that is not told."""

_TOLD_IN = ("pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", "noxfile.py", "package.json", "Makefile")


@dataclass(frozen=True, slots=True)
class Tests:
    """How the tests are run.

    Attributes:
        command: Argument list.
        in_shell: Whether that is one line for the shell instead.
        ready: Whether a fresh machine of GitHub's can run it as it is; where not, its packages come first.
        reports: Globs of the reports that they leave.
    """

    command: tuple[str, ...]
    in_shell: bool = False
    ready: bool = True
    reports: tuple[str, ...] = ()


def packages(repository: Repository) -> dict[str, str]:
    """File → what the repository is written in, or built with."""
    return {path: language for path, language in PACKAGES.items() if path in repository.files}


def tests_of(repository: Repository) -> Tests | None:
    """How the tests are run; None where nothing tells."""
    found = _built(repository) or _node(repository) or _made(repository) or _python(repository)
    if found is None:
        return None
    reports = found.reports or tuple(dict.fromkeys(_reports(repository)))
    return Tests(found.command, found.in_shell, found.ready, reports)


def _built(repository: Repository) -> Tests | None:
    """Builders that come with the runner and fetch what they need by themselves."""
    files = repository.files
    if "Cargo.toml" in files:
        return Tests(("cargo", "test"))
    if "go.mod" in files:
        return Tests(("go", "test", "./..."))
    if "pom.xml" in files:
        return Tests(("mvn", "--batch-mode", "verify"), reports=("target/surefire-reports/*.xml",))
    if "gradlew" in files:
        return Tests(("./gradlew", "test"), reports=("build/test-results/test/*.xml",))
    return None


def _node(repository: Repository) -> Tests | None:
    script = json_of(repository, "package.json").get("scripts")
    test = script.get("test") if isinstance(script, dict) else None
    if not isinstance(test, str) or "no test specified" in test:  # what `npm init` puts there
        return None
    line = next(line for file, line in _INSTALLS.items() if file in repository.files)
    return Tests(
        (line,), in_shell=True, ready=line.startswith("npm ")
    )  # the others do not come with the runner


def _made(repository: Repository) -> Tests | None:
    text = repository.read("Makefile") if "Makefile" in repository.files else ""
    return Tests(("make", "test"), ready=False) if re.search(r"^test\s*:", text, re.MULTILINE) else None


def _python(repository: Repository) -> Tests | None:
    told = any("pytest" in repository.read(path) for path in _TOLD_IN if path in repository.files)
    tests = any(re.match(r"(tests?/)?(.*/)?test_\w+\.py$", path) for path in repository.files)
    return Tests(("python", "-m", "pytest"), ready=False) if told or tests else None


def _reports(repository: Repository) -> Iterator[str]:
    texts = [repository.read(path) for path in _TOLD_IN if path in repository.files]
    for text in (*texts, *repository.workflows.values()):
        for form, path in _REPORTS:
            yield from (path or found[1] for found in form.finditer(text))


def json_of(repository: Repository, path: str) -> dict[str, Any]:
    """What a JSON file says; nothing where it is not there, or cannot be read."""
    try:
        found = json.loads(repository.read(path)) if path in repository.files else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
