"""Whether an environment is anybody's turn already, and nobody stands there half-way."""

from shipway.domain.delivery.command import Attempt
from shipway.domain.delivery.elsewhere import goes_on_elsewhere
from shipway.domain.events import timestamp
from shipway.domain.standing import Claim
from shipway.domain.verdict import Ruling, Verdict


def claim_policy(situation: Attempt) -> Verdict:
    """Whether nobody else is bringing a version in."""
    claim = standing_claim(situation)
    target = situation.command.target
    if half_way := _half_way(situation):
        return half_way
    if claim is None or claim.holder == situation.command.holder:
        return Verdict(
            "claim", Ruling.PASS, "not-claimed", f"nobody else is bringing a version into {target}"
        )
    if unconcluded(situation):
        summary = (
            f"the run that brings {claim.version} into {target} is over, and nobody has looked how it ended"
        )
        return Verdict("claim", Ruling.FAIL, "run-unconcluded", summary, "whoever runs shipway sweep")
    summary = f"{claim.by} has been bringing {claim.version} into {target} since {claim.at}"
    return Verdict(
        "claim", Ruling.FAIL, "promotion-under-way", summary, f"{claim.by}'s run, until {claim.until}"
    )


def _half_way(situation: Attempt) -> Verdict | None:
    """Another version stands there in part, whether or not anybody works on it; only a rollback takes it out."""
    command, facts = situation.command, situation.facts
    advance = facts.ledger.standing(command.target).advance
    if advance is None or command.replaces or advance.version == command.version:
        return None
    if not any(one.id == advance.deployment and not one.state.settled for one in facts.deployments):
        return None
    summary = f"{advance.version} has stood at {advance.weight} % of {command.target} since {advance.at}"
    return Verdict(
        "claim", Ruling.FAIL, "strategy-under-way", summary, "who goes on with it or rolls it back"
    )


def standing_claim(situation: Attempt) -> Claim | None:
    """The claim on the target that counts: not given up, and not run out.

    That of another version counts for as long as a workflow run may bring it in, or has and nobody has verified it,
    or something outside may, unless it is to go back.
    """
    facts = situation.facts
    claim = facts.ledger.standing(situation.command.target).claim
    if claim is None:
        return None
    run = facts.run_of(claim.id)
    if run and _of_another(claim, situation):
        return claim if not run.completed or run.conclusion == "success" else None
    if _of_another(claim, situation) and not situation.command.replaces:
        going = goes_on_elsewhere(situation.policy, facts.deployments, situation.command.target, claim)
        if going and timestamp(situation.now) < claim.until:
            return claim
    over = claim.id in facts.abandoned_claims or timestamp(situation.now) >= claim.until
    return None if over else claim


def unconcluded(situation: Attempt) -> bool:
    """Whether another version's workflow run has ended, or should have, and nobody has looked how."""
    claim = standing_claim(situation)
    run = situation.facts.run_of(claim.id) if claim and _of_another(claim, situation) else None
    return bool(claim and run and (run.completed or timestamp(situation.now) >= claim.until))


def _of_another(claim: Claim, situation: Attempt) -> bool:
    command = situation.command
    return (claim.version, claim.replaces) != (command.version, command.replaces)
