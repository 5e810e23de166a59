"""Measure how long a command takes to begin, against bare Python and click: `python bench/cold_start.py [REPO]`."""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

PYTHON = sys.executable
OURS = str(Path(PYTHON).with_name("shipway"))
CALLS = {
    "python -I -c pass": [PYTHON, "-I", "-c", "pass"],
    "python -c 'import click'": [PYTHON, "-c", "import click"],
    "shipway --version": [OURS, "--version"],
    "shipway next": [OURS, "next"],
    "shipway changelog": [OURS, "changelog"],
    "shipway next --output json": [OURS, "next", "--output", "json"],
}


def main() -> None:
    """Run all in alternation and print medians and ratios."""
    repository = sys.argv[1] if len(sys.argv) > 1 else "."
    times: dict[str, list[float]] = {name: [] for name in CALLS}
    for _ in range(21):
        for name, command in CALLS.items():
            begin = time.perf_counter()
            subprocess.run(command, cwd=repository, check=True, capture_output=True)
            times[name].append(time.perf_counter() - begin)
    middle = {name: median(all_) for name, all_ in times.items()}
    bare, click, *_ = middle.values()
    lines = ["| | median ms | x bare Python | x click |", "|---|--:|--:|--:|"]
    lines += [
        f"| {name} | {one * 1000:.0f} | {one / bare:.1f} | {one / click:.1f} |"
        for name, one in middle.items()
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
