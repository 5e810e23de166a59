"""Where a ledger is kept: three calls, behind which stands a branch, a bucket, or what somebody else brings.

A third-party store is a callable in the entry point group `shipway.ledgers`. It is given the address of the
configuration (`ledger: {url: …}`) and the repository (`owner/name`), and gives a `LedgerStore`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from shipway.domain.ledger import Entry, Flaw, Ledger
from shipway.errors import ShipwayError

GROUP = "shipway.ledgers"
"""Entry points of stores; the name is what `ledger: {backend: …}` says."""


class LedgerMoved(ShipwayError):
    """Somebody else appended first, and nothing of ours was written; read again."""

    reason_code = "changed-meanwhile"
    retryable = True


class LedgerUnavailable(ShipwayError):
    """The store did not answer; whether something was written is unknown.

    Attributes:
        retry_after: Seconds that it asked to wait; None when it did not say.
    """

    reason_code = "ledger-unavailable"
    retryable = True
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class WholeLedger:
    """Everything that a store holds, for `shipway audit`.

    Attributes:
        revision: What names this state of the store to people; empty when there is no ledger.
        entries: All entries, by their numbers.
        head: Hash that the store says it ends with.
        flaws: What the store found wrong with what it keeps beside the entries.
        notes: What an auditor should know and is no flaw.
    """

    revision: str
    entries: tuple[Entry, ...]
    head: str
    flaws: tuple[Flaw, ...] = ()
    notes: tuple[str, ...] = ()


class LedgerStore(Protocol):
    """A ledger that only grows."""

    def read(self, book: str) -> Ledger:
        """The state of the ledger, with the entries of one book (`Ledger.book`), as of this moment.

        A new ledger has sequence 0, `GENESIS` as its head, and no entries.

        Raises:
            LedgerUnavailable: It cannot be read now.
            ShipwayError: It is broken, or may not be read.
        """

    def append(self, before: Ledger, after: Ledger, pages: Mapping[str, str]) -> Ledger:
        """Write all that `after` has and `before` has not, or nothing, and give `after` with its new `commit`.

        Args:
            before: As it was read, or as `append` gave it.
            after: `domain.record.after(before, events)`.
            pages: Path → text for people that shows the entries, such as the report of a release. A store may
                leave pages out; entries it may not.

        Raises:
            LedgerMoved: The ledger does not end where `before` ends.
            LedgerUnavailable: Whether it was written is unknown.
            ShipwayError: It may not be written.
        """

    def whole(self) -> WholeLedger:
        """Everything; all that can be read even when some of it is broken."""
