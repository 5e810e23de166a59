"""Gates that a version is let past, in a release as on its way into an environment."""

from datetime import datetime

from shipway.domain import override
from shipway.domain.authority import authority_verdict
from shipway.domain.delivery.command import Promotion
from shipway.domain.delivery.steps import Record
from shipway.domain.facts import DeliveryFacts, Oid
from shipway.domain.override import Override
from shipway.domain.policy import Policy
from shipway.domain.resting import Refusal
from shipway.errors import ExitCode


def overrides_recorded(
    facts: DeliveryFacts, asked: tuple[Override, ...], environment: str, policy: Policy, now: datetime
) -> Record | Refusal | None:
    """What is to be let past stands in the ledger before it counts, and only if who asks may."""
    missing = override.owed(asked, _counting(facts, environment, policy), now)
    if not missing:
        return None
    return override_refused(facts, missing[0].gate, environment, policy) or Record(
        tuple(override.overridden_event(one, facts.ledger.release_id) for one in missing)
    )


def override_refused(facts: DeliveryFacts, gate: str, environment: str, policy: Policy) -> Refusal | None:
    """Why who asks may not let a version past a gate; None where they may."""
    verdict = authority_verdict(facts.asker, "override", environment, policy)
    if verdict.passed:
        return None
    return Refusal(
        "override-refused",
        f"Gate {gate} is not overridden: {verdict.summary}.",
        f"Have it asked for by {verdict.who}, or repair what the gate found.",
        ExitCode.NOT_AUTHORISED,
        (verdict,),
    )


def overrides_missing(
    facts: DeliveryFacts, command: Promotion, policy: Policy, now: datetime
) -> tuple[Override, ...]:
    """What a promotion is to be let past, and is not yet."""
    asked = override.bound(command.overrides, command.version, facts.asker.login, command.target)
    return override.owed(asked, _counting(facts, command.target, policy), now)


def standing_overrides(
    facts: DeliveryFacts, version: str, environment: str, policy: Policy, now: datetime, commit: Oid = ""
) -> tuple[Override, ...]:
    """Those in the ledger that count now on the way into an environment; of the release, where none is named.

    Args:
        commit: Of the release that its own gates ask about: those that others agreed to count for no other.
    """
    return override.standing(_counting(facts, environment, policy, commit), version, now)


def not_standing(
    facts: DeliveryFacts, asked: tuple[Override, ...], policy: Policy, now: datetime, commit: Oid
) -> tuple[Override, ...]:
    """What a release is to be let past at a commit, and is not yet."""
    return override.owed(asked, _counting(facts, "", policy, commit), now)


def _counting(
    facts: DeliveryFacts, environment: str, policy: Policy, commit: Oid = ""
) -> tuple[Override, ...]:
    """Those of this very environment, whose rule let them; one of the release where the same rule holds."""
    settings = policy.environments.get(environment)
    own_rule = settings is not None and (
        "override" in settings.authorize.actions or settings.approvals.override > 0
    )
    where = {environment} if own_rule else {environment, ""}
    recorded = override.overrides_in(entry.event for entry in facts.ledger.entries)
    return tuple(one for one in recorded if one.environment in where and one.commit in {"", commit})
