"""What a demonstration tells after its first release: versions go from one environment to the next, and back.

Each act is a command line. What is shown is what is run.
"""

import shlex
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from shipway.bootstrap.delivery import PromotionAsked, run_promotion
from shipway.bootstrap.environment import Environment
from shipway.bootstrap.locking import LockAsked, run_lock
from shipway.bootstrap.rollback import RollbackAsked, run_rollback
from shipway.cli.demo_setup import REPORTS
from shipway.cli.lock import lock_command, unlock_command
from shipway.cli.progress import Progress, watchers_of
from shipway.cli.promote import promote_command
from shipway.cli.rollback import rollback_command
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.outcome import Decision

SECOND = "fix: answer twice\n\nRefs: DEMO-7"
"""Message of the commit that the second release is made of."""

SECOND_FILES = {f"{REPORTS}/migrations/0001_answers.sql": "ALTER TABLE answers ADD COLUMN again text;\n"}
"""A migration, since a rollback has to warn of one."""


@dataclass(frozen=True, slots=True)
class Act:
    """One command.

    Attributes:
        title: What it shows.
        line: The command line; `{first}` and `{second}` stand for the two versions.
        ends: How it has to end.
    """

    title: str
    line: str
    ends: Decision = Decision.DONE


COMMANDS: Mapping[str, click.Command] = {
    "promote": promote_command,
    "lock": lock_command,
    "unlock": unlock_command,
    "rollback": rollback_command,
}

FIRST_ACTS = (
    Act("No environment is skipped", "shipway promote {first} --from dev --to production", Decision.REFUSED),
    Act("The next one is open", "shipway promote {first} --from dev --to staging"),
    Act("Somebody closes production", "shipway lock production --reason 'database is moving' --for 2h"),
    Act(
        "Closed is closed, for everybody",
        "shipway promote {first} --from staging --to production",
        Decision.REFUSED,
    ),
    Act("It is opened again", "shipway unlock production --reason 'database has moved'"),
    Act("Production, with the whole record first", "shipway promote {first} --from staging --to production"),
)
"""With the version that was released first."""

SECOND_ACTS = (
    Act("A second version follows", "shipway promote {second} --from dev --to staging"),
    Act("It reaches production too", "shipway promote {second} --from staging --to production"),
    Act(
        "It is not good: back, with what that means",
        "shipway rollback production --reason 'errors at checkout'",
    ),
    Act(
        "What was rolled back does not return by accident",
        "shipway promote {second} --from staging --to production",
        Decision.REFUSED,
    ),
)
"""With the version that was released second, over the first."""


@dataclass(frozen=True, slots=True)
class Played:
    """An act that was played.

    Attributes:
        line: The command line as it was run.
        requests: To GitHub's API.
    """

    act: Act
    line: str
    outcome: DeliveryOutcome
    requests: int
    seconds: float

    @property
    def as_foreseen(self) -> bool:
        """Whether it ended as it has to."""
        return self.outcome.decision is self.act.ends


@dataclass(frozen=True, slots=True)
class Story:
    """Plays acts in a working copy.

    Attributes:
        copy: Where the commands are run.
        requests: How many requests to its API the twin has answered so far.
        before: Told the act and its command line before it is played.
        after: Told each act that was played.
    """

    copy: Path
    environment: Environment
    requests: Callable[[], int]
    before: Callable[[Act, str], None]
    after: Callable[[Played], None]

    def play(self, acts: tuple[Act, ...], **versions: str) -> Iterator[Played]:
        """Play acts until one does not end as it has to."""
        for act in acts:
            line = act.line.format(**versions)
            self.before(act, line)
            requests, began = self.requests(), time.monotonic()
            outcome = self._run(line)
            played = Played(act, line, outcome, self.requests() - requests, time.monotonic() - began)
            self.after(played)
            yield played
            if not played.as_foreseen:
                return

    def _run(self, line: str) -> DeliveryOutcome:
        _, name, *words = shlex.split(line)
        options: dict[str, Any] = COMMANDS[name].make_context(name, words).params | {"repo": self.copy}
        options.pop("output")
        with Progress() as progress:
            watchers = watchers_of(progress)
            match name:
                case "promote":
                    return run_promotion(PromotionAsked(**options), self.environment, watchers)
                case "rollback":
                    return run_rollback(RollbackAsked(**options), self.environment, watchers)
                case _:
                    return run_lock(_lock_asked(name, options), self.environment, watchers)


def _lock_asked(name: str, options: dict[str, Any]) -> LockAsked:
    scope, pull = options.pop("scope", None), options.pop("pr", None)
    return LockAsked(unlock=name == "unlock", scope=scope or "", pr=pull or 0, **options)
