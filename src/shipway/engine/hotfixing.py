"""From what was asked of a hotfix to a command: which version of which line, from which tag, with what in it."""

from dataclasses import dataclass, field, replace
from functools import partial

from shipway.adapters.github import GitHub, reading
from shipway.adapters.templates import Templates
from shipway.domain.bump import REQUESTS
from shipway.domain.delivery.reason import reason_of
from shipway.domain.facts import Branch, Facts, Oid, Picked, PullRequestState
from shipway.domain.flow import Route, recognised
from shipway.domain.hotfix.base import (
    Base,
    base_missing,
    base_of,
    check_alone,
    check_name,
    check_newest,
)
from shipway.domain.hotfix.picking import too_late
from shipway.domain.hotfix.policy import left_out
from shipway.domain.hotfix.target import Lines, target_of
from shipway.domain.ledger import Ledger
from shipway.domain.ledger_store import LedgerStore
from shipway.domain.policy import Policy
from shipway.domain.release_command import ReleaseCommand, Repair
from shipway.domain.version import TagFormat, Version, parse_version
from shipway.engine.backporting import Development, backport_of
from shipway.engine.claims import looked_behind
from shipway.engine.emergency import emergency_approvals
from shipway.engine.hotfix_content import Repairs, head_of
from shipway.engine.picking import Picks
from shipway.engine.prepare import Look, Prepared, Request, command_of, facts_of
from shipway.engine.refusals import check_ledger, check_permission
from shipway.engine.source import Source
from shipway.errors import UsageError


@dataclass(frozen=True, slots=True)
class _Settled:
    """Which hotfix is meant, and what GitHub says of it."""

    version: Version
    base: Base
    target: str
    seen: reading.Seen

    @property
    def merged(self) -> bool:
        """Whether its pull request is merged."""
        return self.seen.pull_request is not None and self.seen.pull_request.merge_oid != ""


def prepare_hotfix(
    request: Request,
    source: Source,
    github: GitHub,
    ledger: LedgerStore,
    policy: Policy,
    templates: Templates,
    *,
    foreseen: bool = False,
) -> Prepared:
    """Work out the command.

    Args:
        foreseen: Whether nothing will be done, so that it does not matter where the clone stands.

    Raises:
        UsageError: What was asked cannot be: the version, the tag, the branch.
        InputError: The repository cannot be used as it is.
    """
    asking = _Asking(request, source, github, ledger, policy)
    found = asking.settled()
    repairs = Repairs(source, github, policy, templates, found.base, found.version, request.notes)
    command = _command(request, source, found, asking.lines, policy)
    development = Development(source, github, policy, command, found.target)
    way = asking.way(found.version, found.target)
    stand = _Standing(source, moves=request.moves_clone, foreseen=foreseen)
    picks = Picks(request.picks, source, found.base, command.branch, request.pick_only, request.at)
    first = [(found.seen, _picked(picks, found.seen, command))]
    held = first[0][1].there
    known = tuple(f"{one[:10]} need not be picked: {command.branch} holds it already." for one in held)

    def gather() -> Facts:
        seen, picked = first.pop() if first else _looked(asking, found, picks, command)
        content = repairs.content(_as_picked(seen, picked, command))
        facts = facts_of(_with_branches(seen, command, found), content, way)
        facts = facts.having(picked=picked if picked.commits else None)
        facts = facts.having(elsewhere=stand.elsewhere(facts))
        approvals = emergency_approvals(facts, str(found.version), request.actor, policy.hotfix, github)
        facts = facts.having(emergency_approvals=approvals, backport=backport_of(facts, development))
        return looked_behind(facts, policy.environments, request.holder, policy, github)

    def look_again(facts: Facts) -> Facts:
        return facts.having(backport=backport_of(facts, development))

    return Prepared(command, gather, look_again, known)


def _looked(
    asking: "_Asking", found: _Settled, picks: Picks, command: ReleaseCommand
) -> tuple[reading.Seen, Picked]:
    seen = asking.look(found.version, found.target)
    return seen, _picked(picks, seen, command)


def _picked(picks: Picks, seen: reading.Seen, command: ReleaseCommand) -> Picked:
    """What is to be taken over still, while there is time for that."""
    picked = picks.onto(head_of(seen, picks.base), begun=seen.release_branch is not None)
    if picked.commits and seen.pull_request and seen.pull_request.merge_oid:
        raise too_late(picked.commits, command.version)
    return picked


def _as_picked(seen: reading.Seen, picked: Picked, command: ReleaseCommand) -> reading.Seen:
    """What GitHub will say once they are pushed."""
    return replace(seen, release_branch=Branch(command.branch, picked.head)) if picked.commits else seen


def _command(
    request: Request, source: Source, found: _Settled, lines: Lines, policy: Policy
) -> ReleaseCommand:
    root = source.clone.root
    return replace(
        command_of(request, found.version, policy.hotfix.branch, root, found.seen, policy.release),
        stage="hotfix",
        repair=Repair(
            base=found.base.tag,
            commit=found.base.commit,
            line_head=source.remote.heads.get(found.target, ""),
            development=lines.development,
            left_out=left_out(policy),
            reason=reason_of(request.reason, "--reason 'orders fail'") if request.reason else "",
        ),
    )


def _with_branches(seen: reading.Seen, command: ReleaseCommand, found: _Settled) -> reading.Seen:
    """A hotfix makes the branches that it comes from and goes to; one may be gone again once it is merged."""
    there = seen.release_branch or Branch(command.branch, found.base.commit)
    return replace(seen, source=there, target=seen.target or Branch(found.target, ""))


@dataclass(frozen=True, slots=True)
class _Asking:
    """What was asked, and everybody who can answer questions about it."""

    request: Request
    source: Source
    github: GitHub
    store: LedgerStore
    policy: Policy
    lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        remote, flow = self.source.remote, self.policy.release.flow
        known = flow if flow != "auto" else recognised(remote.heads, remote.default)
        object.__setattr__(self, "lines", Lines(known, remote.heads, remote.default))

    @property
    def _tags(self) -> dict[str, Version]:
        return TagFormat(self.policy.release.tag).versions(self.source.remote.tags)

    def _base(self, text: str) -> Base:
        return base_of(text, TagFormat(self.policy.release.tag), self.source.remote.tags)

    def way(self, version: Version, target: str) -> Route:
        """From its branch into its line."""
        branch = self.policy.hotfix.branch.replace("{version}", str(version))
        return Route(self.lines.flow, branch, target, follow=True)

    def look(self, version: Version, target: str = "") -> reading.Seen:
        """Ask GitHub about one version."""
        way = self.way(version, target or self.lines.production)
        before = str(Version(version.major, version.minor, max(version.patch - 1, 0)))
        form = self.policy.hotfix.branch
        return Look(self.github, self.store, self.policy, way, before, self.request.actor, form).at(version)

    def settled(self) -> _Settled:
        """Which hotfix is meant; one that has begun is gone on with."""
        request = self.request
        self.source.need(self.lines.production)
        base = self._base(request.base) if request.base else None
        if request.version in ("auto", "patch"):
            if base is None:
                raise base_missing(request.version)
            version, seen = self._next(base)
        else:
            version = _named(request.version)
            seen = self.look(version)
        check_permission(seen)
        check_ledger(seen.ledger)
        base = self._agreed(version, base, seen)
        target = self._target(base, seen)
        if target != self.lines.production:
            seen = self.look(version, target)
        return _Settled(version, base, target, seen)

    def _next(self, base: Base) -> tuple[Version, reading.Seen]:
        """The hotfix of this base that is under way, else the lowest patch that nobody has taken."""
        version = base.version.bump_patch()
        while True:
            seen = self.look(version)
            if not seen.ledger.release_id or _goes_on(seen, base):
                return version, seen
            if seen.tag:
                check_newest(base, self._tags.values())
            version = version.bump_patch()

    def _agreed(self, version: Version, base: Base | None, seen: reading.Seen) -> Base:
        """What it repairs: as it began, else as was asked, when that can be."""
        begun = _begun_from(seen.ledger)
        if begun:
            if base and base.tag != begun:
                raise _other_base(version, begun, base)
            return self._base(begun)
        if seen.ledger.release_id:
            raise _ordinary(version)
        if base is None:
            raise base_missing(str(version))
        check_name(version, base, self._tags.values())
        check_newest(base, self._tags.values())
        check_alone(version, base, self._under_way(seen.ledger))
        self._check_branch(base, seen)
        return base

    def _under_way(self, ledger: Ledger) -> list[Version]:
        """Hotfixes that have begun and not been tagged: their branches are there."""
        form, heads = self.policy.hotfix.branch, self.source.remote.heads
        versions = [one for one in ledger.open_releases if form.replace("{version}", one) in heads]
        tagged = {*self._tags.values()}
        return [one for one in map(parse_version, versions) if one not in tagged]

    def _check_branch(self, base: Base, seen: reading.Seen) -> None:
        """A branch that people began has to go on from the tag."""
        head = seen.release_branch
        if head is None:
            return
        self.source.need_commit(head.oid)
        if not self.source.clone.contains(head.oid, base.commit):
            raise UsageError(
                f"Branch {head.name} exists already and does not go on from {base.tag}.",
                f"Delete it, or put your fix on one that does: git push --delete origin {head.name}",
                reason_code="branch-exists",
            )

    def _surplus(self, base: Base, commit: str) -> int:
        self.source.need_commit(commit)
        return self.source.clone.surplus(commit, base.commit)

    def _target(self, base: Base, seen: reading.Seen) -> str:
        """The branch that it is merged into: once there is a pull request that one's, while it can be."""
        pull, heads = seen.pull_request, self.source.remote.heads
        if pull and pull.merge_oid:
            return pull.base
        asked = self.request.target
        kept = pull.base if pull and pull.state is PullRequestState.OPEN and not asked else ""
        if kept in heads and not self._surplus(base, heads[kept]):
            return kept
        return target_of(asked, base, self.lines, partial(self._surplus, base))


def _named(text: str) -> Version:
    if text in REQUESTS:
        raise UsageError(
            f"A hotfix cannot be {text}: it is a patch of the version that it repairs.",
            "Name the version, or let Shipway take the next patch: shipway hotfix auto --base v2.4.0",
            reason_code="hotfix-level",
        )
    return parse_version(text)


def _begun_from(ledger: Ledger) -> str:
    """Tag that the hotfix at hand began from; empty when it has not begun."""
    return str(ledger.entries[0].event.detail["previous"]) if ledger.is_hotfix else ""


def _goes_on(seen: reading.Seen, base: Base) -> bool:
    """Whether a hotfix of this base is under way: neither completed nor given up."""
    pull = seen.pull_request
    given_up = pull is not None and pull.state is PullRequestState.CLOSED
    completed = seen.ledger.newest("completed") is not None
    return _begun_from(seen.ledger) == base.tag and not given_up and not completed


def _ordinary(version: Version) -> UsageError:
    return UsageError(
        f"{version} is under way as an ordinary release.",
        f"Choose the next patch for the hotfix, for example {version.bump_patch()}, or go on with the release: "
        f"shipway release {version}",
        reason_code="version-under-way",
    )


def _other_base(version: Version, begun: str, base: Base) -> UsageError:
    return UsageError(
        f"Hotfix {version} began from {begun}, not from {base.tag}.",
        f"Go on with it: shipway hotfix {version}",
        reason_code="other-base",
    )


@dataclass(frozen=True, slots=True)
class _Standing:
    """Gates and deploy commands work on what the clone has checked out, which has to be the hotfix."""

    source: Source
    moves: bool
    foreseen: bool

    def elsewhere(self, facts: Facts) -> Oid:
        """The commit that the clone should stand at; empty where it does, or could be brought there."""
        content, pull = facts.content, facts.pull_request
        if self.foreseen or not content.commits:
            return ""
        wanted = pull.merge_oid if pull and pull.merge_oid else content.source_oid
        head = facts.release_branch.oid if facts.release_branch else wanted
        same = {wanted} if facts.picked else {wanted, content.source_oid, head}
        for commit in same:
            self.source.need_commit(commit)
        clone = self.source.clone
        if any(clone.same_files(clone.head, commit) for commit in same):
            return ""
        if not self.moves:
            return wanted
        clone.stand_at(wanted)
        return ""
