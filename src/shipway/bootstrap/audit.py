"""Puts together what looks at the ledger as a whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from shipway.adapters.git_repo import Clone
from shipway.adapters.github import GitHub, records
from shipway.adapters.github.git_ledger import GitLedger
from shipway.adapters.github.writing import LEDGER_BRANCH
from shipway.bootstrap.environment import Environment, connect, policy_of, source_of
from shipway.domain.ledger import Flaw, flaws
from shipway.domain.ledger_audit import Quotation, quotation_flaws
from shipway.domain.ledger_policy import LedgerPolicy
from shipway.domain.ledger_store import LedgerStore, WholeLedger
from shipway.engine.ledgers import open_ledger, whole_branch


@dataclass(frozen=True, slots=True)
class Audit:
    """What the ledger holds, what is quoted of it elsewhere, and what is wrong.

    Attributes:
        quoted: Quotations in GitHub Releases and deployments.
        flaws: Everything that shows tampering.
    """

    ledger: WholeLedger
    quoted: tuple[Quotation, ...]
    flaws: tuple[Flaw, ...]

    @property
    def summary(self) -> str:
        """One sentence about a ledger without flaws."""
        numbers = {one.sequence for one in self.quoted}
        return (
            f"{len(self.ledger.entries)} entries are intact; {len(numbers)} of them quoted outside the ledger"
        )


def audit(environment: Environment, clone: Clone) -> Audit:
    """Check everything that can be checked.

    Raises:
        ShipwayError: The ledger, or GitHub, cannot be read.
    """
    github = connect(environment, clone)
    store = opened_ledger(environment, clone)
    whole = store.whole()
    quoted = records.quotations(github)
    found = (
        *flaws(whole.entries, whole.head, {}),
        *quotation_flaws(whole.entries, quoted),
        *(_lost(github, clone, whole.revision) if isinstance(store, GitLedger) else ()),
        *whole.flaws,
    )
    return Audit(whole, quoted, found)


def _lost(github: GitHub, clone: Clone, commit: str) -> Iterator[Flaw]:
    """What GitHub remembers of the branch and the branch does not have again; to put it back is no flaw."""
    for one in records.rewrites(github, LEDGER_BRANCH):
        if not clone.contains(commit, one.lost):
            yield one.flaw


def opened_ledger(environment: Environment, clone: Clone) -> LedgerStore:
    """The ledger that the configuration on the default branch names.

    Raises:
        ShipwayError: The configuration cannot be read or used.
    """
    github = connect(environment, clone)
    source = source_of(environment, clone, github)
    policy = policy_of(source, None).ledger if source.remote.default else LedgerPolicy()
    return open_ledger(policy, github, partial(whole_branch, clone, source.url, environment.token))
