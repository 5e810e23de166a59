"""What GitHub says of a version on its way into an environment, in one question."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from shipway.adapters.github.client import GitHub, document_text
from shipway.adapters.github.reading import deployment, ledger_of, repository_of
from shipway.domain.authority import Asker
from shipway.domain.delivery.policies import environment_tag, latest_tag
from shipway.domain.facts import DeliveryFacts, Oid, Tag
from shipway.domain.ledger import canonical

Json = Mapping[str, Any]


def ask(
    github: GitHub, *, tag: str, environment: str, book: str, environments: tuple[str, ...], actor: str
) -> dict[str, Any]:
    """Ask for everything that bringing a version into an environment is decided on.

    Args:
        github: The repository.
        tag: Of the version; empty where none is at hand.
        environment: Where it is to go; empty where that is not one.
        book: File of the ledger whose entries are wanted.
        environments: Those whose deployments count; none for all.
        actor: Login of who asks, where the token is not theirs.
    """
    return github.query(
        document_text("delivery"),
        tagRef=f"refs/tags/{tag}",
        tag=tag,
        fixedRef=f"refs/tags/{environment_tag(tag, environment)}",
        latestRef=f"refs/tags/{latest_tag(environment)}",
        entries=book,
        environments=list(environments) or None,
        login=actor,
    )


def facts_of(
    github: GitHub, answer: Json, *, tag: str, environment: str, book: str, actor: str
) -> DeliveryFacts:
    """Translate the answer; asks once more only for the digests of files attached to the release."""
    row = answer["repository"]
    fixed, latest = environment_tag(tag, environment), latest_tag(environment)
    placed = {name: _commit(ref) for name, ref in ((fixed, row["fixed"]), (latest, row["latest"])) if ref}
    return DeliveryFacts(
        repository=repository_of(row, answer["viewer"]["login"]),
        ledger=ledger_of((row["ledger"] or {}).get("target"), book),
        tag=Tag(tag, _commit(row["tag"])) if row["tag"] else None,
        digest=_digest(github, row, tag),
        deployments=tuple(deployment(node) for node in row["deployments"]["nodes"]),
        environments=tuple(node["name"] for node in row["environments"]["nodes"]),
        environment_tags=placed,
        asker=_asker(row, answer["viewer"]["login"], actor),
    )


def _commit(ref: Json) -> Oid:
    target = ref["target"]
    return str(target["target"]["oid"] if target["__typename"] == "Tag" else target["oid"])


def _asker(row: Json, viewer: str, actor: str) -> Asker:
    """Who asks, with their role: the token's owner; of an App's or a workflow's token, who started the run."""
    if not viewer.endswith("[bot]") or not actor:
        return Asker(viewer, (row["viewerPermission"] or "").lower())
    edges = (row["collaborators"] or {}).get("edges") or ()
    role = next((e["permission"].lower() for e in edges if e["node"]["login"].lower() == actor.lower()), "")
    return Asker(actor, role, source="workflow run")


def _digest(github: GitHub, row: Json, tag: str) -> str:
    """Of the files attached to the GitHub Release, where there are any; else the tree of the tagged commit."""
    if not row["tag"]:
        return ""
    published = row["published"]
    if published and not published["isDraft"] and published["releaseAssets"]["totalCount"]:
        assets = github.get(f"/releases/tags/{tag}")["assets"]
        rows = sorted((one["name"], one.get("digest") or f"size:{one['size']}") for one in assets)
        return f"sha256:{sha256(canonical(rows).encode()).hexdigest()}"
    target = row["tag"]["target"]
    commit = target["target"] if target["__typename"] == "Tag" else target
    return f"tree:{commit['tree']['oid']}"
