"""What every test gets."""

import os

import pytest
from hypothesis import settings

pytest_plugins = ["contract.plugin"]

settings.register_profile("no deadline", deadline=None)  # how long one example takes depends on the machine
settings.load_profile("no deadline")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three workers for two cores, as tests wait a third of the time, such as for answers that never come."""
    return len(os.sched_getaffinity(0)) * 3 // 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take longest first, so that no worker has one left when the others are done."""
    items.sort(key=lambda item: not item.path.stem.endswith(("_sweep", "_whole_journey")))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say through how many fault points commands were put, how many diverged, and what else tests counted."""
    reports = [
        one
        for outcome in terminalreporter.stats.values()
        for one in outcome
        if hasattr(one, "user_properties")
    ]
    found = [dict(report.user_properties) for report in reports if getattr(report, "when", "") == "call"]
    points = sum(one.get("fault_points", 0) for one in found)
    diverged = sum(one.get("diverged", 0) for one in found)
    for line in sorted(str(one["counted"]) for one in found if "counted" in one):
        terminalreporter.write_line(line)
    if points:
        terminalreporter.write_line(f"{points} fault points, {diverged} diverged")
