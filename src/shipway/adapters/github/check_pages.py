"""The checks of a commit beyond the first hundred, which GitHub gives page by page."""

from collections.abc import Iterable, Mapping
from typing import Any

from shipway.adapters.github.client import GitHub, document_text

MOST_PAGES = 50
"""Pages of one commit; GitHub keeps at most 1,000 contexts of a status, and some thousand check runs."""


def read_on(github: GitHub, commits: Iterable[dict[str, Any] | None]) -> None:
    """Complete the contexts of commits with `oid` and `statusCheckRollup` in place; nothing is asked twice."""
    whole: dict[str, list[Any]] = {}
    for commit in commits:
        contexts = ((commit or {}).get("statusCheckRollup") or {}).get("contexts")
        if commit and contexts and contexts["pageInfo"]["hasNextPage"]:
            if commit["oid"] not in whole:
                whole[commit["oid"]] = _further(github, commit["oid"], contexts)
            contexts["nodes"] = whole[commit["oid"]]


def _further(github: GitHub, oid: str, contexts: dict[str, Any]) -> list[Any]:
    nodes, page = [*contexts["nodes"]], contexts["pageInfo"]
    for _ in range(MOST_PAGES):
        if not page["hasNextPage"]:
            break
        answer = github.query(document_text("checks", "contexts"), commit=oid, after=page["endCursor"])
        rollup = (answer["repository"]["object"] or {}).get("statusCheckRollup")
        if not rollup:
            break
        nodes += rollup["contexts"]["nodes"]
        page = rollup["contexts"]["pageInfo"]
    return nodes


def head_commits(pull: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The commits of a pull request with the fields of the `Pull` fragment."""
    return [node["commit"] for node in pull["commits"]["nodes"]]
