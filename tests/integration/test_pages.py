"""The command lines of the pages, run from top to bottom of each page in a clone of a repository on a twin."""

import io
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from twin_project import QUIET

from integration.release.world import World, clone_of, git, settle_people, write
from shipway.cli.root import run
from shipway.errors import ExitCode
from shipway.twin.server import Twin
from unit.test_docs import PAGES, blocks

pytestmark = pytest.mark.requirement("CLI-1", "FACE-2")

CONFIGURATION = """
environments:
  dev: {deploy: {command: ["true"]}}
  staging: {after: dev, automatic: false, deploy: {command: ["true"]}}
  production: {after: staging, automatic: false, deploy: {command: ["true"]}}
gates:
  smoke: {command: ["true"]}
maturity:
  components:
    orders: {path: src/orders, tests: tests/orders, specification: specs/orders.md}
"""
FILES = {
    "VERSION": "2.3.0\n",
    "src/orders/orders.py": "",
    "tests/orders/test_orders.py": "",
    "specs/orders.md": "",
    ".gitignore": "/out.json\n/check.py\n",
    ".github/shipway.yml": CONFIGURATION,
}
Line = tuple[str, str]

IN_STAGING = ("shipway promote 2.5.0 --from dev --to staging",)
BEFORE: Mapping[str, tuple[str, ...]] = {
    "": IN_STAGING,
    "docs/pipeline.md": (),
    "docs/rollback.md": (*IN_STAGING, "shipway promote 2.5.0 --from staging --to production"),
}
"""Page → how 2.5.0 comes where it stands when the page begins; all others begin with it in staging."""


def _keep_program(world: World) -> None:
    (program,) = blocks("docs/ledger.md", "python")
    write(world.clone, {"check.py": program})


def _begin_anew(world: World) -> None:
    """What the page says until then is one way, and what follows another one."""
    world.git("switch", "--quiet", "main")
    world.git("branch", "--quiet", "--delete", "--force", "hotfix/2.4.1")
    world.git("push", "--quiet", "origin", "--delete", "hotfix/2.4.1")


MEANWHILE: Mapping[str, Callable[[World], object]] = {
    'git commit --message "fix: do not crash" --all': lambda world: write(
        world.clone, {"new.txt": "repaired"}
    ),
    "git fetch origin --tags --force": _begin_anew,
    "git push origin hotfix/2.4.1": lambda world: world.git(
        "commit", "--quiet", "--allow-empty", "-m", "fix: it"
    ),
    "git archive origin/shipway-ledger releases | tar -xO | python3 check.py": _keep_program,
}
"""Line → what people do before it."""

ASKED = ("shipway init", "shipway environments apply")
"""They ask somebody, who says yes here."""

NOT_RUN: Mapping[str, str] = {
    "make ": "builds or tests all of this repository",
    "pip install ": "installs from the network",
    "export GITHUB_TOKEN=$(gh auth token)": "asks GitHub's own program for a token of theirs",
    "shipway twin ": "serves until it is stopped: tests/integration/twin/test_core_command.py",
    "shipway mcp ": "serves until it is stopped: tests/integration/mcp_tools",
    "OTEL_EXPORTER_OTLP_ENDPOINT=": "sends to somebody: tests/integration/telemetry",
    "shipway release auto --rehearse": "takes a twin of this twin: tests/integration/test_rehearsal.py",
    "shipway audit acknowledge 17 ": "takes a ledger that was set back: tests/integration/ledger",
    "shipway hotfix 2.4.1 --base v2.4.0": "begins what the page has begun before: tests/integration/hotfix",
    "git cherry-pick ": "takes commits of these names: tests/integration/hotfix",
}
"""How lines begin that are not run here → why not."""

ENDS: Mapping[Line, ExitCode] = {
    ("docs/hotfix.md", "shipway hotfix auto --base v2.4.0"): ExitCode.WAITING,  # for the fix
    ("docs/hotfix.md", "shipway hotfix 2.4.1"): ExitCode.WAITING,  # for an emergency approver
    (
        "docs/maturity.md",
        "shipway maturity orders --to staging --dry-run",
    ): ExitCode.GATE,  # nothing is ticked
    ("docs/maturity.md", "shipway maturity orders --to staging"): ExitCode.GATE,
    ("docs/maturity.md", "shipway maturity orders --to production --report out.json"): ExitCode.TRANSITION,
    ("docs/releasing.md", "shipway release 2.5.0-rc.1"): ExitCode.USAGE,  # 2.5.0 is out
    ("docs/releasing.md", "shipway release patch --from 1.x --to 1.x"): ExitCode.WAITING,  # for a reviewer
}
"""Page and line → how it ends here, where that is not well."""


def lines(page: str) -> Iterator[str]:
    """What people would type, from top to bottom."""
    unnamed = (one for one in blocks(page, "") if re.search(r"^ *(shipway|git) ", one, re.MULTILINE))
    for line in "".join([*blocks(page, "sh"), *unnamed]).splitlines():
        if text := re.sub(r"\s{2,}#.*", "", line.strip()):
            yield text


RUN = [page for page in PAGES if not page.startswith(("docs/reference/", "tests/")) and [*lines(page)]]


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A twin's data: 2.4.0 in production, 2.5.0 in dev, and the line 1.x with something to release."""
    folder = tmp_path_factory.mktemp("released")
    source = folder / "source"
    git(folder, "init", "--quiet", "--initial-branch=main", str(source))
    with pytest.MonkeyPatch.context() as patch, Twin() as twin:
        quiet(patch)
        for tag in ("v1.0.0", "v2.3.0"):
            write(source, {**FILES, "VERSION": f"{tag[1:]}\n"})
            commit(source, f"feat: all of {tag}")
            git(source, "tag", tag)
        git(source, "switch", "--quiet", "--create", "1.x", "v1.0.0")
        write(source, {"fix.txt": ""})
        commit(source, "fix: the old line")
        git(source, "switch", "--quiet", "main")
        token = settle_people(twin, source)
        world = World(twin, clone_of(twin, token, folder / "clone"), token)
        for number, version in enumerate(("2.4.0", "2.5.0"), 1):
            world.commit(f"feat: what is new in {version}", {"new.txt": version})
            typed(patch, world, f"shipway release {version}", ExitCode.WAITING)
            world.approve(number)
            typed(patch, world, f"shipway release {version}")
            world.git("pull", "--quiet")
            if version == "2.4.0":
                for source_of, target in (("dev", "staging"), ("staging", "production")):
                    typed(patch, world, f"shipway promote 2.4.0 --from {source_of} --to {target}")
        twin.copy_to(folder / "data")
        (folder / "token").write_text(token)
        yield folder


def quiet(patch: pytest.MonkeyPatch) -> None:
    for name, value in QUIET.items():
        patch.setenv(name, value)
    for name in ("GITHUB_ACTIONS", "GITHUB_RUN_ID", "GITHUB_REPOSITORY", "GH_TOKEN"):
        patch.delenv(name, raising=False)


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def typed(patch: pytest.MonkeyPatch, world: World, line: str, ends: ExitCode = ExitCode.OK) -> None:
    """Run what somebody types in the clone."""
    patch.chdir(world.clone)
    for name, value in world.twin.environment(world.token).items():
        patch.setenv(name, value)
    if not line.startswith(("shipway ", "echo ")):
        subprocess.run(["sh", "-euc", line], check=True, capture_output=True, timeout=60)
        return
    said, _, command = line.rpartition(" | ")
    patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("".join(shlex.split(said)[1:]).encode())))
    words = shlex.split(command.partition(" > ")[0])[1:]
    assert (line, run([*words, *(["--yes"] if line in ASKED else [])])) == (line, ends)


@pytest.mark.parametrize("page", RUN)
def test_every_line_of_a_page_does_what_is_said_there(
    page: str, released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet(monkeypatch)
    token = (released / "token").read_text()
    shutil.copytree(released / "data", tmp_path / "data")
    with Twin(tmp_path / "data") as twin:
        world = World(twin, clone_of(twin, token, tmp_path / "clone"), token)
        for line in (*BEFORE.get(page, BEFORE[""]), *lines(page)):
            if not line.startswith(tuple(NOT_RUN)):
                MEANWHILE.get(line, lambda _: None)(world)
                typed(monkeypatch, world, line, ENDS.get((page, line), ExitCode.OK))


def test_each_exception_is_about_a_line_of_a_page() -> None:
    known = [(page, line) for page in RUN for line in lines(page)]
    assert [one for one in ENDS if one not in known] == []
    assert [one for one in (*ASKED, *MEANWHILE) if one not in {line for _, line in known}] == []
    assert [one for one in NOT_RUN if not any(line.startswith(one) for _, line in known)] == []
