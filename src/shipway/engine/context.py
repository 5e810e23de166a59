"""What a run works with: the outside things, the policy, and the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from shipway.adapters.github import GitHub, Transient
from shipway.domain.facts import DeployResult, Facts, GateResults
from shipway.domain.plan import Deploy, Move, RunGates
from shipway.domain.policy import Policy
from shipway.domain.release import ReleaseCommand
from shipway.engine.gates import GateWatch


class Pages(Protocol):
    """Renders views into Markdown."""

    def render(self, template: str, **values: object) -> str:
        """Render one of our templates, or the repository's own in its place."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that a run needs and does not decide.

    Attributes:
        gather: Looks at GitHub and the clone.
        run_gates: Runs gates in the clone, and tells how far they are.
        deploy: Runs a deploy command in the clone.
        sign_tag: Signs a tag (name, commit, message) and pushes it; None where git here has no key.
        watch: Told every move before it is made.
        warn: Told what people should know at the end, a sentence each.
        stumbled: Told when GitHub stumbled, and how many seconds later it is looked at again.
    """

    github: GitHub
    pages: Pages
    root: Path
    policy: Policy
    command: ReleaseCommand
    gather: Callable[[], Facts]
    run_gates: Callable[[RunGates, Facts, GateWatch], GateResults]
    deploy: Callable[[Deploy], DeployResult]
    sign_tag: Callable[[str, str, str], None] | None
    watch: Callable[[Move, Facts], None]
    warn: Callable[[str], None]
    stumbled: Callable[[Transient, float], None]
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
