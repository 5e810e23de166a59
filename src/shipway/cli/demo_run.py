"""Runs `shipway demo`: brings a repository onto a twin, releases it there, and shows what came of it."""

import re
import shlex
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from shipway.adapters.git_mirror import Original, paths_at
from shipway.adapters.git_refs import find_repository, page
from shipway.adapters.git_repo import Clone
from shipway.bootstrap.audit import audit
from shipway.bootstrap.environment import Watchers, connect
from shipway.bootstrap.release import Asked, run_release
from shipway.bootstrap.status import look, status_of
from shipway.cli.demo_setup import set_up, tag_format
from shipway.cli.demo_story import SECOND, SECOND_FILES, Played, Story, first_acts, second_acts
from shipway.cli.demo_view import Screen, Shown
from shipway.cli.difference import changes, picture_of
from shipway.cli.output import say, show
from shipway.cli.people import People, both
from shipway.cli.playground import Playground, Site, playground
from shipway.cli.progress import Progress, watchers_of
from shipway.cli.rehearsal import rehearsed
from shipway.domain.delivery.order import Pipeline
from shipway.domain.outcome import Decision, Outcome
from shipway.domain.policy import Policy
from shipway.domain.version import TagFormat
from shipway.errors import InputError, UsageError

MAINTAINER = "octocat"
TAGS = 200
"""Tags, newest first, from which the form of a repository's tags is found."""


def demonstrated(repo: Path, output: str, *, rehearse: bool, keep: bool) -> int:
    """Release a repository on a twin, or rehearse its release there.

    Args:
        repo: The repository; only read.
        output: Form of the result on standard output.
        rehearse: Whether to rehearse instead of releasing.
        keep: Whether the twin stays up until the process is told to stop.

    Returns:
        The exit code that the release ended with.

    Raises:
        ShipwayError: It cannot be released, or is not whole.
    """
    started = time.monotonic()
    original = Original.at(repo)
    _check(original, repo)
    branch = original.branch or "main"
    site = Site(_name(repo, original), branch, MAINTAINER)
    with playground(site) as place:
        say(f"Bringing {site.repository} with its history onto a twin in a temporary folder …")
        stage = _Stage(place, original, branch)
        stage.build()
        code = stage.rehearse(output) if rehearse else stage.release(output, started, kept=keep)
        if keep:
            _stay(place, stage.copy)
    return code


def _check(original: Original, repo: Path) -> None:
    if not original.head:
        raise InputError(
            f"{repo} has no commits yet, so there is nothing to release.",
            "Name a repository with commits, for example: shipway demo --repo path/to/clone",
            reason_code="empty-repository",
        )
    if not original.whole:
        raise InputError(
            f"{repo} is a shallow or partial clone, and a demonstration needs the whole history.",
            "Fetch the rest, for example: git fetch --unshallow, or name a full clone with --repo",
            reason_code="shallow-clone",
        )


def _name(repo: Path, original: Original) -> str:
    """`owner/name` of its origin; for a repository without one the folder's name under the maintainer's."""
    address = page(find_repository(repo))
    owner, _, name = address.removeprefix("https://").partition("/")[2].rpartition("/")
    if re.fullmatch(r"[\w.-]+", owner) and re.fullmatch(r"[\w.-]+", name):
        return f"{owner}/{name}"
    folder = original.common.parent if original.common.name == ".git" else original.common
    return f"{MAINTAINER}/{re.sub(r'[^A-Za-z0-9._-]+', '-', folder.name.removesuffix('.git')).strip('-.') or 'demo'}"


@dataclass(slots=True)
class _Stage:
    """A playground with the repository on it."""

    place: Playground
    original: Original
    branch: str
    copy: Path = Path()
    pipeline: Pipeline | None = None

    def build(self) -> None:
        """Bring the history in, and what is missing for a release that shows something."""
        mirror = self.place.mirror
        mirror.borrow(self.original)
        mirror.set_refs(self.original.refs() | {f"refs/heads/{self.branch}": self.original.head})
        self.place.furnish()
        self.copy = self.place.working_copy(self.branch, only=(".github",))
        setup = set_up(self.copy, self.original.newest_tags(TAGS), paths_at(mirror.path, self.original.head))
        for note in setup.notes:
            say(f"  {note}")
        self.place.write(self.copy, setup.reports)
        self.pipeline = setup.pipeline
        self.place.commit_and_push(self.copy, setup.committed, "Configure Shipway for its demonstration")

    def release(self, output: str, started: float, *, kept: bool) -> int:
        """Release, tell what can follow, and show what came of it."""
        screen = Screen(Console(file=sys.stdout, highlight=False, quiet=output != "text"))
        before, requests = picture_of(self.place), self.place.requests()
        outcome = self._next_version()
        asked = {kind: count - requests.get(kind, 0) for kind, count in self.place.requests().items()}
        screen.release(changes(self.place, before))
        story = tuple(self._story(outcome, screen))
        seen = look(connect(self.place.environment, Clone(self.copy)), "", datetime.now(UTC), say)
        shown = Shown(
            outcome=outcome,
            story=story,
            changes=changes(self.place, before),
            environments=status_of(seen)["environments"],
            requests=asked,
            ledger=self._ledger(),
            seconds=time.monotonic() - started,
            look_further=self._look_further(outcome, story),
            kept=kept,
        )
        screen.end(shown, seen.at)
        if output != "text":
            show(output, "", shown.to_json())
        return shown.exit_code

    def _story(self, first: Outcome, screen: Screen) -> Iterator[Played]:
        """Promote the version, lock, release another one, roll back; nothing where there are no environments."""
        if first.decision is not Decision.DONE or self.pipeline is None:
            return
        story = Story(self.copy, self.place.environment, self._asked_so_far, screen.act, screen.played)
        for played in story.play(first_acts(self.pipeline), first=first.version):
            yield played
            if not played.as_foreseen:
                return
        screen.note("A second release", "shipway release auto")
        self.place.commit_and_push(self.copy, SECOND_FILES, SECOND)
        second = self._next_version()
        yield from story.play(second_acts(self.pipeline), second=second.version)

    def _asked_so_far(self) -> int:
        requests = self.place.requests()
        return requests.get("graphql", 0) + requests.get("rest", 0)

    def _next_version(self) -> Outcome:
        """Release what the commits ask for, or else something that can be released."""
        try:
            outcome = self._released("auto")
        except UsageError as problem:
            if problem.reason_code not in {"tag-exists", "version-exists"}:
                raise
            say(f"  {problem.message} The demonstration takes a version above all tags instead.")
            return self._released(self._free_version())
        if outcome.reason_code == "nothing-to-release":
            say(f"  {outcome.message} The demonstration releases a patch all the same.")
            outcome = self._released("patch")
        return outcome

    def _free_version(self) -> str:
        form = TagFormat(tag_format(self.original.newest_tags(TAGS)))
        names = (ref.removeprefix("refs/tags/") for ref in picture_of(self.place).refs)
        return str(max(filter(None, map(form.version, names))).final.bump_minor())

    def _released(self, version: str) -> Outcome:
        people = People(self.place, say)
        people.invite_code_owners()
        asked = Asked(version, repo=self.copy, wait=True, allow_dirty=True)

        def adapt(policy: Policy) -> Policy:
            people.expect(policy.release)
            return policy

        with Progress() as progress:
            watchers = replace(watchers_of(progress), move=both(progress.watch, people.watch))
            return run_release(asked, self.place.environment, watchers, sleep=people.sleep, adapt=adapt)

    def rehearse(self, output: str) -> int:
        """Rehearse a release of the repository on the twin, which for once stands for GitHub."""
        asked = Asked(self._version_to_rehearse(), repo=self.copy)
        return rehearsed(asked, output, self.place.environment)

    def _version_to_rehearse(self) -> str:
        """`auto`, or a patch where no commit asks for a release."""
        asked = Asked("auto", repo=self.copy, dry_run=True, allow_dirty=True)
        outcome = run_release(asked, self.place.environment, Watchers())
        return "patch" if outcome.reason_code == "nothing-to-release" else "auto"

    def _ledger(self) -> str:
        found = audit(self.place.environment, Clone(self.copy))
        return f"{len(found.flaws)} flaws; {found.flaws[0]}" if found.flaws else found.summary

    def _look_further(self, outcome: Outcome, story: tuple[Played, ...]) -> list[str]:
        last = story[-1].outcome.version if story else outcome.version
        return [
            "shipway status --history 5",
            f"shipway report {last}",
            f"shipway audit show --env {shlex.quote(self.pipeline.names[-1])}"
            if story and self.pipeline
            else "shipway audit show",
            "shipway audit verify",
            f"git fetch --tags --force && git show {outcome.tag}",
        ]


def _stay(place: Playground, copy: Path) -> None:
    """Leave the twin up until somebody stops it."""
    say("\nThe twin stays up until Ctrl-C. Another terminal finds it with:\n")
    for name, value in place.variables.items():
        sys.stderr.write(f"  export {name}={value}\n")  # the token too, which `say` would hide
    say(f"  cd {copy}")
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
