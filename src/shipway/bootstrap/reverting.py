"""Puts together what follows when a version was found bad in an environment: it goes back, or a person is asked."""

from pathlib import Path

from shipway.bootstrap.rollback import RollbackAsked, roll_back
from shipway.bootstrap.running import Run
from shipway.domain.delivery.going_back import T, asked, found_bad, joined
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.outcome import Decision
from shipway.domain.standing import Owed


def gone_back(outcome: T, run: Run, repo: Path, config: Path | None) -> T:
    """The outcome with that of the rollback that is owed; itself, where none is.

    It is owed as long as the ledger says so, whoever looks: a run that dies in between leaves it to the next one.

    Args:
        outcome: Of what brought the version in, or would not bring it in again.
        run: The run of the same command.
        repo: Where the clone is.
        config: Path of a configuration file; None for the one of the default branch.

    Raises:
        ShipwayError: GitHub refused, or kept stumbling; running again goes on.
    """
    bad = outcome.reverting
    if bad is None or outcome.decision is not Decision.REFUSED:
        return outcome
    if bad.one.asks:
        return asked(outcome, bad)
    return joined(outcome, _rolled_back(bad, run, repo, config))


def went_back(owed: Owed, run: Run, repo: Path, config: Path | None) -> DeliveryOutcome:
    """The outcome of the rollback that is owed, for who finds it; that a person is asked, where one is.

    Raises:
        ShipwayError: GitHub refused, or kept stumbling; running again goes on.
    """
    if owed.one.asks:
        return asked(found_bad(owed), owed)
    return _rolled_back(owed, run, repo, config)


def _rolled_back(owed: Owed, run: Run, repo: Path, config: Path | None) -> DeliveryOutcome:
    wanted = RollbackAsked(
        environment=owed.environment,
        reason=owed.one.reason,
        automatic=True,
        dry_run=run.dry_run,
        by=owed.one.by,  # the run may be one that a workflow has started, which is nobody
        repo=repo,
        config=config,
    )
    return roll_back(wanted, run)
