"""Whether a number that an address answered with is within its bounds, also those that it had before."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shipway.domain.gate_policy import MetricPolicy
from shipway.domain.json_path import value_at
from shipway.domain.span import parse_span
from shipway.domain.verdict import Ruling, Verdict

_WHO = "whoever runs what is measured"
_MAINTAINERS = "whoever maintains the metric"

TIME = re.compile(r"\{time(?:-([^{}]*))?\}")
"""Stands in an address for the time that is asked about, or for one that much earlier."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What asking for a number gave.

    Attributes:
        value: The number; None where the answer holds none.
        problem: Why there is no answer; empty where there is one.
        before: What it was before the deployment; None where nobody asked.
    """

    value: float | None = None
    problem: str = ""
    before: "Measured | None" = None


def address(url: str, time: float) -> str:
    """The address that tells of a time, which is given in seconds since 1970.

    Raises:
        ValueError: `{time-…}` in it names no length of time.
    """
    return TIME.sub(lambda found: f"{time - parse_span(found[1] or '0s').total_seconds():.0f}", url)


def per_cent(text: str) -> float | None:
    """The number of a text such as `20%`; None where it is none."""
    return float(text[:-1]) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?%", text) else None


def number_at(document: Any, path: str) -> float | None:
    """The number at a path of keys and places, each after a dot; None where there is none.

    An empty path means the one sample of a Prometheus instant query, whether vector or scalar.
    """
    steps = path.split(".") if path else _prometheus(document)
    return _number(value_at(document, steps))


def _prometheus(document: Any) -> list[str]:
    """The way to the sample; a vector of several samples is no one number."""
    data = document.get("data") if isinstance(document, Mapping) else None
    result = data.get("result") if isinstance(data, Mapping) else None
    if isinstance(data, Mapping) and data.get("resultType") == "scalar":
        return ["data", "result", "1"]
    several = isinstance(result, list) and len(result) > 1
    return ["data", "several"] if several else ["data", "result", "0", "value", "1"]


def _number(value: Any) -> float | None:
    """Prometheus writes numbers as text; NaN and infinities are no numbers here."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def metric_verdict(gate: str, policy: MetricPolicy, measured: Measured | None) -> Verdict:
    """Whether the number is within its bounds, of which the fixed ones come first."""
    if measured is None:
        return Verdict(gate, Ruling.INCONCLUSIVE, "no-data", "the metric was not asked for", _MAINTAINERS)
    if measured.problem:
        return _unreachable(gate, measured.problem)
    if measured.value is None:
        where = f"at `{policy.path}`" if policy.path else "as one sample"
        summary = f"the answer holds no number {where}"
        return Verdict(gate, Ruling.INCONCLUSIVE, "metric-absent", summary, _MAINTAINERS)
    value = measured.value
    if policy.at_most is not None and value > policy.at_most:
        return Verdict(gate, Ruling.FAIL, "metric-above", f"{value:g} is more than {policy.at_most:g}", _WHO)
    if policy.at_least is not None and value < policy.at_least:
        return Verdict(gate, Ruling.FAIL, "metric-below", f"{value:g} is less than {policy.at_least:g}", _WHO)
    if policy.compares:
        return _compared(gate, policy, value, measured.before or Measured())
    return Verdict(gate, Ruling.PASS, "metric-within", f"{value:g} is within its bounds")


def _unreachable(gate: str, problem: str) -> Verdict:
    return Verdict(gate, Ruling.ERROR, "metric-unreachable", problem, _MAINTAINERS)


def _compared(gate: str, policy: MetricPolicy, value: float, before: Measured) -> Verdict:
    """Whether it is so much worse than before; per cent of nothing say nothing."""
    if before.problem:
        return _unreachable(gate, f"{before.problem}, for the time before the deployment")
    if before.value is None:
        summary = f"{value:g} has no number from before the deployment to be compared with"
        return Verdict(gate, Ruling.INCONCLUSIVE, "metric-baseline-absent", summary, _MAINTAINERS)
    change = _change(value, before.value)
    most = per_cent(policy.may_rise if change > 0 else policy.may_fall)
    if most is not None and math.isinf(change):
        summary = f"{value:g} cannot be compared in per cent with {before.value:g} before the deployment"
        return Verdict(gate, Ruling.INCONCLUSIVE, "metric-baseline-zero", summary, _MAINTAINERS)
    if not change:
        return Verdict(gate, Ruling.PASS, "metric-within", f"{value:g} is what it was before the deployment")
    found = f"{value:g} is {abs(change):g} % {'more' if change > 0 else 'less'} than {before.value:g}"
    if most is None or abs(change) <= most:
        return Verdict(gate, Ruling.PASS, "metric-within", f"{found} before the deployment")
    worse = f"{found} before the deployment, and {most:g} % may be"
    return Verdict(gate, Ruling.FAIL, "metric-risen" if change > 0 else "metric-fallen", worse, _WHO)


def _change(value: float, before: float) -> float:
    """Per cent; rounded, so that what is exactly as much as may be is no more than that."""
    if value == before:
        return 0.0
    return round((value - before) / abs(before) * 100, 6) if before else math.copysign(math.inf, value)
