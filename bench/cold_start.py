"""Measure how long a command takes to begin, as a ratio to bare Python: `python bench/cold_start.py [REPO]`."""

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
    bare = median(times["python -I -c pass"])
    lines = ["| | median ms | x bare Python |", "|---|--:|--:|"]
    lines += [
        f"| {name} | {median(all_) * 1000:.0f} | {median(all_) / bare:.1f} |" for name, all_ in times.items()
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
