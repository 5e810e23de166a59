"""The only code that writes: one function, one effect a step, and the facts as they are afterwards."""

from collections.abc import Mapping
from dataclasses import replace
from mimetypes import guess_type
from typing import Any

from shipway.adapters.github import Refused, Transient, check_runs, records, writing
from shipway.domain.checklist import ticks_in
from shipway.domain.facts import Branch, Facts, Oid, PullRequest, PullRequestState, Signature, Tag
from shipway.domain.hotfix.steps import BringBack, OpenBackport, PickCommits, RetargetPullRequest, StartBranch
from shipway.domain.marked_text import region, rewritten
from shipway.domain.plan import (
    AskReviewers,
    CloseOther,
    CreateTag,
    CutBranch,
    DiscardDraft,
    DraftRelease,
    LabelPullRequest,
    MarkReady,
    MergeBack,
    MergePullRequest,
    OpenPullRequest,
    PublishRelease,
    ReportGates,
    RewritePullRequest,
    RunGates,
    Step,
    UpdateBranch,
    UploadAsset,
)
from shipway.domain.release_view import shortened
from shipway.engine.context import Context
from shipway.engine.deliver import perform_delivery
from shipway.engine.gates import GateWatch
from shipway.engine.live_checks import LiveChecks, not_shown
from shipway.errors import GitHubError

PULL_REQUEST = "pull_request.md.j2"
BACKPORT = "backport.md.j2"

BODY_LIMIT = 60_000
"""Characters; GitHub's own limit of a body is 65,536."""


def perform(step: Step, facts: Facts, context: Context) -> Facts:  # noqa: C901, PLR0911, PLR0912 - one case a step
    """Do it, and give the facts as GitHub's answer shows them.

    Raises:
        Transient: Whether it was done is unknown; look again.
        ShipwayError: It was refused.
    """
    match step:
        case CloseOther():
            writing.close_pull_request(context.github, step.node_id, step.comment)
        case CutBranch():
            return _cut_branch(step, facts, context)
        case UpdateBranch():
            return _update_branch(step, facts, context)
        case RunGates():
            return _run_gates(step, facts, context)
        case ReportGates():
            _report_gates(step, facts, context)
        case OpenPullRequest():
            return _open_pull_request(step, facts, context)
        case RewritePullRequest():
            return _rewrite_pull_request(step, facts, context)
        case LabelPullRequest():
            writing.label(context.github, step.number, sorted(step.labels), step.milestone)
        case AskReviewers():
            _ask_reviewers(step, context)
        case MarkReady():
            return _seen(facts, writing.mark_ready(context.github, step.node_id))
        case MergePullRequest():
            return _merge(step, facts, context)
        case CreateTag():
            _tag(step, context)
            return facts.having(tag=Tag(step.name, step.commit, _signature(step.commit, context)))
        case DraftRelease():
            return _draft_release(step, facts, context)
        case UploadAsset():
            _upload(step, context)
        case PublishRelease():
            return _publish(step, facts, context)
        case DiscardDraft():
            writing.discard_release(context.github, step.release)
        case StartBranch():
            _start_branch(step, context)
        case PickCommits():
            _push(step.head, step.branch, context)
        case RetargetPullRequest():
            writing.retarget(context.github, step.number, step.base)
        case BringBack():
            return _bring_back(step, facts, context)
        case OpenBackport():
            return _open_backport(step, facts, context)
        case MergeBack():
            writing.merge_into(context.github, step.branch, step.commit, step.message)
        case _:
            return perform_delivery(step, facts, context)
    return step.foreseen(facts)


def _signature(commit: Oid, context: Context) -> Signature | None:
    """Asked where something follows from it."""
    if all(one.signature == "off" for one in context.policy.environments.values()):
        return None
    return records.signature(context.github, commit)[0]


def _run_gates(step: RunGates, facts: Facts, context: Context) -> Facts:
    """Runs them; where one has a command, an App shows on the commit how far they are."""
    before = facts.gates.verdicts if facts.gates and facts.gates.commit == step.commit else ()
    takes_time = any(context.policy.gates[name].command for name in step.gates)
    if before or not takes_time or not context.github.installation_token:
        gates = context.run_gates(step, facts.surroundings, GateWatch())
        same = {v.gate for v in gates.verdicts if (v in before if before else v.passed)}
        return facts.having(gates=gates, reported_gates=facts.reported_gates & same)
    begun = {**dict.fromkeys(facts.reported_gates, ""), **facts.open_check_runs}
    live = LiveChecks(context.github, facts.repository.node_id, step.commit, begun, context.warn)
    gates = context.run_gates(step, facts.surroundings, live.watch)
    shown = live.shown | (facts.reported_gates & {v.gate for v in gates.verdicts if v.passed})
    return facts.having(gates=gates, reported_gates=shown, release_branch=live.seen(facts.release_branch))


def _report_gates(step: ReportGates, facts: Facts, context: Context) -> None:
    """A release does not stop because its gates cannot be shown on the commit: they stand in the pull request."""
    try:
        if not context.github.installation_token:
            writing.report_gates(context.github, step.commit, step.verdicts)
            return
        notes = facts.gates.notes if facts.gates else {}
        missing = [verdict for verdict in step.verdicts if verdict.gate not in facts.reported_gates]
        check_runs.complete(
            context.github, facts.repository.node_id, step.commit, missing, notes, facts.open_check_runs
        )
    except Transient:
        raise
    except GitHubError as problem:
        context.warn(not_shown(problem))


def _cut_branch(step: CutBranch, facts: Facts, context: Context) -> Facts:
    if step.exists:
        oid = writing.commit_on_branch(context.github, step.branch, step.base, step.files, step.message)
    else:
        oid = writing.cut_branch(
            context.github, facts.repository.node_id, step.branch, step.base, step.files, step.message
        )
    return replace(step.foreseen(facts), release_branch=Branch(step.branch, oid))


def _update_branch(step: UpdateBranch, facts: Facts, context: Context) -> Facts:
    message = f"chore: merge {facts.source.name} into {step.branch}"
    merged = writing.merge_into(context.github, step.branch, step.source, message)
    head = merged or step.head
    oid = writing.commit_on_branch(context.github, step.branch, head, step.files, step.message)
    after = step.foreseen(facts)
    pull = after.pull_request and replace(after.pull_request, head_oid=oid)
    return after.having(release_branch=Branch(step.branch, oid), pull_request=pull)


def _body(context: Context, view: Mapping[str, Any], digest: str, around: str) -> str:
    """Our region within what people wrote, within GitHub's limit."""
    ticked = ticks_in(around)
    body = rewritten(around, region(context.pages.render(PULL_REQUEST, view=view, ticked=ticked), digest))
    if len(body) <= BODY_LIMIT:
        return body
    less = shortened(view, len(body) - BODY_LIMIT)
    return rewritten(around, region(context.pages.render(PULL_REQUEST, view=less, ticked=ticked), digest))


def _open_pull_request(step: OpenPullRequest, facts: Facts, context: Context) -> Facts:
    body = _body(context, step.view, step.digest, "")
    repository = facts.repository.node_id
    pull = writing.open_pull_request(
        context.github, repository, step.head, step.base, step.title, body, draft=step.draft
    )
    return _seen(facts, pull)


def _rewrite_pull_request(step: RewritePullRequest, facts: Facts, context: Context) -> Facts:
    pull = facts.pull_request
    assert pull  # noqa: S101 - decided only for one that is there
    body = _body(context, step.view, step.digest, pull.body)
    return _seen(facts, writing.rewrite_pull_request(context.github, pull.node_id, step.title, body))


def _seen(facts: Facts, pull: PullRequest) -> Facts:
    return facts.having(pull_request=pull)


def _ask_reviewers(step: AskReviewers, context: Context) -> None:
    """Optional: somebody who may not review does not stop a release."""
    try:
        writing.ask_reviewers(context.github, step.number, step.reviewers)
    except Refused as problem:
        if problem.status != 422:
            raise


def _merge(step: MergePullRequest, facts: Facts, context: Context) -> Facts:
    pull = facts.pull_request
    assert pull  # noqa: S101 - decided only for one that is there
    if step.queue:
        writing.enqueue(context.github, step.node_id, step.head)
        return _seen(facts, replace(pull, queued=True))
    oid = writing.merge_pull_request(
        context.github, step.number, step.head, step.method, step.title, step.message
    )
    merged_by = facts.repository.viewer.removesuffix("[bot]")  # as GraphQL names a Bot that merged
    return _seen(facts, replace(pull, state=PullRequestState.MERGED, merge_oid=oid, merged_by=merged_by))


def _start_branch(step: StartBranch, context: Context) -> None:
    if step.here:
        _push(step.commit, step.branch, context)
    else:
        writing.start_branch(context.github, step.branch, step.commit)


def _push(commit: Oid, branch: str, context: Context) -> None:
    """Git refuses a push to a branch that has moved; then it is looked at again, as after any other write."""
    try:
        context.push(commit, branch)
    except GitHubError as problem:
        if not problem.retryable:
            raise
        raise Transient(problem.message) from problem


def _bring_back(step: BringBack, facts: Facts, context: Context) -> Facts:
    """A branch that is protected, or has gone on meanwhile, gets a pull request instead."""
    try:
        writing.merge_into(context.github, step.branch, step.commit, step.message)
    except Transient:
        raise
    except GitHubError as problem:
        if problem.retryable:
            raise
        return facts.having(backport=facts.backport and replace(facts.backport, refused=problem.message))
    return step.foreseen(facts)


def _open_backport(step: OpenBackport, facts: Facts, context: Context) -> Facts:
    body = context.pages.render(BACKPORT, view=step.view)
    pull = writing.open_pull_request(
        context.github, facts.repository.node_id, step.head, step.base, step.title, body, draft=False
    )
    return facts.having(
        backport=facts.backport and replace(facts.backport, pull=pull.number, url=pull.url, state=pull.state)
    )


def _tag(step: CreateTag, context: Context) -> None:
    """Signed by git where it has a key; else by GitHub's interface, without a signature."""
    if context.sign_tag:
        context.sign_tag(step.name, step.commit, step.message)
    else:
        writing.create_tag(context.github, step.name, step.commit, step.message)


def _draft_release(step: DraftRelease, facts: Facts, context: Context) -> Facts:
    release = writing.create_release(
        context.github, step.tag, step.title, step.notes, draft=step.draft, prerelease=step.prerelease
    )
    return facts.having(releases=(*facts.releases, release))


def _upload(step: UploadAsset, context: Context) -> None:
    path = context.root / step.path
    media_type = guess_type(path.name)[0] or "application/octet-stream"
    writing.attach(context.github, step.release, path.name, path.read_bytes(), media_type)


def _publish(step: PublishRelease, facts: Facts, context: Context) -> Facts:
    published = writing.publish_release(context.github, step.release)
    others = tuple(release for release in facts.releases if release.id != step.release)
    return facts.having(releases=(*others, published))
