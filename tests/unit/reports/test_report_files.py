"""One folder per real or published sample: `report` is read to what `expected.json` says."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from shipway.adapters.report_files import read_report

SCENARIOS = Path(__file__).parents[2] / "scenarios" / "reports"
CASES = sorted(path.parent for path in SCENARIOS.glob("*/report"))


@pytest.mark.requirement("GATE-7")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_report_is_recognised_by_its_content_and_read(case: Path) -> None:
    report = read_report(case / "report", kind="unit")
    read = {"is": type(report).__name__, **json.loads(json.dumps(asdict(report)))}

    assert read == json.loads((case / "expected.json").read_text())
