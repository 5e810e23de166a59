"""`shipway audit show` as people read it, and what it knows of kinds."""

import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from shipway.cli.audit import WIDTH, _listed
from shipway.domain.audit_view import KINDS
from shipway.domain.ledger import Event, Ledger

PAGE = Path(__file__).parents[3] / "docs" / "ledger.md"

pytestmark = pytest.mark.requirement("LED-2")


def test_the_page_of_the_ledger_has_every_kind() -> None:
    table = PAGE.read_text().partition("| Kind | Key | Detail |")[2].partition("\n\n")[0]
    first = [line.split("|")[1] for line in table.splitlines()[2:]]

    assert {kind for cell in first for kind in re.findall("`([a-z-]+)`", cell)} == {*KINDS}


@pytest.mark.parametrize("login", ["octocat", "a-login-of-" + "m" * 40, "名前" * 20])
def test_no_line_is_wider_than_a_terminal(login: str) -> None:
    detail = {
        "environments": ["development", "staging", "production", "production-europe"],
        "reason": "本番" * 30,
        "url": f"https://git.test/{'x' * 100}",
        "verdicts": [{"gate": f"gate-number-{number}", "ruling": "fail"} for number in range(9)],
    }
    event = Event("k", "rollback-started", "r", "2.0.0-rc.1+build.5", login, "2026-11-21T12:00:59Z", detail)

    lines = _listed(Ledger().append([event]))

    assert max(map(cell_len, lines)) <= WIDTH == 80
    assert lines[0].split() == ["#", "at", "version", "environment", "kind", "by"]
    assert lines[1].startswith("1  2026-11-21T12:00Z  ")
    assert any(line.startswith("      9 fail: gate-number-0, ") for line in lines)


def test_an_entry_that_tells_no_more_is_one_line() -> None:
    event = Event("completed", "completed", "r", "2.0.0", "octocat", "2026-11-21T12:00:59Z")

    assert _listed(Ledger().append([event])) == [
        "#  at                 version  environment  kind       by",
        "1  2026-11-21T12:00Z  2.0.0    —            completed  octocat",
    ]
    assert _listed([]) == []
