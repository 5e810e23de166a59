"""What long histories cost, as work and never as time: processes of git, commits that are read, memory."""

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from shipway.domain.changelog import Notes
from shipway.domain.history import History, Tagged
from shipway.domain.log import Commit
from shipway.domain.version import Version
from shipway.engine.changelog import changelog
from shipway.engine.history import HistoryRules, since_last_release

sys.path.append(str(Path(__file__).parents[2]))
from bench.synthetic_repository import stream

T = TypeVar("T")
AFTER = 7
"""Commits after the last tag, in every repository here."""


def made(folder: Path, commits: int, tags: int, *, packed: bool = True) -> Path:
    """A repository whose last tag has `AFTER` commits after it."""
    subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
    parts = b"".join(stream(commits, tags))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=parts, check=True)
    subprocess.run(["git", "tag", "v999.0.0", f"main~{AFTER}"], cwd=folder, check=True)
    if packed:
        subprocess.run(["git", "pack-refs", "--all"], cwd=folder, check=True)
    return folder


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """Does something; returns what that returns, and what git was called with meanwhile, as git itself tells."""
    trace = tmp_path / "trace"

    def watch(action: Callable[[], T]) -> tuple[T, list[list[str]]]:
        with monkeypatch.context() as environment:
            environment.setenv("GIT_TRACE2_EVENT", str(trace))
            result = action()
        events = map(json.loads, trace.read_text().splitlines())
        return result, [event["argv"][3:] for event in events if event["event"] == "start"]

    return watch


@pytest.mark.requirement("PERF-1", "PERF-5")
@pytest.mark.parametrize(("commits", "tags"), [(40, 4), (4000, 1000)])
def test_the_next_version_takes_one_process_that_reads_what_came_after_the_last_tag(
    tmp_path, watched, commits, tags
):
    repository = made(tmp_path / "clone", commits, tags)

    found, (log,) = watched(lambda: since_last_release(repository))

    assert (found.last_tag, len(found.section.shas)) == ("v999.0.0", AFTER)
    names = ["git", "rev-parse", "main", "^v999.0.0"]
    named = subprocess.run(names, cwd=repository, capture_output=True, text=True, check=True)
    assert (log[0], log[-3:]) == ("log", [*named.stdout.split(), "--"])


@pytest.mark.requirement("PERF-1")
def test_tags_that_git_has_not_packed_take_one_process_together(tmp_path, watched):
    repository = made(tmp_path / "clone", 400, 200, packed=False)

    found, calls = watched(lambda: since_last_release(repository))

    assert found.last_tag == "v999.0.0"
    assert [call[0] for call in calls] == ["show-ref", "log"]


@pytest.mark.requirement("PERF-1", "PERF-5")
@pytest.mark.parametrize(("commits", "tags"), [(40, 4), (4000, 400)])
def test_the_whole_changelog_takes_one_process(tmp_path, watched, commits, tags):
    repository = made(tmp_path / "clone", commits, tags)

    found, calls = watched(lambda: changelog(repository, HistoryRules(), Notes.data, everything=True))

    assert len(found) > tags
    assert [call[0] for call in calls] == ["log"]


def commits(count: int, distance: int) -> Iterator[tuple[Commit, Tagged | None]]:
    for number in range(count, 0, -1):
        message = f"feat(api): change {number} of the thing (#{number})\n\n" + "why and how\n" * 20
        tagged = Tagged(f"v{number}.0.0", Version(number, 0, 0)) if number % distance == 0 else None
        parent = f"{number - 1:040x}" if number > 1 else ""
        yield Commit(f"{number:040x}", parent, "1500000000", "Alice", "alice@example.com", message), tagged


def peak(count: int, distance: int) -> int:
    """Bytes that reading a history takes at most, when nobody keeps what was read."""
    tags = {commit.sha: tagged for commit, tagged in commits(count, distance) if tagged}
    history = History(tags)
    tracemalloc.start()
    try:
        sections = sum(1 for _ in history.read(commit for commit, _ in commits(count, distance)))
        assert sections == len(tags) + 1
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.requirement("PERF-1")
def test_memory_grows_with_a_release_and_not_with_the_history():
    assert peak(20_000, 100) < 2 * peak(1_000, 100)
    assert peak(1_000, 1_000) > 2 * peak(1_000, 100)
