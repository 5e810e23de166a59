"""Gates that a version is let past, in a release as on its way into an environment."""

from datetime import datetime

from shipway.domain import override
from shipway.domain.authority import authority_verdict
from shipway.domain.delivery.command import Promotion
from shipway.domain.delivery.steps import Record
from shipway.domain.facts import DeliveryFacts
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
    verdict = authority_verdict(facts.asker, "override", environment, policy)
    if verdict.passed:
        return Record(tuple(override.overridden_event(one, facts.ledger.release_id) for one in missing))
    return Refusal(
        "override-refused",
        f"Gate {missing[0].gate} is not overridden: {verdict.summary}.",
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
    facts: DeliveryFacts, version: str, environment: str, policy: Policy, now: datetime
) -> tuple[Override, ...]:
    """Those in the ledger that count now on the way into an environment; of the release, where none is named."""
    return override.standing(_counting(facts, environment, policy), version, now)


def _counting(facts: DeliveryFacts, environment: str, policy: Policy) -> tuple[Override, ...]:
    """Those of this very environment, whose rule let them; one of the release where the same rule holds."""
    settings = policy.environments.get(environment)
    own_rule = settings is not None and "override" in settings.authorize.actions
    where = {environment} if own_rule else {environment, ""}
    recorded = override.overrides_in(entry.event for entry in facts.ledger.entries)
    return tuple(one for one in recorded if one.environment in where)
