"""The gates of a release: overrides, running, what they hold up."""

from shipway.domain import override
from shipway.domain.authority import Asker, authority_verdict
from shipway.domain.checks import AWAITED
from shipway.domain.delivery.steps import Record
from shipway.domain.facts import Facts
from shipway.domain.gate import awaits, has_moved
from shipway.domain.ledger import Event
from shipway.domain.override import Override
from shipway.domain.plan import MarkReady, Move, ReportGates, RunGates
from shipway.domain.policy import Policy
from shipway.domain.release_command import Situation, open_pull
from shipway.domain.resting import Refusal, Wait
from shipway.domain.stages import gates_at
from shipway.errors import ExitCode


def overrides_recorded(situation: Situation) -> Move | None:
    """What is to be let past stands in the ledger before it counts, and only if who asks may."""
    facts, command = situation.facts, situation.command
    missing = override.owed(command.overrides, override.overrides_in(_events(facts)), situation.now)
    if not missing:
        return None
    verdict = authority_verdict(_asker(facts), "override", "", situation.policy)
    if not verdict.passed:
        return Refusal(
            "override-refused",
            f"Gate {missing[0].gate} is not overridden: {verdict.summary}.",
            f"Have it asked for by {verdict.who}, or repair what the gate found.",
            ExitCode.NOT_AUTHORISED,
            (verdict,),
        )
    return Record(tuple(override.overridden_event(one, facts.ledger.release_id) for one in missing))


def _events(facts: Facts) -> tuple[Event, ...]:
    return tuple(entry.event for entry in facts.ledger.entries)


def _asker(facts: Facts) -> Asker:
    """Who asks as GitHub says; else whose token it is, with what that may do here."""
    repository = facts.repository
    return facts.asker if facts.asker.login else Asker(repository.viewer, repository.permission.lower())


def _standing_overrides(situation: Situation) -> tuple[Override, ...]:
    recorded = override.overrides_in(_events(situation.facts))
    return override.standing(recorded, situation.command.version, situation.now)


def gates_run(situation: Situation) -> Move | None:
    """Every gate has answered for the head of the release branch, and the commit shows it."""
    facts, gates = situation.facts, gates_at(situation.policy, "release")
    overrides = _standing_overrides(situation)
    assert facts.release_branch  # noqa: S101 - the rung before
    if gates and not _answered_by(facts, gates, situation.policy, overrides):
        return RunGates(facts.release_branch.oid, gates, overrides=overrides)
    if facts.gates and not facts.reported_gates >= {*gates}:
        return ReportGates(facts.release_branch.oid, facts.gates.verdicts)
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


def gates_passed(situation: Situation) -> Move | None:
    """No gate holds the pull request in draft."""
    gates, pull = situation.facts.gates, open_pull(situation)
    if gates and not gates.passed:
        open_ones = [verdict for verdict in gates.verdicts if not verdict.passed]
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
            gates.verdicts,
        )
    return MarkReady(pull.number, pull.node_id) if pull.draft else None
