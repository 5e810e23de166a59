"""What is said when a module is missing: an extra is named only where one brings it."""

import sys

import pytest

from shipway.cli.extras import needing_mcp, needing_twin
from shipway.errors import ShipwayError

pytestmark = pytest.mark.requirement("FAIL-4")


def test_what_an_extra_brings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(ShipwayError) as found:
        needing_mcp("mcp")
    assert found.value.reason_code == "mcp-not-installed"
    assert str(found.value) == (
        "Serving tools needs mcp, which is not installed. In a clone of Shipway: `pip install '.[mcp]'`."
    )


def test_what_is_missing_of_ours_no_extra_brings() -> None:
    for needing in (needing_mcp, needing_twin):
        with pytest.raises(ModuleNotFoundError, match=r"No module named 'shipway\.nowhere'"):
            needing("shipway.nowhere")
