"""Measure changelogs against other tools: `make bench-changelog REPO=path`, or without REPO the synthetic one.

Every contestant runs once a round, in alternation, so that a busy machine is busy for all. Each has a virtual
environment of its own in a cache folder, and all run in a clone of the repository without its files, so that all
have a `.git` folder and none a configuration. Shown are the least wall and processor time of all rounds, since other
work only adds to them, ratios of wall time to reading (`git log -z | cat`) and to us, and the highest memory of any
single process; or why there is no figure.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import synthetic_repository

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "shipway-bench"
OURS = str(Path(sys.executable).with_name("shipway"))
PEERS = {
    "git-cliff 2.12.0": "git-cliff==2.12.0",
    "git-cliff newest": "git-cliff",
    "commitizen": "commitizen",
    "git-changelog": "git-changelog",
    "python-semantic-release": "python-semantic-release",
}
NPM = ("conventional-changelog", "conventional-changelog-angular")
READING = "git log -z, piped to cat"
ENVIRONMENT = {**os.environ, "NO_COLOR": "1", "CI": "true"}
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)  # else code that changed since is compiled in every round


@dataclass
class Contestant:
    """A tool and how it is called."""

    name: str
    command: list[str]
    times: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)  # processor seconds, children included
    memory: int = 0  # KiB
    trouble: str = ""

    def run(self, repository: Path, limit: float) -> None:
        """Run it once; one that fails or takes too long does not run again."""
        if self.trouble:
            return
        begin = time.perf_counter()
        process = subprocess.Popen(
            ["timeout", str(limit), *self.command], cwd=repository, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env=ENVIRONMENT,
        )  # fmt: skip
        words = process.stderr.read().decode(errors="replace").strip().splitlines()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.memory = max(self.memory, usage.ru_maxrss)
        if process.returncode:
            late = process.returncode == 124
            self.trouble = (
                f"more than {limit:.0f} s" if late else f"failed: {(words or ['no word'])[-1][:60]}"
            )
        else:
            self.times.append(time.perf_counter() - begin)
            self.busy.append(usage.ru_utime + usage.ru_stime)


def installed() -> dict[str, Path]:
    """Each peer in its own environment; the folder of its commands."""
    folders = {}
    for name, package in PEERS.items():
        folder = CACHE / package.replace("=", "-")
        if not (folder / "bin" / "pip").exists():
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            subprocess.run([folder / "bin" / "pip", "install", "--quiet", package], check=True)
        folders[name] = folder / "bin"
    npm = CACHE / "npm"
    if not (npm / "node_modules").exists():
        npm.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--prefix", npm, *NPM], check=True)
    return {**folders, "conventional-changelog": npm / "node_modules" / ".bin"}


def whole(peers: dict[str, Path]) -> list[Contestant]:
    """The changelog of all releases."""
    commitizen = "--name cz_conventional_commits changelog --dry-run --tag-format v$version"
    calls = {
        "git-cliff 2.12.0": "git-cliff --offline",
        "git-cliff newest": "git-cliff --offline",
        "commitizen": f"cz {commitizen}",
        "git-changelog": "git-changelog --convention conventional --output /dev/null .",
        "python-semantic-release": "semantic-release --noop changelog",
        "conventional-changelog": "conventional-changelog --preset angular --release-count 0 --stdout",
    }
    return [
        Contestant(READING, ["sh", "-c", "git log -z | cat"]),
        Contestant("shipway changelog --all", [OURS, "changelog", "--all"]),
        *(Contestant(name, _call(peers[name], call)) for name, call in calls.items()),
    ]


def latest(peers: dict[str, Path]) -> list[Contestant]:
    """The next version and the notes since the last release; our notes are headed by the next version."""
    both = f"{shlex.quote(OURS)} next && {shlex.quote(OURS)} changelog"
    unreleased = "git-cliff --offline --unreleased --bump"
    return [
        Contestant(READING, ["sh", "-c", "git log -z | cat"]),
        Contestant("shipway changelog", [OURS, "changelog"]),
        Contestant("shipway next", [OURS, "next"]),
        Contestant("shipway next, then changelog", ["sh", "-c", both]),
        *(Contestant(f"{name} -u --bump", _call(peers[name], unreleased)) for name in list(PEERS)[:2]),
        Contestant(
            "git-cliff 2.12.0 -u", _call(peers["git-cliff 2.12.0"], "git-cliff --offline --unreleased")
        ),
    ]


def _call(folder: Path, call: str) -> list[str]:
    name, *arguments = call.split()
    return [str(folder / name), *arguments]


def table(title: str, contestants: list[Contestant]) -> str:
    """The results as Markdown."""
    reading, ours = (min(one.times) for one in contestants[:2])
    lines = [
        f"### {title}", "",
        "| | least s | x reading | x shipway | processor s | peak MiB |", "|---|--:|--:|--:|--:|--:|",
    ]  # fmt: skip
    for one in contestants:
        if one.trouble:
            lines.append(f"| {one.name} | {one.trouble} | | | | |")
            continue
        least = min(one.times)
        ratios = f"{least / reading:.2f} | {least / ours:.2f}"
        lines.append(
            f"| {one.name} | {least:.3f} | {ratios} | {min(one.busy):.3f} | {one.memory / 1024:.0f} |"
        )
    return "\n".join(lines)


def copied(repository: Path, folder: Path) -> Path:
    """A clone of it with history and tags but no files; the repository itself is only read."""
    copy = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", "--no-checkout", "--", repository, copy], check=True)
    address = "https://github.com/octo-org/clone.git"  # python-semantic-release wants one that it knows
    subprocess.run(["git", "remote", "set-url", "origin", address], cwd=copy, check=True)
    return copy


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", nargs="?", type=Path, help="a clone; the synthetic one when left out")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--limit", type=float, default=120, help="seconds after which a contestant is stopped"
    )
    asked = parser.parse_args()
    repository = asked.repository or CACHE / "synthetic"
    CACHE.mkdir(parents=True, exist_ok=True)
    if not asked.repository:
        synthetic_repository.make(repository)
    peers = installed()
    with tempfile.TemporaryDirectory() as folder:
        copy = copied(repository, Path(folder))
        for title, contestants in (
            ("Whole changelog", whole(peers)),
            ("Next version and notes", latest(peers)),
        ):
            for _ in range(asked.rounds):
                for one in contestants:
                    one.run(copy, asked.limit)
            sys.stdout.write(table(title, contestants) + "\n\n")


if __name__ == "__main__":
    main()
