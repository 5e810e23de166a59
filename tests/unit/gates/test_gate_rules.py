"""Settings of gates that mean nothing are refused with their place; what says nothing answers as configured."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from shipway.config import read_policy
from shipway.domain import report
from shipway.domain.checks import Check, Observed
from shipway.domain.findings import Finding, Findings, Severity
from shipway.domain.gate import Evidence, judge
from shipway.domain.gate_policy import (
    GatePolicy,
    MetricPolicy,
    SignalsPolicy,
    longest,
    pause_of,
    retries_of,
    seconds_for,
)
from shipway.domain.metric import Measured
from shipway.domain.verdict import Ruling, Verdict
from shipway.errors import UsageError

REFUSED = [
    ("{a: {command: [x], retries: 6}}", "1:27: `gates.a.retries` must be between 0 and 5"),
    (
        "{a: {command: [x], retry-after: 3601}}",
        "1:27: `gates.a.retry-after` must be between 0 and 3600 seconds",
    ),
    (
        "{a: {metric: {url: 'ftp://x', at-most: 1}}}",
        "1:22: `gates.a.metric.url` must begin with https:// or http://",
    ),
    (
        "{a: {metric: {url: 'https://x'}}}",
        "1:13: `gates.a.metric` needs `at-most`, `at-least`, `may-rise` or `may-fall`",
    ),
    (
        "{a: {metric: {url: 'https://x?{time}', may-rise: '20'}, stages: [canary]}}",
        "1:47: `gates.a.metric.may-rise` must be per cent, such as 20%, not '20'",
    ),
    (
        "{a: {metric: {url: 'https://x?{time}', may-fall: -5%}, stages: [canary]}}",
        "1:47: `gates.a.metric.may-fall` must be per cent, such as 20%, not '-5%'",
    ),
    (
        "{a: {metric: {url: 'https://x?{time}', may-rise: 20}, stages: [canary]}}",
        "1:47: `gates.a.metric.may-rise` must be per cent, such as 20%, not 20",
    ),
    (
        "{a: {metric: {url: 'https://x', may-fall: 5%}, stages: [canary]}}",
        (
            "1:22: `gates.a.metric.url` needs `{time}`, such as `&time={time}`, to ask what it was before the "
            "deployment"
        ),
    ),
    (
        "{a: {metric: {url: 'https://x?from={time-5 min}', at-most: 1}}}",
        (
            "1:22: `gates.a.metric.url` needs `{time}` or such as `{time-5m}`: '5 min' is no length of time such as "
            "30s, 5m, 2h, 7d or 1h30m"
        ),
    ),
    (
        "{a: {metric: {url: 'https://x?{time}', may-rise: 5%}}}",
        (
            "1:13: `gates.a.metric` compares with the time before a deployment, which stage `release` does not have; "
            "name others in `stages`, such as [verification]"
        ),
    ),
    (
        "{a: {signals: {metrics: {b: {url: 'https://x?{time}', may-rise: 5%}}}, stages: [rollback, promotion]}}",
        (
            "1:33: `gates.a.signals.metrics.b` compares with the time before a deployment, which stage `promotion` "
            "does not have; name others in `stages`, such as [verification]"
        ),
    ),
    (
        "{a: {signals: {metrics: {b: {url: 'https://x'}}}}}",
        "1:33: `gates.a.signals.metrics.b` needs `at-most`, `at-least`, `may-rise` or `may-fall`",
    ),
    ("{a: {signals: {metrics: {}}}}", "1:23: `gates.a.signals.metrics` needs at least one metric"),
    (
        "{a: {signals: {metrics: {b: {url: 'https://x', at-most: 1}}, together: 0}}}",
        "1:69: `gates.a.signals.together` must be 1 or more",
    ),
    (
        "{a: {signals: {metrics: {b: {url: 'https://x', at-most: 1}}, in-a-row: 11}}}",
        "1:69: `gates.a.signals.in-a-row` must be between 1 and 10 looks",
    ),
    (
        "{a: {signals: {metrics: {b: {url: 'https://x', at-most: 1}}, every: 11m}}}",
        "1:69: `gates.a.signals.every` must be between 0 and 600 seconds",
    ),
    (
        "{a: {metric: {url: 'https://x', at-most: 1, timeout: 0}}}",
        "1:52: `gates.a.metric.timeout` must be more than 0 seconds",
    ),
    ("{done: {checklist: {code: ['']}}}", "1:35: `gates.done.checklist.code.0` must be one line of text"),
    ("{done: {checklist: {code: [a, a]}}}", "1:38: `gates.done.checklist.code.1` is there a second time"),
    (
        "{done: {checklist: {code: [{item: a, automatic: {}}]}}}",
        "1:35: `gates.done.checklist.code.0` needs exactly one of `check`, `gate`, `file` under `automatic`",
    ),
    (
        "{unit: {command: [x]}, done: {checklist: {code: [{item: a, automatic: {gate: unot}}]}}}",
        "1:57: `gates.done.checklist.code.0` has no gate `unot`; did you mean `unit`?",
    ),
    (
        "{done: {checklist: {code: [{item: a, automatic: {gate: unit}}]}}, unit: {command: [x]}}",
        "1:35: `gates.done.checklist.code.0` needs gate `unit`, which runs no earlier: write it above `done`",
    ),
    ("{a/b: {command: [x]}}", "1:9: `gates.a/b` cannot have `/` or `:` in its name"),
]


@pytest.mark.requirement("GATE-2", "GATE-9")
@pytest.mark.parametrize(("gates", "complaint"), REFUSED)
def test_what_means_nothing_is_refused_where_it_stands(gates: str, complaint: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_policy(f"gates: {gates}", "x.yml")

    assert refused.value.message == f"x.yml cannot be used:\n  x.yml:{complaint}"


@pytest.mark.requirement("GATE-9")
def test_a_category_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match=r"`gates\.done\.checklist\.style"):
        read_policy("gates: {done: {checklist: {style: [a]}}}")


METRIC = GatePolicy(metric=MetricPolicy(url="https://x", at_most=1))
REPORT = GatePolicy(report=("x",), coverage=0)
KINDS: dict[str, tuple[GatePolicy, dict[str, Evidence]]] = {
    "report": (
        REPORT,
        {
            "nothing": Evidence(),
            "pass": Evidence(tests=report.TestReport("unit", report.Totals(tests=1))),
            "fail": Evidence(tests=report.TestReport("unit", report.Totals(tests=1, failed=1))),
            "error": Evidence(unreadable=("x: broken.",)),
        },
    ),
    "tests": (
        REPORT,
        {"nothing": Evidence(tests=report.TestReport("unit", report.Totals(tests=1, skipped=1)))},
    ),
    "checks": (
        GatePolicy(checks=("ci",)),
        {
            "nothing": Evidence(checks=Observed((Check("ci", "skipped"),))),
            "pass": Evidence(checks=Observed((Check("ci", "success"),))),
            "fail": Evidence(checks=Observed((Check("ci", "failure"),))),
            "error": Evidence(checks=Observed((Check("ci", "stale"),))),
            "inconclusive": Evidence(checks=Observed((Check("ci", ""),))),
        },
    ),
    "scanner": (
        REPORT,
        {
            "nothing": Evidence(),
            "pass": Evidence(findings=Findings("Trivy")),
            "fail": Evidence(findings=Findings("Trivy", (Finding("CVE-1", Severity.HIGH),))),
            "error": Evidence(findings=Findings("Trivy", problems=("no database",))),
        },
    ),
    "metric": (
        METRIC,
        {
            "nothing": Evidence(metric=Measured()),
            "pass": Evidence(metric=Measured(1)),
            "fail": Evidence(metric=Measured(2)),
            "error": Evidence(metric=Measured(problem="status 503")),
        },
    ),
    "checklist": (
        GatePolicy(checklist={"code": ("read",)}),
        {"inconclusive": Evidence()},
    ),
}
TABLE = [
    (kind, said, no_data)
    for (kind, (_, cases)), no_data in product(KINDS.items(), ["inconclusive", "pass", "fail"])
    for said in cases
]


@pytest.mark.requirement("GATE-2", "GATE-3")
@pytest.mark.parametrize(("kind", "said", "no_data"), TABLE)
def test_only_what_says_nothing_answers_as_configured(kind: str, said: str, no_data: Any) -> None:
    policy, cases = KINDS[kind]

    verdict = judge("unit", replace(policy, on_no_data=no_data), cases[said])

    assert verdict.ruling.value == (no_data if said == "nothing" else said)
    assert verdict.warning is (said == "nothing" and no_data == "pass")


@pytest.mark.requirement("GATE-8")
def test_what_nobody_can_repair_is_counted_where_it_is_passed_over() -> None:
    found = Findings(
        "Grype",
        (
            Finding("CVE-1", Severity.CRITICAL, subject="a 1", fixable=False),
            Finding("CVE-2", Severity.HIGH, subject="b 2", fixable=False),
            Finding("CVE-3", Severity.LOW, subject="c 3"),
        ),
    )

    verdict = judge("security", GatePolicy(report=("x",), ignore_unfixed=True), Evidence(findings=found))

    assert (verdict.passed, verdict.result) == (True, "warning")
    assert verdict.summary == "nothing blocks: 1 critical, 1 high, 1 low; 2 without a fix passed over"


@pytest.mark.requirement("GATE-6")
@pytest.mark.parametrize(
    ("name", "timeout", "retries", "pause", "whole"),
    [("smoke", 180, 1, 30, 390), ("e2e", 600, 1, 60, 1260), ("unit", 600, 0, 30, 600)],
)
def test_how_long_a_gate_may_take_is_by_its_name(
    name: str, timeout: float, retries: int, pause: float, whole: float
) -> None:
    policy = GatePolicy()

    assert (seconds_for(name, policy), retries_of(name, policy)) == (timeout, retries)
    assert (pause_of(name, policy), longest(name, policy)) == (pause, whole)


def test_looks_at_signals_take_their_time() -> None:
    fixed, relative = MetricPolicy(url="https://x", at_most=1), MetricPolicy(url="https://x", may_rise="5%")
    signals = SignalsPolicy(metrics={"errors": fixed, "p95": relative}, in_a_row=3, every=60)

    assert longest("vitals", GatePolicy(signals=signals)) - longest("vitals", GatePolicy()) == 3 * 30 + 2 * 60


@pytest.mark.requirement("GATE-3")
@pytest.mark.parametrize("ruling", [*Ruling])
def test_a_verdict_is_read_as_it_was_written(ruling: Ruling) -> None:
    verdict = Verdict("unit", ruling, "x", "y", "z", ("a",), 1.5, budget=2, attempts=(2.1, 1.5))
    older = {name: value for name, value in verdict.to_json().items() if name not in {"attempts", "result"}}

    assert Verdict.from_json(verdict.to_json()) == verdict
    assert Verdict.from_json(older).attempts == ()
