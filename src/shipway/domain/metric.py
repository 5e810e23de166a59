"""Whether a number that an address answered with is within its bounds."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shipway.domain.gate_policy import MetricPolicy
from shipway.domain.verdict import Ruling, Verdict

_WHO = "whoever runs what is measured"
_MAINTAINERS = "whoever maintains the metric"


@dataclass(frozen=True, slots=True)
class Measured:
    """What asking for a number gave.

    Attributes:
        value: The number; None where the answer holds none.
        problem: Why there is no answer; empty where there is one.
    """

    value: float | None = None
    problem: str = ""


def number_at(document: Any, path: str) -> float | None:
    """The number at a path of keys and places, each after a dot; None where there is none.

    An empty path means the one sample of a Prometheus instant query, whether vector or scalar.
    """
    steps = path.split(".") if path else _prometheus(document)
    for step in steps:
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list) and re.fullmatch(r"-?\d{1,6}", step):
            place = int(step)
            document = document[place] if -len(document) <= place < len(document) else None
        else:
            return None
    return _number(document)


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
    """Whether the number is within its bounds."""
    if measured is None:
        return Verdict(gate, Ruling.INCONCLUSIVE, "no-data", "the metric was not asked for", _MAINTAINERS)
    if measured.problem:
        return Verdict(gate, Ruling.ERROR, "metric-unreachable", measured.problem, _MAINTAINERS)
    if measured.value is None:
        where = f"at `{policy.path}`" if policy.path else "as one sample"
        summary = f"the answer holds no number {where}"
        return Verdict(gate, Ruling.INCONCLUSIVE, "metric-absent", summary, _MAINTAINERS)
    value = measured.value
    if policy.at_most is not None and value > policy.at_most:
        return Verdict(gate, Ruling.FAIL, "metric-above", f"{value:g} is more than {policy.at_most:g}", _WHO)
    if policy.at_least is not None and value < policy.at_least:
        return Verdict(gate, Ruling.FAIL, "metric-below", f"{value:g} is less than {policy.at_least:g}", _WHO)
    return Verdict(gate, Ruling.PASS, "metric-within", f"{value:g} is within its bounds")
