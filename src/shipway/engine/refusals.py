"""What is refused before anything is written: a release that is not ours, or that cannot be."""

from shipway.adapters.github import reading
from shipway.domain.bump import Basis, check_new
from shipway.domain.flow import Route
from shipway.domain.ledger import Ledger, first_flaw
from shipway.domain.policy import ReleasePolicy
from shipway.domain.version import TagFormat, Version, version_after
from shipway.engine.history import Since
from shipway.engine.source import Source
from shipway.errors import ExitCode, GitHubError, InputError, UsageError


def check_permission(seen: reading.Seen) -> None:
    """Refuse a token that may only read.

    Raises:
        GitHubError: `permission-missing`, with the line to add.
    """
    if seen.repository.permission in {"WRITE", "MAINTAIN", "ADMIN"}:
        return
    raise GitHubError(
        f"The token may only read {seen.repository.full_name} ({seen.repository.permission.lower()}).",
        "Add this line to the job, or use a token that may write: "
        "permissions: {contents: write, pull-requests: write, deployments: write, checks: write, statuses: write}",
        reason_code="permission-missing",
        exit_code=ExitCode.NOT_AUTHORISED,
    )


def check_ledger(ledger: Ledger) -> None:
    """Refuse to go on with a ledger whose chain is broken.

    Raises:
        InputError: `ledger-tampered`.
    """
    flaw = first_flaw(ledger)
    if flaw:
        raise InputError(
            f"The ledger was changed behind Shipway's back: entry {flaw.sequence}: {flaw.problem}.",
            "Nothing was done. Look at all of it with: shipway audit verify",
            reason_code="ledger-tampered",
        )


def check_no_hotfix(version: Version, ledger: Ledger) -> None:
    """Refuse to release by the ordinary way what began as a hotfix.

    Raises:
        UsageError: `is-hotfix`.
    """
    if ledger.is_hotfix:
        raise UsageError(
            f"{version} is a hotfix; a release would bring more than the repair.",
            f"Go on with it: shipway hotfix {version}",
            reason_code="is-hotfix",
        )


def check_not_rewritten(version: Version, seen: reading.Seen, way: Route, source: Source) -> None:
    """Refuse a source that was rewritten: merging it would bring back what was taken out of it.

    Raises:
        InputError: `source-rewritten`.
    """
    cut_from, pull, head = seen.release_branch_source, seen.pull_request, source.remote.heads[way.source]
    if not (way.follow and cut_from and seen.release_branch) or (pull and pull.merge_oid):
        return
    source.need_commit(cut_from)
    if source.clone.contains(head, cut_from):
        return
    close = f"close pull request #{pull.number}" if pull else f"delete branch {seen.release_branch.name}"
    raise InputError(
        f"Branch {way.source} was rewritten after {seen.release_branch.name} was cut from it: it does not contain "
        f"{cut_from[:10]} any more.",
        f"Push that commit back, or {close} and release another version: "
        f"shipway release {version_after(str(version))}",
        reason_code="source-rewritten",
    )


def check_whose(version: Version, seen: reading.Seen, since: Since, policy: ReleasePolicy) -> None:
    """Refuse a version whose tag, branch or pull request is somebody else's; ours is gone on with.

    Raises:
        UsageError: `tag-exists`, `pull-request-exists`, `branch-exists`, or the version is not higher.
    """
    ours = bool(seen.ledger.release_id)
    tag = TagFormat(policy.tag).tag(version)
    if ours:
        return
    if seen.tag is None:
        check_new(version, _without(since.basis, version))
    else:
        raise UsageError(
            f"Tag {tag} exists already, on {seen.tag.commit[:10]}, and no release of Shipway made it.",
            f"Choose a higher version, for example: shipway release {version.bump_patch()}",
            reason_code="tag-exists",
            exit_code=ExitCode.TAG_EXISTS,
        )
    pull = seen.pull_request
    if pull and pull.state is pull.state.OPEN:
        raise UsageError(
            f"Pull request #{pull.number} from {policy.branch.replace('{version}', str(version))} is open and no "
            "release of Shipway made it.",
            "Close it, or choose another version.",
            reason_code="pull-request-exists",
        )
    if seen.release_branch:
        name = seen.release_branch.name
        raise UsageError(
            f"Branch {name} exists already and no release of Shipway made it.",
            f"Delete it, or choose another version: git push --delete origin {name}",
            reason_code="branch-exists",
        )


def _without(basis: Basis, version: Version) -> Basis:
    return basis._replace(tagged=tuple(one for one in basis.tagged if one != version))


def check_related(source: Source, way: Route) -> None:
    """Refuse branches without a common history.

    Raises:
        InputError: `unrelated-histories`.
    """
    heads = source.remote.heads
    if way.source == way.target or source.clone.related(heads[way.source], heads[way.target]):
        return
    raise InputError(
        f"Branches {way.source} and {way.target} have no commit in common, so one cannot be merged into the other.",
        f"Name branches of one history: shipway release auto --from {way.target} --to {way.target}",
        reason_code="unrelated-histories",
    )
