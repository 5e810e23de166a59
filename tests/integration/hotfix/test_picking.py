"""Commits of other branches that a hotfix takes over: in order, with their authors, once, or not at all."""

from base64 import b64encode
from typing import Any

import pytest

from integration.hotfix.hotfixes import CONFIGURATION, fix, hotfix, on_main, there
from integration.hotfix.test_hotfix_journey import before
from integration.release.world import World
from shipway.bootstrap.environment import Watchers
from shipway.bootstrap.release import Asked, run_release
from shipway.domain.hotfix.steps import PickCommits
from shipway.domain.outcome import Decision, Outcome
from shipway.domain.plan import Move
from shipway.errors import InputError, UsageError

pytestmark = pytest.mark.requirement("HOT-1")

AUTO = CONFIGURATION.replace("approvers: {users: [reviewer]}", "auto-approve: true")


def commit(world: World, message: str, files: dict[str, str]) -> str:
    """A commit on main by somebody else than who commits it."""
    on_main(world, message, files)
    world.git("switch", "--quiet", "main")
    author = "--author=Octo Cat <octocat@users.noreply.github.com>"
    world.git("commit", "--quiet", "--amend", "--no-edit", author, "--date=2026-11-02T03:04:05Z")
    world.git("push", "--quiet", "--force", "origin", "main")
    return world.git("rev-parse", "HEAD")


def begin(world: World, *picks: str, **asked: Any) -> Outcome:
    return hotfix(world, "auto", base="v1.0.0", pick=picks, **asked)


def log(world: World, form: str) -> list[str]:
    """The branch of the hotfix as it stands on GitHub, oldest first."""
    world.git("fetch", "--quiet", "origin")
    return world.git("log", "--reverse", f"--format={form}", "v1.0.0..origin/hotfix/1.0.1").split("--")


def switch(world: World) -> None:
    world.git("fetch", "--quiet", "origin")
    world.git("switch", "--quiet", "hotfix/1.0.1")


def test_they_come_in_order_with_their_authors_and_say_where_from(world: World) -> None:
    first = commit(world, "fix: do not crash\n\nRefs: #7", {"fix.txt": "1\n"})
    second = commit(world, "fix: do not crash twice", {"fix.txt": "2\n"})
    waiting = begin(world, first[:10], second)

    assert (waiting.decision, waiting.reason_code) == (Decision.WAITING, "clone-elsewhere")
    octocat = "Octo Cat 2026-11-02T03:04:05+00:00"
    assert log(world, "%an %aI%n%B--")[:2] == [
        f"{octocat}\nfix: do not crash\n\nRefs: #7\n(cherry picked from commit {first})\n",
        f"\n{octocat}\nfix: do not crash twice\n\n(cherry picked from commit {second})\n",
    ]
    assert there(world, "hotfix/1.0.1", "fix.txt") == "2"
    assert there(world, "hotfix/1.0.1", "hello.txt") == "feat: begin"

    switch(world)
    hotfix(world)
    world.approve()
    done = hotfix(world)
    assert done.decision is Decision.DONE, done.message
    assert "do not crash twice" in there(world, "1.0.x", "CHANGELOG.md")
    assert there(world, "main", "fix.txt") == "2"


def test_what_is_there_already_is_passed_over_with_a_word(world: World) -> None:
    first = commit(world, "fix: do not crash", {"fix.txt": "1\n"})
    begin(world, first)
    heads = before(world)
    switch(world)
    again = begin(world, first)

    assert again.reason_code == "emergency-approval-missing"
    assert f"{first[:10]} need not be picked: hotfix/1.0.1 holds it already." in again.warnings
    assert world.moves.count("PickCommits") == 1
    assert heads["refs/heads/hotfix/1.0.1"] in world.git("rev-list", "origin/hotfix/1.0.1")


def test_another_one_comes_later_on_top_of_the_release_commit(world: World) -> None:
    first = commit(world, "fix: do not crash", {"fix.txt": "1\n"})
    second = commit(world, "fix: do not crash twice", {"fix.txt": "2\n"})
    begin(world, first)
    switch(world)
    hotfix(world)
    waiting = begin(world, first, second)
    assert (waiting.reason_code, world.moves.count("PickCommits")) == (
        "clone-elsewhere",
        2,
    )
    world.git("pull", "--quiet", "--ff-only", "origin", "hotfix/1.0.1")
    hotfix(world)
    world.approve()
    done = hotfix(world)

    assert done.decision is Decision.DONE, done.message
    assert "do not crash twice" in there(world, "1.0.x", "CHANGELOG.md")


def test_somebody_pushes_to_the_branch_meanwhile(world: World) -> None:
    first = commit(world, "fix: do not crash", {"fix.txt": "1\n"})
    hotfix(world, "auto", base="v1.0.0")
    theirs: list[str] = []

    def meanwhile(move: Move, _: object) -> None:
        if isinstance(move, PickCommits) and not theirs:
            text = b64encode(b"1").decode()
            body = {"message": "fix: theirs", "content": text, "branch": "hotfix/1.0.1"}
            theirs.append(world.request("PUT", "/contents/theirs.txt", body)["commit"]["sha"])

    asked = Asked("1.0.1", repo=world.clone, stage="hotfix", pick=(first,), moves_clone=True)
    paused: list[float] = []
    done = run_release(asked, world.environment(), Watchers(move=meanwhile), sleep=paused.append)

    assert done.reason_code == "emergency-approval-missing"
    assert len(paused) == 1
    assert log(world, "%s--")[:2] == ["fix: theirs", "\nfix: do not crash"]


def test_a_change_that_is_there_under_another_name_is_passed_over(world: World) -> None:
    first = commit(world, "fix: do not crash", {"fix.txt": "1\n"})
    hotfix(world, "auto", base="v1.0.0")
    switch(world)
    fix(world, {"fix.txt": "1\n"}, "fix: by hand")
    again = begin(world, first)

    assert again.reason_code == "emergency-approval-missing"
    assert f"{first[:10]} need not be picked: hotfix/1.0.1 holds it already." in again.warnings


def test_a_conflict_is_told_before_anything_is_pushed(world: World) -> None:
    first = commit(world, "fix: do not crash", {"fix.txt": "1\n"})
    second = commit(world, "fix: greet", {"hello.txt": "hello\n", "greet.py": "print('hi')\n"})
    refs = before(world)
    with pytest.raises(InputError) as refused:
        begin(world, first, second)

    assert refused.value.reason_code == "pick-conflict"
    assert refused.value.message == (
        f"Commit {second[:10]} cannot be picked onto v1.0.0 by itself: it conflicts in hello.txt. Nothing was pushed."
    )
    assert refused.value.next_step == (
        "Do it by hand: git fetch origin --tags --force && git switch --no-track --create hotfix/1.0.1 v1.0.0 && "
        f"git cherry-pick -x {first[:10]} {second[:10]}; settle what conflicts, git cherry-pick --continue, "
        "git push origin hotfix/1.0.1; then run again without --pick"
    )
    assert before(world) == refs


def test_what_is_no_single_change_of_a_branch_is_refused(world: World) -> None:
    world.git("switch", "--quiet", "--create", "side", "v1.0.0")
    world.commit("fix: on the side", {"side.txt": "1\n"})
    world.git("switch", "--quiet", "main")
    world.git("merge", "--quiet", "--no-edit", "side")
    world.git("push", "--quiet", "origin", "main")
    merge = world.git("rev-parse", "HEAD")
    world.git("commit", "--quiet", "--allow-empty", "--message", "fix: not pushed")
    mine = world.git("rev-parse", "HEAD")
    world.git("branch", "abcdef1", merge)
    refs = before(world)

    refused = {}
    for name in (merge, mine, "main", "abcdef1", "0" * 40):
        with pytest.raises(UsageError) as problem:
            begin(world, name)
        refused[name] = (problem.value.reason_code, problem.value.message)
    assert refused == {
        merge: ("pick-merge", f"{merge[:10]} is a merge, which has no change of its own to pick."),
        **{
            name: ("pick-unknown", f"'{name}' is no commit of any branch of the repository.")
            for name in (mine, "main", "abcdef1", "0" * 40)
        },
    }
    assert before(world) == refs


def test_what_is_merged_takes_no_more(world: World) -> None:
    first = commit(world, "fix: do not crash", {"fix.txt": "1\n"})
    second = commit(world, "fix: do not crash twice", {"fix.txt": "2\n"})
    path = world.clone.with_name("shipway.yml")
    path.write_text(AUTO)
    begin(world, first, moves_clone=True, config=path)
    with pytest.raises(UsageError) as refused:
        hotfix(world, "1.0.1", pick=(first, second))
    assert (refused.value.reason_code, refused.value.message) == (
        "pick-too-late",
        f"Hotfix 1.0.1 is merged already, without {second[:10]}.",
    )


@pytest.mark.requirement("REL-7")
def test_a_dry_run_shows_what_would_be_picked_and_changes_nothing(world: World) -> None:
    first = commit(world, "fix: do not crash", {"fix.txt": "1\n"})
    refs = before(world)
    planned = begin(world, first, dry_run=True)

    assert planned.decision is Decision.PLANNED
    place = planned.steps.index(f"pick {first[:10]} onto hotfix/1.0.1")
    assert planned.steps[place - 1] == f"create branch hotfix/1.0.1 at {refs['refs/tags/v1.0.0^{}'][:10]}"
    assert (before(world), world.moves) == (refs, [])


def test_a_clone_that_may_move_goes_to_the_end_at_once(world: World) -> None:
    first = commit(world, "fix: do not crash", {"fix.txt": "1\n"})
    path = world.clone.with_name("shipway.yml")
    path.write_text(AUTO)
    done = begin(world, first, moves_clone=True, config=path)

    assert (done.decision, done.tag) == (Decision.DONE, "v1.0.1"), done.message
    assert there(world, "1.0.x", "fix.txt") == "1"
