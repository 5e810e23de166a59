"""The gates of a release: overrides, running, what they hold up."""

from shipway.domain import override
from shipway.domain.checks import AWAITED
from shipway.domain.delivery.approvals import MISSING
from shipway.domain.delivery.overriding import (
    not_standing,
    override_refused,
    overrides_recorded,
    standing_overrides,
)
from shipway.domain.delivery.steps import Record
from shipway.domain.facts import Facts, Oid, PullRequest
from shipway.domain.gate import awaits, has_moved
from shipway.domain.hotfix.policy import gates_within
from shipway.domain.override import Override
from shipway.domain.plan import MarkReady, Move, ReportGates, RunGates
from shipway.domain.policy import Policy
from shipway.domain.release_command import Situation, open_pull
from shipway.domain.release_overrides import (
    Past,
    agreed_events,
    agreements,
    asked_past,
    lapsed_event,
    question_event,
)
from shipway.domain.resting import Refusal, Wait
from shipway.domain.stages import gates_at
from shipway.domain.verdict import Verdict
from shipway.errors import ExitCode


def overrides_asked(situation: Situation) -> Move | None:
    """What is to be let past stands in the ledger before it counts."""
    facts, command, policy = situation.facts, situation.command, situation.policy
    if not policy.release.override_approvals:
        return overrides_recorded(facts, command.overrides, "", policy, situation.now)
    return _others_asked(situation, _commit(facts))


def _commit(facts: Facts) -> Oid:
    """The one that the gates of the release ask about now; empty where it is being made."""
    if facts.merged:
        return facts.tag.commit if facts.tag else ""
    return facts.release_branch.oid if facts.release_branch else ""


def _others_asked(situation: Situation, commit: Oid) -> Move | None:
    """An override counts once others agree; until then the release goes on without it."""
    facts, policy, now = situation.facts, situation.policy, situation.now
    if not commit:
        return None
    past, ledger = asked_past(facts.ledger, commit), facts.ledger
    if past and past.open(now) and len(past.approved) >= policy.release.override_approvals:
        return Record(agreed_events(past, ledger, now))
    if past and not (past.ended or past.rejected or past.open(now)):
        return Record((lapsed_event(past, ledger, facts.asker.login, now),))
    missing = not_standing(facts, situation.command.overrides, policy, now, commit)
    waits_for = past.question.gates if past and past.open(now) else ()
    if all(one.gate in waits_for for one in missing):
        return None
    refused = override_refused(facts, missing[0].gate, "", policy)
    return refused or Record((question_event(missing, commit, ledger, now),))


def agreed(situation: Situation, wait: Wait) -> Facts | None:
    """The facts once others have agreed to an override that a release waits for; None where it waits for another."""
    facts = situation.facts
    past = asked_past(facts.ledger, _commit(facts)) if wait.reason_code == MISSING else None
    if not past or not past.open(situation.now):
        return None
    return Record(agreements(facts, past, situation.policy)).foreseen(facts)


def gates_run(situation: Situation) -> Move | None:
    """Every gate has answered for the head of the release branch, and the commit shows it."""
    facts, command = situation.facts, situation.command
    gates = gates_at(situation.policy, command.stage)
    assert facts.release_branch  # noqa: S101 - the rung before
    commit = facts.release_branch.oid
    overrides = standing_overrides(facts, command.version, "", situation.policy, situation.now, commit)
    if gates and not _answered_by(facts, gates, situation.policy, overrides):
        about = {
            "SHIPWAY_VERSION": command.version,
            "SHIPWAY_TAG": command.tag,
            "SHIPWAY_PREVIOUS_TAG": facts.content.previous_tag,
        }
        within = gates_within(situation.policy.hotfix) if command.repair else 0
        return RunGates(
            commit,
            gates,
            command.stage,
            variables=about,
            overrides=overrides,
            within=within,
        )
    if facts.gates and not facts.reported_gates >= {*gates}:
        return ReportGates(commit, facts.gates.verdicts)
    return None


def _answered_by(
    facts: Facts, gates: tuple[str, ...], policy: Policy, overrides: tuple[Override, ...]
) -> bool:
    """Whether every gate has answered for the head of the release branch, and nothing that counts came since."""
    if facts.gates is None or facts.release_branch is None or facts.gates.commit != facts.release_branch.oid:
        return False
    verdicts = {verdict.gate: verdict for verdict in facts.gates.verdicts}
    around = facts.surroundings
    return verdicts.keys() >= {*gates} and not any(
        has_moved(verdicts[gate], policy.gates[gate], around.checks, around.ticked)
        or not override.in_step(verdicts[gate], overrides)
        for gate in gates
    )


def _wanted_past(situation: Situation, commit: Oid) -> Past | None:
    """What others are asked about the gates at a commit, as long as it has not let the release past them."""
    if not situation.policy.release.override_approvals:
        return None
    past = asked_past(situation.facts.ledger, commit)
    return past if past and past.ended != override.KIND else None


def _for_others(verdicts: tuple[Verdict, ...], pull: PullRequest) -> Wait:
    """The last of these verdicts is that of the people who are asked."""
    last = verdicts[-1]
    summary = f"Pull request #{pull.number} stays a draft: {last.summary}."
    return Wait(last.reason_code, summary, last.who, verdicts)


def gates_passed(situation: Situation) -> Move | None:
    """No gate holds the pull request in draft."""
    gates, pull = situation.facts.gates, open_pull(situation)
    if gates and not gates.passed:
        open_ones = [verdict for verdict in gates.verdicts if not verdict.passed]
        past = _wanted_past(situation, gates.commit)
        verdicts = (*gates.verdicts, *([past.verdict(situation.policy, situation.now)] if past else []))
        if past and past.open(situation.now) and {one.gate for one in open_ones} <= {*past.question.gates}:
            return _for_others(verdicts, pull)
        failed = next((verdict for verdict in open_ones if not awaits(verdict)), None)
        if failed is None:
            first = open_ones[0]
            summary = f"Pull request #{pull.number} stays a draft: gate {first.gate} waits: {first.summary}."
            who = "GitHub" if first.reason_code in AWAITED else first.who
            return Wait(first.reason_code, summary, who, gates.verdicts)
        return Refusal(
            "gates-failed",
            f"Gate {failed.gate} did not pass: {failed.summary}.",
            f"Repair it on {situation.facts.source.name}, or run the command again to repeat the gates; "
            f"pull request #{pull.number} stays a draft until then.",
            ExitCode.GATE,
            verdicts,
        )
    return MarkReady(pull.number, pull.node_id) if pull.draft else None
