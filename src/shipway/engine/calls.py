"""Deploys by calling an address, or looks at how that goes."""

from collections.abc import Mapping

from shipway.adapters.deploy_call import call
from shipway.domain.call_policy import CallPolicy
from shipway.domain.delivery.calling import body_of, called, key_of, looked_at
from shipway.domain.delivery.steps import Deploy
from shipway.domain.facts import DeployResult


def deployed_by_call(step: Deploy, policy: CallPolicy, variables: Mapping[str, str]) -> DeployResult:
    """How it went, or that it goes on.

    Args:
        step: What is deployed, and where to look where it goes on already.
        policy: The address.
        variables: Hold the values of headers.
    """
    missing = sorted(name for name in policy.headers.values() if not variables.get(name))
    if missing:
        needs = f"failed, the call needs {', '.join(missing)}, which is not set"
        return DeployResult(succeeded=False, description=needs, duration=0)
    headers = {header: variables[name] for header, name in policy.headers.items()}
    place = step.location
    if not place:
        keyed = {**headers, "Idempotency-Key": key_of(step)}
        result = called(call(policy.method, policy.url, keyed, body_of(step), policy.timeout), policy.url)
        place = result.location
    return looked_at(call("GET", place, headers, None, policy.timeout), place) if place else result
