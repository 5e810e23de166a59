"""Settings of gates that are of the right type and mean nothing."""

from collections.abc import Callable, Iterator

from shipway.domain.findings import Severity
from shipway.domain.gate_policy import AutomaticTick, ChecklistItem, GatePolicy, MetricPolicy
from shipway.domain.metric import TIME, address, per_cent
from shipway.domain.policy import Policy
from shipway.domain.stages import OF_DEPLOYMENTS, nearest, stage_problems, stages_of

Problem = tuple[tuple[str, ...], str]
"""Keys below the gate, and what is wrong there."""


def gate_problems(policy: Policy) -> Iterator[tuple[str, Problem]]:
    """Gate → what is wrong with it."""
    for name, gate in policy.gates.items():
        if "/" in name or ":" in name:
            yield name, ((), "cannot have `/` or `:` in its name")
        for rule in _RULES:
            for problem in rule(gate):
                yield name, problem
        for problem in _checklist(name, gate, tuple(policy.gates)):
            yield name, problem
        for problem in _nothing_before(name, gate):
            yield name, problem
    for name, complaint in stage_problems(policy):
        yield name, (("stages",), complaint)


def _numbers(gate: GatePolicy) -> Iterator[Problem]:
    if gate.timeout is not None and gate.timeout <= 0:
        yield ("timeout",), "must be more than 0 seconds"
    if not 0 <= (gate.retries or 0) <= 5:
        yield ("retries",), "must be between 0 and 5"
    if not 0 <= (gate.retry_after or 0) <= 3600:
        yield ("retry-after",), "must be between 0 and 3600 seconds"
    if not 0 <= (gate.coverage or 0) <= 100:
        yield ("coverage",), "must be between 0 and 100 per cent"
    if not 0 <= gate.cvss <= 10:
        yield ("cvss",), "must be between 0 and 10"


def _severities(gate: GatePolicy) -> Iterator[Problem]:
    unknown = [severity for severity in gate.block if severity.upper() not in Severity.__members__]
    if unknown:
        yield ("block",), f"has no severities {', '.join(unknown)}; there are {', '.join(Severity)}"


def _metrics(gate: GatePolicy) -> Iterator[Problem]:
    for place, metric in gate.metrics.items():
        for key, complaint in (*_address(metric), *_bounds(metric)):
            yield (*place, *key), complaint


def _address(metric: MetricPolicy) -> Iterator[Problem]:
    if not metric.url.startswith(("https://", "http://")):
        yield ("url",), "must begin with https:// or http://"
    if metric.compares and not TIME.search(metric.url):
        yield ("url",), "needs `{time}`, such as `&time={time}`, to ask what it was before the deployment"
    try:
        address(metric.url, 0)
    except ValueError as problem:
        yield ("url",), f"needs `{{time}}` or such as `{{time-5m}}`: {problem}"


def _bounds(metric: MetricPolicy) -> Iterator[Problem]:
    if metric.at_most is None and metric.at_least is None and not metric.compares:
        yield (), "needs `at-most`, `at-least`, `may-rise` or `may-fall`"
    for key, share in (("may-rise", metric.may_rise), ("may-fall", metric.may_fall)):
        if share and per_cent(share) is None:
            yield (key,), f"must be per cent, such as 20%, not {share!r}"
    if metric.timeout <= 0:
        yield ("timeout",), "must be more than 0 seconds"


def _signals(gate: GatePolicy) -> Iterator[Problem]:
    signals = gate.signals
    if signals is None:
        return
    if not signals.metrics:
        yield ("signals", "metrics"), "needs at least one metric"
    if signals.together < 1:
        yield ("signals", "together"), "must be 1 or more"
    if not 1 <= signals.in_a_row <= 10:
        yield ("signals", "in-a-row"), "must be between 1 and 10 looks"
    if not 0 <= signals.every <= 600:
        yield ("signals", "every"), "must be between 0 and 600 seconds"


_RULES: tuple[Callable[[GatePolicy], Iterator[Problem]], ...] = (_numbers, _severities, _metrics, _signals)


def _nothing_before(name: str, gate: GatePolicy) -> Iterator[Problem]:
    """Stages in which nothing was deployed, so that there is no time before."""
    stages = stages_of(name, gate)
    wrong = next((stage for stage in stages if stage.partition(":")[0] not in OF_DEPLOYMENTS), "")
    for place, metric in gate.metrics.items():
        if metric.compares and wrong:
            complaint = f"compares with the time before a deployment, which stage `{wrong}` does not have"
            yield place, f"{complaint}; name others in `stages`, such as [verification]"


def _checklist(name: str, gate: GatePolicy, gates: tuple[str, ...]) -> Iterator[Problem]:
    for category, items in gate.checklist.items():
        seen: set[str] = set()
        for number, item in enumerate(items):
            text, automatic = (item.item, item.automatic) if isinstance(item, ChecklistItem) else (item, None)
            where = ("checklist", category, str(number))
            if not text.strip() or len(text.splitlines()) > 1:
                yield where, "must be one line of text"
            if text in seen:
                yield where, "is there a second time"
            seen.add(text)
            if automatic and (complaint := _automatic(name, automatic, gates)):
                yield where, complaint


def _automatic(name: str, tick: AutomaticTick, gates: tuple[str, ...]) -> str:
    if sum(map(bool, (tick.check, tick.gate, tick.file))) != 1:
        return "needs exactly one of `check`, `gate`, `file` under `automatic`"
    if tick.gate and tick.gate not in gates:
        return f"has no gate `{tick.gate}`{nearest(tick.gate, gates)}"
    if tick.gate and gates.index(tick.gate) >= gates.index(name):
        return f"needs gate `{tick.gate}`, which runs no earlier: write it above `{name}`"
    return ""
