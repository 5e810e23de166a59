"""Limits and rules of GitHub's that a release runs into: what is said, and that going on works afterwards."""

import subprocess
import time
from typing import Any

import pytest

from integration.release.test_refusals_cli import shipway
from integration.release.world import NOON, World

pytestmark = pytest.mark.requirement("FAIL-4")

LATER = "Run the same command again after that; it goes on where it stopped."


@pytest.mark.requirement("FAIL-2")
@pytest.mark.parametrize("kind", ["rate-limit", "secondary-rate-limit"])
@pytest.mark.parametrize(
    ("match", "doing"),
    [
        ({"operation": "query"}, ""),
        ({"method": "POST", "path": "/git/trees$"}, "✗ record initiated in the ledger\n"),
    ],
)
def test_a_rate_limit_that_lasts_too_long(world: World, kind: str, match: dict[str, Any], doing: str) -> None:
    hour = 3600 + (int(time.time() - NOON.timestamp()) if kind == "rate-limit" else 0)
    world.twin.faults.add(
        kind, match, retry_after=hour
    )  # a time of day on the twin's clock, or seconds from now
    message = "GitHub's rate limit is reached and lasts another 60 minutes."
    assert shipway(world, "release", "auto") == (
        1,
        "",
        f"{doing}error[rate-limited]: {message}\n  {LATER}\n",
    )
    assert shipway(world, "release", "auto")[0] == 3


RULED = (
    "  Let the account of the token bypass the rule (Settings, Rules), or make it leave out what Shipway writes: "
    "release branches, tags and shipway-ledger.\n"
)


def ruleset(world: World, *rules: str) -> int:
    number: int = world.request(
        "POST",
        "/rulesets",
        {
            "name": "closed",
            "target": "branch",
            "enforcement": "active",
            "conditions": {"ref_name": {"include": ["~ALL"], "exclude": []}},
            "rules": [{"type": rule} for rule in rules],
        },
    )["id"]
    return number


def test_a_ruleset_that_forbids_new_branches(world: World) -> None:
    number = ruleset(world, "creation")
    assert shipway(world, "release", "auto") == (
        12,
        "",
        "✗ record initiated in the ledger\n"
        "error[rules-forbid]: The rules of the repository forbid POST /repos/octo-org/hello/git/refs: "
        "Cannot create ref due to creations being restricted.\n" + RULED,
    )
    world.request("DELETE", f"/rulesets/{number}")
    assert shipway(world, "release", "auto")[0] == 3


def test_a_ruleset_that_forbids_every_change(world: World) -> None:
    world.release()
    head = world.commit("fix: more")
    ruleset(world, "update")
    assert shipway(world, "release", "auto") == (
        12,
        "",
        f"✗ bring branch release/1.1.0 up to {head[:10]} and commit pyproject.toml, CHANGELOG.md\n"
        "error[rules-forbid]: The rules of the repository forbid POST /repos/octo-org/hello/merges: "
        "Cannot update this protected ref.\n" + RULED,
    )


@pytest.mark.parametrize(
    "settings", [{"lock_branch": True}, {"restrictions": {"users": ["somebody"], "teams": []}}]
)
def test_a_target_that_nobody_may_change_is_waited_for(world: World, settings: dict[str, Any]) -> None:
    names = ("required_status_checks", "required_pull_request_reviews", "restrictions")
    rules = {**dict.fromkeys(names), "enforce_admins": True, **settings}
    world.release()
    world.approve()
    world.request("PUT", "/branches/main/protection", rules)
    code, out, _ = shipway(world, "release", "auto")
    assert code == 3
    assert out.startswith("Pull request #1: the rules of main block merging.\n")
    assert out.endswith(
        "Waiting for an administrator or what the rules ask for. Then run again: shipway release 1.1.0\n"
    )
    world.request("DELETE", "/branches/main/protection")
    assert shipway(world, "release", "auto")[0] == 0


NAMED = "\n  Name it, for example: GITHUB_REPOSITORY=octo-org/hello shipway"


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("hello", "status"),
        ("octo-org/hello/more", "audit verify"),
        ("octo org/hello", "release auto"),
        ("octo-org/", "status"),
    ],
)
def test_a_malformed_repository(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, command: str
) -> None:
    monkeypatch.setattr("integration.release.test_refusals_cli.NAME", name)
    message = f"GITHUB_REPOSITORY is {name!r}, which is not OWNER/NAME."
    assert shipway(world, *command.split()) == (2, "", f"error[no-repository]: {message}{NAMED} {command}\n")


def test_a_clone_of_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integration.release.test_refusals_cli.NAME", "")
    subprocess.run(["git", "remote", "remove", "origin"], cwd=world.clone, check=True)
    message = "It is not clear which GitHub repository this clone belongs to."
    assert shipway(world, "status") == (2, "", f"error[no-repository]: {message}{NAMED} status\n")
