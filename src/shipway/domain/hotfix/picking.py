"""Commits of other branches that a hotfix takes over: one by one, with their authors, saying where from."""

import re
from collections.abc import Iterable

from shipway.domain.hotfix.base import Base
from shipway.errors import InputError, UsageError

ABBREVIATED = re.compile(r"[0-9a-f]{7,40}")
"""How a commit may be named: by its hash, and by nothing that could come to mean another one."""

_TRAILER = re.compile(r"(?:[A-Za-z0-9-]+: |\(cherry picked from commit )\S.*")


def reference(commit: str) -> str:
    """The line that git writes too, by which a commit is found again."""
    return f"(cherry picked from commit {commit})"


def picked_message(message: str, commit: str) -> str:
    """The message of a commit that was picked: its own, and where it comes from.

    The line joins the trailers, where there are some, since they have to stand in the last paragraph.
    """
    text = message.rstrip("\n")
    last = text.rpartition("\n\n")[2].splitlines() if "\n\n" in text else []
    gap = "\n" if last and all(_TRAILER.fullmatch(line) for line in last) else "\n\n"
    return f"{text}{gap}{reference(commit)}\n"


def hashes_in(texts: Iterable[str]) -> tuple[str, ...]:
    """The commits that were named, with commas or spaces between them."""
    return tuple(one for text in texts for one in text.replace(",", " ").split())


def unknown_pick(text: str) -> UsageError:
    """What is to be picked has to be a commit of a branch of the repository, named by its hash."""
    return UsageError(
        f"{text!r} is no commit of any branch of the repository.",
        "Name it by its hash, seven digits or more, after it was pushed: git log --oneline origin/main",
        reason_code="pick-unknown",
    )


def foreign_pick(text: str, default: str) -> UsageError:
    """Out of a pull request nothing is picked but what people can see there, and what was let in."""
    return UsageError(
        f"{text} is neither on {default} nor on a branch of this repository that this pull request brings.",
        f"Merge it into {default} first, or give the command in the pull request that brings it.",
        reason_code="pick-unknown",
    )


def merge_picked(commit: str) -> UsageError:
    """A merge has no change of its own."""
    short = commit[:10]
    return UsageError(
        f"{short} is a merge, which has no change of its own to pick.",
        f"Pick the commits that it brought: git log --oneline {short}^1..{short}",
        reason_code="pick-merge",
    )


def pick_conflicts(
    commit: str, left: Iterable[str], files: Iterable[str], base: Base, branch: str, *, begun: bool
) -> InputError:
    """A person has to do it.

    Args:
        commit: The one that conflicts.
        left: Everything that is to be picked.
        files: Where it conflicts.
        branch: Of the hotfix.
        begun: Whether the branch is there.
    """
    where = f"git switch {branch}" if begun else f"git switch --no-track --create {branch} {base.tag}"
    return InputError(
        f"Commit {commit[:10]} cannot be picked onto {branch if begun else base.tag} by itself: it conflicts in "
        f"{', '.join(files)}. Nothing was pushed.",
        f"Do it by hand: git fetch origin --tags --force && {where} && git cherry-pick -x "
        f"{' '.join(one[:10] for one in left)}; settle what conflicts, git cherry-pick --continue, "
        f"git push origin {branch}; then run again without --pick",
        reason_code="pick-conflict",
    )


def too_late(commits: Iterable[str], version: str) -> UsageError:
    """What is merged holds what it holds."""
    names = ", ".join(one[:10] for one in commits)
    return UsageError(
        f"Hotfix {version} is merged already, without {names}.",
        "Begin another one for that: shipway hotfix auto --base TAG --pick SHA",
        reason_code="pick-too-late",
    )
