"""Canary, rolling and blue-green: which steps, which gates, and what follows from what each of them finds."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shipway.domain.delivery import promotion
from shipway.domain.delivery.deploying import tried_before
from shipway.domain.delivery.steps import Deploy, Escalate, RunStageGates, SetDeploymentState
from shipway.domain.delivery.strategy import Pause, Shift, Step, plan
from shipway.domain.facts import DeliveryFacts, DeploymentState, DeployResult, GateResults
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.policy import DeployPolicy, EnvironmentPolicy, Policy
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.rollback_policy import RollbackPolicy
from shipway.domain.strategy_policy import BlueGreenPolicy, StrategyPolicy
from shipway.domain.verdict import Ruling, Verdict
from unit.delivery.scene import Scene, commit_of

pytestmark = pytest.mark.requirement("DEP-3")

CANARY = StrategyPolicy(canary=())
STRATEGIES = {
    "canary": CANARY,
    "rolling": StrategyPolicy(rolling=()),
    "blue-green": StrategyPolicy(blue_green=BlueGreenPolicy()),
}
SMOKE = GatePolicy(command=("./smoke",))
ERRORS = GatePolicy(command=("./errors",), stages=("canary",))
TABLE = Path(__file__).parents[2] / "scenarios" / "strategies" / "table.txt"

Answer = Callable[[Any, Any], Any]


def policy_of(strategy: StrategyPolicy, **rollback: Any) -> Policy:
    deploy = DeployPolicy(command=("./deploy",))
    return Policy(
        environments={"production": EnvironmentPolicy(deploy=deploy, strategy=strategy)},
        gates={"smoke": SMOKE, "errors": ERRORS},
        rollback=RollbackPolicy(**rollback),
    )


def scene_of(strategy: StrategyPolicy, *, before: bool = True, **rollback: Any) -> Scene:
    scene = Scene(policy_of(strategy, **rollback), count=100)  # above the numbers of deployments
    if before:
        scene.verified("1.0.0", "production")
    return scene


def carried(
    scene: Scene, version: str = "1.1.0", answer: Answer = lambda step, after: after
) -> Iterator[Any]:
    """Every move until it rests; `answer` says what is true after a step."""
    command = scene.command(version, "", "production")
    seen = scene.seen(command)
    facts = seen.having(tried_before=tried_before(seen), refused=None)
    for _ in range(60):
        move = promotion.decide(facts, command, scene.policy, scene.now)
        yield move
        if isinstance(move, Wait | Refusal | Done):
            scene.facts = facts.having(stage_gates={}, deploy_results={})
            return
        facts = named(answer(move, move.foreseen(facts)))
    raise AssertionError


def named(facts: DeliveryFacts) -> DeliveryFacts:
    """With deployments that GitHub has given names of their own."""
    return facts.having(deployments=tuple(replace(one, node_id=f"D{one.id}") for one in facts.deployments))


def said(gate: str, ruling: Ruling) -> Answer:
    """At the point with this name that gate says so."""

    def answer(step: Any, after: DeliveryFacts) -> DeliveryFacts:
        if not isinstance(step, RunStageGates) or place(step) != gate:
            return after
        wrong = Verdict("smoke", ruling, "said", "500 instead of 200")
        return after.having(stage_gates={**after.stage_gates, step.key: GateResults(step.commit, (wrong,))})

    return answer


def place(step: Any) -> str:
    """Where a step is taken."""
    at = step.variables.get("SHIPWAY_WEIGHT", "")
    kind = "deploy" if isinstance(step, Deploy) else step.key[0]
    return f"{kind} at {at}" if at else kind


def placed(moves: list[Any]) -> list[str]:
    return [place(move) for move in moves if isinstance(move, Deploy | RunStageGates)]


# --- which steps


def shown(points: tuple[Any, ...]) -> list[str]:
    def text(point: Any) -> str:
        if isinstance(point, Pause):
            return "pause"
        return f"{point.step} {point}" if isinstance(point, Shift) else f"gates {point}"

    return [text(point) for point in points]


def test_a_canary_is_smoked_at_its_first_share_and_watched_at_each() -> None:
    assert shown(plan(policy_of(CANARY), "production")) == [
        "deploy 5 %",
        "gates smoke",
        "gates errors",
        "shift 25 %",
        "gates errors",
        "shift 50 %",
        "gates errors",
        "finish 100 %",
    ]


@pytest.mark.requirement("HOT-2")
def test_a_hotfix_goes_faster_and_is_smoked_at_each_share() -> None:
    assert shown(plan(policy_of(CANARY), "production", hotfix=True)) == [
        "deploy 5 %",
        "gates smoke",
        "gates errors",
        "shift 25 %",
        "gates smoke",
        "gates errors",
        "finish 100 %",
    ]


def test_rolling_is_smoked_at_the_half() -> None:
    points = plan(
        replace(policy_of(StrategyPolicy(rolling=(20, 60, 80, 100))), gates={"smoke": SMOKE}), "production"
    )

    assert shown(points) == ["deploy 20 %", "shift 60 %", "gates smoke", "shift 80 %", "finish 100 %"]


def test_blue_green_is_smoked_before_anybody_sees_it() -> None:
    assert shown(plan(policy_of(STRATEGIES["blue-green"]), "production", colour="green")) == [
        "deploy green, 0 %",
        "gates smoke, errors",
        "switch green, 100 %",
    ]


def test_what_has_to_see_traffic_comes_after_the_pause() -> None:
    points = plan(policy_of(StrategyPolicy(canary=(10, 100), pause="5m")), "production")

    assert shown(points) == ["deploy 10 %", "gates smoke", "pause", "gates errors", "finish 100 %"]


def test_nothing_is_planned_where_a_version_takes_over_at_once() -> None:
    assert plan(policy_of(StrategyPolicy()), "production") == ()


# --- what follows from a verdict: strategy, point, verdict, consequence


def points_of(name: str) -> list[str]:
    return placed([*carried(scene_of(STRATEGIES[name]))])


def consequence(name: str, point: str, ruling: Ruling) -> tuple[str, ...]:
    """What is done from there on."""
    scene = scene_of(STRATEGIES[name])
    moves = [*carried(scene, answer=said(point, ruling))]
    standing, rest = scene.facts.ledger.standing("production"), moves[-1]
    if isinstance(rest, Done):
        return ("goes on",)
    assert isinstance(rest, Refusal)
    states = [one.state for one in moves if isinstance(one, SetDeploymentState)]
    if rest.reason_code == "strategy-halted":
        assert standing.claim
        assert states == [DeploymentState.IN_PROGRESS]
        assert standing.reverting is None
        return "stands still", rest.message
    assert standing.reverting
    assert standing.claim is None
    assert states[-1] is DeploymentState.FAILURE
    assert standing.held("1.1.0")
    return "goes back", rest.message


def table() -> str:
    rows = []
    for name in STRATEGIES:
        for point in points_of(name):
            if not point.startswith("deploy"):
                for ruling in Ruling:
                    found = consequence(name, point, ruling)
                    rows.append(f"{name} | {point} | {ruling.value} | {': '.join(found)}")
    return "\n".join(rows) + "\n"


def test_every_strategy_point_and_verdict() -> None:
    assert table() == TABLE.read_text()


WANTED = {Ruling.PASS: "goes on", Ruling.FAIL: "goes back"}


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_verdict_alone_says_what_follows(name: str) -> None:
    for point in points_of(name):
        if not point.startswith("deploy"):
            for ruling in Ruling:
                assert consequence(name, point, ruling)[0] == WANTED.get(ruling, "stands still")


def failing(point: str, *, timed_out: bool = False) -> Answer:
    """The deployer fails there."""

    def answer(step: Any, after: DeliveryFacts) -> DeliveryFacts:
        if not isinstance(step, Deploy) or place(step) != point:
            return after
        result = DeployResult(
            False, "stopped after 300 s" if timed_out else "failed with exit code 1", 1, timed_out
        )
        return after.having(deploy_results={step.deployment: replace(result, step=step.step)})

    return answer


@pytest.mark.parametrize("point", ["deploy at 5", "deploy at 25", "deploy at 50", "deploy at 100"])
def test_a_step_that_fails_goes_back(point: str) -> None:
    scene = scene_of(CANARY)
    *_, rest = carried(scene, answer=failing(point))
    bad = scene.facts.ledger.standing("production").reverting

    assert isinstance(rest, Refusal)
    assert (rest.reason_code, rest.next_step) == (
        "deployment-failed",
        "Go back: shipway rollback production --reason '…'",
    )
    assert bad
    assert (bad.trigger, bad.version) == ("deploy", "1.1.0")


def test_a_step_whose_end_is_not_known_stands_still_and_is_taken_again() -> None:
    scene = scene_of(CANARY)
    *_, rest = carried(scene, answer=failing("deploy at 25", timed_out=True))

    assert isinstance(rest, Refusal)
    assert rest.message == "1.1.0 stays at 5 % in production: the step to 25 % was stopped after 300 s."
    assert placed([*carried(scene)])[0] == "deploy at 25"


def test_what_halted_is_looked_at_again_from_the_same_point() -> None:
    scene = scene_of(CANARY)
    *_, rest = carried(scene, answer=said("canary 5 at 25", Ruling.INCONCLUSIVE))
    again = [*carried(scene, answer=said("canary 5 at 25", Ruling.ERROR))]

    assert isinstance(rest, Refusal)
    assert rest.next_step == (
        "Go on: shipway promote 1.1.0 --to production; or go back: shipway rollback production --reason '…'"
    )
    assert placed(again) == ["canary 5 at 25"]
    assert [e.event.kind for e in scene.facts.ledger.entries].count("halted") == 1
    assert placed([*carried(scene)])[0] == "canary 5 at 25"
    assert scene.facts.ledger.standing("production").advance is None


def test_nothing_goes_back_where_nothing_was_good_before() -> None:
    scene = scene_of(CANARY, before=False)
    *_, rest = carried(scene, answer=said("canary 5 at 25", Ruling.FAIL))

    assert isinstance(rest, Refusal)
    assert rest.reason_code == "verification-failed"
    assert scene.facts.ledger.standing("production").reverting is None


# --- time


def test_a_pause_is_waited_for_and_never_slept_through() -> None:
    scene = scene_of(StrategyPolicy(canary=(10, 100), pause="5m"))
    *_, rest = carried(scene)
    scene.wait(timedelta(minutes=4, seconds=59))
    *before, still = carried(scene)
    scene.wait(timedelta(seconds=1))
    after = [*carried(scene)]

    assert isinstance(rest, Wait)
    assert (rest.reason_code, rest.who, rest.until) == ("pausing", "time", "2026-11-21T12:05:00Z")
    assert rest.summary == "1.1.0 stands at 10 % in production until 2026-11-21T12:05:00Z."
    assert (before, still) == ([], rest)
    assert placed(after) == ["canary 4 at 10", "deploy at 100", "verification"]
    assert isinstance(after[-1], Done)


@pytest.mark.requirement("DEP-6")
def test_a_deployment_over_its_limit_goes_back() -> None:
    scene = scene_of(StrategyPolicy(canary=(10, 100), pause="5m"))
    [*carried(scene)]
    scene.wait(timedelta(minutes=30))
    *_, rest = carried(scene)
    bad = scene.facts.ledger.standing("production").reverting

    assert isinstance(rest, Refusal)
    assert rest.reason_code == "deployment-over-limit"
    assert rest.message == "1.1.0 does not stay in production: it took longer than 30m."
    assert bad
    assert bad.trigger == "limit"


@pytest.mark.requirement("DEP-6")
@pytest.mark.parametrize(
    ("settings", "minutes"), [({}, 30), ({"timeout": 1800.0}, 35), ({"limit": "10m"}, 10)], ids=str
)
def test_so_does_one_without_a_strategy(settings: dict[str, Any], minutes: int) -> None:
    scene = scene_of(StrategyPolicy())
    scene.policy = limited(scene.policy, **settings)
    until_deploying(scene)
    scene.wait(timedelta(minutes=minutes) - timedelta(seconds=1))
    assert isinstance(next(carried(scene)), Deploy)
    scene.wait(timedelta(seconds=1))
    moves = [*carried(scene)]
    ends = [one for one in moves if isinstance(one, SetDeploymentState)]

    assert [(one.state, one.description) for one in ends] == [
        (DeploymentState.ERROR, f"it took longer than {minutes}m")
    ]
    assert moves[-1].reason_code == "deployment-over-limit"
    assert scene.facts.ledger.standing("production").reverting
    assert not any(isinstance(one, Deploy) for one in moves)


@pytest.mark.requirement("DEP-6")
def test_what_was_found_good_stays_however_long_that_took() -> None:
    scene = scene_of(StrategyPolicy())
    late = False
    for move in carried(scene):
        if isinstance(move, RunStageGates):
            scene.wait(timedelta(hours=2))
            late = True

    assert late
    assert isinstance(move, Done)


@pytest.mark.requirement("DEP-6")
def test_with_nothing_to_go_back_to_people_are_called_and_decide() -> None:
    scene = scene_of(StrategyPolicy(), before=False)
    until_deploying(scene)
    scene.wait(timedelta(minutes=30))
    called, ended, _, rest = carried(scene)

    assert isinstance(called, Escalate)
    assert called.title == "P0: 1.1.0 in production took too long"
    assert isinstance(ended, SetDeploymentState)
    assert (rest.reason_code, rest.message) == (
        "deployment-failed",
        "Deployment of 1.1.0 to production failed: it took longer than 30m.",
    )
    assert scene.facts.ledger.standing("production").reverting is None


def limited(policy: Policy, **settings: Any) -> Policy:
    production = policy.environments["production"]
    deploy = replace(production.deploy, **settings)
    return replace(policy, environments={"production": replace(production, deploy=deploy)})


def until_deploying(scene: Scene) -> None:
    """A run dies in its deploy command."""
    command = scene.command("1.1.0", "", "production")
    facts = scene.seen(command)
    while not isinstance(move := promotion.decide(facts, command, scene.policy, scene.now), Deploy):
        facts = named(move.foreseen(facts))
    scene.facts = facts


def test_no_other_version_comes_in_half_way() -> None:
    scene = scene_of(CANARY)
    [*carried(scene, answer=said("canary 5 at 25", Ruling.ERROR))]
    scene.wait(timedelta(hours=9))
    *_, rest = carried(scene, "1.2.0")

    assert isinstance(rest, Refusal)
    assert rest.reason_code == "strategy-under-way"
    assert rest.message == (
        "1.2.0 cannot go to production: 1.1.0 has stood at 25 % of production since 2026-11-21T12:00:00Z."
    )


# --- colours


def test_versions_go_to_the_place_without_traffic_by_turns() -> None:
    scene = scene_of(STRATEGIES["blue-green"], before=False)
    colours = []
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        moves = [*carried(scene, version)]
        colours.append({one.variables["SHIPWAY_COLOUR"] for one in moves if isinstance(one, Deploy)})

    assert colours == [{"green"}, {"blue"}, {"green"}]
    assert [one.colour for one in scene.facts.ledger.standing("production").verified] == [
        "green",
        "blue",
        "green",
    ]


def test_what_deployers_are_told() -> None:
    moves = [*carried(scene_of(CANARY))]
    told = next(one for one in moves if isinstance(one, Deploy) and one.step > 1)

    assert str(told) == "deploy to production (25 %): ./deploy"
    assert {name: value for name, value in told.variables.items() if value} == {
        "SHIPWAY_ENVIRONMENT": "production",
        "SHIPWAY_VERSION": "1.1.0",
        "SHIPWAY_TAG": "v1.1.0",
        "SHIPWAY_SHA": commit_of("1.1.0"),
        "SHIPWAY_DIGEST": f"commit:{commit_of('1.1.0')}",
        "SHIPWAY_DELIVERY": "p102",
        "SHIPWAY_STAGE": "verification",
        "SHIPWAY_DEPLOYMENT": "1",
        "SHIPWAY_STRATEGY": "canary",
        "SHIPWAY_STEP": Step.SHIFT.value,
        "SHIPWAY_WEIGHT": "25",
        "SHIPWAY_PREVIOUS_VERSION": "1.0.0",
    }


# --- taken back by itself, without a strategy


@pytest.mark.requirement("RBK-3")
@pytest.mark.parametrize(("automatic", "back"), [(("smoke",), True), (("errors",), False), ((), False)])
def test_a_gate_takes_a_version_out_where_it_is_said_to(automatic: tuple[str, ...], *, back: bool) -> None:
    scene = scene_of(StrategyPolicy(), automatic=automatic)
    *_, rest = carried(scene, answer=said("verification", Ruling.FAIL))

    assert isinstance(rest, Refusal)
    assert rest.reason_code == "verification-failed"
    assert (scene.facts.ledger.standing("production").reverting is not None) is back


@pytest.mark.requirement("RBK-3")
def test_a_command_takes_a_version_out_where_it_is_said_to() -> None:
    scene = scene_of(StrategyPolicy(), automatic=("deploy",))
    *_, rest = carried(scene, answer=failing("deploy"))

    assert isinstance(rest, Refusal)
    assert rest.message == "1.1.0 does not stay in production: its deployment failed with exit code 1."


@pytest.mark.requirement("RBK-3")
def test_the_first_time_asks_where_it_is_said_to_and_a_repeat_does_not() -> None:
    scene = scene_of(CANARY, first="ask")
    asked = []
    for _ in range(2):
        [*carried(scene, answer=said("canary 5 at 25", Ruling.FAIL))]
        bad = scene.facts.ledger.standing("production").reverting
        asked.append(bad and bad.asks)
        scene.record("hold-lifted", version="1.1.0", environment="production")

    assert asked == [True, False]
