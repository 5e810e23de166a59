"""What checks on a commit say together."""

from itertools import permutations, product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.domain.checks import AWAITED, Check, Observed, State, check_verdict, newest, state_of_wanted
from shipway.domain.gate import Evidence, judge
from shipway.domain.gate_policy import GatePolicy, WantedCheck
from shipway.domain.verdict import Ruling

CI = WantedCheck(name="ci")
WORST_FIRST = list(State)
CONCLUSIONS = {
    "": State.RUNNING,
    "success": State.SUCCEEDED,
    "neutral": State.SKIPPED,
    "skipped": State.SKIPPED,
    "failure": State.FAILED,
    "error": State.FAILED,
    "action_required": State.BROKEN,
    "cancelled": State.BROKEN,
    "stale": State.BROKEN,
    "startup_failure": State.BROKEN,
    "timed_out": State.BROKEN,
    "some-day-new": State.BROKEN,
}
RUNS = st.builds(
    Check,
    st.sampled_from(["ci", "other"]),
    st.sampled_from(sorted(CONCLUSIONS)),
    app=st.sampled_from(["", "github-actions", "other-app"]),
    workflow=st.sampled_from(["", "CI on push"]),
    number=st.integers(1, 9),
    began=st.sampled_from(["", "2026-11-21T12:00:00Z", "2026-11-21T12:00:01Z"]),
)


@pytest.mark.requirement("GATE-2")
@pytest.mark.parametrize(("conclusion", "state"), [*CONCLUSIONS.items()])
def test_one_check_is_judged_by_its_conclusion(conclusion: str, state: State) -> None:
    assert state_of_wanted(CI, [Check("ci", conclusion)]) is state


@pytest.mark.requirement("GATE-2")
@pytest.mark.parametrize(("first", "second"), [*product(CONCLUSIONS, repeat=2)])
def test_of_several_apps_with_one_name_the_worst_counts(first: str, second: str) -> None:
    checks = [Check("ci", first, app="one"), Check("ci", second, app="two")]

    worst = min(CONCLUSIONS[first], CONCLUSIONS[second], key=WORST_FIRST.index)

    assert state_of_wanted(CI, checks) is worst
    assert state_of_wanted(WantedCheck(name="ci", app="two"), checks) is CONCLUSIONS[second]


@pytest.mark.requirement("GATE-2")
@pytest.mark.parametrize(("before", "after"), [*product(CONCLUSIONS, repeat=2)])
def test_of_reruns_the_newest_counts(before: str, after: str) -> None:
    reruns = [Check("ci", before, app="one", number=1), Check("ci", after, app="one", number=2)]

    assert {state_of_wanted(CI, order) for order in permutations(reruns)} == {CONCLUSIONS[after]}


def test_two_workflows_with_a_job_of_one_name_are_two_checks() -> None:
    jobs = [
        Check("build", "failure", app="github-actions", workflow="CI on push", number=1),
        Check("build", "success", app="github-actions", workflow="Nightly on push", number=2),
    ]

    assert state_of_wanted(WantedCheck(name="build"), jobs) is State.FAILED


def test_of_commit_statuses_of_one_context_the_newest_counts() -> None:
    statuses = [
        Check("ci", "success", began="2026-11-21T12:00:00Z"),
        Check("ci", "failure", began="2026-11-21T12:00:01Z"),
    ]

    assert state_of_wanted(CI, statuses) is State.FAILED


def test_of_two_looks_at_one_run_the_one_that_shows_its_end_counts() -> None:
    looks = [Check("ci", "success", number=7), Check("ci", "", number=7)]

    assert [check.conclusion for check in newest(looks)] == ["success"]


@pytest.mark.requirement("GATE-2")
@given(st.lists(RUNS, max_size=8), st.randoms())
def test_the_order_of_runs_does_not_matter(runs: list[Check], chance: Random) -> None:
    shuffled = chance.sample(runs, len(runs))

    assert newest(runs) == newest(shuffled)
    assert check_verdict("ci", [CI], Observed((*runs,))) == check_verdict("ci", [CI], Observed((*shuffled,)))


@pytest.mark.requirement("GATE-2")
@given(st.lists(RUNS, min_size=1, max_size=8), st.data())
def test_an_older_rerun_changes_nothing(runs: list[Check], data: st.DataObject) -> None:
    known = data.draw(st.sampled_from(newest(runs)))
    conclusion = data.draw(st.sampled_from(sorted(CONCLUSIONS)))
    older = Check(known.name, conclusion, app=known.app, workflow=known.workflow, number=known.number - 1)

    assert newest([*runs, older]) == newest(runs)


@given(st.lists(RUNS, max_size=8))
def test_what_cannot_be_trusted_is_inconclusive_whatever_it_shows(runs: list[Check]) -> None:
    verdict = check_verdict("ci", [CI], Observed((*runs,), "it counts 9 and shows 8"))

    assert (verdict.ruling, verdict.reason_code) == (Ruling.INCONCLUSIVE, "checks-untrusted")
    assert verdict.summary == "GitHub's answer cannot be relied on: it counts 9 and shows 8"
    assert verdict.reason_code in AWAITED


@given(st.lists(RUNS, max_size=8))
def test_it_passes_only_where_every_newest_report_of_a_wanted_check_succeeded(runs: list[Check]) -> None:
    verdict = check_verdict("ci", [CI], Observed((*runs,)))
    ours = [check.conclusion for check in newest(runs) if check.name == "ci"]

    assert verdict.passed is (bool(ours) and {*ours} == {"success"})


def test_what_is_wanted_and_absent_is_named_with_its_app() -> None:
    wanted = WantedCheck(name="ci", app="other-app")

    verdict = check_verdict("ci", [wanted, CI], Observed((Check("ci", "success", app="github-actions"),)))

    assert (verdict.reason_code, verdict.summary) == ("checks-absent", "never reported: ci (other-app)")


@pytest.mark.requirement("GATE-2")
def test_a_gate_of_checks_that_demands_none_is_no_pass() -> None:
    assert check_verdict("ci", [], Observed()).reason_code == "no-data"
    assert judge("ci", GatePolicy(checks=()), Evidence()).ruling is Ruling.INCONCLUSIVE
