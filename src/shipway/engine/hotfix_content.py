"""What a hotfix holds: the commits that people put on its branch, without the release commits that Shipway adds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shipway.adapters.git_repo import Clone
from shipway.adapters.github import GitHub, commits, reading
from shipway.adapters.templates import Templates
from shipway.domain.facts import Content, PullRequest
from shipway.domain.hotfix.base import Base
from shipway.domain.policy import Policy
from shipway.domain.version import Version
from shipway.engine.content import Ingredients, content_of
from shipway.engine.history import HistoryRules, Since, since_last_release
from shipway.engine.source import Source


@dataclass(frozen=True, slots=True)
class Fixed:
    """The commits of a hotfix.

    Attributes:
        head: The newest that people made.
        ours: Release commits among them.
        before_ours: What stood there before the first of those that `head` contains; `head` where it has none.
    """

    head: str
    ours: tuple[str, ...]
    before_ours: str


@dataclass(frozen=True, slots=True)
class Repairs:
    """Computes the content of a hotfix, once for each head of its branch."""

    source: Source
    github: GitHub
    policy: Policy
    templates: Templates
    base: Base
    version: Version
    hand_written: str = ""
    _known: dict[str, Content] = field(default_factory=dict)

    def content(self, seen: reading.Seen) -> Content:
        """What it holds now."""
        fixed = fixed_of(self.source, self.base, head_of(seen, self.base), seen.ledger.release_id)
        if fixed.head not in self._known:
            self._known[fixed.head] = self._content(fixed, seen)
        return self._known[fixed.head]

    def _content(self, fixed: Fixed, seen: reading.Seen) -> Content:
        if fixed.head == self.base.commit:
            return Content(self.base.tag, fixed.head, {}, "", (), 0, "")
        since = self._since(fixed)
        given = Ingredients(
            clone=_Unreleased(self.source.clone, self.policy.release.changelog, fixed),
            repository=seen.repository,
            since=since,
            version=self.version,
            policy=self.policy.release,
            templates=self.templates,
            origins=lambda: _origins(self.github, since, seen.pull_request),
            hide=self.github.mask.text,
            hand_written=self.hand_written,
        )
        return content_of(given)

    def _since(self, fixed: Fixed) -> Since:
        since = since_last_release(
            self.source.clone.root,
            HistoryRules.of_policy(self.policy.release),
            ref=fixed.head,
            branch=str(self.base.line),
            last_tag=self.base.tag,
        )
        shas = tuple(sha for sha in since.section.shas if sha not in fixed.ours)
        return since._replace(section=since.section._replace(shas=shas))


class _Unreleased(Clone):
    """The clone with the changelog as it was before our release commits, which is written anew each time."""

    def __init__(self, clone: Clone, changelog: str, fixed: Fixed) -> None:
        super().__init__(clone.root)
        self._changelog, self._fixed = changelog, fixed

    def read(self, commit: str, path: str) -> str:
        """The text of a file of a commit; empty for a changelog that we made."""
        if (commit, path) != (self._fixed.head, self._changelog):
            return super().read(commit, path)
        before = self._fixed.before_ours
        return super().read(before, path) if path in self.files(before) else ""


def _origins(github: GitHub, since: Since, own: PullRequest | None) -> Mapping[str, commits.CommitOrigin]:
    """Where the commits come from, but for the hotfix's own pull request and those after it.

    GitHub names these too, once they are there; the changelog would become another by that alone.
    """
    found = commits.origins(github, since.section.shas)
    first = own.number if own else 0
    return {
        sha: replace(one, pull_request=None) if first and (one.pull_request or 0) >= first else one
        for sha, one in found.items()
    }


def fixed_of(source: Source, base: Base, head: str, release_id: str) -> Fixed:
    """Tell the commits of people from ours."""
    source.need_commit(head)
    clone = source.clone
    ours = clone.saying(f"Shipway-Release: {release_id}", base.commit, head) if release_id else ()
    newest = head
    while newest in ours:
        newest = clone.parent(newest)
    inside = [one for one in ours if clone.contains(newest, one)]
    return Fixed(newest, ours, clone.parent(inside[-1]) if inside else newest)


def head_of(seen: reading.Seen, base: Base) -> str:
    """Where its branch stands; once it is merged, what was merged, as the release commit says."""
    pull = seen.pull_request
    if pull and pull.merge_oid:
        cut = seen.ledger.newest("branch-cut")
        return seen.release_branch_source or (str(cut.detail["source"]) if cut else pull.head_oid)
    return seen.release_branch.oid if seen.release_branch else base.commit
