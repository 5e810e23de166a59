"""A private GitHub for one command: a twin in a temporary folder, with a repository and people on it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from shipway.adapters.git_mirror import Mirror, catch_up, commit_files, write_files
from shipway.adapters.github.settings import OpenPull
from shipway.bootstrap.environment import Environment
from shipway.domain.repository import TargetRules
from shipway.twin import admin
from shipway.twin.behaviour import branches, environments, issues, milestones, pulls
from shipway.twin.identity import Identity
from shipway.twin.server import Twin

REVIEWER = "reviewer"
"""Login of the person who approves; further ones carry a number."""


@dataclass(frozen=True, slots=True)
class Site:
    """What the repository on the twin is like.

    Attributes:
        rules: Branch → what it demands of pull requests.
    """

    repository: str
    default_branch: str
    viewer: str
    rules: Mapping[str, TargetRules] = field(default_factory=dict)
    environments: tuple[str, ...] = ()
    milestones: tuple[str, ...] = ()
    merge_methods: tuple[str, ...] = ("merge", "squash", "rebase")
    deletes_merged: bool = False


class Playground:
    """A running twin with one repository, which is empty until its `mirror` is filled.

    Everything is kept in `folder`, which vanishes with the playground.
    """

    def __init__(self, twin: Twin, folder: Path, site: Site) -> None:
        self.twin, self.folder, self.site = twin, folder, site
        world = twin.world
        with world.locked():
            admin.create_user(world, site.viewer)
            repo = admin.create_repository(world, site.repository, default_branch=site.default_branch)
            settings = {"merge": "merge_commit", "squash": "squash_merge", "rebase": "rebase_merge"}
            repo |= {f"allow_{name}": way in site.merge_methods for way, name in settings.items()}
            repo["delete_branch_on_merge"] = site.deletes_merged
            world.store.put("repository", "", site.repository.lower(), repo)
            admin.add_collaborator(world, site.repository, site.viewer, "admin")
            self._token = admin.token_for(world, site.viewer)
        self.mirror = Mirror(world.git.path(site.repository))

    def furnish(self) -> None:
        """Set the repository up once its branches are there."""
        world = self.twin.world
        with world.locked():
            world.git[self.site.repository].forget_refs()
            repo = self.document
            for name, rules in self.site.rules.items():
                branches.protect(world, repo, name, _protection(rules))
            for name in self.site.environments:
                environments.ensure(world, repo, name)
            for title in self.site.milestones:
                milestones.create(world, repo, title)

    def bring(self, found: Iterable[OpenPull]) -> None:
        """Open pull requests as they are elsewhere, under their numbers; who works here opens them."""
        world, repo = self.twin.world, self.document
        with world.locked(Identity(self.site.viewer)):
            titles = {
                one["title"]: one["number"] for one in world.store.find(milestones.KIND, repo["full_name"])
            }
            for one in sorted(found, key=lambda pull: pull.number):
                issues.number_from(world, repo, one.number)
                pull = pulls.create(world, repo, one.title, one.head, one.base, one.body, draft=one.draft)
                issues.set_labels(world, repo, pull, one.labels)
                issues.set_milestone(world, repo, pull, titles.get(one.milestone))

    @property
    def document(self) -> dict[str, Any]:
        """The repository as the twin keeps it."""
        found = self.twin.world.repository(self.site.repository)
        assert found  # noqa: S101 - made when the playground was
        return found

    @property
    def environment(self) -> Environment:
        """The process environment of somebody who works on the twin."""
        return Environment.read(self.variables | {"GITHUB_ACTOR": self.site.viewer})

    @property
    def variables(self) -> dict[str, str]:
        """What points GitHub's clients at the twin."""
        return self.twin.environment(self._token) | {"GITHUB_REPOSITORY": self.site.repository}

    @property
    def git_url(self) -> str:
        """Where git finds the repository."""
        return f"{self.twin.url}/{self.site.repository}.git"

    def working_copy(self, branch: str, commit: str = "", only: Iterable[str] = ()) -> Path:
        """A working tree of the repository, for one branch."""
        folder = self.folder / "clone"
        self.mirror.check_out(folder, branch, commit, only)
        return folder

    def write(self, folder: Path, files: Mapping[str, str]) -> None:
        """Put files into a working copy, which git does not hear of."""
        write_files(folder, files)

    def commit_and_push(self, folder: Path, files: Mapping[str, str], message: str) -> None:
        """Commit files in a working copy, on top of what its branch is now, and push them to the twin."""
        catch_up(folder, self.site.default_branch)
        commit_files(folder, files, message, self.git_url, self._token)

    def requests(self) -> dict[str, int]:
        """How many requests the twin has answered so far, by kind: graphql, rest, git."""
        return dict(Counter(one.kind for one in self.twin.journal.requests))


def _protection(rules: TargetRules) -> dict[str, Any]:
    """What GitHub takes to protect a branch, rulesets included as if they were classic protection."""
    reviews = {
        "required_approving_review_count": rules.required_approvals,
        "require_code_owner_reviews": rules.code_owners,
    }
    checks = {"strict": False, "contexts": [one.name for one in rules.required_checks]}
    return {
        "required_pull_request_reviews": reviews if rules.required_approvals or rules.code_owners else None,
        "required_status_checks": checks if rules.required_checks else None,
        "enforce_admins": False,
        "restrictions": None,
    }


@contextmanager
def playground(site: Site) -> Iterator[Playground]:
    """Start a twin with an empty repository; it and everything on it are gone afterwards."""
    with TemporaryDirectory(prefix="shipway-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with Twin(folder / "twin") as twin:
            yield Playground(twin, folder, site)
