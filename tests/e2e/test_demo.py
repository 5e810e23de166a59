"""`shipway demo` as people run it, on repositories of several kinds, each of which stays as it was."""

import itertools
import json
import os
import pty
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("shipway")
CONFIGURATION = """\
release: {tag: "release-{version}", approvals: 2}
gates:
  unit: {command: [touch, /tmp/shipway-demo-was-run], coverage: 95}
  checks: {checks: [build]}
environments:
  dev: {deploy: {command: [touch, /tmp/shipway-demo-was-run]}}
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """A repository, and the folders that a demonstration could write to."""

    repo: Path
    home: Path
    temporary: Path

    def git(self, *arguments: str) -> str:
        settings = ("-c", "user.name=Mona", "-c", "user.email=mona@example.test", "-c", "safe.directory=*")
        done = subprocess.run(
            ["git", *settings, *arguments], cwd=self.repo, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, message: str, **files: str) -> None:
        for name, text in files.items():
            path = self.repo / name.replace("__", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)

    @property
    def variables(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "COLUMNS": "100",
        }

    def demo(self, *arguments: str, **variables: str) -> tuple[int, str, str]:
        """Run it from another folder; the repository, and everything else, must be as before."""
        before = everything(self.repo)
        done = subprocess.run(
            [COMMAND, "demo", "--repo", str(self.repo), *arguments],
            cwd=self.home,
            env=self.variables | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert everything(self.repo) == before
        assert list(self.home.iterdir()) == []
        assert list(self.temporary.iterdir()) == []
        return done.returncode, done.stdout, done.stderr

    def found(self, *arguments: str) -> dict:
        code, out, err = self.demo("--output", "json", *arguments)
        assert code == 0, err
        return json.loads(out)


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Refs, index, configuration, work tree: each file with its time and content."""
    files = [Path(top, name) for top, _, names in os.walk(folder) for name in names]
    return {str(file): (file.stat().st_mtime_ns, file.read_bytes()) for file in files}


@pytest.fixture
def ground(tmp_path):
    made = Ground(tmp_path / "project", tmp_path / "home", tmp_path / "temporary")
    for folder in (made.repo, made.home, made.temporary):
        folder.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    made.commit("feat: begin", README__md="# Project\n", VERSION="1.2.3\n")
    return made


@pytest.mark.requirement("REL-1", "GATE-10")
def test_it_releases_the_next_version(ground):
    ground.git("tag", "v1.2.3")
    ground.commit("feat(api): count <b>loudly</b>")
    code, out, err = ground.demo()
    assert code == 0, err
    assert "✓ deploy to dev: sh -c 'echo" in err
    assert "  ✓ unit: 11 tests passed; 97.0 % of lines are covered" in err
    assert "reviewer approves pull request #1" in err
    for line in (
        "chore(release): 1.3.0  (merged)",
        "release/1.3.0 → main   labels: auto-generated, release, version:1.3.0",
        " • api: count <b>loudly</b>",
        "▾ Slowest tests",
        "CHANGELOG.md: ",
        "production    v1.3.0    in_progress → success → inactive   replaced by 1.3.1",
        "dev           v1.3.0    in_progress → success → inactive   replaced by 1.3.1",
        "in_progress → success",
        "version    1.3.0, after v1.2.3",
        "requests   ",
        "  shipway report 1.3.1",
    ):
        assert line in out
    assert re.search(r"ledger +41 entries are intact;", out)
    assert "\x1b" not in out + err


STORY = """\
1. No environment is skipped
$ shipway promote 1.3.0 --from dev --to production
✗  1.3.0 cannot go to production: invalid promotion path: dev→production (valid next environment
2. The next one is open
$ shipway promote 1.3.0 --from dev --to staging
✓  1.3.0 is in staging.
3. Somebody closes production
$ shipway lock production --reason 'database is moving' --for 2h
✓  production is locked until TIME: database is moving
4. Closed is closed, for everybody
$ shipway promote 1.3.0 --from staging --to production
✗  1.3.0 cannot go to production: production is locked by octocat since TIME, until
5. It is opened again
$ shipway unlock production --reason 'database has moved'
✓  production is unlocked: database has moved
6. Production, with the whole record first
$ shipway promote 1.3.0 --from staging --to production
✓  1.3.0 is in production.
7. A second release
$ shipway release auto
8. A second version follows
$ shipway promote 1.3.1 --from dev --to staging
✓  1.3.1 is in staging.
9. It reaches production too
$ shipway promote 1.3.1 --from staging --to production
✓  1.3.1 is in production.
10. It is not good: back, with what that means
$ shipway rollback production --reason 'errors at checkout'
✓  production is back on 1.3.0.
11. What was rolled back does not return by accident
$ shipway promote 1.3.1 --from staging --to production
✗  1.3.1 cannot go to production: 1.3.1 was rolled back in production by octocat at
"""


@pytest.mark.requirement("PRO-1", "PRO-4", "LOCK-1", "RBK-1", "RBK-4")
def test_the_story_goes_on_through_promotion_refusals_a_lock_and_a_rollback(ground):
    ground.git("tag", "v1.2.3")
    ground.commit("feat: count")
    code, out, err = ground.demo()
    assert code == 0, err
    told = [line.rstrip(" ─") for line in out.splitlines() if re.match(r"\d+\. |\$ |[✓✗]  ", line)]
    timeless = re.sub(r"\d{4}-[-\d]+T[:\d]+Z", "TIME", "\n".join(told))
    assert timeless + "\n" == STORY
    for line in (
        "  next  Promote it to the next one: shipway promote 1.3.0 --from dev --to staging\n",
        "  ✗  lock       production is locked by octocat since ",
        "  next  The lock is your own: shipway unlock production --reason '…'\n",
        "   migrations: .github/shipway-demo/migrations/0001_answers.sql\n",
        "  tag           v1.3.0-production-rollback-1\n",
    ):
        assert re.sub(r" +\n", "\n", line) in re.sub(r" +\n", "\n", out)
    assert "! PRODUCTION DEPLOYMENT: promoting 1.3.0 from staging to production\n" in err
    assert "! PRODUCTION DEPLOYMENT: rolling production back from 1.3.1 to 1.3.0\n" in err
    status = out.partition("Status, as shipway status shows it")[2]
    held = re.findall(r"^(\w+) +(1\.3\.\d) +\w{7} +(\w+) +\S+ ago +octocat +(.+?) *$", status, re.MULTILINE)
    assert held == [
        ("dev", "1.3.1", "verified", "—"),
        ("staging", "1.3.1", "verified", "—"),
        ("production", "1.3.0", "verified", "against 1.3.1"),
    ]


def test_programs_get_the_same_as_json(ground):
    ground.git("tag", "v1.2.3")
    ground.commit("fix: mend")
    found = ground.found()
    assert (found["command"], found["outcome"]["decision"], found["outcome"]["version"]) == (
        "demo",
        "done",
        "1.2.4",
    )
    told = [(one["outcome"]["command"], one["outcome"]["reason_code"]) for one in found["story"]]
    assert told == [
        ("promote", "transition-invalid"),
        ("promote", "done"),
        ("lock", "locked"),
        ("promote", "locked"),
        ("unlock", "unlocked"),
        ("promote", "done"),
        ("promote", "done"),
        ("promote", "done"),
        ("rollback", "done"),
        ("promote", "held"),
    ]
    assert [one["version"] for one in found["environments"]] == ["1.2.5", "1.2.5", "1.2.4"]
    assert len(found["difference"]["deployments"]) == 7


def test_tags_without_a_letter_make_tags_without_a_letter(ground):
    ground.git("branch", "--move", "trunk")
    ground.git("tag", "1.2.3")
    ground.commit("fix: mend")
    code, out, err = ground.demo()
    assert code == 0, err
    assert "Its tags look like 1.2.3, so the configuration says tag: '{version}'." in err
    assert "tag        1.2.4\n" in re.sub(r" +\n", "\n", out)
    assert "release/1.2.4 → trunk" in out


def test_without_tags_or_conventional_commits_every_commit_is_listed(ground):
    ground.git("commit", "--quiet", "--amend", "--message", "Begin")
    ground.commit("Second thoughts")
    found = ground.found()
    assert found["outcome"]["version"] == "0.1.0"
    assert "- Second thoughts" in found["outcome"]["notes"]


def test_where_nothing_asks_for_a_release_it_makes_a_patch(ground):
    ground.git("tag", "v1.2.3")
    ground.commit("docs: explain")
    code, out, err = ground.demo()
    assert code == 0, err
    assert "The demonstration releases a patch all the same." in err
    assert "version    1.2.4, after v1.2.3" in out


def test_a_version_that_another_branch_has_is_passed_over(ground):
    ground.git("tag", "v1.2.3")
    ground.git("checkout", "--quiet", "-b", "elsewhere")
    ground.commit("feat: other")
    ground.git("tag", "v1.3.0")
    ground.git("checkout", "--quiet", "main")
    ground.commit("feat: ours")
    assert ground.found()["outcome"]["version"] == "1.4.0"


def test_git_flow_counts_from_the_tag_on_the_production_branch(ground):
    ground.git("checkout", "--quiet", "-b", "develop")
    ground.commit("feat: released")
    ground.git("checkout", "--quiet", "main")
    ground.git("merge", "--quiet", "--no-ff", "--message", "Release 1.3.0", "develop")
    ground.git("tag", "v1.3.0")
    ground.git("checkout", "--quiet", "develop")
    ground.commit("fix: mend")
    found = ground.found()
    assert (found["outcome"]["previous_tag"], found["outcome"]["version"]) == ("v1.3.0", "1.3.1")
    assert "released" not in found["outcome"]["notes"]


def test_a_repository_without_a_branch_or_work_tree_is_released_from_its_head(ground):
    ground.git("tag", "v1.2.3")
    ground.commit("fix: mend")
    ground.git("checkout", "--quiet", "--detach")
    ground.git("branch", "--delete", "--force", "main")
    assert ground.found()["outcome"]["version"] == "1.2.4"
    ground.git("config", "core.bare", "true")
    (ground.repo / "VERSION").unlink()
    assert ground.found()["outcome"]["version"] == "1.2.4"


def test_a_configuration_counts_but_its_commands_are_not_run(ground):
    ground.commit("ci: release", **{".github/shipway__yml": CONFIGURATION})
    ground.git("tag", "release-1.2.3")
    ground.commit("fix: mend")
    Path("/tmp/shipway-demo-was-run").unlink(missing_ok=True)
    found = ground.found()
    assert found["outcome"]["tag"] == "release-1.2.4"
    assert [one["environment"] for one in found["difference"]["deployments"]] == ["dev"] * 3
    told = [(one["outcome"]["command"], one["outcome"]["reason_code"]) for one in found["story"]]
    assert told == [("lock", "locked"), ("unlock", "unlocked"), ("rollback", "done"), ("promote", "held")]
    assert (
        "`echo demonstrated: touch /tmp/shipway-demo-was-run`"
        in found["difference"]["pull_requests"][0]["body"]
    )
    assert not Path("/tmp/shipway-demo-was-run").exists()


OWN = """\
gates:
  done: {checklist: {code: [somebody looked]}}
  latency: {metric: {url: "http://metrics.example/", path: value, at-most: 1}, stages: [verification]}
ledger: {backend: s3, url: "s3://bucket/x"}
environments:
  live:
    after: [qa, load]
    soak: 7d
    authorize: {teams: [octo-org/releasers], separation-of-duties: true}
    version-url: http://live.example/health
    deploy: {command: [touch, /tmp/shipway-demo-was-run], url: http://live.example}
  lab: {deploy: {command: [touch, /tmp/shipway-demo-was-run]}}
  qa: {after: lab}
  load: {after: lab, automatic: false}
"""


@pytest.mark.requirement("PRO-1", "LOCK-1", "RBK-1")
def test_the_story_is_told_with_the_environments_of_a_repository(ground):
    ground.commit("ci: release", **{".github/shipway__yml": OWN})
    ground.git("tag", "v1.2.3")
    ground.commit("fix: mend")
    Path("/tmp/shipway-demo-was-run").unlink(missing_ok=True)
    code, out, err = ground.demo()
    assert code == 0, err
    assert not Path("/tmp/shipway-demo-was-run").exists()
    assert "  Releases stop after lab here, so that promotions can be shown.\n" in err
    assert re.findall(r"^\$ shipway (.+?)\s*$", out, re.MULTILINE) == [
        "promote 1.2.4 --from lab --to live",
        "promote 1.2.4 --from lab --to qa",
        "promote 1.2.4 --from lab --to load",
        "lock live --reason 'database is moving' --for 2h",
        "promote 1.2.4 --from qa --to live",
        "unlock live --reason 'database has moved'",
        "promote 1.2.4 --from qa --to live",
        "release auto",
        "promote 1.2.5 --from lab --to qa",
        "promote 1.2.5 --from lab --to load",
        "promote 1.2.5 --from qa --to live",
        "rollback live --reason 'errors at checkout'",
        "promote 1.2.5 --from qa --to live",
    ]


def test_without_environments_it_says_why_nothing_is_promoted(ground):
    ground.commit("ci: release", **{".github/shipway__yml": "release: {approvals: 0}\n"})
    ground.git("tag", "v1.2.3")
    ground.commit("fix: mend")
    code, out, err = ground.demo()
    assert code == 0, err
    assert "  It names no environments, so there is nothing to promote to.\n" in err
    assert "$ shipway" not in out


@pytest.mark.requirement("REL-8")
def test_a_rehearsal_is_shown_on_the_same_ground(ground):
    ground.git("tag", "v1.2.3")
    ground.commit("fix: mend")
    code, out, _ = ground.demo("--rehearse")
    assert code == 0
    assert "-1.2.3\n+1.2.4\n" in out
    assert re.findall(r"^(?:dev|staging|production) +v1.2.4", out, re.MULTILINE) == ["dev           v1.2.4"]
    assert "note: Gate smoke does not look at environments: nothing is deployed here." in out
    assert "This was a rehearsal: nothing was written to GitHub or to this clone." in out


def test_a_shallow_clone_is_refused(ground, tmp_path):
    ground.commit("fix: mend")
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", ground.repo.as_uri(), shallow], check=True)
    code, out, err = Ground(shallow, ground.home, ground.temporary).demo()
    assert (code, out) == (1, "")
    assert err == (
        f"error[shallow-clone]: {shallow} is a shallow or partial clone, and a demonstration needs the whole "
        "history.\n  Fetch the rest, for example: git fetch --unshallow, or name a full clone with --repo\n"
    )


def test_a_twin_that_is_kept_serves_until_it_is_stopped(ground):
    ground.git("tag", "v1.2.3")
    ground.commit("fix: mend")
    command = [COMMAND, "demo", "--repo", str(ground.repo), "--keep"]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=ground.variables, **pipes) as process:
        lines = iter(process.stderr.readline, "")
        told = list(itertools.takewhile(lambda line: not line.startswith("  cd "), lines))
        given = dict(line.strip().removeprefix("export ").split("=") for line in told if "  export " in line)
        folder = next(ground.temporary.iterdir()) / "clone"
        status = subprocess.run(
            [COMMAND, "status"],
            cwd=folder,
            env=ground.variables | given,
            capture_output=True,
            text=True,
            check=False,
        )
        process.send_signal(signal.SIGINT)
    assert status.stdout.startswith("octocat/project, latest release v1.2.5\n")
    assert process.returncode == 0
    assert list(ground.temporary.iterdir()) == []


def test_colours_are_for_terminals_that_want_them(ground):
    ground.git("tag", "v1.2.3")
    ground.commit("fix: mend")
    assert "\x1b[" in _in_terminal(ground, {})
    plain = _in_terminal(ground, {"NO_COLOR": "1"})
    assert re.findall(r"\x1b\[[0-9;]*3[0-7]m", plain) == []


def _in_terminal(ground: Ground, more: dict[str, str]) -> str:
    ours, theirs = pty.openpty()
    command = [COMMAND, "demo", "--repo", str(ground.repo)]
    variables = ground.variables | {"TERM": "xterm-256color"} | more
    process = subprocess.Popen(command, env=variables, stdout=theirs, stderr=subprocess.DEVNULL)
    os.close(theirs)
    read = b""
    while True:
        try:
            block = os.read(ours, 65536)
        except OSError:  # Linux ends a pseudo-terminal like this
            break
        if not block:
            break
        read += block
    os.close(ours)
    assert process.wait() == 0
    return read.decode()
