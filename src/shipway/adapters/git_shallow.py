"""Clones whose history was cut off: fetch just as much more as is needed, without files or trees."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from shipway.errors import InputError

_STEPS = ("--deepen=100", "--deepen=1000", "--deepen=10000", "--unshallow")
_ADVICE = (
    "Check out with the history but not its files: `fetch-depth: 0` and `filter: tree:0` in actions/checkout."
)


def cut_off(common: Path) -> frozenset[str]:
    """Commits whose parents were not fetched; none in a whole clone."""
    file = common / "shallow"
    return frozenset(file.read_text().split()) if file.is_file() else frozenset()


def remote_tags(root: Path) -> dict[str, str]:
    """Tags of the remote and the commits that they stand on.

    Raises:
        InputError: `shallow-clone` when the remote cannot be asked.
    """
    tags: dict[str, str] = {}
    for line in _git(root, "ls-remote", "--tags", "--", "origin").splitlines():
        sha, _, name = line.partition("\t")
        tags[name.removeprefix("refs/tags/").removesuffix("^{}")] = sha  # the peeled line comes second
    return tags


def deepen(root: Path, sha: str) -> Iterator[None]:
    """Fetch more and more ancestors of a commit, a step at each turn, until there are no more.

    Raises:
        InputError: `shallow-clone` when nothing can be fetched.
    """
    for step in _STEPS:
        _git(
            root, "fetch", "--quiet", "--no-tags", "--filter=tree:0", step, "--end-of-options", "origin", sha
        )
        yield


def keep_tags(root: Path, names: Iterable[str]) -> None:
    """Fetch tags whose commits are here already; whoever looks at the clone when it is whole has to find them.

    Raises:
        InputError: `shallow-clone`.
    """
    wanted = "\n".join(f"refs/tags/{name}:refs/tags/{name}" for name in names)
    if wanted:
        _git(root, "fetch", "--quiet", "--no-tags", "--filter=tree:0", "--stdin", "origin", given=wanted)


def complete(root: Path) -> None:
    """Fetch all of the history that was cut off, and the tags that are not here.

    Those that are stay: git refuses to move a tag, and some move with each deployment.

    Raises:
        InputError: `shallow-clone`.
    """
    _git(
        root, "fetch", "--quiet", "--no-tags", "--filter=tree:0", "--unshallow", "--end-of-options", "origin"
    )
    here = _git(root, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/tags").splitlines()
    keep_tags(root, sorted(remote_tags(root).keys() - {*here}))


def _git(root: Path, *arguments: str, given: str = "") -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=root,
        input=given,
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
    )
    if done.returncode:
        words = done.stderr.strip().splitlines() or ["no reason given"]
        raise InputError(
            f"This clone is shallow and more history cannot be fetched: {words[-1]}",
            _ADVICE,
            reason_code="shallow-clone",
        )
    return done.stdout
