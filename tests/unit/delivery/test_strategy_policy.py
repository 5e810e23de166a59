"""What is wrong with a strategy in the configuration, word for word."""

import pytest

from shipway.config import read_policy
from shipway.errors import UsageError

DEPLOY = "deploy: {command: [./deploy]}"
STRATEGY = "environments.live.strategy"


@pytest.mark.requirement("DEP-3")
@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (
            f"{DEPLOY}, strategy: {{canary: [50, 25]}}",
            f"`{STRATEGY}.canary` must rise from 1 or more to 100, such as [5, 25, 50, 100], not [50, 25]",
        ),
        (
            f"{DEPLOY}, strategy: {{canary: [], rolling: []}}",
            f"`{STRATEGY}` has canary and rolling; name one of them",
        ),
        (
            f"{DEPLOY}, strategy: {{pause: 5m}}",
            f"`{STRATEGY}` names no strategy; name one of canary, rolling, blue-green",
        ),
        (
            f"{DEPLOY}, strategy: {{canary: [], pause: soon}}",
            f"`{STRATEGY}.pause` 'soon' is no length of time such as 30s, 5m, 2h, 7d or 1h30m",
        ),
        (
            f"{DEPLOY}, strategy: {{canary: [], pause: 10m}}",
            f"`{STRATEGY}.pause` waits for 30m in all, and a deployment may take 30m: raise `deploy.limit`",
        ),
        (
            f"{DEPLOY}, strategy: {{blue-green: {{colours: [red, red]}}}}",
            f"`{STRATEGY}.blue-green.colours` must be two different names, such as [blue, green]",
        ),
        (
            "deploy: {workflow: deploy.yml}, strategy: {canary: []}",
            f"`{STRATEGY}` needs something that takes its steps, such as `deploy: {{command: [./deploy]}}`",
        ),
    ],
)
def test_what_cannot_be_taken_step_by_step(written: str, complaint: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_policy(f"environments: {{live: {{{written}}}}}")

    assert [line.split(": ", 1)[1] for line in refused.value.message.splitlines()[1:]] == [complaint]


@pytest.mark.requirement("DEP-3")
@pytest.mark.parametrize("name", ["canary", "rolling", "blue-green"])
def test_a_strategy_that_is_only_named_is_the_usual_one(name: str) -> None:
    """`canary:` with nothing behind it is what people write who want no more than that."""
    written = f"environments:\n  live:\n    {DEPLOY}\n    strategy:\n      {name}:\n"
    assert read_policy(written).environments["live"].strategy.named == (name,)


@pytest.mark.requirement("RBK-3")
def test_triggers_are_gates_or_the_deploy_command() -> None:
    with pytest.raises(UsageError) as refused:
        read_policy("gates: {smoke: {checks: [x]}}\nrollback: {automatic: [smok]}")

    assert refused.value.message.endswith("`rollback.automatic` has no gate `smok`; there are smoke, deploy")


@pytest.mark.requirement("DEP-2")
def test_a_call_that_is_only_named_is_not_left_out() -> None:
    with pytest.raises(UsageError) as refused:
        read_policy("environments:\n  live:\n    deploy:\n      call:\n")
    assert "`environments.live.deploy.call.url`" in refused.value.message
