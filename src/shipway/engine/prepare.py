"""From what was asked to a command: which version, from where to where, with what content.

Everything here reads. What it finds wrong is refused before anything is written.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import Any

from shipway.adapters.github import GitHub, check_pages, commits, reading
from shipway.adapters.github.client import document_text
from shipway.adapters.github.foreign_locks import asked_for
from shipway.adapters.templates import Templates
from shipway.config import PATH
from shipway.domain.bump import REQUESTS, requested
from shipway.domain.facts import Branch, Content, Facts, GateResults
from shipway.domain.flow import Route, route
from shipway.domain.ledger import Ledger
from shipway.domain.ledger_store import LedgerStore
from shipway.domain.other_tools import PENDING
from shipway.domain.outcome import Outcome, nothing_to_release
from shipway.domain.override import Override, bound
from shipway.domain.policy import Policy, ReleasePolicy
from shipway.domain.record import entries_path
from shipway.domain.release_command import ReleaseCommand
from shipway.domain.verdict import Verdict
from shipway.domain.version import TagFormat, Version, parse_version
from shipway.engine.claims import looked_behind
from shipway.engine.content import Ingredients, content_of
from shipway.engine.history import HistoryRules, Since, since_last_release
from shipway.engine.ledgers import put_ledger
from shipway.engine.refusals import (
    check_ledger,
    check_no_hotfix,
    check_not_rewritten,
    check_permission,
    check_related,
    check_whose,
)
from shipway.engine.source import Source
from shipway.errors import GitHubError, InputError


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, before anything is looked up.

    Attributes:
        asked_in: Pull request in a comment of which it is asked for; 0 outside of comments.
        base: Tag that a hotfix starts from; empty where that is known already, and for any other release.
        reason: Why there is a hotfix, for the record; may be empty.
        moves_clone: Whether the clone may be brought to the commit that gates have to see.
        picks: Hashes of commits that a hotfix takes over.
        pick_only: Heads besides the default branch of which it takes them; None for those of all branches.
        at: When it was asked.
    """

    version: str
    source: str
    target: str
    actor: str
    run_url: str
    release_id: str
    attempt: str
    holder: str
    configuration: str
    at: datetime
    base: str = ""
    reason: str = ""
    moves_clone: bool = False
    picks: tuple[str, ...] = ()
    pick_only: tuple[str, ...] | None = None
    notes: str = ""
    overrides: tuple[Override, ...] = ()
    asked_in: int = 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """A command that is ready to be run, and the way to look.

    Attributes:
        warnings: What people should know, a sentence each.
        look_again: Completes the facts with what can be known only once the version has a commit.
    """

    command: ReleaseCommand
    gather: Callable[[], Facts]
    look_again: Callable[[Facts], Facts] = lambda facts: facts
    warnings: tuple[str, ...] = ()


def prepare(
    request: Request,
    source: Source,
    github: GitHub,
    ledger: LedgerStore,
    policy: Policy,
    templates: Templates,
) -> Prepared | Outcome:
    """Work out the command; an outcome when there is nothing to release.

    Raises:
        UsageError: What was asked cannot be: the version, a branch, a tag that is somebody else's.
        InputError: The repository cannot be used as it is.
    """
    clone, remote = source.clone, source.remote
    way = route(policy.release, remote.heads, remote.default, clone.branch, (request.source, request.target))
    source.need(way.source, way.target)
    check_related(source, way)
    since = _since(source, way, HistoryRules.of_policy(policy.release))
    asked = _asked_version(request.version, since)
    look = Look(github, ledger, policy, way, str(since.basis.last or "none"), request.actor)
    begun = look.first(asked or since.basis.highest or Version(0, 1, 0))
    version = _settled(request.version, asked, begun.ledger, since, look)
    if version is None:
        return nothing_to_release(since.last_tag, since.warnings)
    seen = look.first(version)
    since = _checked(version, seen, since, way, source, policy.release)
    ingredients = Ingredients(
        clone=clone,
        repository=seen.repository,
        since=since,
        version=version,
        policy=policy.release,
        templates=templates,
        origins=lambda: commits.origins(github, since.section.shas),
        hide=github.mask.text,
        hand_written=request.notes,
    )
    content = content_of(ingredients)
    command = replace(
        command_of(request, version, policy.release.branch, clone.root, seen, policy.release),
        follow=way.follow,
        supersedes=_superseded(request.version, version, seen.ledger, since, look),
    )
    first = [seen]

    def gather() -> Facts:
        newest = first.pop() if first else look.at(version)
        facts = facts_of(newest, content, way)
        return looked_behind(facts, policy.environments, request.holder, policy, github)

    return Prepared(command, gather)


def command_of(
    request: Request, version: Version, form: str, root: Path, seen: reading.Seen, policy: ReleasePolicy
) -> ReleaseCommand:
    """What is the same of a release and of a hotfix.

    Args:
        form: Of the name of its branch.
        root: Of the clone.
    """
    actor = request.actor or seen.repository.viewer
    return ReleaseCommand(
        version=str(version),
        tag=TagFormat(policy.tag).tag(version),
        branch=form.replace("{version}", str(version)),
        actor=actor,
        release_id=request.release_id,
        attempt=request.attempt,
        holder=request.holder,
        configuration=request.configuration,
        run_url=request.run_url,
        asked_in=request.asked_in,
        assets=assets_of(root, policy.assets),
        overrides=bound(request.overrides, str(version), actor),
    )


def _checked(
    version: Version, seen: reading.Seen, since: Since, way: Route, source: Source, policy: ReleasePolicy
) -> Since:
    """What the release holds, where nothing speaks against it."""
    check_permission(seen)
    check_ledger(seen.ledger)
    check_not_rewritten(version, seen, way, source)
    held = _as_it_was_cut(since, seen, way, source, policy)
    check_no_hotfix(version, seen.ledger)
    check_whose(version, seen, held, policy)
    return held


def _as_it_was_cut(
    since: Since, seen: reading.Seen, way: Route, source: Source, policy: ReleasePolicy
) -> Since:
    """What the release holds: fixed once it is merged, or when its flow freezes release branches."""
    cut = seen.ledger.newest("branch-cut")
    commit = seen.release_branch_source or (str(cut.detail["source"]) if cut else "")
    settled = seen.tag is not None or (seen.pull_request is not None and seen.pull_request.merge_oid != "")
    if not commit or commit == since.head or (way.follow and not settled):
        return since
    source.need_commit(commit)
    return since_last_release(
        source.clone.root, HistoryRules.of_policy(policy), ref=commit, branch=way.source
    )


def _since(source: Source, way: Route, rules: HistoryRules) -> Since:
    """What came after the last release, whose tag may stand only on the branch that releases are merged into."""
    root, heads = source.clone.root, source.remote.heads
    here = since_last_release(root, rules, ref=heads[way.source], branch=way.source)
    if way.source == way.target:
        return here
    there = since_last_release(root, rules, ref=heads[way.target], branch=way.target)
    newest = there.basis.last
    if newest is None or (here.basis.last and here.basis.last >= newest):
        return here
    return since_last_release(root, rules, ref=heads[way.source], branch=way.source, last_tag=there.last_tag)


class Look:
    """Asks GitHub the one question about one version.

    Args:
        form: Form of its branch; empty for that of releases.
    """

    def __init__(
        self,
        github: GitHub,
        ledger: LedgerStore,
        policy: Policy,
        way: Route,
        previous: str,
        actor: str,
        form: str = "",
    ) -> None:
        self._github, self._ledger, self._policy = github, ledger, policy
        self._way, self._previous, self._actor = way, entries_path(previous), actor
        self._form = form or policy.release.branch
        self._first: dict[Version, reading.Seen] = {}

    def first(self, version: Version) -> reading.Seen:
        """What was seen of a version when it was looked at first."""
        if version not in self._first:
            self._first[version] = self.at(version)
        return self._first[version]

    def at(self, version: Version) -> reading.Seen:
        """What is seen of it now."""
        release = self._policy.release
        branch = self._form.replace("{version}", str(version))
        tag, book = TagFormat(release.tag).tag(version), entries_path(str(version))
        answer = self._github.query(
            document_text("release", "pull", "contexts", "of_deployment", "of_tag", "of_file")
            + asked_for(self._policy.environments if self._policy.comments.dialect else ()),
            sourceRef=f"refs/heads/{self._way.source}",
            targetRef=f"refs/heads/{self._way.target}",
            target=self._way.target,
            branchRef=f"refs/heads/{branch}",
            branch=branch,
            tagRef=f"refs/tags/{tag}",
            entries=book,
            previous=self._previous,
            config=PATH,
            labels=[*release.labels[:1], PENDING] if release.labels else None,
            environments=list(self._policy.environments) or None,
            tag=tag,
        )
        check_pages.read_on(self._github, reading.commits_with_checks(answer))
        put_ledger(self._ledger, self._github, answer["repository"], book, self._previous)
        return reading.seen(answer, tag, book, self._actor)


def facts_of(seen: reading.Seen, content: Content, way: Route) -> Facts:
    """Put what GitHub said and what the commits say together."""
    if not seen.source or not seen.target:
        name = way.target if seen.source else way.source
        raise GitHubError(
            f"Branch {name} has vanished from GitHub.",
            f"Push it again, for example: git push origin {quote(name)}",
            reason_code="branch-gone",
        )
    return Facts(
        repository=seen.repository,
        source=seen.source,
        target=seen.target,
        content=content,
        ledger=seen.ledger,
        rules=seen.rules,
        release_branch=seen.release_branch,
        release_branch_digest=seen.release_branch_digest,
        release_branch_source=seen.release_branch_source,
        pull_request=seen.pull_request,
        other_releases=seen.other_releases,
        tag=seen.tag,
        releases=seen.releases,
        deployments=seen.deployments,
        environments=seen.environments,
        environment_tags=seen.environment_tags,
        asker=seen.asker,
        foreign_locks=seen.foreign_locks,
        milestones=seen.milestones,
        gates=_recorded_gates(seen.ledger, seen.release_branch),
        reported_gates=seen.reported_gates,
        previous_report=seen.previous_report,
        gates_took=seen.gates_took,
        source_merged_back=way.source == way.target or "merged-back" in seen.ledger.keys,
    )


def _recorded_gates(ledger: Ledger, branch: Branch | None) -> GateResults | None:
    """Gates that passed for this very commit before; those that did not are run again."""
    event = ledger.newest("gates")
    if not event or not branch or event.detail["commit"] != branch.oid:
        return None
    rows: list[dict[str, Any]] = event.detail["verdicts"]
    verdicts = tuple(map(Verdict.from_json, rows))
    results = GateResults(branch.oid, verdicts, event.detail["report"])
    return results if results.passed else None


def _asked_version(text: str, since: Since) -> Version | None:
    """The version that was asked for, if the commits alone can tell."""
    if text not in REQUESTS:
        return parse_version(text)
    return since.next if text == "auto" else requested(since.basis, text, since.section.level)


def _settled(
    text: str,
    asked: Version | None,
    ledger: Ledger,
    since: Since,
    look: Look,
) -> Version | None:
    """Which version a request in general terms means while another release is under way.

    One that is merged and not yet published is finished first, and one that no commit came after. One that commits
    have outgrown gives way to the higher version; any other is gone on with.
    """
    if text not in REQUESTS:
        return asked
    while asked and look.first(asked).ledger.is_hotfix:
        asked = asked.bump_patch()
    for version in _under_way(ledger, since):
        if version == asked:
            continue
        there = look.first(version)
        if there.ledger.is_hotfix:
            continue
        merged = there.pull_request is not None and there.pull_request.merge_oid != ""
        unpublished = merged and not any(not release.draft for release in there.releases)
        newest = version == since.basis.highest and not since.section.shas
        if unpublished or newest or asked is None or version > asked:
            return version
    return asked


def _under_way(ledger: Ledger, since: Since) -> list[Version]:
    """Releases of this line that have begun and not ended, lowest first."""
    versions = (parse_version(name) for name in ledger.open_releases)
    return sorted(version for version in versions if version in since.basis.line)


def _superseded(text: str, version: Version, ledger: Ledger, since: Since, look: Look) -> tuple[str, ...]:
    """Lower versions that this release takes the place of: as it began with, or as it would begin now."""
    began = ledger.newest("initiated")
    if began:
        return tuple(began.detail.get("supersedes", ()))
    if text not in REQUESTS:
        return ()
    lower = (one for one in _under_way(ledger, since) if one < version)
    return tuple(str(one) for one in lower if not look.first(one).ledger.is_hotfix)


def assets_of(root: Path, globs: tuple[str, ...]) -> tuple[str, ...]:
    """Files of the clone that the globs match, each once, in order.

    Raises:
        InputError: GitHub would not take them: two of one name, or an empty one.
    """
    matched = [path for pattern in globs for path in sorted(root.glob(pattern)) if path.is_file()]
    found = list(dict.fromkeys(matched))
    names = [path.name for path in found]
    for path in found:
        shown = path.relative_to(root).as_posix()
        if names.count(path.name) > 1:
            raise _unfit_asset(f"Several assets are called {path.name}, one of them {shown}")
        if not path.stat().st_size:
            raise _unfit_asset(f"The asset {shown} is empty")
    return tuple(path.relative_to(root).as_posix() for path in found)


def _unfit_asset(what: str) -> InputError:
    return InputError(
        f"{what}; GitHub does not take that.",
        "Change what is built, or the globs, for example: release: {assets: [dist/*.whl]}",
        reason_code="asset-unfit",
    )
