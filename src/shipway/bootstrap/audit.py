"""Puts together what looks at the ledger as a whole."""

from dataclasses import dataclass
from functools import partial

from shipway.adapters.git_repo import Clone
from shipway.adapters.github import GitHub, records
from shipway.adapters.github.git_ledger import GitLedger
from shipway.bootstrap.environment import Environment, connect, policy_of, source_of
from shipway.domain.ledger import Flaw, flaws
from shipway.domain.ledger_audit import Quotation, quotation_flaws
from shipway.domain.ledger_policy import LedgerPolicy
from shipway.domain.ledger_store import LedgerStore, WholeLedger
from shipway.engine.ledger_cuts import CutReader, Cuts
from shipway.engine.ledgers import open_ledger, whole_branch
from shipway.engine.source import Source


@dataclass(frozen=True, slots=True)
class Audit:
    """What the ledger holds, what is quoted of it elsewhere, and what is wrong.

    Attributes:
        quoted: Quotations in GitHub Releases and deployments.
        flaws: Everything that shows tampering.
        cuts: Of the branch; none of a ledger that is kept elsewhere.
        reader: Looks at them; None where the ledger is kept elsewhere.
    """

    ledger: WholeLedger
    quoted: tuple[Quotation, ...]
    flaws: tuple[Flaw, ...]
    cuts: Cuts
    reader: CutReader | None

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
    source, policy = _configured(environment, clone, github)
    store = _opened(environment, clone, github, source, policy)
    whole = store.whole()
    quoted = records.quotations(github)
    reader = CutReader(github, source, whole, policy.acknowledge) if isinstance(store, GitLedger) else None
    cuts = reader.found() if reader else Cuts()
    found = (
        *flaws(whole.entries, whole.head, {}),
        *quotation_flaws(whole.entries, quoted, cuts.lost),
        *cuts.flaws,
        *whole.flaws,
    )
    return Audit(whole, quoted, found, cuts, reader)


def opened_ledger(environment: Environment, clone: Clone) -> LedgerStore:
    """The ledger that the configuration on the default branch names.

    Raises:
        ShipwayError: The configuration cannot be read or used.
    """
    github = connect(environment, clone)
    return _opened(environment, clone, github, *_configured(environment, clone, github))


def _configured(environment: Environment, clone: Clone, github: GitHub) -> tuple[Source, LedgerPolicy]:
    source = source_of(environment, clone, github)
    return source, policy_of(source, None).ledger if source.remote.default else LedgerPolicy()


def _opened(
    environment: Environment, clone: Clone, github: GitHub, source: Source, policy: LedgerPolicy
) -> LedgerStore:
    return open_ledger(policy, github, partial(whole_branch, clone, source.url, environment.token))
