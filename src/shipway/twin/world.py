"""The world of one twin: everything that behaviours work on, and the few things they share."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeVar

from shipway.twin.faults import Faults
from shipway.twin.git_store import GitRepository, GitStore
from shipway.twin.identity import SYSTEM, Identity
from shipway.twin.journal import Journal
from shipway.twin.limits import RateLimits
from shipway.twin.store import Document, Store

E = TypeVar("E")


class Clock:
    """The real time, until a test sets it."""

    def __init__(self, moment: datetime | None = None) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """The current moment in UTC, in whole seconds as GitHub keeps it."""
        return (self._moment or datetime.now(UTC)).replace(microsecond=0)

    def set(self, moment: datetime | None) -> None:
        """Stop the clock at a moment, or (None) let it run again."""
        self._moment = moment

    def advance(self, delta: timedelta) -> None:
        """Stop the clock that much later than now."""
        self._moment = self.now() + delta


@dataclass(frozen=True, slots=True)
class Pushed:
    """A ref moved: by git push, the git database API, a contents write, a merge. Ids may be `ZERO`."""

    repo: str
    ref: str
    old: str
    new: str
    actor: str


_REACTIONS: dict[type[Any], list[Callable[["World", Any], None]]] = defaultdict(list)


def reacts_to(event: type[E]) -> Callable[[Callable[["World", E], None]], Callable[["World", E], None]]:
    """Register a function that `World.emit` calls, inside the same transaction, with each such event."""

    def register(reaction: Callable[["World", E], None]) -> Callable[["World", E], None]:
        _REACTIONS[event].append(reaction)
        return reaction

    return register


@dataclass(slots=True)
class World:
    """Store, git, clock and journal of one twin. `url` is where it is served, without a slash at the end.

    Attributes:
        run_details: Whether who starts a workflow and asks for the run is told it. A server from before February 2026
            knows no such parameter; GitHub's documentation does not say whether it overlooks or refuses it.
        used: Permissions that tokens with limited ones were let use, such as `contents:write`.

    Behaviours are functions on a World. Whoever calls them from outside a request holds `locked()`.
    """

    store: Store
    git: GitStore
    journal: Journal
    clock: Clock = field(default_factory=Clock)
    url: str = "http://127.0.0.1"
    actor: Identity = SYSTEM
    faults: Faults = field(default_factory=Faults)
    limits: RateLimits = field(default_factory=RateLimits)
    run_details: Literal["given", "overlooked", "refused"] = "given"
    used: set[str] = field(default_factory=set)
    _deferred: list[Callable[[], None]] = field(default_factory=list)
    _background: ThreadPoolExecutor | None = None
    _running: list[Future[None]] = field(default_factory=list)
    _temporary: TemporaryDirectory[str] | None = None

    @classmethod
    def open(cls, data_dir: Path | None = None, clock: Clock | None = None) -> "World":
        """The world kept in a directory, or a new one in memory and a temporary directory."""
        temporary = None if data_dir else TemporaryDirectory(prefix="twin-", ignore_cleanup_errors=True)
        root = data_dir or Path(temporary.name if temporary else "")
        root.mkdir(parents=True, exist_ok=True)
        store = Store(data_dir / "twin.sqlite3" if data_dir else None)
        git = GitStore(root / "repositories")
        return cls(store, git, Journal(store), clock or Clock(), _temporary=temporary)

    def close(self) -> None:
        """Release files, processes and the temporary directory."""
        if self._background:
            self._background.shutdown()
        self.git.close()
        self.store.close()
        if self._temporary:
            self._temporary.cleanup()

    @property
    def api_url(self) -> str:
        """The root of the REST API, in the layout of GitHub Enterprise Server."""
        return f"{self.url}/api/v3"

    @contextmanager
    def locked(self, actor: Identity | None = None) -> Iterator[None]:
        """One transaction on behalf of `actor`: all of it happens, or nothing (but git objects)."""
        with self.store.lock:
            outermost = self.store.idle
            before, self.actor = self.actor, actor or self.actor
            try:
                with self.store.transaction():
                    yield
                if outermost:
                    self._start_deferred()
            finally:
                self.actor = before
                if outermost:
                    self._deferred.clear()

    def _start_deferred(self) -> None:
        if self._deferred and self._background is None:
            self._background = ThreadPoolExecutor(1, "twin-background")
        if self._background:
            self._running = [one for one in self._running if not one.done()]
            self._running += [self._background.submit(task) for task in self._deferred]

    def settle(self) -> None:
        """Wait until everything deferred has run, and what that deferred too; raises what it raised."""
        while self._running:
            self._running.pop(0).result()

    def now(self) -> str:
        """The current time as GitHub writes it."""
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def next_id(self) -> int:
        """The next database id; one sequence for everything."""
        return self.store.next_number("id")

    def repository(self, full_name: str) -> Document | None:
        """A repository's document, whatever the case of the name."""
        return self.store.get("repository", "", full_name.lower())

    def user(self, login: str) -> Document | None:
        """The document of a user, organisation or bot, whatever the case of the login."""
        return self.store.get("user", "", login.lower())

    def git_of(self, repo: Document) -> GitRepository:
        """The git repository of a repository document."""
        return self.git[repo["full_name"]]

    def record(self, effect: str, repo: str, subject: str, **detail: object) -> None:
        """Write an effect of the current actor into the journal."""
        self.journal.record(self.actor.login, effect, repo, subject, detail)

    def emit(self, event: object) -> None:
        """Tell everybody who reacts to this type of event."""
        for reaction in _REACTIONS[type(event)]:
            reaction(self, event)

    def defer(self, task: Callable[[], None]) -> None:
        """Run something after the request is answered and its changes are kept, such as a webhook.

        It runs outside the lock, in order, on one background thread; `settle` waits for it.
        """
        self._deferred.append(task)

    def as_of(self, store: Store, refs: Mapping[str, Mapping[str, str]]) -> "World":
        """The world as it was when that copy of store and refs was taken; for stale reads."""
        past = World(store, self.git.as_of(refs), Journal(store), self.clock, self.url)
        past.limits = self.limits
        return past
