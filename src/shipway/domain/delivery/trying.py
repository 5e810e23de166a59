"""What must hold before the newest commit of a pull request may be tried in an environment.

In place of what is asked of a version (that it is released, and was verified before), GitHub is asked what the pull
request is now; everything else is asked as of a version.
"""

from shipway.domain.delivery.command import Promotion
from shipway.domain.facts import PullRequestState
from shipway.domain.policy import Policy
from shipway.domain.trial import Proposal, Trial
from shipway.domain.verdict import Ruling, Verdict


def trial_verdicts(proposal: Proposal | None, command: Promotion, policy: Policy) -> tuple[Verdict, ...]:
    """One verdict for each; none where a version is to come in."""
    trial = command.trial
    if trial is None:
        return ()
    return (_taken(command, policy), _proposed(trial, proposal), _head(trial, proposal))


def _taken(command: Promotion, policy: Policy) -> Verdict:
    name = command.target
    if policy.takes_trials(name):
        return Verdict("trial", Ruling.PASS, "trial-taken", f"{name} takes what is not released")
    summary = f"{name} takes released versions only"
    if policy.is_production(name):
        return Verdict("trial", Ruling.FAIL, "production-unreleased", summary, "whoever releases it")
    who = f"whoever configures `environments.{name}.unreleased: true`"
    return Verdict("trial", Ruling.FAIL, "deploy-unreleased", summary, who)


def _proposed(trial: Trial, proposal: Proposal | None) -> Verdict:
    """Whether it is still proposed, by somebody who may write here."""
    if proposal is None:
        summary = f"there is no pull request #{trial.pull}"
        return Verdict("pull-request", Ruling.FAIL, "not-proposed", summary, "whoever opens one")
    if proposal.fork:
        summary = f"the branch of #{trial.pull} is in a fork"
        return Verdict("pull-request", Ruling.FAIL, "fork", summary, "whoever brings it into this repository")
    if proposal.state != PullRequestState.OPEN:
        summary = f"#{trial.pull} is {proposal.state.lower()}"
        merged = proposal.state == PullRequestState.MERGED
        who = "whoever releases what is merged" if merged else "whoever opens it again"
        return Verdict("pull-request", Ruling.FAIL, "not-proposed", summary, who)
    return Verdict("pull-request", Ruling.PASS, "proposed", f"#{trial.pull} is open")


def _head(trial: Trial, proposal: Proposal | None) -> Verdict:
    """Whether its newest commit is the one that was meant."""
    head = proposal.head if proposal else ""
    if head == trial.commit:
        return Verdict("head", Ruling.PASS, "head-equal", f"{head[:10]} is its newest commit")
    summary = (
        f"the newest commit of #{trial.pull} is {head[:10] or 'not known'} by now, not {trial.commit[:10]}"
    )
    return Verdict("head", Ruling.FAIL, "head-moved", summary, "whoever looks at that one, and tries it")
