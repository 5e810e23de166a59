"""What a demonstration tells after its first release: versions go from one environment to the next, and back.

Each act is a command line. What is shown is what is run.
"""

import shlex
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from shipway.bootstrap.environment import Environment
from shipway.bootstrap.locking import LockAsked, run_lock
from shipway.bootstrap.promoting import PromotionAsked, run_promotion
from shipway.bootstrap.rollback import RollbackAsked, run_rollback
from shipway.cli.demo_setup import REPORTS
from shipway.cli.lock import lock_command, unlock_command
from shipway.cli.progress import Progress, watchers_of
from shipway.cli.promote import promote_command
from shipway.cli.rollback import rollback_command
from shipway.domain.delivery.order import Pipeline
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


def first_acts(pipeline: Pipeline) -> Iterator[Act]:
    """With the version that was released first, and stands where releases go by themselves."""
    last = pipeline.names[-1]
    ways = _ways(pipeline)
    if len(ways) > 1 and not {*pipeline.first()} & {*pipeline.after[last]}:
        skip = _promotion("first", pipeline.first()[0], last)
        yield Act("No environment is skipped", skip, Decision.REFUSED)
    for source, target in ways[:-1]:
        yield Act("The next one is open", _promotion("first", source, target))
    locking = f"shipway lock {_word(last)} --reason 'database is moving' --for 2h"
    yield Act(f"Somebody closes {last}", locking)
    for source, target in ways[-1:]:
        promotion = _promotion("first", source, target)
        yield Act("Closed is closed, for everybody", promotion, Decision.REFUSED)
    yield Act("It is opened again", f"shipway unlock {_word(last)} --reason 'database has moved'")
    for source, target in ways[-1:]:
        title = f"{target[0].upper()}{target[1:]}, with the whole record first"
        yield Act(title, _promotion("first", source, target))


def second_acts(pipeline: Pipeline) -> Iterator[Act]:
    """With the version that was released second, over the first."""
    last = pipeline.names[-1]
    ways = _ways(pipeline)
    for source, target in ways[:-1]:
        yield Act("A second version follows", _promotion("second", source, target))
    for source, target in ways[-1:]:
        yield Act(f"It reaches {target} too", _promotion("second", source, target))
    rollback = f"shipway rollback {_word(last)} --reason 'errors at checkout'"
    yield Act("It is not good: back, with what that means", rollback)
    title = "What was rolled back does not return by accident"
    source = next(iter(pipeline.after[last]), "")
    yield Act(title, _promotion("second", source, last), Decision.REFUSED)


def _ways(pipeline: Pipeline) -> list[tuple[str, str]]:
    """From where to where versions are promoted, in order."""
    return [(before[0], name) for name, before in pipeline.after.items() if before]


def _promotion(version: str, source: str, target: str) -> str:
    way = f" --from {_word(source)}" if source else ""
    return f"shipway promote {{{version}}}{way} --to {_word(target)}"


def _word(name: str) -> str:
    """A name on a command line that versions are put into."""
    return shlex.quote(name).replace("{", "{{").replace("}", "}}")


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

    def play(self, acts: Iterable[Act], **versions: str) -> Iterator[Played]:
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
