"""Who made commits and which pull requests they came with, for exactly the commits that are asked about."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from shipway.adapters.github.client import GitHub, Transient

CHUNK = 600
"""Commits a request. GitHub allows 500,000 nodes a query; when it gives up on a chunk, halves are tried."""

_OID = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class CommitOrigin:
    """Where a commit came from. Titles are untrusted text.

    Attributes:
        login: Who wrote it; empty when GitHub knows no account for the address.
        pull_request: Number of the pull request that brought it; None when it was pushed.
    """

    login: str
    pull_request: int | None
    title: str = ""


def origins(github: GitHub, commits: Sequence[str]) -> dict[str, CommitOrigin]:
    """Commit → origin; commits that GitHub does not know are left out."""
    wanted = [commit for commit in commits if _OID.fullmatch(commit)]
    found: dict[str, CommitOrigin] = {}
    for start in range(0, len(wanted), CHUNK):
        found.update(_asked(github, wanted[start : start + CHUNK]))
    return found


def _asked(github: GitHub, commits: Sequence[str]) -> Iterator[tuple[str, CommitOrigin]]:
    try:
        answer = github.query(_document(commits))["repository"]
    except Transient:
        if len(commits) == 1:
            raise
        middle = len(commits) // 2
        yield from _asked(github, commits[:middle])
        yield from _asked(github, commits[middle:])
        return
    for number, commit in enumerate(commits):
        row = answer.get(f"c{number}")
        if row:
            yield commit, _origin(row)


def _document(commits: Sequence[str]) -> str:
    fields = "\n    ".join(
        f'c{n}: object(oid: "{commit}") {{ ...Origin }}' for n, commit in enumerate(commits)
    )
    return f"""query Origins($owner: String!, $name: String!) {{
  repository(owner: $owner, name: $name) {{
    {fields}
  }}
}}

fragment Origin on Commit {{
  author {{ user {{ login }} }}
  associatedPullRequests(first: 1) {{ nodes {{ number title author {{ login }} }} }}
}}
"""


def _origin(row: dict[str, Any]) -> CommitOrigin:
    pulls = row["associatedPullRequests"]["nodes"]
    user = (row["author"] or {}).get("user") or {}
    login = user.get("login", "")
    if not pulls:
        return CommitOrigin(login, None)
    author = (pulls[0]["author"] or {}).get("login", "")
    return CommitOrigin(login or author, pulls[0]["number"], pulls[0]["title"])
