"""What every store of a ledger has to do, as tests that a store of your own can run with pytest:

    from shipway.ledger_contract import LedgerContract

    class TestMyLedger(LedgerContract):
        @pytest.fixture(autouse=True)
        def _store(self, tmp_path):
            self.open = lambda: MyLedger(f"mine://{tmp_path}", "octo-org/hello")

`open` opens the same ledger anew each time, as another machine would; each test begins with an empty one.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from shipway.domain import record
from shipway.domain.branch_files import stamped
from shipway.domain.ledger import GENESIS, Event, Ledger, flaws
from shipway.domain.ledger_store import LedgerMoved, LedgerStore

WRITERS, EACH = 8, 4
"""How many write at the same time, and how many entries each."""

ONE, OTHER = record.entries_path("1.0.0"), record.entries_path("2.0.0")


def event(kind: str, version: str = "1.0.0", **detail: object) -> Event:
    """Something that happened."""
    return Event(
        f"{kind}:{detail}", kind, f"id-of-{version}", version, "octocat", "2026-11-21T12:00:00Z", detail
    )


def appended(store: LedgerStore, before: Ledger, events: Iterable[Event]) -> Ledger:
    """Append events as the engine does."""
    after = record.after(before, tuple(events))
    path = record.report_path(f"v{after.entries[0].event.version}")
    return store.append(before, after, {path: stamped("# Report\n", after.head)})


class LedgerContract:
    """Derive a class from it, name it `Test…`, and set `open`."""

    open: Callable[[], LedgerStore]

    def test_a_new_ledger_is_empty(self) -> None:
        ledger = self.open().read(ONE)

        assert (ledger.sequence, ledger.head, ledger.entries, ledger.book) == (0, GENESIS, (), ONE)
        assert self.open().whole().entries == ()

    def test_what_was_appended_is_read_back(self) -> None:
        store = self.open()
        locked = event("locked", version="", environment="production", reason="fair \u2028\x1b[31m\U0001f680")
        written = appended(store, store.read(ONE), [event("initiated", source="main"), locked])

        for read in (store.read(ONE), self.open().read(ONE)):
            assert read.entries == written.entries
            assert (read.sequence, read.head) == (2, written.entries[-1].hash)
            assert read.standings == written.standings
            assert read.open_releases == {"1.0.0": "id-of-1.0.0"}
            assert read.commit == written.commit

    def test_what_an_append_gives_can_be_appended_to(self) -> None:
        store = self.open()
        ledger = store.read(ONE)
        for kind in ("initiated", "tagged", "completed"):
            ledger = appended(store, ledger, [event(kind)])

        assert [e.event.kind for e in self.open().read(ONE).entries] == ["initiated", "tagged", "completed"]
        assert self.open().read(ONE).open_releases == {}

    def test_books_are_kept_apart_and_have_one_head(self) -> None:
        store = self.open()
        appended(store, store.read(ONE), [event("initiated")])
        appended(store, store.read(OTHER), [event("initiated", "2.0.0")])
        last = appended(store, store.read(ONE), [event("tagged")])

        assert [entry.sequence for entry in self.open().read(ONE).entries] == [1, 3]
        assert [entry.sequence for entry in self.open().read(OTHER).entries] == [2]
        assert self.open().read(OTHER).head == last.head
        assert {*self.open().read(OTHER).open_releases} == {"1.0.0", "2.0.0"}

    def test_who_comes_second_writes_nothing_and_is_told(self) -> None:
        first, second = self.open(), self.open()
        for books in ((ONE, ONE), (ONE, OTHER)):
            seen = first.read(books[0]), second.read(books[1])
            appended(first, seen[0], [event("tagged", note=str(books))])
            before = self.open().whole().entries

            assert _moved(second, seen[1], [event("merged"), event("published")])
            assert self.open().whole().entries == before

    def test_who_comes_second_goes_on_after_reading_again(self) -> None:
        first, second = self.open(), self.open()
        seen = second.read(ONE)
        appended(first, first.read(ONE), [event("initiated")])

        assert _moved(second, seen, [event("tagged")])
        appended(second, second.read(ONE), [event("tagged")])
        assert [entry.event.kind for entry in first.read(ONE).entries] == ["initiated", "tagged"]

    def test_an_append_whose_answer_was_lost_is_not_there_twice(self) -> None:
        store = self.open()
        before = store.read(ONE)
        appended(store, before, [event("initiated")])

        _moved(self.open(), before, [event("initiated")])
        assert [entry.event.kind for entry in self.open().read(ONE).entries] == ["initiated"]

    def test_many_writers_lose_no_entry(self) -> None:
        def write(writer: int) -> None:
            store = self.open()
            book = (ONE, OTHER)[writer % 2]
            for number in range(EACH):
                one = event("noted", book[9:14], writer=writer, number=number)
                while _moved(store, store.read(book), [one]):
                    pass

        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(write, range(WRITERS)))
        whole = self.open().whole()
        wrote = [(e.event.detail["writer"], e.event.detail["number"]) for e in whole.entries]

        assert sorted(wrote) == [(writer, number) for writer in range(WRITERS) for number in range(EACH)]
        assert flaws(whole.entries, whole.head, {}) == ()
        assert whole.flaws == ()

    def test_long_entries_are_kept_whole(self) -> None:
        store = self.open()
        ledger = store.read(ONE)
        for number in range(3):
            ledger = appended(store, ledger, [event("noted", number=number, text="é" * 60_000)])

        assert self.open().read(ONE).entries == ledger.entries
        assert self.open().whole().flaws == ()
        assert self.open().whole().entries == ledger.entries


def _moved(store: LedgerStore, before: Ledger, events: Iterable[Event]) -> bool:
    """Append; True when somebody else was first."""
    try:
        appended(store, before, events)
    except LedgerMoved:
        return True
    return False
