"""A repository as release-please leaves it behind, made by running it; and Shipway on it."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin_project import Clone, Project

from integration.release.command_line import call
from shipway.twin import admin

NPM = Path(__file__).parents[2] / "npm"
PROGRAM = NPM / "node_modules" / "release-please" / "build" / "src" / "bin" / "release-please.js"

CONFIG = "release-please-config.json"
MANIFEST = ".release-please-manifest.json"
BRANCH = "release-please--branches--main"

FILES = {
    "README.md": "# Hello\n",
    "version.txt": "1.0.0\n",
    "docs/install.md": "Take 1.0.0. <!-- x-release-please-version -->\n",
    "deploy/values.yaml": 'image:\n  tag: "1.0.0"\n',
}


@dataclass(slots=True)
class LeftBehind:
    """A repository on the twin in which release-please releases, and a clone of it."""

    project: Project
    clone: Clone

    def release_please(self, command: str) -> None:
        """Run it as its Action does: with the configuration and the manifest of the default branch."""
        done = subprocess.run(
            [
                *("node", str(PROGRAM), command, "--target-branch", "main"),
                *("--repo-url", self.project.full_name, "--token", self.project.token),
                *("--api-url", self.project.twin.api_url, "--graphql-url", self.project.twin.url),
            ],
            env={"PATH": os.environ["PATH"]},
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    def released_with_release_please(self) -> None:
        """Pull request, merge, tag and GitHub Release, all by release-please."""
        self.release_please("release-pr")
        self.merge_last()
        self.release_please("github-release")
        self.pull()

    def merge_last(self) -> None:
        """Merge the newest open pull request, as a person would."""
        self.open_pulls()[-1].merge(merge_method="squash")

    def asked_for(self) -> str:
        """The version that release-please's open pull request is for; empty where it opened none."""
        titles = [pull.title for pull in self.open_pulls() if pull.head.ref.startswith(BRANCH)]
        return titles[-1].rpartition(" ")[2] if titles else ""

    def push(self, message: str, files: dict[str, str] | None = None) -> None:
        """Commit on main, and push."""
        for path, text in (files or {}).items():
            file = self.clone.path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self.clone.commit(message)
        self.clone.git("push", "--quiet", "--follow-tags", "origin", "main")

    def pull(self) -> None:
        """Fetch what was merged and tagged."""
        self.clone.git("pull", "--quiet", "--ff-only", "--tags", "origin", "main")

    def tag(self, name: str) -> None:
        """Tag the first commit, and push the tag."""
        self.clone.git("tag", name, "v1.0.0")
        self.clone.git("push", "--quiet", "origin", name)

    @property
    def repository(self) -> Any:
        """PyGithub's."""
        return self.project.github().get_repo(self.project.full_name)

    def open_pulls(self) -> list[Any]:
        """Oldest first."""
        return list(self.repository.get_pulls(state="open", sort="created", direction="asc"))

    def read(self, path: str, ref: str = "HEAD") -> str:
        """A file as it is in the clone at a commit."""
        return self.clone.git("show", f"{ref}:{path}")

    def approve(self, number: int) -> None:
        """Somebody else approves a pull request."""
        token = self.project.token_of("reviewer")
        with self.project.twin.world.locked():
            admin.add_collaborator(self.project.twin.world, self.project.full_name, "reviewer", "write")
        pull = self.project.github(token).get_repo(self.project.full_name).get_pull(number)
        pull.create_review(event="APPROVE")

    def shipway(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of the command line in the clone."""
        variables = {
            **self.project.twin.environment(self.project.token),
            "GITHUB_REPOSITORY": self.project.full_name,
        }
        return call(words, self.clone.path, variables)

    def take_over(self) -> str:
        """What `shipway init` says; what it writes is pushed."""
        code, text, told = self.shipway("init", "--yes")
        assert code == 0, told
        self.push("ci: release with Shipway")
        return text

    def next(self) -> str:
        """What Shipway would release; empty for nothing."""
        code, text, told = self.shipway("next")
        assert code == 0, told
        return text.strip()


def configured(version: str = "1.0.0", **settings: Any) -> dict[str, str]:
    """Both files of release-please for one package at the top."""
    package = {"release-type": "simple", **settings}
    files = {CONFIG: {"packages": {".": package}}, MANIFEST: {".": version}}
    return {path: json.dumps(data, indent=2) + "\n" for path, data in files.items()}
