"""Clones, histories, configurations and ledgers that cannot be released from."""

from dataclasses import replace
from pathlib import Path

import pytest

from integration.release.refusals import Said, said
from integration.release.world import NOON, World, git, write
from shipway.adapters.git_repo import Clone
from shipway.bootstrap.environment import connect
from shipway.bootstrap.status import look
from shipway.errors import InputError
from shipway.twin import admin

LEDGER = "shipway-ledger"
ENTRIES = "releases/1.1.0.jsonl"
HEAD = '{"format": 1, "hash": "00", "open": {}, "sequence": 3, "environments": %s}'


@pytest.mark.requirement("FAIL-4")
def test_a_dirty_clone(world: World) -> None:
    write(world.clone, {"pyproject.toml": "other"})
    assert said(world.release) == Said(
        "dirty-clone",
        1,
        "The clone has changes that are not committed (pyproject.toml); they would not be part of the release.",
        "Commit or stash them, or pass --allow-dirty: git stash && shipway release auto",
    )
    assert world.release(dry_run=True, allow_dirty=True).version == "1.1.0"


@pytest.mark.requirement("FAIL-4")
def test_a_detached_head(world: World) -> None:
    world.git("checkout", "--quiet", "--detach")
    head = world.git("rev-parse", "HEAD")
    assert said(world.release) == Said(
        "detached-head",
        1,
        f"HEAD is detached at {head[:10]}, so it is not clear which branch to release from.",
        "Name it, for example: shipway release auto --from main",
    )


@pytest.mark.requirement("FAIL-4")
def test_an_empty_repository_here(world: World, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "--quiet")
    assert said(replace(world, clone=empty).release) == Said(
        "empty-repository",
        1,
        "empty has no commits yet, so there is nothing to release.",
        "Push a first commit, for example: git push -u origin main",
    )


@pytest.mark.requirement("FAIL-4")
def test_an_empty_repository_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with world.twin.world.locked():
        admin.create_repository(world.twin.world, "octo-org/empty")
        admin.add_collaborator(world.twin.world, "octo-org/empty", "releaser", "admin")
    monkeypatch.setattr("integration.release.world.NAME", "octo-org/empty")
    assert said(world.release) == Said(
        "empty-repository",
        1,
        "octo-org/empty has no commits yet, so there is nothing to release.",
        "Push a first commit, for example: git push -u origin main",
    )


@pytest.mark.requirement("FAIL-4")
def test_no_repository_here(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    assert said(replace(world, clone=folder).release) == Said(
        "no-repository",
        1,
        f"{folder} is not in a git repository.",
        "Go to a clone, or name one: shipway … --repo path/to/clone",
    )


@pytest.mark.requirement("FAIL-4")
def test_notes_that_are_not_there(world: World) -> None:
    assert said(lambda: world.release(notes_file=Path("nope.md"))) == Said(
        "notes-unreadable",
        2,
        "nope.md cannot be read as UTF-8 text.",
        "Write the section as Markdown and name the file: --notes notes.md",
    )


@pytest.mark.requirement("FAIL-4")
def test_a_broken_configuration(world: World) -> None:
    world.commit("chore: configure", {".github/shipway.yml": "releese: {}\n"})
    assert said(world.release) == Said(
        "configuration",
        2,
        ".github/shipway.yml cannot be used:\n"
        "  .github/shipway.yml:1:1: unknown key `releese`; did you mean `release`?",
        "docs/reference/configuration.md lists every key with an example.",
    )


@pytest.mark.requirement("REL-3")
def test_unrelated_histories(world: World) -> None:
    world.git("checkout", "--quiet", "--orphan", "other")
    world.commit("feat: begin anew")
    assert said(lambda: world.release(source="other", target="main")) == Said(
        "unrelated-histories",
        1,
        "Branches other and main have no commit in common, so one cannot be merged into the other.",
        "Name branches of one history: shipway release auto --from main --to main",
    )


def _rewritten(cut_from: str) -> Said:
    return Said(
        "source-rewritten",
        1,
        "Branch main was rewritten after release/1.1.0 was cut from it: "
        f"it does not contain {cut_from[:10]} any more.",
        "Push that commit back, or close pull request #1 and release another version: shipway release 1.1.1",
    )


@pytest.mark.requirement("REL-3", "FAIL-4")
def test_a_source_that_was_rewritten_is_not_merged(world: World) -> None:
    world.release()
    cut_from = world.git("rev-parse", "HEAD")
    world.git("commit", "--quiet", "--amend", "--message", "fix: greet differently")
    world.git("push", "--quiet", "--force", "origin", "HEAD")
    before = world.canonical()

    assert said(world.release) == _rewritten(cut_from)
    assert world.canonical() == before

    world.request("PATCH", "/pulls/1", {"state": "closed"})
    assert world.release("1.1.1").version == "1.1.1"


@pytest.mark.requirement("REL-3", "FAIL-4")
def test_a_source_with_a_new_history_is_not_merged(world: World) -> None:
    world.release()
    cut_from = world.git("rev-parse", "HEAD")
    world.git("checkout", "--quiet", "--orphan", "new")
    world.git("commit", "--quiet", "--message", "feat: begin anew")
    world.git("push", "--quiet", "--force", "origin", "new:main")
    world.git("checkout", "--quiet", "-B", "main")
    assert said(world.release) == _rewritten(cut_from)


@pytest.mark.requirement("FAIL-4")
def test_a_conflict_between_source_and_release_branch(world: World) -> None:
    world.release()
    world.git("fetch", "--quiet")
    world.git("checkout", "--quiet", "release/1.1.0")
    write(world.clone, {"hello.txt": "ours\n"})
    world.git("commit", "--quiet", "--all", "--amend", "--no-edit")
    world.git("push", "--quiet", "--force", "origin", "HEAD")
    world.git("checkout", "--quiet", "main")
    head = world.commit("fix: theirs", {"hello.txt": "theirs\n"})
    assert said(world.release) == Said(
        "merge-conflict",
        1,
        f"{head[:10]} conflicts with branch release/1.1.0.",
        f"Merge by hand and push: git switch release/1.1.0 && git merge {head[:10]} && git push",
    )


def _tamper(world: World, old: str, new: str) -> None:
    world.git("fetch", "--quiet")
    world.git("checkout", "--quiet", LEDGER)
    text = (world.clone / ENTRIES).read_text()
    assert old in text
    world.commit("oops", {ENTRIES: text.replace(old, new)})
    world.git("checkout", "--quiet", "main")


@pytest.mark.requirement("LED-1", "FAIL-4")
def test_a_ledger_that_was_changed_by_hand(world: World) -> None:
    world.release()
    _tamper(world, '"actor":"releaser"', '"actor":"somebody"')
    before = world.canonical()
    assert said(world.release) == Said(
        "ledger-tampered",
        1,
        "The ledger was changed behind Shipway's back: entry 1: its content was changed after it was written.",
        "Nothing was done. Look at all of it with: shipway audit verify",
    )
    assert world.canonical() == before


@pytest.mark.requirement("LED-1", "FAIL-4")
def test_a_ledger_that_is_no_ledger(world: World) -> None:
    world.release()
    _tamper(world, '{"actor"', '{"Actor"')
    answer = said(world.release)
    assert answer[:2] == ("ledger-broken", 1)
    assert answer.message.startswith("The ledger cannot be read: not a ledger entry: {")
    assert answer.next_step == (
        "Compare the branch with a clone that somebody fetched earlier: git log --patch origin/shipway-ledger"
    )


def _with_head(world: World, text: str) -> None:
    """Somebody commits another `head.json`, or none, to the ledger branch and pushes."""
    world.git("fetch", "--quiet", "origin", "shipway-ledger")
    world.git("checkout", "--quiet", "FETCH_HEAD")
    (world.clone / "head.json").unlink()
    if text:
        write(world.clone, {"head.json": text})
    world.git("add", "--all")
    world.git("commit", "--quiet", "--message", "oops")
    world.git("push", "--quiet", "origin", "HEAD:shipway-ledger")
    world.git("checkout", "--quiet", "main")


@pytest.mark.requirement("LED-1", "LOCK-1", "FAIL-4")
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is missing or empty"),
        ('{"x":', "it is not what Shipway writes"),
        ("[]", "it is not what Shipway writes"),
        ("{}", "it is not what Shipway writes"),
        (HEAD % '{"staging": {"lock": {"who": "bob"}}}', "it is not what Shipway writes"),
        (
            HEAD.replace('"format": 1', '"format": 2') % "{}",
            "a newer Shipway has written it; upgrade this one",
        ),
    ],
)
def test_a_ledger_that_does_not_say_how_things_stand_opens_nothing(world: World, text: str, why: str) -> None:
    """Without it no lock and no hold would be seen."""
    world.release()
    _with_head(world, text)
    broken = Said(
        "ledger-broken",
        1,
        f"The ledger cannot be read: head.json on the branch shipway-ledger cannot be gone by: {why}.",
        "Compare the branch with a clone that somebody fetched earlier: git log --patch origin/shipway-ledger",
    )
    before = world.canonical()

    assert said(world.release) == broken
    with pytest.raises(InputError) as refused:
        look(connect(world.environment(), Clone(world.clone)), "", NOON, lambda _: None)
    assert (refused.value.reason_code, refused.value.message) == (broken.code, broken.message)
    assert world.canonical() == before
