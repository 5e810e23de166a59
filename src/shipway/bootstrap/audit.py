"""Puts together what looks at the ledger as a whole."""

from dataclasses import dataclass
from functools import partial

from shipway.adapters.git_repo import Clone
from shipway.adapters.github import records
from shipway.bootstrap.environment import Environment, connect, policy_of
from shipway.domain.ledger import Flaw, flaws
from shipway.domain.ledger_audit import Quotation, quotation_flaws
from shipway.domain.ledger_policy import LedgerPolicy
from shipway.domain.ledger_store import LedgerStore, WholeLedger
from shipway.engine.ledgers import open_ledger, whole_branch
from shipway.engine.source import Source


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
    whole = opened_ledger(environment, clone).whole()
    quoted = records.quotations(github)
    chain = flaws(whole.entries, whole.head, {})
    return Audit(whole, quoted, (*chain, *quotation_flaws(whole.entries, quoted), *whole.flaws))


def opened_ledger(environment: Environment, clone: Clone) -> LedgerStore:
    """The ledger that the configuration on the default branch names.

    Raises:
        ShipwayError: The configuration cannot be read or used.
    """
    github = connect(environment, clone)
    url = f"{environment.server_url}/{github.owner}/{github.name}.git"
    remote = clone.remote(url, environment.token)
    source = Source(clone, url, environment.token, remote)
    policy = policy_of(source, None).ledger if remote.default else LedgerPolicy()
    return open_ledger(policy, github, partial(whole_branch, clone, url, environment.token))
