"""Whatever happens to a report, it is read or refused; it never breaks the run."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shipway.adapters.report_files import read_report
from shipway.domain.gate import evidence_of, judge
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.report_view import report_view
from shipway.errors import InputError

SCENARIOS = Path(__file__).parents[2] / "scenarios" / "reports"
SAMPLES = {path.parent.name: path.read_bytes() for path in sorted(SCENARIOS.glob("*/report"))}
JSON_SAMPLES = {name: json.loads(data) for name, data in SAMPLES.items() if data.lstrip().startswith(b"{")}
POLICY = GatePolicy(report=("x",))

quick = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


def check(data: bytes, folder: Path) -> None:
    file = folder / "report"
    file.write_bytes(data)
    with contextlib.suppress(InputError):
        evidence = evidence_of("unit", [read_report(file, kind="unit")])
        judge("unit", POLICY, evidence)
        json.dumps(report_view({"unit": evidence}, {"unit": POLICY}), allow_nan=False)


@pytest.mark.requirement("GATE-7")
@quick
@given(sample=st.sampled_from(sorted(SAMPLES)), data=st.data())
def test_bytes_lost_or_changed(sample: str, data: st.DataObject, tmp_path: Path) -> None:
    original = SAMPLES[sample]
    start = data.draw(st.integers(0, len(original)))
    stop = data.draw(st.integers(start, min(len(original), start + 50)))

    check(original[:start] + data.draw(st.binary(max_size=8)) + original[stop:], tmp_path)


@pytest.mark.requirement("GATE-7")
@quick
@given(
    sample=st.sampled_from(sorted(JSON_SAMPLES)),
    value=st.sampled_from(
        [None, True, 0, -1, 1.5, 10**30, 1e308, "", "x", "NaN", "inf", [], [None], {}, {"a": 1}]
    ),
    data=st.data(),
)
def test_json_of_another_shape(sample: str, value: object, data: st.DataObject, tmp_path: Path) -> None:
    document = json.loads(json.dumps(JSON_SAMPLES[sample]))
    holder, key = data.draw(st.sampled_from(list(places(document))))
    holder[key] = value

    check(json.dumps(document).encode(), tmp_path)


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    keys = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield node, key
        yield from places(node[key])
