"""What it takes for a component to reach a stage: the usual lists, the decision, uptime, and hostile text."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.config import read_policy
from shipway.domain.facts import Deployment, DeploymentState
from shipway.domain.maturity import (
    COVERAGE,
    CloseIssue,
    MaturityCommand,
    MaturityFacts,
    MoveCard,
    OpenIssue,
    RewriteIssue,
    TrackingIssue,
    decide,
    foreseen,
    judged,
    key_of,
    stage_of,
    uptime_verdict,
)
from shipway.domain.maturity_policy import STAGES, CriterionPolicy, MaturityPolicy, Stage
from shipway.domain.maturity_view import body_of
from shipway.domain.resting import Done, Refusal
from shipway.domain.verdict import Ruling, Verdict
from shipway.errors import UsageError

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
COMMAND = MaturityCommand("orders", "staging")
POLICY = MaturityPolicy()


def passed(*names: str) -> dict[str, Verdict]:
    return {name: Verdict(name, Ruling.PASS, "so", "it is so") for name in names}


AUTOMATIC = passed(COVERAGE, "source", "tests", "specification")


def facts(issue: TrackingIssue | None = None, at: Stage = "development") -> MaturityFacts:
    return MaturityFacts("c" * 40, at, AUTOMATIC, issue)


def body(found: MaturityFacts, command: MaturityCommand = COMMAND, *, promoted: bool = False) -> str:
    return body_of(found, command, POLICY, promoted=promoted)


def ticked(text: str) -> str:
    return text.replace("- [ ]", "- [x]")


def tracking(text: str, *, is_open: bool = True, labels: tuple[str, ...] = ()) -> TrackingIssue:
    kept = frozenset(labels or ("component:orders", "target:staging"))
    return TrackingIssue(7, "I_7", "http://127.0.0.1/7", text, is_open, kept)


@pytest.mark.requirement("PRO-8")
@pytest.mark.parametrize(
    ("stage", "coverage", "counts"),
    [
        ("development", 60, (3, 0, 0)),
        ("staging", 70, (7, 7, 2)),
        ("production", 80, (9, 7, 3)),
    ],
)
def test_the_usual_criteria(stage: Stage, coverage: float, counts: tuple[int, int, int]) -> None:
    headings = [one.heading for one in POLICY.criteria(stage).values()]
    assert POLICY.coverage(stage) == coverage
    assert tuple(headings.count(one) for one in ("gates", "criteria", "approvals")) == counts
    assert POLICY.criteria("production")["uptime"].uptime == 99.5


@pytest.mark.requirement("PRO-8")
def test_the_way_to_a_stage() -> None:
    found = facts()
    step = decide(found, COMMAND, POLICY, body)
    assert isinstance(step, OpenIssue)
    assert step.labels == ("component:orders", "target:staging")

    found = foreseen(step, found, body)
    refusal = decide(found, COMMAND, POLICY, body)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason_code, refusal.exit_code, len(refusal.verdicts)) == ("criteria-unmet", 8, 13)

    found = facts(tracking(ticked(body(facts()))))
    rewrite = decide(found, COMMAND, POLICY, body)
    assert isinstance(rewrite, RewriteIssue)
    found = foreseen(rewrite, found, body)
    close = decide(found, COMMAND, POLICY, body)
    assert isinstance(close, CloseIssue)
    assert isinstance(decide(found, COMMAND, MaturityPolicy(project="Board"), body), MoveCard)

    closed = tracking(body(found, promoted=True), is_open=False)
    assert stage_of("orders", [closed], "development") == "staging"
    assert stage_of("other", [closed], "development") == "development"
    assert decide(facts(closed, "staging"), COMMAND, POLICY, body) == Done("orders is at staging.")


@pytest.mark.requirement("PRO-8")
@given(st.sampled_from(STAGES), st.sampled_from(STAGES), st.booleans())
def test_no_stage_is_reached_past_another_one(at: Stage, target: Stage, has_issue: bool) -> None:
    command = MaturityCommand("orders", target)
    found = facts(tracking("") if has_issue else None, at)
    move = decide(found, command, POLICY, lambda one: body(one, command))
    steps = STAGES.index(target) - STAGES.index(at)
    if steps == 0:
        assert isinstance(move, Done)
    elif steps == 1:
        assert isinstance(move, OpenIssue | RewriteIssue)
    else:
        assert isinstance(move, Refusal)
        assert move.reason_code == "stage-order"


@pytest.mark.requirement("PRO-8")
@given(st.sets(st.sampled_from(sorted(POLICY.criteria("staging")))))
def test_exactly_what_people_ticked_stays_ticked(names: set[str]) -> None:
    text = body(facts())
    for name in names:
        line = next(one for one in text.splitlines() if f"criterion:{key_of(name)} " in one)
        text = text.replace(line, ticked(line))
    rewritten = facts(tracking(text.replace("\n", "\r\n")))
    again = facts(tracking(body(rewritten)))
    met = {one.name for one in judged(POLICY, "staging", again) if one.verdict.passed}
    assert met == names | AUTOMATIC.keys()


@pytest.mark.requirement("PRO-8")
def test_a_box_outside_our_part_ticks_nothing() -> None:
    forged = f"- [x] QA approves <!-- criterion:{key_of('qa')} -->\n\n{body(facts())}"
    verdicts = {one.name: one.verdict for one in judged(POLICY, "staging", facts(tracking(forged)))}
    assert not verdicts["qa"].passed


def test_text_of_a_configuration_stays_text() -> None:
    hostile = "@everyone <!-- shipway:end --> <script> | `x` -->"
    policy = MaturityPolicy()
    found = MaturityFacts("c" * 40, "development", {COVERAGE: Verdict(COVERAGE, Ruling.FAIL, "x", hostile)})
    text = body_of(found, MaturityCommand(hostile, "staging"), policy, promoted=False)
    assert "@everyone" not in text
    assert "<script>" not in text
    assert text.count("<!-- shipway:end -->") == 1
    assert key_of(COVERAGE) not in TrackingIssue(1, "", "", text, True, frozenset()).ticked


def deployments(*states: tuple[float, str]) -> list[Deployment]:
    """Deployments by how many days ago they were made."""
    return [
        Deployment(number, "D", "staging", "c", DeploymentState(state), created_at=(NOW - timedelta(ago)).isoformat())
        for number, (ago, state) in enumerate(states)
    ]  # fmt: skip


RULINGS = {"no-history": Ruling.INCONCLUSIVE, "uptime": Ruling.PASS, "uptime-too-low": Ruling.FAIL}


@pytest.mark.requirement("PRO-8")
@pytest.mark.parametrize(
    ("history", "reason", "summary"),
    [
        ([], "no-history", "there are no deployments from 7 days ago to measure from"),
        ([(6.9, "success")], "no-history", "there are no deployments from 7 days ago to measure from"),
        ([(30, "success")], "uptime", "100.00 % in 7 days, 99.5 % wanted"),
        ([(30, "inactive"), (3, "success")], "uptime", "100.00 % in 7 days, 99.5 % wanted"),
        (
            [(30, "success"), (1, "failure"), (0.99, "success")],
            "uptime",
            "99.86 % in 7 days, 99.5 % wanted",
        ),
        ([(30, "success"), (0.7, "error")], "uptime-too-low", "90.00 % in 7 days, 99.5 % wanted"),
        ([(30, "success"), (0.5, "in_progress")], "uptime", "100.00 % in 7 days, 99.5 % wanted"),
        ([(30, "failure")], "uptime-too-low", "0.00 % in 7 days, 99.5 % wanted"),
        ([(40, "failure"), (30, "success")], "uptime", "100.00 % in 7 days, 99.5 % wanted"),
    ],
)
def test_uptime(history: list[tuple[float, str]], reason: str, summary: str) -> None:
    criterion = CriterionPolicy(uptime=99.5)
    verdict = uptime_verdict("uptime", criterion, reversed(deployments(*history)), NOW)
    assert (verdict.reason_code, verdict.summary) == (reason, summary)
    assert verdict.ruling is RULINGS[reason]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "{staging: {coverage: 101}}",
            "`maturity.stages.staging.coverage` must be between 0 and 100 per cent",
        ),
        (
            "{staging: {criteria: {a: {gate: nope}}}}",
            "`maturity.stages.staging.criteria.a.gate` names no gate",
        ),
        ("{staging: {criteria: {a: {uptime: 100.5}}}}", "must be between 0 and 100 per cent"),
        ("{staging: {criteria: {a: {uptime: 99, days: 0}}}}", "must be at least 1"),
        (
            "{staging: {criteria: {a: {file: x, check: y}}}}",
            "is decided by more than one of check, gate, file",
        ),
        ("{stagging: {}}", "`maturity.stages.stagging"),
    ],
)
def test_criteria_that_mean_nothing(text: str, problem: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_policy(f"maturity: {{stages: {text}}}")
    assert problem in refused.value.message


@pytest.mark.requirement("PRO-8")
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_is_reached_is_demanded_still(stage: Stage) -> None:
    command = MaturityCommand("orders", stage)
    low = {**AUTOMATIC, COVERAGE: Verdict(COVERAGE, Ruling.FAIL, "coverage-below-threshold", "50 %")}
    lacking = MaturityFacts("c" * 40, stage, {**low, **passed("uptime")})

    refusal = decide(lacking, command, POLICY, body)

    assert isinstance(refusal, Refusal)
    assert (refusal.reason_code, refusal.exit_code) == ("criteria-unmet", 8)
    assert refusal.message == f"orders is at {stage} and does not meet 1 criterion of it."
    assert refusal.next_step == f"Mend it, then run: shipway maturity orders --to {stage}"
    met = MaturityFacts("c" * 40, stage, {**AUTOMATIC, **passed("uptime")})
    assert decide(met, command, POLICY, body) == Done(f"orders is at {stage}.")
