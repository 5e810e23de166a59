"""The life of a release: where it stands, and the one next move.

A release climbs three ladders: *prepare* (until its pull request is merged), *publish* (tag and GitHub
Release), *deliver* (one environment after the other). On each the first rung that is not reached decides the
move. Where a release stands is read off the facts; no transition is stored, so none can be illegal: a rung is
only asked when every rung before it holds.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from shipway.domain import events, merge_rules
from shipway.domain.checks import Check
from shipway.domain.delivery import awaiting, dispatching
from shipway.domain.delivery.approvals import answers_of_merge
from shipway.domain.delivery.command import Promotion
from shipway.domain.delivery.order import comes_from, pipeline_of
from shipway.domain.delivery.promotion import promoted
from shipway.domain.delivery.steps import (
    FORESEEN,
    Conclude,
    Record,
)
from shipway.domain.facts import Facts, PullRequestState, artifact_digest
from shipway.domain.hotfix import ladder as hotfix
from shipway.domain.hotfix.approval import emergency_verdict
from shipway.domain.ledger import Event
from shipway.domain.look_ahead import look_ahead
from shipway.domain.marked_text import digest_in
from shipway.domain.other_tools import taken_over
from shipway.domain.plan import (
    AskReviewers,
    CloseOther,
    CreateTag,
    CutBranch,
    DiscardDraft,
    DraftRelease,
    LabelPullRequest,
    MergeBack,
    MergePullRequest,
    Move,
    OpenPullRequest,
    PublishRelease,
    RewritePullRequest,
    UpdateBranch,
    UploadAsset,
)
from shipway.domain.policy import Policy
from shipway.domain.release_command import ReleaseCommand, Rung, Situation, open_pull
from shipway.domain.release_gates import agreed, gates_passed, gates_run, overrides_asked
from shipway.domain.release_text import release_commit_message, release_text
from shipway.domain.release_view import pull_request_view, view_digest
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.state import automatic_environments
from shipway.domain.verdict import Verdict, most_telling
from shipway.domain.version import version_after
from shipway.errors import ExitCode


def decide(facts: Facts, command: ReleaseCommand, policy: Policy, now: datetime) -> Move:
    """The next move of this release: a step, a wait, a refusal, or done.

    Whatever happened and is not in the ledger yet is recorded before the release rests or ends.
    """
    situation = Situation(facts, command, policy, now)
    if not facts.ledger.release_id:
        return Record((_begun(situation),))
    move = _climb(situation)
    if isinstance(move, Wait | Refusal | Done | Record):
        owed = events.owed(facts, command, now, completed=isinstance(move, Done))
        return _recorded(owed, move)
    if isinstance(move, Conclude):
        after = decide(move.foreseen(facts), command, policy, now)
        return replace(move, events=(*move.events, *after.events)) if isinstance(after, Record) else move
    return move


def _begun(situation: Situation) -> Event:
    """The first event; that of a hotfix says what it is let off, and by whose word."""
    event = events.initiated(situation.facts, situation.command, situation.now)
    repair, settings = situation.command.repair, situation.policy.hotfix
    if repair is None:
        return event
    also: dict[str, Any] = {"left_out": list(repair.left_out), "auto_approve": settings.auto_approve}
    also |= {"reason": repair.reason} if repair.reason else {}
    return replace(event, detail={**event.detail, **also})


def _recorded(owed: tuple[Event, ...], move: Wait | Refusal | Done | Record) -> Move:
    """What has happened is recorded before the release rests, and along with whatever is recorded anyway."""
    if not isinstance(move, Record):
        return Record(owed) if owed else move
    also = {event.key for event in move.events}
    return Record((*(event for event in owed if event.key not in also), *move.events))


def foresee(facts: Facts, command: ReleaseCommand, policy: Policy, now: datetime) -> Iterator[Move]:
    """Every move to the end, if each step succeeds and each wait is answered well; changes nothing."""

    def decided(facts: Facts, now: datetime) -> Move:
        return decide(facts, command, policy, now)

    def answered(facts: Facts, wait: Wait, now: datetime) -> Facts:
        return _answered(wait, Situation(facts, command, policy, now))

    return look_ahead(decided, facts, now, answered)


def _answered(wait: Wait, situation: Situation) -> Facts:
    """The facts once whoever a release waits for has done what it waits for."""
    if wait.reason_code in dispatching.UNDER_WAY:
        return dispatching.answered(situation.facts)
    if wait.reason_code == awaiting.AWAITED:
        return awaiting.foreseen(situation.facts)
    if past_agreed := agreed(situation, wait):
        return past_agreed
    return hotfix.answered(situation.facts, wait, situation) or _approved(situation)


def _climb(situation: Situation) -> Move:
    before, after = (PREPARE_HOTFIX, AFTER_HOTFIX) if situation.command.repair else (PREPARE, AFTER)
    ladder = after if situation.facts.merged else before
    moves = (rung(situation) for rung in ladder)
    first = next((move for move in moves if move), None)
    return first or Done(f"{situation.command.version} is released")


# --- prepare: until the pull request is merged


def _not_cancelled(situation: Situation) -> Move | None:
    pull = situation.facts.pull_request
    if not pull or pull.state is not PullRequestState.CLOSED:
        return None
    return Refusal(
        "pull-request-closed",
        f"Pull request #{pull.number} of release {situation.command.version} was closed without merging.",
        f"Reopen it, or release another version: {_another(situation.command)}",
    )


def _another(command: ReleaseCommand) -> str:
    base = f" --base {command.repair.base}" if command.repair else ""
    return f"shipway {command.stage} {version_after(command.version)}{base}"


def _not_tagged(situation: Situation) -> Move | None:
    tag = situation.facts.tag
    if not tag:
        return None
    return Refusal(
        "tagged-early",
        f"Tag {tag.name} stands on {tag.commit[:10]}, but the pull request of release "
        f"{situation.command.version} is not merged.",
        f"Find out who set it; if it is wrong: git push --delete origin {tag.name}",
        ExitCode.TAG_EXISTS,
    )


def _place_taken(situation: Situation) -> Move | None:
    form = situation.policy.release.branch
    branches = {form.replace("{version}", version) for version in situation.command.supersedes}
    others = (other for other in situation.facts.other_releases if other.branch in branches)
    other = next(others, None)
    return CloseOther(other.number, other.node_id, other.branch) if other else None


def _branch_cut(situation: Situation) -> Move | None:
    facts, command = situation.facts, situation.command
    branch, content = facts.release_branch, facts.content
    message = release_commit_message(situation)
    if not branch or not facts.release_branch_digest:
        base = branch.oid if branch else content.source_oid
        return CutBranch(command.branch, base, content.files, message, content.digest, exists=bool(branch))
    if command.follow and facts.release_branch_digest != content.digest:
        return UpdateBranch(
            command.branch, branch.oid, content.source_oid, content.files, message, content.digest
        )
    return None


def _pull_request_open(situation: Situation) -> Move | None:
    facts, command = situation.facts, situation.command
    view = pull_request_view(facts, situation.policy, command)
    digest, title = view_digest(view), f"chore(release): {command.version}"
    pull = facts.pull_request
    if pull is None:
        draft = facts.gates is not None and not facts.gates.passed
        return OpenPullRequest(command.branch, facts.target.name, title, view, digest, draft)
    if digest_in(pull.body) != digest or pull.title != title:
        return RewritePullRequest(pull.number, title, view, digest)
    return None


def _pull_request_labelled(situation: Situation) -> Move | None:
    policy, pull = situation.policy.release, open_pull(situation)
    labels = frozenset({*policy.labels, f"version:{situation.command.version}"})
    title = policy.milestone.replace("{version}", situation.command.version)
    milestone = None if pull.milestone else situation.facts.milestones.get(title)
    labels |= {situation.command.stage} - {"release"}
    if labels <= pull.labels and not milestone:
        return None
    return LabelPullRequest(pull.number, labels | pull.labels, milestone)


def _reviewers_asked(situation: Situation) -> Move | None:
    pull, wanted = open_pull(situation), situation.policy.release.reviewers
    missing = tuple(name for name in wanted if name not in pull.reviewers)
    return AskReviewers(pull.number, missing) if missing and not pull.draft else None


def _merged(situation: Situation) -> Move | None:
    facts, command, pull = situation.facts, situation.command, open_pull(situation)
    policy = situation.policy.release
    verdicts = _merge_verdicts(situation)
    if facts.release_branch and pull.head_oid != facts.release_branch.oid:
        summary = f"Pull request #{pull.number} does not show the newest commit of {command.branch} yet."
        return Wait(merge_rules.STILL_COMPUTING, summary, "GitHub")
    if pull.queued:
        return Wait("merge-queue", f"Pull request #{pull.number} is in the merge queue.", "GitHub", verdicts)
    if first := most_telling(verdicts):
        summary = "; ".join(verdict.summary for verdict in verdicts if not verdict.passed)
        name = f"Pull request #{pull.number}" if pull.number else "The pull request"
        return Wait(first.reason_code, f"{name}: {summary}.", first.who, verdicts)
    method = policy.merge if policy.merge != "auto" else facts.repository.merge_methods[0]
    return MergePullRequest(
        pull.number,
        pull.node_id,
        pull.head_oid,
        method,
        f"{pull.title} (#{pull.number})",
        release_commit_message(situation).partition("\n\n")[2],
        queue=facts.rules.merge_queue,
    )


def _merge_verdicts(situation: Situation) -> tuple[Verdict, ...]:
    """A hotfix needs an emergency approver in place of the approvals that releases need."""
    facts, policy, pull = situation.facts, situation.policy, open_pull(situation)
    said = answers_of_merge(facts.ledger, situation.command.version, pull.head_oid)
    pull = pull.having_said(*said)
    if not situation.command.repair:
        return merge_rules.merge_verdicts(pull, facts.rules, policy.release.approvals)
    emergency = emergency_verdict(pull, facts, policy.hotfix)
    return (emergency, *merge_rules.merge_verdicts(pull, facts.rules, 0))


PREPARE: tuple[Rung, ...] = (
    _not_cancelled,
    _not_tagged,
    _place_taken,
    _branch_cut,
    overrides_asked,
    gates_run,
    _pull_request_open,
    _pull_request_labelled,
    taken_over,
    gates_passed,
    _reviewers_asked,
    _merged,
)


PREPARE_HOTFIX: tuple[Rung, ...] = (
    _not_cancelled,
    _not_tagged,
    hotfix.branch_started,
    hotfix.commits_picked,
    hotfix.fix_there,
    hotfix.line_started,
    hotfix.release_committed,
    overrides_asked,
    hotfix.clone_there,
    gates_run,
    _pull_request_open,
    hotfix.retargeted,
    _pull_request_labelled,
    gates_passed,
    _reviewers_asked,
    _merged,
)


# --- publish: tag and GitHub Release


def _tagged(situation: Situation) -> Move | None:
    facts, command, pull = situation.facts, situation.command, open_pull(situation)
    if not pull.merge_oid:
        summary = f"GitHub does not say yet as which commit pull request #{pull.number} was merged."
        return Wait(merge_rules.STILL_COMPUTING, summary, "GitHub")
    if not facts.tag:
        return CreateTag(command.tag, pull.merge_oid, f"{command.tag}\n\n{facts.content.notes}")
    if not facts.tagged:
        return Refusal(
            "tag-elsewhere",
            f"Tag {command.tag} stands on {facts.tag.commit[:10]}, not on {pull.merge_oid[:10]}, "
            f"which pull request #{pull.number} merged.",
            f"Find out who set it; if it is wrong: git push --delete origin {command.tag}",
            ExitCode.TAG_EXISTS,
        )
    return None


def _published(situation: Situation) -> Move | None:
    facts, command = situation.facts, situation.command
    releases = sorted((r for r in facts.releases if r.tag == command.tag), key=lambda r: (r.draft, r.id))
    if not releases:
        prerelease = "-" in command.version
        notes = release_text(facts, situation.policy, command.tag)
        return DraftRelease(
            command.tag, command.tag, notes, draft=bool(command.assets), prerelease=prerelease
        )
    kept, *doubled = releases
    drafts = [release for release in doubled if release.draft]
    if drafts:
        return DiscardDraft(drafts[0].id)
    if not kept.draft:
        return None
    missing = [path for path in command.assets if path.rpartition("/")[2] not in kept.assets]
    return UploadAsset(kept.id, missing[0]) if missing else PublishRelease(kept.id, kept.tag)


def _merged_back(situation: Situation) -> Move | None:
    facts, command = situation.facts, situation.command
    if facts.source_merged_back or not situation.policy.release.back_merge or not facts.tag:
        return None
    message = f"chore: merge {command.tag} back into {facts.source.name}"
    return MergeBack(facts.source.name, facts.tag.commit, message)


PUBLISH: tuple[Rung, ...] = (_tagged, _published)


# --- deliver: one environment after the other


def _delivered(situation: Situation) -> Move | None:
    command, pipeline = situation.command, pipeline_of(situation.policy)
    facts = situation.facts.having(digest=artifact_digest(situation.facts.tag, situation.facts.releases))
    for environment in automatic_environments(facts, situation.policy, command.version):
        promotion = Promotion(
            version=command.version,
            tag=command.tag,
            source=comes_from(pipeline, facts.ledger.standings, command.version, environment),
            target=environment,
            id=f"{command.attempt}-{environment}",
            holder=command.holder,
            configuration=command.configuration,
            run_url=command.run_url,
            asked_in=command.asked_in,
            automatic=True,
            pull_request=facts.pull_request.number if facts.pull_request else 0,
        )
        move = promoted(facts, promotion, situation.policy, situation.now)
        if move:
            return move
    return None


AFTER: tuple[Rung, ...] = (*PUBLISH, _delivered, _merged_back)

AFTER_HOTFIX: tuple[Rung, ...] = (
    overrides_asked,
    hotfix.clone_there,
    *PUBLISH,
    _delivered,
    hotfix.debts_noted,
    hotfix.brought_back,
    hotfix.debts_worked_off,
    hotfix.nothing_owed,
)


def _approved(situation: Situation) -> Facts:
    """The facts once everybody that a pull request waits for has said yes."""
    facts = situation.facts
    assert facts.pull_request  # noqa: S101 - a release only ever waits on its pull request
    wanted = 1 if situation.command.repair else situation.policy.release.approvals
    asked = max(wanted, facts.rules.required_approvals)
    approvals = tuple(f"(reviewer {number})" for number in range(1, asked + 1))
    green = tuple(replace(check, conclusion="success") for check in facts.pull_request.checks)
    missing = tuple(
        Check(one.name, "success", app_id=one.app_id)
        for one in facts.rules.required_checks
        if not any(map(one.answered_by, green))
    )
    pull = replace(
        facts.pull_request,
        head_oid=facts.release_branch.oid if facts.release_branch else facts.pull_request.head_oid,
        approvals=approvals,
        changes_requested_by=(),
        review_decision="APPROVED",
        unresolved_threads=0,
        merge_state="CLEAN",
        mergeable="MERGEABLE",
        queued=False,
        checks=(*green, *missing),
        checks_doubt="",
    )
    if facts.merged or facts.pull_request.queued:
        pull = replace(pull, state=PullRequestState.MERGED, merge_oid=FORESEEN)
    let_in = frozenset(approvals) if situation.command.repair else facts.emergency_approvals
    return facts.having(pull_request=pull, emergency_approvals=let_in)
