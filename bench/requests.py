"""Count the GitHub API requests of a release, ours and release-please's, on the same repositories.

Requests are counted where they arrive, at the twin. Run it with `make bench-requests`; see docs/benchmarks.md.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.comment_requests import BUDGET as COMMENT_BUDGET
from bench.comment_requests import of_a_comment
from bench.request_world import NAME, Grower, Shape, asked, merge_open_pull

from shipway.twin.server import Twin

ROOT = Path(__file__).parents[1]
RELEASE_PLEASE = ROOT / "tests/npm/node_modules/release-please/build/src/bin/release-please.js"
SHAPES = (
    Shape(30, squashed=True, old_pulls=30),
    Shape(30, squashed=True, old_pulls=500),
    Shape(30, squashed=False, old_pulls=30),
    Shape(100, squashed=True, old_pulls=30),
    Shape(500, squashed=True, old_pulls=30),
    Shape(500, squashed=False, old_pulls=500),
)
PHASES = ("open", "nothing new", "update", "publish")
BUDGET = {"open": 7, "nothing new": 2, "update": 6, "publish": 6}
ENVIRONMENTS = ("staging", "production")

Counts = dict[str, dict[str, int]]
Tool = Callable[[Twin, str, Path, str], None]


def shipway(twin: Twin, token: str, clone: Path, phase: str) -> None:
    """One run of the command that a workflow runs each time."""
    variables = {**twin.environment(token), "GITHUB_REPOSITORY": NAME}
    command = [str(Path(sys.executable).with_name("shipway")), "release", "auto"]
    done = subprocess.run(
        command, cwd=clone, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    if done.returncode not in {0, 3}:
        sys.exit(f"shipway, {phase}: {done.stderr}")


def release_please(twin: Twin, token: str, clone: Path, phase: str) -> None:
    """What its action runs each time: publish what was merged, then open or update the pull request."""
    for command in ("github-release",) if phase == "publish" else ("release-pr",):
        arguments = [
            *("node", str(RELEASE_PLEASE), command, "--repo-url", NAME, "--token", token),
            *("--api-url", twin.api_url, "--graphql-url", twin.url),
            *("--release-type", "simple", "--target-branch", "main"),
        ]
        kept = {"PATH": os.environ["PATH"], "HOME": str(clone)}
        done = subprocess.run(arguments, env=kept, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"release-please, {phase}: {done.stdout}{done.stderr}")


def measured(tool: Tool, shape: Shape, configuration: str = "") -> Iterator[tuple[str, Counts]]:
    """The counts of the first release of a repository, and of one that has released before."""
    with TemporaryDirectory() as folder, Twin() as twin:
        grower = Grower(twin, configuration)
        grower.begin(shape.old_pulls)
        grower.grow(1, squashed=False)
        clone = Path(folder, "clone")
        subprocess.run(["git", "clone", "--quiet", f"{twin.url}/{NAME}.git", str(clone)], check=True)
        yield "first", _release(tool, twin, grower, clone)
        grower.grow(shape.commits, squashed=shape.squashed)
        yield "later", _release(tool, twin, grower, clone)


def _release(tool: Tool, twin: Twin, grower: Grower, clone: Path) -> Counts:
    counts: Counts = {}
    for phase in PHASES:
        if phase == "update":
            grower.grow(2, squashed=False)
        if phase == "publish":
            merge_open_pull(twin)
        before = len(twin.journal.requests)
        tool(twin, grower.token, clone, phase)
        counts[phase] = asked(twin, before)
    return counts


def main() -> None:
    """Measure and print a table in Markdown."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", choices=("shipway", "release-please"), help="count one tool only")
    options.add_argument("--quick", action="store_true", help="the smallest repository only")
    options.add_argument("--skip", type=int, default=0, help="leave out so many of the repositories")
    chosen = options.parse_args()
    shapes = SHAPES[:1] if chosen.quick else SHAPES
    _say("| Repository | Tool | " + " | ".join(PHASES) + " |")
    _say("|---|---|" + "--:|" * len(PHASES))
    _say(f"| | *to reach* | {' | '.join(f'≤ {BUDGET[phase]}' for phase in PHASES)} |")
    for shape in shapes[chosen.skip :]:
        for name, tool in {"shipway": shipway, "release-please": release_please}.items():
            if chosen.only in {None, name}:
                _print_rows(name, tool, shape)
    if chosen.only != "release-please":
        _print_environments()
        all_of_them, first = of_a_comment()
        _say(f"\nFrom a comment to the run that it starts: {all_of_them}, to reach: ≤ {COMMENT_BUDGET}")
        _say(f"The first reaction is request {first}, to reach: 2")


def _print_rows(name: str, tool: Tool, shape: Shape) -> None:
    for which, counts in measured(tool, shape):
        if which == "later":
            _say(f"| {shape} | {name} | {_cells(counts)} |")
        elif shape == SHAPES[0] and name == "shipway":
            _say(f"| the first release ever: 1 commit | {name} | {_cells(counts)} |")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _cells(counts: Counts) -> str:
    return " | ".join(f"{counts[phase]['api']} (git {counts[phase]['git']})" for phase in PHASES)


def _print_environments() -> None:
    """What each deployed environment and each gate adds."""
    shape = Shape(30, squashed=True, old_pulls=30)
    for text, configuration in {
        "a gate": _gated(),
        **{f"{n} environments": _deployed(n) for n in (1, 2)},
    }.items():
        *_, (_, counts) = measured(shipway, shape, configuration)
        _say(f"| {shape}, {text} | shipway | {_cells(counts)} |")


def _gated() -> str:
    return 'gates: {smoke: {command: ["true"]}}\n'


def _deployed(count: int) -> str:
    rows = [f'  {name}: {{deploy: {{command: ["true"]}}}}\n' for name in ENVIRONMENTS[:count]]
    return "environments:\n" + "".join(rows)


if __name__ == "__main__":
    main()
