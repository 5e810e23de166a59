"""The way of a hotfix to the branch that people develop on: merged, settled, or handed to a person."""

import pytest

from integration.hotfix.hotfixes import begin, fix, hotfix, let_in, on_main, there
from integration.release.world import World
from shipway.domain.outcome import Decision

NEWER = {
    "pyproject.toml": '[project]\nname = "hello"\nversion = "1.1.0"\n',
    "CHANGELOG.md": "# Changelog\n\nKept by people too.\n\n## 1.1.0\n\n- Newer.\n\n## 1.0.0\n\n- First.\n",
}

pytestmark = pytest.mark.requirement("HOT-3")


def test_both_sides_changed_the_same_lines(world: World) -> None:
    on_main(world, "feat: greet the world", {"greet.py": "print('hello, world')\n"})
    begin(world)
    fix(world, {"greet.py": "print('hello!')\n"})
    waiting = let_in(world)

    assert (waiting.decision, waiting.reason_code) == (Decision.WAITING, "debts-open")
    assert waiting.message == (
        "Hotfix 1.0.1 is out. What it owes is to be done by 2026-11-22T12:00:00Z: pull request #2 into main."
    )
    pull = world.request("GET", "/pulls/2")
    assert pull["title"] == "chore: bring hotfix 1.0.1 to main"
    assert (pull["head"]["ref"], pull["base"]["ref"]) == ("backport/1.0.1", "main")
    assert "- greet.py\n" in pull["body"]
    assert "git merge origin/main\n" in pull["body"]
    assert there(world, "backport/1.0.1", "greet.py") == "print('hello!')"

    world.git("switch", "--quiet", "backport/1.0.1")
    world.git("merge", "--quiet", "--strategy-option=ours", "--no-edit", "origin/main")
    world.git("push", "--quiet", "origin", "backport/1.0.1")
    world.request("PUT", "/pulls/2/merge", {"merge_method": "merge"})
    world.git("switch", "--quiet", "--detach", "v1.0.1")
    done = hotfix(world)

    assert (done.decision, done.warnings) == (Decision.DONE, ())
    assert there(world, "main", "greet.py") == "print('hello!')"


def test_version_and_changelog_of_a_newer_release_are_settled(world: World) -> None:
    on_main(world, "chore(release): 1.1.0", NEWER)
    begin(world)
    fix(world)
    waiting = let_in(world)

    assert waiting.reason_code == "debts-open"
    body = world.request("GET", "/pulls/2")["body"]
    assert "## Settled by Shipway" in body
    assert "- CHANGELOG.md\n" in body
    world.request("PUT", "/pulls/2/merge", {"merge_method": "merge"})
    assert hotfix(world).decision is Decision.DONE
    assert 'version = "1.1.0"' in there(world, "main", "pyproject.toml")
    assert there(world, "main", "fix.txt") == "fix: do not crash"
    changelog = there(world, "main", "CHANGELOG.md")
    assert [line.split()[1] for line in changelog.splitlines() if line.startswith("## ")] == [
        "1.0.1",
        "1.1.0",
        "1.0.0",
    ]


def test_a_protected_branch_gets_a_pull_request(world: World) -> None:
    world.request(
        "PUT",
        "/branches/main/protection",
        {
            "required_status_checks": None,
            "enforce_admins": True,
            "required_pull_request_reviews": {"required_approving_review_count": 1},
            "restrictions": None,
        },
    )
    begin(world)
    fix(world)
    waiting = let_in(world)

    assert waiting.reason_code == "debts-open"
    assert "It merges cleanly, but Shipway could not do it: " in world.request("GET", "/pulls/2")["body"]


def test_a_pull_request_that_people_close_is_settled(world: World) -> None:
    on_main(world, "feat: greet the world", {"greet.py": "print('hello, world')\n"})
    begin(world)
    fix(world, {"greet.py": "print('hello!')\n"})
    let_in(world)
    world.request("PATCH", "/pulls/2", {"state": "closed"})

    assert hotfix(world).decision is Decision.DONE
    log = there(world, "shipway-ledger", "docs/audit/releases.log")
    assert "debt=backport how=declined" in log
