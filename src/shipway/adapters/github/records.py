"""Read what is recorded: the entries of one release, and what is quoted of the ledger outside of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shipway.adapters.github.client import GitHub, Transient, document_text
from shipway.adapters.github.git_ledger import whole_files
from shipway.adapters.github.reading import entries, payload_of, signature_of
from shipway.domain.anchor import anchors_in
from shipway.domain.facts import BY_GITHUB, VALID, Oid, Signature
from shipway.domain.ledger import Entry
from shipway.domain.ledger_audit import Quotation
from shipway.domain.ledger_cut import Cut
from shipway.domain.trial import trial_of
from shipway.errors import GitHubError

ENDED = frozenset({"SUCCESS", "FAILURE", "ERROR", "INACTIVE"})
"""States of a deployment of which the ledger has to tell."""


@dataclass(frozen=True, slots=True)
class ReleaseEntries:
    """The entries of one release, and which releases there are at all."""

    entries: tuple[Entry, ...]
    versions: tuple[str, ...]
    repository_url: str


def quotations(github: GitHub) -> tuple[Quotation, ...]:
    """What all releases and deployments quote of the ledger; one request for each hundred of them."""
    found: list[Quotation] = []
    releases: str | None = None
    deployments: str | None = None
    more_releases = more_deployments = True
    while more_releases or more_deployments:
        row = github.query(
            document_text("anchors"),
            releasesAfter=releases,
            deploymentsAfter=deployments,
            moreReleases=more_releases,
            moreDeployments=more_deployments,
        )["repository"]
        if more_releases:
            found += _of_releases(row["releases"]["nodes"])
            more_releases, releases = _next(row["releases"])
        if more_deployments:
            found += _of_deployments(row["deployments"]["nodes"])
            more_deployments, deployments = _next(row["deployments"])
    return tuple(found)


MOST_CUTS = 100
"""Moves of a branch by force, and as many deletions, that are asked for."""


def cuts(github: GitHub, branch: str) -> tuple[Cut, ...]:
    """When a branch was set elsewhere by force or deleted, the newest hundred of each; two requests.

    Returns:
        Nothing where the token may not read that record, or where GitHub has none.
    """
    try:
        rows = [
            row
            for kind in ("force_push", "branch_deletion")
            for row in github.get(
                "/activity", ref=f"refs/heads/{branch}", activity_type=kind, per_page=MOST_CUTS
            )
        ]
    except Transient:
        raise
    except GitHubError:
        return ()
    return tuple(
        Cut(
            row["id"],
            row["before"],
            row["after"],
            row["activity_type"] == "branch_deletion",
            (row["actor"] or {}).get("login", "somebody"),
            row["timestamp"],
        )
        for row in rows
    )


def signature(github: GitHub, commit: Oid) -> tuple[Signature, str]:
    """What GitHub finds of the signature of a commit, and the login of its author as GitHub knows them."""
    found = github.query(document_text("commit_signature"), oid=commit)["repository"]["commit"]
    return signature_of(found) or Signature("unsigned"), str((found["author"]["user"] or {}).get("login", ""))


def signed_author(github: GitHub, commit: Oid) -> str:
    """Whom GitHub itself made a commit for, by its own signature; empty where it did not make it."""
    found, author = signature(github, commit)
    return author if found == Signature(VALID, BY_GITHUB) else ""


def _next(connection: Mapping[str, Any]) -> tuple[bool, str | None]:
    page = connection["pageInfo"]
    return bool(page["hasNextPage"]), page["endCursor"]


def _of_releases(nodes: Iterable[Mapping[str, Any]]) -> Iterator[Quotation]:
    for node in nodes:
        for sequence, head in anchors_in(node["description"] or "").items():
            yield Quotation(
                sequence, head, f"release {node['tagName']}", "" if node["isDraft"] else node["url"]
            )


def _of_deployments(nodes: Iterable[Mapping[str, Any]]) -> Iterator[Quotation]:
    for node in nodes:
        quoted = payload_of(node["payload"]).get("ledger")
        match quoted:
            case {"sequence": int(sequence), "head": str(head)} if sequence:
                state = (node["latestStatus"] or {}).get("state")
                ended = node["databaseId"] if state in ENDED else ""
                yield Quotation(sequence, head, f"deployment {node['databaseId']}", ended)


def release_entries(github: GitHub, path: str) -> ReleaseEntries:
    """Read the entries of one release."""
    row = github.query(document_text("release_entries"), path=path)["repository"]
    commit = (row["ledger"] or {}).get("target") or {}
    whole_files(github, commit)
    text = ((commit.get("entries") or {}).get("object") or {}).get("text") or ""
    names = ((commit.get("releases") or {}).get("object") or {}).get("entries") or ()
    books = (name["name"].removesuffix(".jsonl") for name in names)
    versions = tuple(book for book in books if not trial_of(book))
    return ReleaseEntries(entries(text), versions, row["url"])
