"""History read from real repositories: lines, tags, merges, shallow clones, odd bytes."""

import subprocess
from pathlib import Path

import pytest

from shipway.adapters import git_refs
from shipway.domain.changelog import Notes
from shipway.domain.history import OutOfOrder
from shipway.domain.version import TagFormat
from shipway.engine.changelog import changelog
from shipway.engine.history import HistoryRules, since_last_release, whole_history
from shipway.errors import InputError

SETTINGS = ("-c", "user.name=Alice", "-c", "user.email=alice@example.com", "-c", "protocol.file.allow=always")


class Repository:
    """A repository of one test."""

    def __init__(self, path: Path, *, new: bool = True) -> None:
        self.path = path
        if new:
            path.mkdir()
            self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, given: bytes = b"") -> str:
        done = subprocess.run(
            ["git", *SETTINGS, *arguments], cwd=self.path, input=given, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    def commit(self, *messages: str) -> str:
        for message in messages:
            self.git(
                "commit", "-q", "--allow-empty", "--allow-empty-message", "-F", "-", given=message.encode()
            )
        return self.git("rev-parse", "HEAD")

    def next(self, **options) -> str:
        return str(since_last_release(self.path, **options).next)


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "hello")


@pytest.mark.requirement("REL-2", "CHG-2")
def test_the_next_version_follows_the_commits(repository):
    repository.commit("feat: one")
    assert repository.next() == "0.1.0"
    repository.git("tag", "v1.2.3")
    assert repository.next() == "None"
    repository.commit("fix: two")
    assert repository.next() == "1.2.4"
    repository.commit("feat: three")
    assert repository.next() == "1.3.0"
    repository.commit("docs: four\n\nBREAKING CHANGE: five")
    assert repository.next() == "2.0.0"
    repository.commit("chore: six\n\nRelease-As: 4.0.0")
    assert repository.next() == "4.0.0"


@pytest.mark.requirement("REL-2")
@pytest.mark.parametrize("annotated", [True, False])
@pytest.mark.parametrize("packed", [True, False])
def test_tags_of_every_kind_are_found(repository, annotated, packed):
    repository.commit("feat: one")
    repository.git("tag", *(["-a", "-m", "x"] if annotated else []), "v1.0.0")
    repository.git("tag", "v1.0.0.1")
    repository.git("tag", "nightly")
    repository.commit("fix: two")
    repository.git("tag", *(["-a", "-m", "x"] if annotated else []), "v1.1.0-rc.1")
    if packed:
        repository.git("pack-refs", "--all")
    found = since_last_release(repository.path)
    assert (found.last_tag, str(found.next), str(found.basis.prerelease)) == ("v1.0.0", "1.1.0", "1.1.0-rc.1")


@pytest.mark.requirement("REL-1", "REL-2")
def test_maintenance_lines_count_from_their_own_release(repository):
    repository.commit("feat: one")
    repository.git("tag", "v1.2.0")
    repository.git("branch", "1.x")
    repository.git("branch", "1.2.x")
    repository.commit("feat!: two")
    repository.git("tag", "v2.0.0")
    repository.git("checkout", "-q", "1.x")
    repository.commit("feat: backport")
    assert repository.next() == "1.3.0"
    repository.git("checkout", "-q", "1.2.x")
    repository.commit("feat: backport")
    found = since_last_release(repository.path)
    assert str(found.next) == "1.2.1"
    assert found.warnings == (
        "The commits since v1.2.0 ask for a minor release, which 1.2.x cannot have: it gets a patch one.",
    )
    assert repository.next(ref="main") == "None"


@pytest.mark.requirement("REL-2")
def test_the_last_release_is_the_highest_that_the_head_contains(repository):
    repository.commit("feat: one")
    repository.git("tag", "v1.0.0")
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("feat: aside")
    repository.git("tag", "v3.0.0")
    repository.git("checkout", "-q", "main")
    repository.commit("fix: two")
    found = since_last_release(repository.path)
    assert (found.last_tag, str(found.next)) == ("v1.0.0", "1.0.1")
    repository.git("merge", "-q", "--no-ff", "-m", "Merge branch 'side'", "side")
    found = since_last_release(repository.path)
    assert (found.last_tag, [one.description for one in found.section.changes]) == ("v3.0.0", ["two"])


@pytest.mark.requirement("CHG-1")
def test_a_side_branch_older_than_the_release_is_not_lost(repository):
    repository.commit("feat: one")
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("feat: old work")
    repository.git("checkout", "-q", "main")
    repository.commit("fix: two")
    repository.git("tag", "v1.0.0")
    message = "Merge pull request #5 from o/side\n\nfeat: old work"
    repository.git("merge", "-q", "--no-ff", "-m", message, "side")
    assert [one.description for one in since_last_release(repository.path).section.changes] == ["old work"]


@pytest.mark.requirement("CHG-1")
def test_messages_in_other_encodings_are_read(repository):
    repository.commit("feat: one")
    repository.git("tag", "v1.0.0")
    repository.git(
        "-c",
        "i18n.commitEncoding=ISO-8859-1",
        "commit",
        "-q",
        "--allow-empty",
        "-F",
        "-",
        given="fix: für".encode("latin-1"),
    )
    tree, head = repository.git("rev-parse", "HEAD^{tree}"), repository.git("rev-parse", "HEAD")
    raw = f"tree {tree}\nparent {head}\nauthor A <a@b.c> 1700000000 +0000\ncommitter A <a@b.c> 1700000000 +0000\n\n"
    sha = repository.git(
        "hash-object", "-t", "commit", "-w", "--stdin", given=raw.encode() + b"feat: gr\xfcn\n"
    )
    repository.git("update-ref", "refs/heads/main", sha)
    assert [one.description for one in since_last_release(repository.path).section.changes] == ["grün", "für"]


@pytest.mark.requirement("REL-1", "FAIL-4")
def test_versions_that_are_tagged_in_another_form_are_pointed_out(repository):
    repository.commit("feat: begin")
    repository.git("tag", "3.1.2")
    repository.git("tag", "3.1.3")
    repository.git("tag", "nightly")

    (warning,) = since_last_release(repository.path).warnings
    assert warning == (
        "No tag is written like v3.1.3, so no release is known. If tags like 3.1.3 are releases, say "
        '`release: {tag: "{version}"}` in .github/shipway.yml.'
    )
    otherwise = HistoryRules(TagFormat("api-{version}"))
    repository.git("tag", "v4.0.0")
    (warning,) = since_last_release(repository.path, otherwise).warnings
    assert warning == (
        "No tag is written like api-4.0.0, so no release is known. If tags like v4.0.0 are releases, say "
        '`release: {tag: "v{version}"}` in .github/shipway.yml.'
    )
    assert since_last_release(repository.path).warnings == ()


@pytest.mark.requirement("CHG-4")
def test_a_repository_without_conventional_commits_gets_a_patch_and_a_warning(repository):
    repository.commit("Begin")
    repository.git("tag", "v1.0.0")
    repository.commit("Add x", "Mend y")
    found = since_last_release(repository.path)
    assert str(found.next) == "1.0.1"
    assert [title for _, title in found.section.plain] == ["Mend y", "Add x"]
    (warning,) = found.warnings
    assert warning == (
        "None of the 2 commits since v1.0.0 follows Conventional Commits: the next version is a patch, and the "
        "changelog lists every commit."
    )


@pytest.mark.requirement("CHG-4")
def test_prose_in_a_conventional_repository_asks_for_nothing(repository):
    repository.commit("feat: begin")
    repository.git("tag", "v1.0.0")
    repository.commit("Update readme")
    assert repository.next() == "None"


@pytest.mark.requirement("CHG-2")
def test_only_commits_that_touch_a_path_count(repository):
    repository.commit("feat: begin")
    repository.git("tag", "v1.0.0")
    for folder, message in (("api", "fix: api"), ("web", "feat: web")):
        (repository.path / folder).mkdir()
        (repository.path / folder / "file").write_text(message)
        repository.git("add", ".")
        repository.commit(message)
    assert repository.next(rules=HistoryRules(paths=("api",))) == "1.0.1"
    assert repository.next(rules=HistoryRules(paths=("web",))) == "1.1.0"


@pytest.mark.requirement("CHG-1", "CHG-3")
def test_whole_history_is_cut_at_releases(repository):
    repository.commit("feat: one")
    repository.git("tag", "v1.0.0")
    repository.commit("fix: two")
    repository.git("tag", "v1.0.1-rc.1")
    repository.git("tag", "v1.0.1")
    repository.commit("fix: three")
    found = [
        (one.tag, [change.description for change in one.changes]) for one in whole_history(repository.path)
    ]
    assert found == [("", ["three"]), ("v1.0.1", ["two"]), ("v1.0.0", ["one"])]


@pytest.mark.requirement("CHG-1")
def test_clocks_that_disagree_change_nothing(repository, monkeypatch):
    def at(day, *arguments):
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"2024-01-{day:02}T00:00:00+0000")
        repository.git(*arguments)

    def commit(day, message):
        at(day, "commit", "-q", "--allow-empty", "-m", message)

    commit(1, "feat: one")
    repository.git("checkout", "-q", "-b", "side")
    commit(20, "fix: released")
    repository.git("tag", "v1.0.0")
    commit(2, "fix: a slow clock")
    repository.git("checkout", "-q", "main")
    at(21, "merge", "-q", "--no-ff", "-m", "Merge branch 'side'", "v1.0.0")
    at(22, "merge", "-q", "--no-ff", "-m", "Merge branch 'side'", "side")
    commit(23, "fix: two")
    with pytest.raises(OutOfOrder):
        list(whole_history(repository.path, by_date=True))
    found = changelog(repository.path, HistoryRules(), Notes.data, everything=True)
    said = [[entry["description"] for group in one["groups"] for entry in group["entries"]] for one in found]
    assert said == [["two", "a slow clock"], ["one", "released"]]


@pytest.mark.requirement("CHG-1")
@pytest.mark.parametrize("depth", [1, 3])
def test_shallow_clones_are_deepened_without_trees(repository, tmp_path, depth):
    repository.git("config", "uploadpack.allowFilter", "true")
    for number in range(150):
        (repository.path / "file").write_text(str(number))
        repository.git("add", ".")
        repository.commit(f"fix: {number}")
        if number == 120:
            repository.git("tag", "-a", "-m", "x", "v1.0.0")
    repository.git(
        "clone", "-q", "--no-tags", f"--depth={depth}", f"file://{repository.path}", str(tmp_path / "clone")
    )
    clone = Repository(tmp_path / "clone", new=False)
    found = since_last_release(clone.path)
    assert (found.last_tag, str(found.next), len(found.section.shas)) == ("v1.0.0", "1.0.1", 29)
    assert 29 < int(clone.git("rev-list", "--count", "HEAD")) < 150
    listed = clone.git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype)").split()
    assert listed.count("tree") == depth


@pytest.mark.requirement("CHG-1")
def test_a_clone_that_is_shallow_no_more_still_knows_the_releases(repository, tmp_path):
    repository.git("config", "uploadpack.allowFilter", "true")
    repository.commit("feat: one")
    repository.git("tag", "-a", "-m", "x", "v1.0.0")
    repository.commit("fix: two")
    repository.git("checkout", "-q", "--orphan", "apart")
    repository.commit("feat: apart")
    repository.git("tag", "v7.0.0")
    repository.git("checkout", "-q", "main")
    repository.git("clone", "-q", "--depth=1", f"file://{repository.path}", str(tmp_path / "clone"))
    clone = Repository(tmp_path / "clone", new=False)

    assert [clone.next(), clone.next()] == ["1.0.1", "1.0.1"]

    assert clone.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/tags") == repository.git(
        "for-each-ref", "--format=%(refname) %(objectname)", "refs/tags/v1.0.0"
    )


@pytest.mark.requirement("CHG-1")
def test_a_shallow_clone_is_completed_where_a_tag_has_moved_since(repository, tmp_path):
    repository.git("config", "uploadpack.allowFilter", "true")
    repository.commit("feat: one")
    repository.git("tag", "v1.0.0")
    repository.commit("fix: two")
    repository.git("tag", "latest-production")
    repository.git("clone", "-q", "--depth=1", f"file://{repository.path}", str(tmp_path / "clone"))
    clone = Repository(tmp_path / "clone", new=False)
    before = clone.git("rev-parse", "latest-production")
    repository.commit("fix: three")
    repository.git("tag", "-f", "latest-production")

    found = [(one.tag, [change.description for change in one.changes]) for one in whole_history(clone.path)]
    assert found == [("", ["two"]), ("v1.0.0", ["one"])]
    assert clone.git("tag").split() == ["latest-production", "v1.0.0"]
    assert clone.git("rev-parse", "latest-production") == before


@pytest.mark.requirement("FAIL-4")
def test_a_shallow_clone_without_its_remote_says_how_to_check_out(repository, tmp_path):
    repository.commit("fix: one", "fix: two")
    repository.git("clone", "-q", "--depth=1", f"file://{repository.path}", str(tmp_path / "clone"))
    clone = Repository(tmp_path / "clone", new=False)
    clone.git("remote", "remove", "origin")
    with pytest.raises(InputError) as refused:
        clone.next()
    assert refused.value.reason_code == "shallow-clone"
    assert refused.value.message.startswith("This clone is shallow and more history cannot be fetched: ")
    assert refused.value.next_step == (
        "Check out with the history but not its files: `fetch-depth: 0` and `filter: tree:0` in actions/checkout."
    )


@pytest.mark.requirement("FAIL-4")
def test_refusals_say_what_to_do(repository, tmp_path):
    with pytest.raises(InputError) as refused:
        repository.next()
    assert refused.value.reason_code == "no-commits"
    assert str(refused.value) == (
        f"{repository.path} has no commits on main. "
        "Commit something first, for example `git commit --allow-empty -m 'feat: begin'`."
    )
    repository.commit("feat: one")
    repository.git("branch", "develop")
    with pytest.raises(InputError) as refused:
        repository.next(ref="devlop")
    assert (
        str(refused.value)
        == f"'devlop' is not a branch, tag or commit of {repository.path}. Did you mean develop?"
    )
    with pytest.raises(InputError) as refused:
        since_last_release(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path} is not in a git repository. Go to a clone, or name one: shipway … --repo path/to/clone"
    )


def test_worktrees_and_detached_heads_are_read(repository, tmp_path):
    repository.commit("feat: one")
    repository.git("tag", "v1.0.0")
    repository.commit("fix: two")
    repository.git("worktree", "add", "-q", "--detach", str(tmp_path / "tree"))
    found = since_last_release(tmp_path / "tree")
    assert (found.branch, str(found.next)) == ("", "1.0.1")


@pytest.mark.requirement("FAIL-4")
@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("https://github.com/o/r.git", "https://github.com/o/r"),
        ("https://user:secret@github.com/o/r", "https://github.com/o/r"),
        ("git@github.com:o/r.git", "https://github.com/o/r"),
        ("ssh://git@github.example.com:2222/o/r.git/", "https://github.example.com/o/r"),
        ("http://127.0.0.1:8080/o/r.git", "http://127.0.0.1:8080/o/r"),
        ("/srv/git/r.git", ""),
        ("../r", ""),
        ("git/r", ""),
    ],
)
def test_the_page_of_a_repository_is_never_a_secret(repository, address, page):
    repository.git("remote", "add", "origin", address)
    assert git_refs.page(git_refs.find_repository(repository.path)) == page
