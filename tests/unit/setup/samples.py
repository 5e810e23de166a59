"""Repositories of many kinds, as `shipway init` meets them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from shipway.domain.setup.repository import Repository


@dataclass(frozen=True, slots=True)
class Sample:
    """A repository in short.

    Attributes:
        files: Path → text.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    branches: tuple[str, ...] = ("main",)
    default: str = "main"
    tags: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    name: str = "octocat/hello"

    @property
    def repository(self) -> Repository:
        """What `shipway init` would look at."""
        return Repository(
            self.name,
            self.branches,
            self.default,
            self.tags,
            frozenset(self.files),
            self.files.__getitem__,
            self.environments,
        )


SAMPLES = {
    "empty": Sample(branches=(), name=""),
    "python": Sample(
        {
            "pyproject.toml": '[project]\nname = "hello"\nversion = "1.2.0"\n[tool.pytest.ini_options]\n'
            'addopts = "--junitxml=build/junit.xml --cov-report=xml"\n',
            "src/hello/__init__.py": "",
            "tests/test_hello.py": "",
        },
        tags=("v1.1.0", "v1.2.0"),
    ),
    "node": Sample(
        {
            "package.json": json.dumps(
                {
                    "name": "hello",
                    "version": "0.3.0",
                    "scripts": {"test": "jest"},
                    "devDependencies": {"jest-junit": "1"},
                }
            ),
            "package-lock.json": json.dumps({"name": "hello", "version": "0.3.0", "packages": {}}),
        },
        tags=("0.2.0", "0.3.0"),
    ),
    "rust": Sample(
        {"Cargo.toml": '[package]\nname = "hello"\nversion = "0.1.0"\n', "Cargo.lock": ""},
        environments=("production", "staging"),
    ),
    "go": Sample(
        {"go.mod": "module hello\n", ".github/workflows/ci.yml": "jobs: {}\n"}, environments=("live",)
    ),
    "make": Sample({"Makefile": "all: test\ntest:\n\ttrue\n", "VERSION": "1.0.0\n"}, default="master"),
    "git-flow": Sample(branches=("main", "develop", "feature/x"), default="develop"),
    "trunk": Sample({"pom.xml": ""}, branches=("trunk", "release/2.4"), default="trunk"),
    "release-please": Sample(
        {
            "release-please-config.json": json.dumps(
                {
                    "release-type": "node",
                    "extra-files": ["deploy/app.yaml", {"type": "generic", "path": "README.md"}],
                    "changelog-sections": [
                        {"type": "feat", "section": "New Things"},
                        {"type": "perf", "section": "New Things"},
                        {"type": "chore", "section": "Chores", "hidden": True},
                    ],
                    "packages": {".": {"component": "hello", "changelog-path": "docs/CHANGES.md"}},
                }
            ),
            ".release-please-manifest.json": json.dumps({".": "0.4.0"}),
            "package.json": json.dumps({"name": "hello", "version": "0.4.0"}),
            "deploy/app.yaml": "image: hello:0.4.0 # x-shipway-version\n",
            "README.md": "Take 0.4.0. <!-- x-release-please-version -->\n",
        },
        tags=("hello-v0.3.0", "hello-v0.4.0"),
    ),
    "branch-deploy": Sample(
        {
            ".github/workflows/deploy.yml": "jobs: {one: {steps: [\n"
            "- uses: github/branch-deploy@v10\n  with:\n    environment_targets: dev, production\n]}}\n"
        }
    ),
}
"""Name → repository; `tests/scenarios/init/NAME.yml` is the configuration that is written for it."""
