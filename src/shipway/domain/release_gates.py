"""The gates of a release: overrides, running, what they hold up."""

from shipway.domain import override
from shipway.domain.checks import AWAITED
from shipway.domain.delivery.overriding import overrides_recorded, standing_overrides
from shipway.domain.facts import Facts
from shipway.domain.gate import awaits, has_moved
from shipway.domain.hotfix.policy import gates_within
from shipway.domain.override import Override
from shipway.domain.plan import MarkReady, Move, ReportGates, RunGates
from shipway.domain.policy import Policy
from shipway.domain.release_command import Situation, open_pull
from shipway.domain.resting import Refusal, Wait
from shipway.domain.stages import gates_at
from shipway.errors import ExitCode


def overrides_asked(situation: Situation) -> Move | None:
    """What is to be let past stands in the ledger before it counts."""
    facts, command = situation.facts, situation.command
    return overrides_recorded(facts, command.overrides, "", situation.policy, situation.now)


def gates_run(situation: Situation) -> Move | None:
    """Every gate has answered for the head of the release branch, and the commit shows it."""
    facts, command = situation.facts, situation.command
    gates = gates_at(situation.policy, command.stage)
    overrides = standing_overrides(facts, command.version, "", situation.policy, situation.now)
    assert facts.release_branch  # noqa: S101 - the rung before
    if gates and not _answered_by(facts, gates, situation.policy, overrides):
        about = {
            "SHIPWAY_VERSION": command.version,
            "SHIPWAY_TAG": command.tag,
            "SHIPWAY_PREVIOUS_TAG": facts.content.previous_tag,
        }
        within = gates_within(situation.policy.hotfix) if command.repair else 0
        return RunGates(
            facts.release_branch.oid,
            gates,
            command.stage,
            variables=about,
            overrides=overrides,
            within=within,
        )
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
