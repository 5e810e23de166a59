"""The files that a record writes: entries, head, and a log that nobody can write into."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.domain.ledger import Entry, Event, Ledger
from shipway.domain.record import LOG_LIMIT, after, entries_path, ledger_files, log_line, report_path


def event(kind: str, version: str = "1.3.0", actor: str = "octocat", **detail: Any) -> Event:
    return Event(kind, kind, f"id-of-{version}", version, actor, "2026-03-01T12:00:00Z", detail)


@pytest.mark.requirement("LED-1", "LED-2")
def test_the_files_of_a_record() -> None:
    empty = Ledger(commit="c1", book=entries_path("1.3.0"))
    ledger = after(empty, [event("initiated", source="main"), event("tagged", tag="v1.3.0")])
    files = ledger_files(ledger)

    assert list(files) == ["releases/1.3.0.jsonl", "head.json", "docs/audit/releases.log"]
    assert [Entry.from_line(line) for line in files[entries_path("1.3.0")].splitlines()] == [*ledger.entries]
    assert json.loads(files["head.json"]) == {
        "format": 1,
        "sequence": 2,
        "hash": ledger.entries[-1].hash,
        "open": {"1.3.0": "id-of-1.3.0"},
    }
    assert files["docs/audit/releases.log"] == (
        "2026-03-01T12:00:00Z #1 1.3.0 initiated by octocat source=main\n"
        "2026-03-01T12:00:00Z #2 1.3.0 tagged by octocat tag=v1.3.0\n"
    )
    assert report_path("v1.3.0") == "docs/releases/v1.3.0.md"
    assert ledger.commit == "c1"


@pytest.mark.requirement("LED-2")
def test_the_log_names_each_gate_and_leaves_out_what_is_empty() -> None:
    verdicts = [{"gate": "unit", "ruling": "pass"}, {"gate": "security", "ruling": "fail"}]
    (entry,) = Ledger().append([event("gates", commit="abc", url="", verdicts=verdicts, report={})])

    assert (
        log_line(entry) == "2026-03-01T12:00:00Z #1 1.3.0 gates by octocat commit=abc unit=pass security=fail"
    )


@pytest.mark.requirement("PR-5", "LED-2")
@given(text=st.text())
def test_no_text_can_begin_a_line_of_the_log_or_another_word(text: str) -> None:
    verdicts = [{"gate": text, "ruling": "pass"}]
    (entry,) = Ledger().append([event("gates", actor=text, branch=text, verdicts=verdicts)])
    words = 5 + bool(text) + bool(text)

    assert log_line(entry).isprintable()
    assert len(log_line(entry).split(" ")) == words + 1 + (not text)


@pytest.mark.requirement("REL-6")
@pytest.mark.parametrize(
    ("kinds", "is_open"),
    [
        (["initiated"], True),
        (["initiated", "pull-request", "merged"], True),
        (["initiated", "cancelled"], False),
        (["initiated", "cancelled", "merged"], True),
        (["initiated", "merged", "tagged", "completed"], False),
    ],
)
def test_a_release_is_open_until_it_is_completed_or_cancelled(kinds: list[str], is_open: bool) -> None:
    ledger = after(Ledger(), [event(kind) for kind in kinds])

    assert ledger.open_releases == ({"1.3.0": "id-of-1.3.0"} if is_open else {})


@pytest.mark.requirement("REL-6")
def test_a_completed_release_stays_so_when_it_is_deployed_once_more() -> None:
    completed = after(Ledger(), [event("initiated"), event("completed")])

    assert after(completed, [event("deployed")]).open_releases == {}


def test_other_releases_stay_open() -> None:
    both = after(Ledger(open_releases={"1.2.1": "other"}), [event("initiated"), event("completed")])

    assert both.open_releases == {"1.2.1": "other"}


@pytest.mark.requirement("PERF-5")
def test_appending_to_the_audit_writes_no_more_after_many_releases() -> None:
    entry = [event("initiated", source="main")]
    young = ledger_files(after(Ledger(book=entries_path("1.3.0")), entry))
    full = "x" * (LOG_LIMIT - 1)
    old = ledger_files(after(Ledger(log=full, sequence=100_000, book=entries_path("1.3.0")), entry))

    assert old.keys() == young.keys()
    assert sum(map(len, old.values())) < LOG_LIMIT + sum(map(len, young.values())) + 100


@pytest.mark.requirement("LED-2", "PERF-5")
def test_a_full_log_is_put_away_and_a_new_one_begun() -> None:
    old = "2026-03-01T12:00:00Z #41 1.2.0 completed by octocat\n" * (LOG_LIMIT // 50)
    ledger = after(
        Ledger(log=old, sequence=41, book=entries_path("1.3.0")), [event("initiated", source="main")]
    )

    files = ledger_files(ledger)

    assert files["docs/audit/releases-to-41.log"] == old
    assert files["docs/audit/releases.log"] == f"{log_line(ledger.entries[-1])}\n"
