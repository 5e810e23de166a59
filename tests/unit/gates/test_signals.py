"""Several numbers together: two bad ones at once, or one that stays bad, are a failure."""

from itertools import product

import pytest

from shipway.domain.gate import Evidence, judge, looked_enough
from shipway.domain.gate_policy import GatePolicy, MetricPolicy, SignalsPolicy
from shipway.domain.metric import Measured
from shipway.domain.verdict import Ruling, Verdict

GOOD, BAD, NONE, DOWN = Measured(0.5), Measured(2), Measured(), Measured(problem="status 503")
FOUND = {"good": GOOD, "bad": BAD, "none": NONE, "down": DOWN}
METRIC = MetricPolicy(url="https://example.org", at_most=1)
POLICY = SignalsPolicy(metrics={"errors": METRIC, "p95": METRIC})
GATE = GatePolicy(signals=POLICY)


def verdict_of(*looks: tuple[Measured, Measured], policy: GatePolicy = GATE) -> Verdict:
    rows = tuple({"errors": errors, "p95": p95} for errors, p95 in looks)
    for count in range(len(rows)):
        assert not looked_enough(policy, rows[:count])
    assert looked_enough(policy, rows)
    return judge("health", policy, Evidence(looks=rows))


@pytest.mark.requirement("RBK-3")
def test_all_good_is_known_at_once() -> None:
    verdict = verdict_of((GOOD, GOOD))

    assert (verdict.ruling, verdict.warning, verdict.details) == (Ruling.PASS, False, ())
    assert verdict.reason_code == "signals-within"
    assert verdict.summary == "every signal is within its bounds"


@pytest.mark.requirement("RBK-3")
def test_two_bad_ones_fail_at_once() -> None:
    verdict = verdict_of((BAD, GOOD), (BAD, BAD))

    assert (verdict.ruling, verdict.reason_code) == (Ruling.FAIL, "signals-together")
    assert verdict.summary == "2 bad at once: errors: 2 is more than 1; p95: 2 is more than 1"
    assert verdict.details == (
        "look 1: errors: 2 is more than 1",
        "look 2: errors: 2 is more than 1",
        "look 2: p95: 2 is more than 1",
    )


@pytest.mark.requirement("RBK-3")
def test_one_that_stays_bad_fails_in_the_end() -> None:
    verdict = verdict_of((GOOD, BAD), (GOOD, BAD), (GOOD, BAD))

    assert (verdict.ruling, verdict.reason_code) == (Ruling.FAIL, "signals-in-a-row")
    assert verdict.summary == "bad in 3 of 3 looks: p95: 2 is more than 1"


@pytest.mark.requirement("RBK-3")
def test_one_that_was_bad_for_a_moment_is_a_warning() -> None:
    verdict = verdict_of((GOOD, BAD), (GOOD, GOOD))

    assert (verdict.ruling, verdict.result) == (Ruling.PASS, "warning")
    assert verdict.summary == "every signal is within its bounds at look 2"
    assert verdict.details == ("look 1: p95: 2 is more than 1",)


@pytest.mark.requirement("RBK-3")
@pytest.mark.parametrize("first", [(BAD, DOWN), (DOWN, GOOD)])
def test_what_nobody_could_tell_is_not_made_a_failure(first: tuple[Measured, Measured]) -> None:
    verdict = verdict_of(first, (GOOD, DOWN), (BAD, GOOD))

    assert (verdict.ruling, verdict.reason_code) == (Ruling.ERROR, "metric-unreachable")
    assert verdict.summary == "p95: status 503"


def test_no_number_counts_as_configured() -> None:
    looks = ((NONE, GOOD),)

    passed = verdict_of(*looks, policy=GatePolicy(signals=POLICY, on_no_data="pass"))
    failed = verdict_of(*looks * 3, policy=GatePolicy(signals=POLICY, on_no_data="fail"))

    assert (passed.result, failed.reason_code) == ("warning", "signals-in-a-row")


LOOKS = [*product(FOUND, FOUND)]


@pytest.mark.requirement("RBK-3")
@pytest.mark.parametrize(("first", "second"), [*product(LOOKS, LOOKS)])
def test_every_pair_of_looks_comes_to_what_the_table_says(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    policy = SignalsPolicy(metrics=POLICY.metrics, in_a_row=2)
    over = [one for one in (first, second) if one in {("good", "good"), ("bad", "bad")}]
    looks = [first] if over[:1] == [first] else [first, second]

    rows = [(FOUND[errors], FOUND[p95]) for errors, p95 in looks]
    verdict = verdict_of(*rows, policy=GatePolicy(signals=policy))

    if looks[-1] == ("good", "good"):
        assert verdict.ruling is Ruling.PASS
    elif looks[-1] == ("bad", "bad") or all("bad" in look for look in looks):
        assert verdict.ruling is Ruling.FAIL
    else:
        assert verdict.ruling in {Ruling.ERROR, Ruling.INCONCLUSIVE}
