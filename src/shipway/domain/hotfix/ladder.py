"""The rungs of a hotfix that a release does not have: its branches before, and what it owes afterwards."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from shipway.domain.debts import BACKPORT, OWED, PAID
from shipway.domain.delivery.overriding import standing_overrides
from shipway.domain.delivery.steps import Record, RunStageGates
from shipway.domain.events import timestamp
from shipway.domain.facts import Facts, GateResults, PullRequestState
from shipway.domain.hotfix.policy import debts_within
from shipway.domain.hotfix.steps import BringBack, OpenBackport, PickCommits, RetargetPullRequest, StartBranch
from shipway.domain.hotfix.target import moved_on
from shipway.domain.ledger import Event
from shipway.domain.plan import CutBranch, Move
from shipway.domain.release_command import Repair, Situation, open_pull
from shipway.domain.release_text import release_commit_message
from shipway.domain.resting import Wait
from shipway.domain.verdict import Verdict

ELSEWHERE = "clone-elsewhere"
"""Reason for which a hotfix rests until somebody goes on in another clone."""

OWED_GATES = "release"
"""Stage whose gates are owed, under which they run once the hotfix is out."""


def repair_of(situation: Situation) -> Repair:
    """What the hotfix repairs, which is known."""
    assert situation.command.repair  # noqa: S101 - the rungs of a hotfix
    return situation.command.repair


# --- before the release


def branch_started(situation: Situation) -> Move | None:
    """The branch that the fix is pushed to stands on the tag."""
    if situation.facts.release_branch:
        return None
    return StartBranch(situation.command.branch, repair_of(situation).commit)


def commits_picked(situation: Situation) -> Move | None:
    """What is taken over from other branches is on the branch."""
    picked = situation.facts.picked
    if picked is None or picked.pushed:
        return None
    return PickCommits(situation.command.branch, picked.head, picked.commits)


def fix_there(situation: Situation) -> Move | None:
    """There is something to release."""
    command = situation.command
    if situation.facts.content.commits:
        return None
    return Wait(
        "fix-missing",
        f"Branch {command.branch} holds nothing yet that {repair_of(situation).base} does not have.",
        f"whoever pushes the fix: git fetch origin {command.branch} && git switch {command.branch}",
    )


def line_started(situation: Situation) -> Move | None:
    """The branch that it is merged into holds what was released, and nothing else."""
    repair, target = repair_of(situation), situation.facts.target
    if not target.oid:
        return StartBranch(target.name, repair.commit)
    if target.oid not in {repair.line_head, repair.commit}:
        return moved_on(target.name, repair.base, situation.command.again)
    return None


def release_committed(situation: Situation) -> Move | None:
    """The newest commit of the branch carries the version and its changelog section."""
    facts, content = situation.facts, situation.facts.content
    assert facts.release_branch  # noqa: S101 - the rung before
    if facts.release_branch_digest == content.digest:
        return None
    message = release_commit_message(situation)
    branch, head = situation.command.branch, facts.release_branch.oid
    return CutBranch(branch, head, content.files, message, content.digest, exists=True)


def clone_there(situation: Situation) -> Move | None:
    """Gates and deploy commands work on what the clone has checked out, which is the hotfix."""
    wanted = situation.facts.elsewhere[:10]
    if not wanted:
        return None
    return Wait(
        ELSEWHERE,
        f"The clone does not stand at {wanted}, so gates and deploy commands would see other files than those of "
        f"hotfix {situation.command.version}.",
        f"whoever goes there: git fetch origin && git switch --detach {wanted}",
    )


def retargeted(situation: Situation) -> Move | None:
    """The pull request leads into the branch that the hotfix belongs to."""
    pull, target = open_pull(situation), situation.facts.target.name
    return RetargetPullRequest(pull.number, target) if pull.base != target else None


# --- after the release


def debts_noted(situation: Situation) -> Move | None:
    """What is owed from the deployment on stands in the ledger."""
    repair, facts = repair_of(situation), situation.facts
    way_back = (BACKPORT,) if repair.development != facts.target.name else ()
    unknown = [name for name in (*repair.left_out, *way_back) if _key(OWED, name) not in facts.ledger.keys]
    due = timestamp(situation.now + debts_within(situation.policy.hotfix))
    events = tuple(_event(situation, OWED, name, due=due) for name in unknown)
    return Record(events) if events else None


def _key(kind: str, debt: str) -> str:
    return f"{kind}:{debt}"


def _event(situation: Situation, kind: str, debt: str, **detail: str) -> Event:
    command = situation.command
    return Event(
        key=_key(kind, debt),
        kind=kind,
        release=situation.facts.ledger.release_id,
        version=command.version,
        actor=command.actor,
        at=timestamp(situation.now),
        detail={"debt": debt, **detail},
    )


def unpaid(facts: Facts) -> dict[str, str]:
    """What the hotfix at hand owes, until when."""
    owed = (entry.event for entry in facts.ledger.entries if entry.event.kind == OWED)
    paid = {name for name in facts.ledger.keys if name.startswith(f"{PAID}:")}
    debts = {event.detail["debt"]: str(event.detail["due"]) for event in owed}
    return {debt: due for debt, due in debts.items() if _key(PAID, debt) not in paid}


def brought_back(situation: Situation) -> Move | None:
    """The fix has reached the branch that people develop on, or a pull request brings it there."""
    back, command = situation.facts.backport, situation.command
    if BACKPORT not in unpaid(situation.facts) or back is None:
        return None
    if back.over:
        how = "merged" if back.contained or back.state is PullRequestState.MERGED else "declined"
        return Record((_event(situation, PAID, BACKPORT, how=how, branch=back.branch, url=back.url),))
    if back.state is PullRequestState.OPEN:
        return None
    tag = situation.facts.tag
    assert tag  # noqa: S101 - a rung before
    title = f"chore: bring hotfix {command.version} to {back.branch}"
    if not (back.conflicts or back.settled or back.refused):
        return BringBack(back.branch, tag.commit, title)
    if not back.way_head:
        return StartBranch(back.way, back.merged or tag.commit, here=bool(back.merged))
    return OpenBackport(back.way, back.branch, title, _backport_view(situation))


def _backport_view(situation: Situation) -> dict[str, object]:
    back, command = situation.facts.backport, situation.command
    assert back  # noqa: S101 - asked only there
    return {
        "version": command.version,
        "tag": command.tag,
        "base": repair_of(situation).base,
        "branch": back.branch,
        "way": back.way,
        "conflicts": list(back.conflicts),
        "settled": list(back.settled),
        "refused": back.refused,
    }


def debts_worked_off(situation: Situation) -> Move | None:
    """The gates that were left out have run on what was released."""
    facts, command = situation.facts, situation.command
    gates = tuple(name for name in unpaid(facts) if name in situation.policy.gates)
    results = facts.stage_gates.get((OWED_GATES, ""))
    if not gates:
        return None
    assert facts.tag  # noqa: S101 - a rung before
    if results is None:
        about = {
            "SHIPWAY_VERSION": command.version,
            "SHIPWAY_TAG": command.tag,
            "SHIPWAY_PREVIOUS_TAG": repair_of(situation).base,
        }
        overrides = standing_overrides(
            facts, command.version, "", situation.policy, situation.now, facts.tag.commit
        )
        return RunStageGates(OWED_GATES, "", facts.tag.commit, gates, about, overrides)
    passed = tuple(verdict for verdict in results.verdicts if verdict.passed and verdict.gate in gates)
    return Record(tuple(_paid(situation, verdict) for verdict in passed)) if passed else None


def _paid(situation: Situation, verdict: Verdict) -> Event:
    commit = situation.facts.tag.commit if situation.facts.tag else ""
    return _event(situation, PAID, verdict.gate, commit=commit, summary=verdict.summary)


def nothing_owed(situation: Situation) -> Move | None:
    """Every debt is paid."""
    debts = unpaid(situation.facts)
    if not debts:
        return None
    verdicts = situation.facts.stage_gates.get((OWED_GATES, ""), GateResults("", ())).verdicts
    due = min(debts.values())
    late = datetime.fromisoformat(due) < situation.now
    until = f"was to be done by {due}" if late else f"is to be done by {due}"
    return Wait(
        "debts-overdue" if late else "debts-open",
        f"Hotfix {situation.command.version} is out. What it owes {until}: "
        f"{'; '.join(_open_debts(situation, verdicts))}.",
        "whoever pays them",
        verdicts,
    )


def _open_debts(situation: Situation, verdicts: tuple[Verdict, ...]) -> Iterator[str]:
    found = {verdict.gate: verdict.summary for verdict in verdicts}
    back = situation.facts.backport
    for debt in unpaid(situation.facts):
        if debt != BACKPORT:
            yield f"gate {debt} ({found.get(debt, 'not configured any more')})"
        elif back and back.pull:
            yield f"pull request #{back.pull} into {back.branch}"


# --- in a dry run


def answered(facts: Facts, wait: Wait, situation: Situation) -> Facts | None:
    """The facts once those that a hotfix waits for have moved; None for any other wait."""
    if wait.reason_code == "fix-missing":
        return facts.having(content=replace(facts.content, commits=1))
    if wait.reason_code.startswith("debts-"):
        paid = tuple(_event(situation, PAID, debt) for debt in unpaid(facts))
        return Record(paid).foreseen(facts)
    return None
