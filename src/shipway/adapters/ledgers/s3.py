"""A ledger in a bucket: each record is one object, put only where none is (`If-None-Match: *`).

Needs `pip install '.[s3]'`. Credentials, region and address are those of every AWS program
(`AWS_ACCESS_KEY_ID`, `AWS_PROFILE`, `AWS_REGION`, `AWS_ENDPOINT_URL_S3` …).
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from shipway.domain.ledger import GENESIS, Entry, Flaw, Ledger
from shipway.domain.ledger_audit import REPORT, report_flaws
from shipway.domain.ledger_record import LedgerRecord, ledger_at, name_of, record_after, replayed
from shipway.domain.ledger_store import LedgerMoved, LedgerUnavailable, WholeLedger
from shipway.errors import ExitCode, InputError, ShipwayError, UsageError

TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
"""Codes of S3 for an object that is there already, or is being put by somebody else right now."""

AGAIN = "Run the same command again; it goes on where it stopped."

CONNECTIONS = 10
"""Objects that are read at the same time; as many as botocore keeps connections."""


def open_ledger(url: str, repository: str) -> "S3Ledger":  # noqa: ARG001 - what every store is given
    """The ledger at `s3://bucket/prefix`.

    Raises:
        UsageError: The address is none, or boto3 is not installed.
    """
    try:
        boto3, botocore = import_module("boto3"), import_module("botocore.config")
    except ImportError as problem:
        raise UsageError(
            "The ledger is configured to be in S3, and boto3 is not installed.",
            "In a clone of Shipway: `pip install '.[s3]'`.",
            reason_code="extra-missing",
        ) from problem
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise UsageError(
            f"{url!r} is no address of a bucket.",
            "Write in .github/shipway.yml: ledger: {backend: s3, url: s3://bucket/prefix}",
            reason_code="configuration",
        )
    config = botocore.Config(
        retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=10, read_timeout=30
    )
    return S3Ledger(boto3.client("s3", config=config), parts.netloc, parts.path.strip("/"))


class S3Ledger:
    """A ledger in a bucket.

    Args:
        client: boto3's client for S3.
        prefix: In front of all names, without slashes at its ends; may be empty.
    """

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client, self._bucket = client, bucket
        self._known: dict[str, LedgerRecord] = {}
        self._prefix = f"{prefix}/" if prefix else ""
        self._records = f"{self._prefix}records/"

    def read(self, book: str) -> Ledger:
        """The newest record tells the state, and where the book's records begin."""
        newest = self._newest()
        entries = self._entries(newest, book) if newest else ()
        return ledger_at(newest, book, entries)

    def append(self, before: Ledger, after: Ledger, pages: Mapping[str, str]) -> Ledger:
        """Put the record where none is; one of the same content was put by a request whose answer was lost."""
        newest = self._record(before.commit) if before.commit else None
        if newest is None:
            self._check_conditions()
        one = record_after(newest, before, after)
        if not self._put_new(f"{self._records}{one.name}", one.to_text()):
            there = self._text(f"{self._records}{one.name}")
            if there is None:
                raise LedgerUnavailable("Somebody else is writing to the ledger right now.")
            if there != one.to_text():
                raise LedgerMoved("Somebody else wrote to the ledger first.")
        self._known[one.name] = one
        for path, text in pages.items():
            with self._explained("write"):
                self._client.put_object(Bucket=self._bucket, Key=f"{self._prefix}{path}", Body=text.encode())
        return replace(after, commit=one.name, log="", full_log="")

    def whole(self) -> WholeLedger:
        """All records, each compared with what the entries before it make of it, and the pages.

        Pages are read before the records, which can only tell more by then. One that is missing is no flaw: a run
        may die between its record and its pages.
        """
        pages = filter(REPORT.fullmatch, [*self._listed(self._prefix, within="docs/")])
        reports = {path: text.encode() for path, text in self._texts(self._prefix, pages).items()}
        records, flaws = checked(self._texts(self._records, reversed([*self._names()])))
        newest = records[-1] if records else None
        entries = tuple(entry for one in records for entry in one.entries)
        return WholeLedger(
            revision=newest.name if newest else "",
            entries=entries,
            head=newest.entries[-1].hash if newest else GENESIS,
            flaws=(*flaws, *report_flaws(reports, entries)),
        )

    def _texts(self, prefix: str, names: Iterable[str]) -> dict[str, str]:
        """Name → text of many objects, in their order."""
        listed = [*names]
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            texts = pool.map(self._text, [f"{prefix}{name}" for name in listed])
        return {name: text or "" for name, text in zip(listed, texts, strict=True)}

    def _entries(self, newest: LedgerRecord, book: str) -> tuple[Entry, ...]:
        """The book's entries, from its newest record back to its first."""
        found: list[LedgerRecord] = []
        sequence = newest.books.get(book, 0)
        while sequence:
            found.append(self._record(name_of(sequence)))
            sequence = found[-1].before
        return tuple(entry for one in reversed(found) for entry in one.entries)

    def _newest(self) -> LedgerRecord | None:
        name = next(self._names(limit=1), "")
        return self._record(name) if name else None

    def _names(self, limit: int = 1000) -> Iterator[str]:
        """Names of all records, the newest first."""
        return self._listed(self._records, limit=limit)

    def _listed(self, prefix: str, *, within: str = "", limit: int = 1000) -> Iterator[str]:
        """What objects whose names begin like that are called after the prefix, in the order of their names."""
        with self._explained("read"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=f"{prefix}{within}", PaginationConfig={"PageSize": limit}
            )
            for page in pages:
                yield from (row["Key"].removeprefix(prefix) for row in page.get("Contents", ()))

    def _record(self, name: str) -> LedgerRecord:
        """A record, which never changes once it is there."""
        if name not in self._known:
            text = self._text(f"{self._records}{name}")
            try:
                self._known[name] = LedgerRecord.from_text(text or "")
            except ValueError as problem:
                raise InputError(
                    f"The ledger cannot be read: {self._records}{name} is {problem}.",
                    "Look at all of it with: shipway audit verify",
                    reason_code="ledger-broken",
                ) from problem
        return self._known[name]

    def _text(self, key: str) -> str | None:
        """What an object holds; None when it is not there."""
        try:
            with self._explained("read"):
                body: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except _Missing:
            return None
        return body.decode("utf-8", "backslashreplace")

    def _put_new(self, key: str, text: str) -> bool:
        """Put an object where none is; False when there is one."""
        try:
            with self._explained("write"):
                self._client.put_object(Bucket=self._bucket, Key=key, Body=text.encode(), IfNoneMatch="*")
        except _Taken:
            return False
        return True

    def _check_conditions(self) -> None:
        """Before the first record: a server that does not know conditions takes every write, and loses entries."""
        probe = f"{self._prefix}condition"
        if self._put_new(probe, "") and self._put_new(probe, ""):
            raise InputError(
                f"The server of bucket {self._bucket} ignores If-None-Match, so that two writers would lose entries.",
                "Use a server that has conditional writes, or keep the ledger in git: ledger: {backend: git}",
                reason_code="ledger-unsafe",
            )

    @contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        """What botocore raises, in our words."""
        errors = import_module("botocore.exceptions")
        try:
            yield
        except errors.ClientError as problem:
            raise _meaning(problem.response, what, self._bucket) from problem
        except errors.BotoCoreError as problem:
            raise LedgerUnavailable(
                f"The bucket {self._bucket} did not answer: {type(problem).__name__}.", AGAIN
            ) from problem


class _Missing(ShipwayError):
    """There is no such object."""


class _Taken(ShipwayError):
    """There is such an object already, or somebody is putting one."""


def _meaning(response: Mapping[str, Any], what: str, bucket: str) -> ShipwayError:
    error = response.get("Error", {})
    code, status = str(error.get("Code", "")), response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == "NoSuchKey":
        return _Missing(f"There is no such object in {bucket}.")
    if code in TAKEN:
        return _Taken(f"There is such an object in {bucket}.")
    if status >= 500 or status == 429:
        return LedgerUnavailable(f"The bucket {bucket} answered {status}.", AGAIN)
    return InputError(
        f"The bucket {bucket} refused to {what} the ledger: {code}.",
        "Check the address under `ledger:` and that the credentials may list, get and put its objects.",
        reason_code="ledger-refused",
        exit_code=ExitCode.NOT_AUTHORISED if status in {401, 403} else None,
    )


def checked(texts: Mapping[str, str]) -> tuple[tuple[LedgerRecord, ...], tuple[Flaw, ...]]:
    """Records by their names, oldest first, and what is wrong with those that are not as they have to be."""
    records: list[LedgerRecord] = []
    flaws: list[Flaw] = []
    for name, text in texts.items():
        try:
            one = LedgerRecord.from_text(text)
        except ValueError as problem:
            flaws.append(Flaw(0, f"it is {problem}", name))
            continue
        records.append(one)
        if one.name != name:
            flaws.append(Flaw(one.entries[0].sequence, f"its entries belong into {one.name}", name))
    if not flaws:
        flaws += [
            Flaw(
                one.entries[0].sequence, "it is not what its entries and those before it make of it", one.name
            )
            for one, due in zip(records, replayed(records), strict=True)
            if one != due
        ]
    return tuple(records), tuple(flaws)
