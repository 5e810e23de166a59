"""What the twin writes is what git writes: objects, ids and histories against the real git."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twin_project import Clone

from shipway.twin import git_history, node_ids
from shipway.twin.git_objects import (
    Signature,
    TreeEntry,
    format_commit,
    format_tree,
    parse_commit,
    parse_tree,
)
from shipway.twin.git_store import GitRepository, GitStore

numbers = st.integers(min_value=0, max_value=2**63 - 1)


@given(st.lists(numbers | st.text(max_size=50), min_size=1, max_size=4))
def test_node_ids_can_be_read_back(parts: list[int | str]) -> None:
    assert node_ids.decode(node_ids.encode("PR", *parts)) == ("PR", tuple(parts))


@pytest.mark.parametrize("text", ["", "R", "R_", "R_x", "R_kgA", "R_kgDO", "nonsense", "R_ÄÖ"])
def test_other_peoples_ids_are_told_apart(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        node_ids.decode(text)


names = st.text(st.characters(exclude_characters="<>\n\0", exclude_categories=["Cs", "Z", "C"]), min_size=1)


@given(names, names, st.integers(0, 2**32), st.integers(-12 * 60, 14 * 60))
def test_signatures_survive_being_written(name: str, email: str, seconds: int, offset: int) -> None:
    when = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=offset)))
    written = Signature(name, email, when)
    assert Signature.parse(str(written)) == written


@pytest.mark.parametrize("text", ["Mona <m@x> nonsense", "Mona <m@x> 99999999999999999 +0000", "Mona <m@x>"])
def test_dates_that_make_no_sense_are_the_epoch(text: str) -> None:
    assert Signature.parse(text).when == datetime.fromtimestamp(0, UTC)


@pytest.fixture
def git(clone: Clone, tmp_path: Path) -> GitRepository:
    store = GitStore(tmp_path / "store")
    yield store.create("octocat/hello", "main", clone.path)
    store.close()


def test_trees_and_commits_are_written_as_git_writes_them(git: GitRepository, clone: Clone) -> None:
    for sha in clone.git("rev-list", "--objects", "--all").split("\n"):
        kind, data = git.find(sha.split(" ")[0])
        if kind == "tree":
            assert format_tree(parse_tree(data)) == data
        if kind == "commit":
            one = parse_commit(sha, data)
            message = data.partition(b"\n\n")[2].decode()
            assert format_commit(one.tree, one.parents, one.author, one.committer, message) == data


def test_edited_trees_are_valid_for_git(git: GitRepository) -> None:
    blob = git.write("blob", b"text\n")
    entry = TreeEntry("100644", "", blob)
    base = git.commit(git.resolve("main")).tree
    tree = git.edit_tree(base, {"a/b/c": entry, "a.txt": entry, "a0": entry, "README.md": None})
    git.run("fsck", "--strict")
    paths = git.run("ls-tree", "-r", "--name-only", tree).decode().split()
    assert paths == ["VERSION", "a.txt", "a/b/c", "a0"]
    assert git.edit_tree(tree, dict.fromkeys(paths)) is None


def test_names_resolve_as_on_github(git: GitRepository, clone: Clone) -> None:
    head, first = clone.git("rev-parse", "main", "main~1").split()
    for name in ("main", "heads/main", "refs/heads/main", head, head[:8]):
        assert git.resolve(name) == head
    for name in ("v1.0.0", "tags/v1.0.0", clone.git("rev-parse", "v1.0.0")):
        assert git.resolve(name) == first
    for name in ("none", "0" * 40, "--all", "main~1", "abc"):
        assert git.resolve(name) is None


def test_what_was_missing_can_come_later(git: GitRepository, clone: Clone) -> None:
    sha = clone.commit("feat: later")
    assert git.resolve(sha) is None
    clone.git("push", "--quiet", str(git.path), "main:refs/heads/later")
    assert git.resolve(sha) == sha


def test_changed_files_carry_renames_binaries_and_odd_names(git: GitRepository, clone: Clone) -> None:
    (clone.path / "bin").write_bytes(b"\0\1")
    (clone.path / "README.md").unlink()
    (clone.path / "README.md").symlink_to("bin")
    clone.git("mv", "VERSION", "version.txt")
    before = clone.git("rev-parse", "HEAD")
    after = clone.commit("chore: move", **{"tab\there": "x\n", "ümlaut": "x\n"})
    clone.git("push", "--quiet", str(git.path), "main")
    found = {one.path: one for one in git_history.changed_files(git, before, after)}
    assert found["README.md"].status == "changed"
    del found["README.md"]
    assert {(one.path, one.previous, one.status) for one in found.values()} == {
        ("bin", None, "added"),
        ("tab\there", None, "added"),
        ("version.txt", "VERSION", "renamed"),
        ("ümlaut", None, "added"),
    }
    assert found["bin"].patch is None
    assert found["ümlaut"].patch == "@@ -0,0 +1 @@\n+x"


def test_a_change_is_replayed_on_another_commit(git: GitRepository, clone: Clone) -> None:
    clone.git("checkout", "--quiet", "-b", "side", "v1.0.0")
    picked = clone.commit("feat: pick me", picked__txt="x\n")
    clashing = clone.commit("docs: clash", README__md="# Other\n")
    clone.git("push", "--quiet", str(git.path), "side")
    main = clone.git("rev-parse", "main")
    tree = git_history.replay(git, picked, main)
    assert {one.name for one in git.tree(tree)} == {"README.md", "VERSION", "picked.txt"}
    assert git.entry(tree, "README.md") == git.entry(git.commit(main).tree, "README.md")
    assert git_history.replay(git, clashing, main) is None
