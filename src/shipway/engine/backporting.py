"""How far a hotfix has come on its way to the branch that people develop on, and what merging it there gives."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from shipway.adapters import git_merge
from shipway.adapters.github import GitHub
from shipway.adapters.github.client import document_text
from shipway.domain.changelog_file import Release, with_release
from shipway.domain.debts import BACKPORT, PAID
from shipway.domain.facts import Backport, Facts, Oid, PullRequestState
from shipway.domain.policy import Policy
from shipway.domain.release_command import ReleaseCommand, Repair
from shipway.domain.version import TagFormat
from shipway.engine.askers import version_commit
from shipway.engine.content import at_version
from shipway.engine.source import Source

WAY = "backport/{version}"
"""Form of the branch that a pull request brings a hotfix from."""


@dataclass(frozen=True, slots=True)
class Development:
    """What is needed to find out how a hotfix gets to the branch that people develop on.

    Attributes:
        target: The branch that it is merged into.
    """

    source: Source
    github: GitHub
    policy: Policy
    command: ReleaseCommand
    target: str

    @property
    def repair(self) -> Repair:
        """What the hotfix repairs."""
        assert self.command.repair  # noqa: S101 - of a hotfix
        return self.command.repair


def backport_of(facts: Facts, development: Development) -> Backport | None:
    """How far it has come; None once that is settled, and where there is no way to go.

    Nothing is asked before the version has a commit; from then on one request, and git fetches what it lacks.
    """
    commit, branch = version_commit(facts), development.repair.development
    settled = f"{PAID}:{BACKPORT}" in facts.ledger.keys
    if settled or branch == development.target:
        return None
    way = WAY.replace("{version}", development.command.version)
    if not commit:
        return Backport(branch, way)
    row = development.github.query(
        document_text("backport"),
        developmentRef=f"refs/heads/{branch}",
        wayRef=f"refs/heads/{way}",
        way=way,
    )["repository"]
    there = _seen(row, Backport(branch, way))
    head = row["development"]["target"]["oid"]
    for one in (commit, head):
        development.source.need_commit(one)
    if development.source.clone.contains(head, commit):
        return replace(there, contained=True)
    return there if there.pull else _merged(there, head, commit, facts, development)


def _seen(row: Mapping[str, Any], known: Backport) -> Backport:
    """What GitHub shows of it."""
    pulls = [
        one
        for one in row["pullRequests"]["nodes"]
        if not one["isCrossRepository"] and one["baseRefName"] == known.branch
    ]
    pull = next(iter(pulls), None)
    return replace(
        known,
        way_head=row["way"]["target"]["oid"] if row["way"] else "",
        pull=pull["number"] if pull else 0,
        url=pull["url"] if pull else "",
        state=PullRequestState(pull["state"]) if pull else None,
    )


def _merged(there: Backport, head: Oid, commit: Oid, facts: Facts, development: Development) -> Backport:
    """With what conflicts, and the merge made here where it is known what the files have to say."""
    root = development.source.clone.root
    plain = git_merge.merged(root, head, commit)
    if not plain.conflicts:
        return there
    neutral = git_merge.merged(root, head, _as_before(commit, development))
    if neutral.conflicts:
        return replace(there, conflicts=plain.conflicts)
    texts = _with_section(head, facts, development)
    tree = git_merge.tree_with(root, neutral.tree, texts)
    message = f"chore: merge {development.command.tag} into {there.branch}"
    made = git_merge.committed(root, tree, (head, commit), message)
    return replace(there, settled=plain.conflicts, merged=made)


def _as_before(commit: Oid, development: Development) -> Oid:
    """The hotfix as if it had not been released: version files and changelog as they were in what it repairs."""
    clone, release = development.source.clone, development.policy.release
    base = development.repair.commit
    version = TagFormat(release.tag).version(development.repair.base)
    texts = at_version(clone, commit, release.version_files, str(version))
    if release.changelog in clone.files(base):
        texts[release.changelog] = clone.read(base, release.changelog)
    tree = git_merge.tree_with(clone.root, commit, texts)
    return git_merge.committed(clone.root, tree, (commit,), "the hotfix before its release")


def _with_section(head: Oid, facts: Facts, development: Development) -> dict[str, str]:
    """The changelog of the development branch with the section of the hotfix."""
    clone, command = development.source.clone, development.command
    path = development.policy.release.changelog
    if not path or path not in clone.files(head):
        return {}
    date = clone.date(version_commit(facts))
    release = Release(command.version, date, facts.content.notes, command.tag)
    return {path: with_release(clone.read(head, path), release)}
