"""What a ledger branch shows of tampering: every file is computed again from the entries, every commit only adds.

Nothing is taken on trust that can be computed: the entries vouch for each other by their hashes, all else in the
branch has to be what they make of it, and what was quoted outside vouches for the entries.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from shipway.domain import record
from shipway.domain.branch_files import branch_files, says_the_same, shown_by
from shipway.domain.ledger import GENESIS, Entry, Flaw, flaws
from shipway.domain.ledger_cut import LostEntry, subjects_of
from shipway.domain.ledger_store import WholeLedger

Files = Mapping[str, bytes]

BOOK = re.compile(r"(?:releases|environments)/[^/]+\.jsonl")
LOG = re.compile(r"docs/audit/releases(?:-to-(?P<last>\d+))?\.log")
REPORT = re.compile(r"docs/(?:releases|incidents)/[^/]+\.md")


@dataclass(frozen=True, slots=True)
class Quotation:
    """Where the ledger stood, quoted outside of it.

    Attributes:
        place: What quotes it, such as "release v1.2.0".
        ended: Whether it is published or has ended, so that an entry has to tell of it: its address or number.
    """

    sequence: int
    hash: str
    place: str
    ended: str | int = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One commit of the branch.

    Attributes:
        files: Path → what it holds afterwards; None where it was removed. Files that stay are left out.
    """

    commit: str
    parents: tuple[str, ...]
    files: Mapping[str, bytes | None]


def quotation_flaws(
    entries: Sequence[Entry], quoted: Sequence[Quotation], lost: Collection[LostEntry] = ()
) -> Iterator[Flaw]:
    """Entries that were other ones when somebody quoted them, or were there and are gone.

    Args:
        lost: Those that somebody answers for: that they are gone is no flaw any more.
    """
    by_number = {entry.sequence: entry.hash for entry in entries}
    answered = {(one.sequence, one.hash) for one in lost}
    for one in sorted(quoted, key=lambda one: (one.sequence, one.place)):
        if (one.sequence, one.hash) in answered:
            continue
        if one.sequence not in by_number:
            yield Flaw(one.sequence, f"it is missing; {one.place} quotes it")
        elif by_number[one.sequence] != one.hash:
            yield Flaw(one.sequence, f"it was different when {one.place} quoted it")
    told = {subject for entry in entries for subject in subjects_of(entry.event.detail)}
    told |= {subject for one in lost for subject in one.subjects}
    named = {_name(subject) for subject in told}
    for one in quoted:
        if one.ended and _name(one.ended) not in named:
            yield Flaw(
                0, "no entry tells how it ended: its entries were removed, or a run died just then", one.place
            )


def _name(subject: str | int) -> str | int:
    """A GitHub Release by its tag: its address is another one once the repository is renamed or moved."""
    return subject.rpartition("/releases/tag/")[2] if isinstance(subject, str) else subject


def audited(revision: str, files: Files, changes: Iterable[Change]) -> WholeLedger:
    """The ledger of a branch, with everything that is wrong with it.

    Args:
        revision: Commit that the branch stands at.
        files: Path → content of every file there.
        changes: Its commits, oldest first.
    """
    entries, found = _entries(files)
    if not found:
        chain = flaws(entries, entries[-1].hash if entries else GENESIS, {})
        found = [] if chain else [*_file_flaws(files, entries)]
    return WholeLedger(
        revision=revision,
        entries=entries,
        head=entries[-1].hash if entries else GENESIS,
        flaws=(*found, *history_flaws(changes)),
    )


def _entries(files: Files) -> tuple[tuple[Entry, ...], list[Flaw]]:
    entries: list[Entry] = []
    found: list[Flaw] = []
    for path in sorted(filter(BOOK.fullmatch, files)):
        for number, line in enumerate(files[path].splitlines(), start=1):
            try:
                entries.append(Entry.from_line(line.decode("ascii")))
            except ValueError as problem:
                why = "not ASCII" if isinstance(problem, UnicodeDecodeError) else str(problem)
                found.append(Flaw(0, f"line {number} is {why}", path))
    return tuple(sorted(entries, key=lambda entry: entry.sequence)), found


def _file_flaws(files: Files, entries: Sequence[Entry]) -> Iterator[Flaw]:
    """Files that are not what the entries make of them."""
    if not files:
        return
    due = branch_files(entries)
    logs = {path: data for path, data in files.items() if LOG.fullmatch(path)}
    reports = {path: data for path, data in files.items() if REPORT.fullmatch(path)}
    yield from _log_flaws(logs, entries)
    yield from report_flaws(reports, entries)
    yield from _missing_reports(reports, entries)
    for path, text in due.items():
        if path not in files:
            yield Flaw(0, "it is missing", path)
        elif not says_the_same(path, files[path], text):
            yield Flaw(0, "it says something else than the entries", path)
    for path in sorted(files.keys() - due.keys() - logs.keys() - reports.keys()):
        yield Flaw(0, "Shipway did not write it", path)


def report_flaws(reports: Files, entries: Sequence[Entry]) -> Iterator[Flaw]:
    """Reports that were changed, or that show entries which never were."""
    hashes = {entry.hash for entry in entries}
    for path, data in sorted(reports.items()):
        head = _shown(data)
        if head not in hashes:
            yield Flaw(
                0, "it was changed after it was written" if not head else "its entries are not here", path
            )


def _shown(report: bytes) -> str:
    return shown_by(report.decode("utf-8", "backslashreplace"))


def _missing_reports(reports: Files, entries: Sequence[Entry]) -> Iterator[Flaw]:
    by_hash = {entry.hash: entry.event.version for entry in entries}
    reported = {by_hash.get(_shown(data)) for data in reports.values()}
    for version in dict.fromkeys(entry.event.version for entry in entries if entry.event.kind == "initiated"):
        if version not in reported:
            yield Flaw(0, "it has no report", record.entries_path(version))


def _log_flaws(logs: Files, entries: Sequence[Entry]) -> Iterator[Flaw]:
    """The log and its parts that were put away, joined, have one line for each entry."""
    names = sorted(logs, key=lambda path: int(_last_of(path) or 10**15))
    written = b"".join(logs[name] for name in names)
    if written != "".join(f"{record.log_line(entry)}\n" for entry in entries).encode():
        yield Flaw(0, "it says something else than the entries", record.LOG_PATH)
        return
    at = 0
    for name in names:
        at += logs[name].count(b"\n")
        if _last_of(name) not in {0, at}:
            yield Flaw(0, f"it ends with entry {at}", name)


def _last_of(path: str) -> int:
    """Number of the last entry in a log that was put away; 0 for the log that goes on."""
    found = LOG.fullmatch(path)
    return int(found["last"] or 0) if found else 0


def history_flaws(changes: Iterable[Change]) -> Iterator[Flaw]:
    """Commits that do anything but add entries, each after the one before it."""
    books: dict[str, bytes] = {}
    count, before = 0, ""
    for change in changes:
        place = f"commit {change.commit[:10]}"
        if change.parents != ((before,) if before else ()):
            yield Flaw(0, "it does not follow the one record before it", place)
        before = change.commit
        added = b""
        for path, data in change.files.items():
            old = books.get(path, b"")
            if data is None:
                yield Flaw(0, f"it removes {path}", place)
            elif BOOK.fullmatch(path) and not data.startswith(old):
                yield Flaw(0, f"it changes entries of {path}", place)
            elif BOOK.fullmatch(path):
                added += data[len(old) :]
            books[path] = (data or b"") if BOOK.fullmatch(path) else b""
        numbers = [*_numbers(added)]
        if numbers != [*range(count + 1, count + 1 + len(numbers))]:
            yield Flaw(0, f"its entries are not those after entry {count}", place)
        if not numbers:
            yield Flaw(0, "it adds no entry", place)
        count += len(numbers)


def _numbers(lines: bytes) -> Iterator[int]:
    """Numbers of entries; 0 for a line that is none."""
    for line in lines.splitlines():
        try:
            yield Entry.from_line(line.decode("ascii")).sequence
        except ValueError:
            yield 0
