"""What a run works with: the outside things, the policy, and the clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from shipway.adapters.github import GitHub, Transient
from shipway.domain.delivery.steps import Deploy, RunStageGates
from shipway.domain.facts import DeliveryFacts, DeployResult, Facts, GateResults, Surroundings
from shipway.domain.ledger import Ledger
from shipway.domain.ledger_store import LedgerStore
from shipway.domain.plan import Move, RunGates
from shipway.domain.policy import Policy
from shipway.domain.release_command import ReleaseCommand
from shipway.engine.gates import GateWatch


class Pages(Protocol):
    """Renders views into Markdown."""

    def render(self, template: str, **values: object) -> str:
        """Render one of our templates, or the repository's own in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryContext:
    """Everything that bringing a version into an environment needs and does not decide.

    Attributes:
        run_stage_gates: Runs the gates of a stage in the clone.
        deploy: Runs a deploy command in the clone.
        ledger: Keeps what happened.
        reports: Path → text of the pages beside the entries of a ledger, given the address of the repository.
        watch: Told every move before it is made.
        warn: Told what people should know at the end, a sentence each.
        stumbled: Told when GitHub stumbled, and how many seconds later it is looked at again.
        spread: Gives a number from 0 to 1, so that runs which meet do not meet again.
        announce: Told, before anything is done, of what nobody should overlook.
        trace_id: Of the trace that this run is part of; beginnings are recorded with it.
        pages: Renders what people are told on GitHub.
    """

    github: GitHub
    policy: Policy
    run_stage_gates: Callable[[RunStageGates, Surroundings], GateResults]
    deploy: Callable[[Deploy], DeployResult]
    ledger: LedgerStore
    reports: Callable[[Ledger, str], Mapping[str, str]]
    watch: Callable[[Move, DeliveryFacts], None]
    warn: Callable[[str], None]
    stumbled: Callable[[Transient, float], None]
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    spread: Callable[[], float]
    announce: Callable[[str], None]
    trace_id: str
    pages: Pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(DeliveryContext):
    """Everything that a release needs and does not decide.

    Attributes:
        gather: Looks at GitHub and the clone.
        look_again: Completes the facts with what can be known only once the version has a commit.
        run_gates: Runs gates in the clone, and tells how far they are.
        sign_tag: Signs a tag (name, commit, message) and pushes it; None where git here has no key.
        push: Pushes a commit of the clone to a branch that is not there yet, or that it goes on from.
    """

    root: Path
    command: ReleaseCommand
    gather: Callable[[], Facts]
    look_again: Callable[[Facts], Facts]
    run_gates: Callable[[RunGates, Surroundings, GateWatch], GateResults]
    sign_tag: Callable[[str, str, str], None] | None
    push: Callable[[str, str], None]
