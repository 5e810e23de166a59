"""`shipway init` on real clones: with and without GitHub, asked and not asked, once and again."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from twin_project import QUIET, Clone, Project

from shipway.adapters.shipped import shipped_workflows
from shipway.cli.root import run
from shipway.config import read_policy
from shipway.twin.behaviour import environments

pytestmark = pytest.mark.requirement("FACE-2")

CONFIG = ".github/shipway.yml"
COMMAND = Path(sys.executable).with_name("shipway")
ROOT = Path(__file__).parents[2]


class Setting:
    """A clone, and the command line on it."""

    def __init__(self, clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
        self.clone, self._capsys = clone, capsys

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        code = run(["init", *words, "--repo", str(self.clone.path)])
        out = self._capsys.readouterr()
        return code, out.out, out.err

    def files(self) -> dict[str, str]:
        """Path → text of what stands below `.github`."""
        folder = self.clone.path / ".github"
        paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
        return {path.relative_to(self.clone.path).as_posix(): path.read_text() for path in paths}


@pytest.fixture
def setting(clone: Clone, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Setting:
    for name in ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)
    clone.git("remote", "add", "origin", "https://github.com/octocat/hello.git")
    return Setting(clone, capsys)


def test_without_a_token_and_without_questions(setting: Setting) -> None:
    code, text, told = setting.run("--yes")
    assert (code, told) == (0, "")
    assert text.startswith("repository  octocat/hello\nflow        github-flow: from main to main\n")
    assert "+++ b/.github/shipway.yml\n" in text
    assert "The workflows call octocat/shipway; another owner: shipway init --owner octo-org\n" in text
    written = setting.files()
    assert text.splitlines()[-3] == f"Written: {', '.join(written)}."
    read_policy(written[CONFIG])

    again = setting.run("--yes")
    assert again[1].splitlines()[-1] == "Nothing to change."
    assert setting.files() == written


def test_a_dry_run_writes_nothing(setting: Setting) -> None:
    code, text, told = setting.run("--dry-run")
    assert (code, told, setting.files()) == (0, "", {})
    assert "Would be written: .github/shipway.yml, " in text


def test_nobody_to_ask_is_a_refusal(setting: Setting) -> None:
    code, text, told = setting.run()
    assert (code, text, setting.files()) == (2, "", {})
    assert told == (
        "error[not-confirmed]: There is nobody here to ask whether to write the files.\n"
        "  Pass --yes, or look first: shipway init --dry-run\n"
    )
    setting.run("--yes")
    assert setting.run()[:2] == (0, "Nothing to change.\n")


def test_what_people_have_changed_stays(setting: Setting) -> None:
    setting.run("--yes")
    file = setting.clone.path / ".github/workflows/shipway-release-button.yml"
    theirs = file.read_text() + "# ours\n"
    file.write_text(theirs)
    assert setting.run("--yes")[1].splitlines()[-1] == "Nothing to change."

    code, text, _ = setting.run("--yes", "--owner", "octo-org")
    assert code == 0
    assert file.read_text() == theirs
    assert "Changed by people and left alone: .github/workflows/shipway-release-button.yml." in text
    assert "octo-org/shipway@" in setting.files()[".github/workflows/shipway-release-on-push.yml"]

    setting.run("--yes", "--owner", "octo-org", "--force")
    assert "octo-org/shipway@" in file.read_text()
    assert "# ours" not in file.read_text()
    assert setting.run("--yes")[1].splitlines()[-1] == "Nothing to change."  # remembers the owner


def test_a_file_that_others_wrote_is_not_replaced(setting: Setting) -> None:
    setting.clone.path.joinpath(".github").mkdir()
    config = setting.clone.path / CONFIG
    config.write_text("gates: {lint: {command: [make, lint]}}\n")
    code, text, _ = setting.run("--yes")
    assert code == 0
    assert config.read_text() == "gates: {lint: {command: [make, lint]}}\n"
    assert "Changed by people and left alone: .github/shipway.yml." in text


def test_as_data(setting: Setting) -> None:
    code, text, _ = setting.run("--dry-run", "--output", "json")
    found = json.loads(text)
    assert (code, found["schema"], found["decision"], found["owner"]) == (0, 1, "planned", "octocat")
    assert found["found"] == {
        "flow": "github-flow",
        "source": "main",
        "target": "main",
        "packages": {},
        "version_files": ["VERSION"],
        "tag": "v{version}",
        "tests": None,
        "environments": [],
        "tools": [],
    }
    assert found["files"][0] == {"path": CONFIG, "action": "create"}


def test_without_an_origin_the_owner_stays_open(setting: Setting) -> None:
    setting.clone.git("remote", "remove", "origin")
    text = setting.run("--yes")[1]
    assert "! Nothing says whose copy of Shipway the workflows call: shipway init --owner octo-org" in text
    setting.run("--yes", "--owner", "octo-org")
    assert all("OWNER" not in one for one in setting.files().values())


def test_an_owner_that_is_none_is_refused(setting: Setting) -> None:
    code, text, told = setting.run("--yes", "--owner", "a/b")
    assert (code, text) == (2, "")
    assert told == (
        "error[owner-unknown]: 'a/b' is no owner of a repository.\n"
        "  Name whose copy of Shipway the workflows call: shipway init --owner octo-org\n"
    )


def test_a_folder_that_leads_elsewhere_is_not_written_through(setting: Setting, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    setting.clone.path.joinpath(".github").symlink_to(tmp_path / "elsewhere")
    code, text, told = setting.run("--yes")
    assert (code, text) == (1, "")
    assert told == (
        "error[file-not-written]: .github/shipway.yml leads out of the repository by a symbolic link.\n"
        "  Put a file or folder in place of the link.\n"
    )
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_repository_without_a_commit(tmp_path: Path, setting: Setting) -> None:
    empty = tmp_path / "empty"
    subprocess.run(["git", "init", "--quiet", "--initial-branch=trunk", str(empty)], check=True)
    setting.clone = Clone(empty)
    assert setting.run("--yes")[0] == 0
    assert "branches: [trunk]" in setting.files()[".github/workflows/shipway-release-on-push.yml"]


def test_the_remote_branches_tell_the_flow(setting: Setting, tmp_path: Path) -> None:
    setting.clone.git("branch", "develop")
    copy = tmp_path / "copy"
    subprocess.run(["git", "clone", "--quiet", str(setting.clone.path), str(copy)], check=True)
    setting.clone = Clone(copy)
    assert "git-flow: from develop to main" in setting.run("--dry-run")[1]


@pytest.mark.parametrize("answers", ["y\n", "n\n"])
def test_somebody_at_a_terminal_is_asked(setting: Setting, answers: str) -> None:
    code, seen = at_a_terminal(setting.clone.path, answers)
    assert b"Write .github/shipway.yml, " in seen
    assert b"\x1b[32m+release:" not in seen  # NO_COLOR
    assert (code, bool(setting.files())) == ((0, True) if answers == "y\n" else (2, False))


def test_somebody_at_a_terminal_decides_on_each_file_of_theirs(setting: Setting) -> None:
    setting.run("--yes")
    config = setting.clone.path / CONFIG
    config.write_text("{}\n")
    assert at_a_terminal(setting.clone.path, "n\n")[0] == 0
    assert config.read_text() == "{}\n"
    assert (
        b"People have changed .github/shipway.yml. Replace it?" in at_a_terminal(setting.clone.path, "y\n")[1]
    )
    assert config.read_text().startswith("# Written by `shipway init`")


def at_a_terminal(folder: Path, answers: str) -> tuple[int, bytes]:
    """Exit code, and what somebody saw who gave these answers."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "NO_COLOR": "1"}
    command = subprocess.Popen(
        [COMMAND, "init"], cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    os.write(ours, answers.encode())
    seen = b""
    while True:
        try:
            more = os.read(ours, 65536)
        except OSError:  # the other side is closed
            break
        seen += more
        if not more:
            break
    os.close(ours)
    return command.wait(), seen


# -- with GitHub ----------------------------------------------------------------------------------------


def test_github_is_asked_for_environments(
    setting: Setting, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = project.twin.world
    with world.locked():
        for name in ("production", "staging"):
            environments.put(world, world.repository(project.full_name) or {}, name, {})
    for name, value in project.twin.environment(project.token).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GITHUB_REPOSITORY", project.full_name)
    text = setting.run("--yes")[1]
    assert "environments  staging, production (on GitHub)" in text
    assert read_policy(setting.files()[CONFIG]).pipeline == ("staging", "production")
    assert ".github/workflows/shipway-promote-button.yml" in setting.files()
    assert [one.path for one in project.twin.journal.requests] == ["/repos/octocat/hello/environments"]


def test_github_that_does_not_answer_stops_nothing(
    setting: Setting, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in project.twin.environment("ghp_" + "0" * 36).items():
        monkeypatch.setenv(name, value)
    code, _, told = setting.run("--yes")
    assert (code, told) == (0, "GitHub's environments are not known: GitHub does not accept the token.\n")
    assert CONFIG in setting.files()


def test_a_wheel_carries_the_workflows(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as packed:
        names = [name for name in packed.namelist() if name.startswith("shipway/workflows/")]
        inside = {
            name.rpartition("/")[2]: packed.read(name).decode() for name in names if name.endswith(".yml")
        }
        presets = [name for name in packed.namelist() if name.startswith("shipway/presets/")]
    assert inside == shipped_workflows()
    assert len(presets) == len([*(ROOT / "src" / "shipway" / "presets").glob("*.toml")]) > 0
