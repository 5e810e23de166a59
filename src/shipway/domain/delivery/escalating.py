"""How people are called where a deployment took too long and nothing goes back by itself.

A rollback that follows calls them by itself (`rollback.py`), about the same incident.
"""

from shipway.domain.delivery import deploying
from shipway.domain.delivery.steps import Escalate, marker
from shipway.domain.delivery.way_back import verified_besides
from shipway.domain.delivery.way_in import Way
from shipway.domain.trial import in_words


def incident(environment: str, version: str) -> str:
    """Names what went wrong with a version, however often it is tried: the issue about it is one."""
    return f"{environment} {version}"


def called(way: Way, why: str) -> Escalate | None:
    """The issue that calls people, before the deployment is ended; None once this run has made or found it.

    Args:
        way: The deployment that took too long.
        why: In what way.
    """
    attempt, delivery, environment = way.attempt, way.delivery, way.environment
    if attempt.facts.issue:
        return None
    about = incident(environment, delivery.version)
    before = verified_besides(attempt.facts.ledger.standing(environment), delivery.version)
    view = {
        "marker": marker(about),
        "environment": environment,
        "version": in_words(delivery.version),
        "before": before[-1].version if before else "",
        "by": delivery.actor,
        "what": why,
        "command": deploying.deploy_policy(attempt.policy, environment).command,
        "again": delivery.again,
        "run_url": delivery.run_url,
    }
    title = f"P0: {in_words(delivery.version)} in {environment} took too long"
    return Escalate(title, "over_limit.md.j2", view, attempt.policy.rollback.labels, about)
