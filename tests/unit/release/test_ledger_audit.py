"""Whatever is changed in a ledger branch is found, in any of its files."""

from collections.abc import Mapping

import pytest

from shipway.domain import record
from shipway.domain.branch_files import README, README_PATH, stamped
from shipway.domain.ledger import Event, Flaw, Ledger, flaws
from shipway.domain.ledger_audit import Change, Quotation, audited, history_flaws, quotation_flaws
from shipway.domain.ledger_record import LedgerRecord, record_after, replayed

ONE, LOCKS = "releases/1.0.0.jsonl", "environments/2026-11.jsonl"


def event(kind: str, version: str = "1.0.0", **detail: object) -> Event:
    return Event(kind, kind, "r-1", version, "octocat", "2026-11-21T12:00:00Z", detail)


def written() -> tuple[dict[str, bytes], list[Change], Ledger]:
    """The branch as two releases and a lock leave it, with its commits."""
    files: dict[str, str] = {README_PATH: README}
    changes: list[Change] = []
    state, books = Ledger(), dict[str, tuple]()
    for book, events in [
        (ONE, [event("initiated", source="main"), event("tagged", tag="v1.0.0")]),
        (LOCKS, [event("locked", "", environment="production", reason="fair")]),
        (ONE, [event("completed")]),
        ("releases/2.0.0.jsonl", [event("initiated", "2.0.0", source="main", zeal=1, a="b c")]),
    ]:
        before = Ledger(
            commit="c",
            sequence=state.sequence,
            head=state.head,
            book=book,
            entries=books.get(book, ()),
            standings=state.standings,
            open_releases=state.open_releases,
            log=state.log,
        )
        state = record.after(before, events)
        books[book] = state.entries
        new = record.ledger_files(state)
        if events[0].version:
            new[record.report_path(f"v{events[0].version}")] = stamped("# Report\n", state.head)
        files |= new
        first = {README_PATH: README} if not changes else {}
        rows = {path: text.encode() for path, text in (first | new).items()}
        changes.append(Change(f"{len(changes)}" * 40, (changes[-1].commit,) if changes else (), rows))
    return {path: text.encode() for path, text in files.items()}, changes, state


FILES, CHANGES, LAST = written()


def found(files: Mapping[str, bytes]) -> tuple[Flaw, ...]:
    return audited("c", files, ()).flaws or ()


def test_nothing_is_wrong_with_what_was_written() -> None:
    whole = audited("c", FILES, CHANGES)

    assert whole.flaws == ()
    assert [entry.sequence for entry in whole.entries] == [1, 2, 3, 4, 5]
    assert whole.head == LAST.head
    assert audited("", {}, ()).flaws == ()


@pytest.mark.requirement("LED-1")
def test_a_head_from_before_it_had_a_format_is_intact() -> None:
    """Ledgers that were written then end with such a head until the next record."""
    old = FILES["head.json"].replace(b'  "format": 1,\n', b"")

    assert old != FILES["head.json"]
    assert found({**FILES, "head.json": old}) == ()


@pytest.mark.requirement("LED-1")
def test_a_record_from_before_it_had_a_format_is_read_and_stays_intact() -> None:
    state = record.after(Ledger(book=ONE), [event("initiated", source="main")])
    text = record_after(None, Ledger(book=ONE), state).to_text()
    old = text.replace('"format":1,', "")
    assert old != text

    one = LedgerRecord.from_text(old)

    assert (one.format, one.to_text()) == (0, old)
    assert [*replayed([one])] == [one]


@pytest.mark.requirement("LED-1")
@pytest.mark.parametrize("path", sorted(FILES))
def test_every_single_bit_changed_in_any_file_is_found(path: str) -> None:
    """A flip that makes a whole other chain is found by the quotations; none does here."""
    data = FILES[path]
    missed = [
        (place, bit)
        for place in range(len(data))
        for bit in range(8)
        if not _is_found(
            {**FILES, path: data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :]}
        )
    ]

    assert missed == []


def _is_found(files: Mapping[str, bytes]) -> bool:
    whole = audited("c", files, ())
    return bool(whole.flaws or flaws(whole.entries, whole.head, {}))


@pytest.mark.requirement("LED-1")
@pytest.mark.parametrize("path", sorted(FILES))
def test_every_file_removed_is_found(path: str) -> None:
    assert _is_found({name: data for name, data in FILES.items() if name != path})


@pytest.mark.requirement("LED-1")
@pytest.mark.parametrize(
    ("path", "data", "flaw"),
    [
        ("notes.txt", b"hello", "notes.txt: Shipway did not write it"),
        ("releases/9.9.9.jsonl", b"", "releases/9.9.9.jsonl: Shipway did not write it"),
        ("releases/deep/1.jsonl", b"{}", "releases/deep/1.jsonl: Shipway did not write it"),
        ("releases/9.9.9.jsonl", b"{}\n", "releases/9.9.9.jsonl: line 1 is not a ledger entry: {}"),
        ("releases/9.9.9.jsonl", b"\xff\n", "releases/9.9.9.jsonl: line 1 is not ASCII"),
        ("docs/releases/v9.md", b"# Mine\n", "docs/releases/v9.md: it was changed after it was written"),
        (
            "docs/releases/v9.md",
            stamped("x", "0" * 64).encode(),
            "docs/releases/v9.md: its entries are not here",
        ),
        (
            "docs/audit/releases-to-2.log",
            b"x\n",
            "docs/audit/releases.log: it says something else than the entries",
        ),
        (LOCKS, FILES[LOCKS] + b"\n", f"{LOCKS}: line 2 is not a ledger entry: "),
        (ONE, FILES[ONE][:-1], f"{ONE}: it says something else than the entries"),
        (
            "head.json",
            FILES["head.json"].replace(b'"open"', b'"opem"'),
            "head.json: it says something else than the entries",
        ),
    ],
)
def test_what_does_not_belong_there_is_named(path: str, data: bytes, flaw: str) -> None:
    assert [str(one) for one in found({**FILES, path: data})] == [flaw]


@pytest.mark.requirement("LED-1")
def test_entries_in_another_file_or_order_are_found() -> None:
    lines = FILES[ONE].splitlines(keepends=True)
    moved = {
        **FILES,
        ONE: b"".join(lines[:-1]),
        "releases/2.0.0.jsonl": FILES["releases/2.0.0.jsonl"] + lines[-1],
    }
    swapped = {**FILES, ONE: b"".join(reversed(lines))}
    twice = {**FILES, ONE: FILES[ONE] + lines[-1]}

    assert [one.path for one in found(moved)] == [ONE, "releases/2.0.0.jsonl"]
    assert [one.path for one in found(swapped)] == [ONE]
    assert _is_found(twice)


@pytest.mark.requirement("LED-1")
def test_a_log_that_was_put_away_is_checked_with_the_rest() -> None:
    lines = FILES["docs/audit/releases.log"].splitlines(keepends=True)
    parts = {
        "docs/audit/releases-to-2.log": b"".join(lines[:2]),
        "docs/audit/releases.log": b"".join(lines[2:]),
    }
    wrong = {
        "docs/audit/releases-to-3.log": b"".join(lines[:2]),
        "docs/audit/releases.log": b"".join(lines[2:]),
    }
    others = {path: data for path, data in FILES.items() if path != "docs/audit/releases.log"}

    assert found({**others, **parts}) == ()
    assert [str(one) for one in found({**others, **wrong})] == [
        "docs/audit/releases-to-3.log: it ends with entry 2"
    ]


@pytest.mark.requirement("LED-1")
def test_what_others_quoted_has_to_be_there() -> None:
    entries = audited("c", FILES, ()).entries
    quoted = [
        Quotation(5, entries[4].hash, "release v2.0.0"),
        Quotation(2, "0" * 64, "release v1.0.0"),
        Quotation(2, entries[1].hash, "deployment 7"),
        Quotation(6, "1" * 64, "deployment 8"),
    ]

    assert [str(flaw) for flaw in quotation_flaws(entries, quoted)] == [
        "entry 2: it was different when release v1.0.0 quoted it",
        "entry 6: it is missing; deployment 8 quotes it",
    ]


@pytest.mark.requirement("LED-1")
def test_a_release_is_told_of_also_once_the_repository_has_another_name() -> None:
    before, after = (f"https://github.com/{name}/releases/tag/" for name in ("octo-org/hello", "octocat/hi"))
    entries = Ledger().append([event("published", url=f"{before}v1.0.0")])
    quoted = [
        Quotation(1, entries[0].hash, f"release {tag}", f"{after}{tag}") for tag in ("v1.0.0", "v1.0.1")
    ]

    assert [flaw.path for flaw in quotation_flaws(entries, quoted)] == ["release v1.0.1"]


def told(changes: list[Change]) -> list[str]:
    return [str(flaw) for flaw in history_flaws(changes)]


@pytest.mark.requirement("LED-1")
def test_commits_that_do_not_only_add_are_found() -> None:
    first, second, third, fourth = CHANGES
    one, two = first.files[ONE], third.files[ONE]
    assert one is not None
    assert two is not None

    assert told([first, second, third, fourth]) == []
    assert told([first, third]) == [
        "commit 2222222222: it does not follow the one record before it",
        "commit 2222222222: its entries are not those after entry 2",
    ]
    changed = Change("a" * 40, (fourth.commit,), {ONE: two.replace(b"octocat", b"mallory")})
    restored = Change("b" * 40, (changed.commit,), {ONE: two})
    assert told([*CHANGES, changed, restored]) == [
        f"commit aaaaaaaaaa: it changes entries of {ONE}",
        "commit aaaaaaaaaa: it adds no entry",
        f"commit bbbbbbbbbb: it changes entries of {ONE}",
        "commit bbbbbbbbbb: it adds no entry",
    ]
    removed = Change("c" * 40, (fourth.commit,), {LOCKS: None})
    assert told([*CHANGES, removed])[0] == f"commit cccccccccc: it removes {LOCKS}"
    report = Change("d" * 40, (fourth.commit,), {"docs/releases/v1.0.0.md": b"better"})
    assert told([*CHANGES, report]) == ["commit dddddddddd: it adds no entry"]
    merged = Change("e" * 40, (fourth.commit, first.commit), {})
    assert told([*CHANGES, merged])[0] == "commit eeeeeeeeee: it does not follow the one record before it"
    junk = Change("f" * 40, (fourth.commit,), {LOCKS: FILES[LOCKS] + b"junk\n"})
    assert told([*CHANGES, junk]) == ["commit ffffffffff: its entries are not those after entry 5"]
