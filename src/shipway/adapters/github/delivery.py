"""What GitHub says of a version on its way into an environment, in one question."""

from collections.abc import Iterable, Mapping
from typing import Any

from shipway.adapters.github import foreign_locks
from shipway.adapters.github.client import GitHub, document_text
from shipway.adapters.github.reading import (
    asker_of,
    deployments_of,
    ledger_of,
    release_of,
    repository_of,
    tag_of,
)
from shipway.domain.delivery.policies import environment_tag, latest_tag
from shipway.domain.facts import DeliveryFacts, Tag, artifact_digest
from shipway.domain.trial import Proposal, Trial

Json = Mapping[str, Any]


def ask(  # noqa: PLR0913 - a keyword for each part of the question
    github: GitHub,
    *,
    tag: str,
    environment: str,
    book: str,
    environments: tuple[str, ...],
    tags: str = "",
    trial: Trial | None = None,
    lockable: Iterable[str] = (),
) -> dict[str, Any]:
    """Ask for everything that bringing a version into an environment is decided on.

    Args:
        github: The repository.
        tag: Of the version; empty where none is at hand.
        environment: Where it is to go; empty where that is not one.
        book: File of the ledger whose entries are wanted.
        environments: Those whose deployments count; none for all.
        tags: What further tags that are wanted begin with; empty for none.
        trial: Whose pull request is wanted; None for none.
        lockable: Environments of which branch-deploy's locks count too.
    """
    return github.query(
        document_text("delivery", "of_deployment", "of_tag", "of_file") + foreign_locks.asked_for(lockable),
        optional=("proposed", "guarded"),
        tagRef=f"refs/tags/{tag}",
        tag=tag,
        fixedRef=f"refs/tags/{environment_tag(tag, environment)}",
        latestRef=f"refs/tags/{latest_tag(environment)}",
        entries=book,
        environments=list(environments) or None,
        tags=tags,
        withTags=bool(tags),
        pull=trial.pull if trial else 0,
        withPull=trial is not None,
    )


def facts_of(
    answer: Json, *, tag: str, environment: str, book: str, actor: str, trial: Trial | None = None
) -> DeliveryFacts:
    """Translate the answer."""
    row, viewer = answer["repository"], answer["viewer"]["login"]
    proposed = row.get("proposed")
    found = _tried(trial, proposed) if trial else tag_of(row["tag"])
    names = {environment_tag(tag, environment): row["fixed"], latest_tag(environment): row["latest"]}
    names |= {ref["name"]: ref for ref in (row.get("numbered") or {"nodes": ()})["nodes"]}
    published = (release_of(row["published"]),) if row["published"] else ()
    ledger = ledger_of((row["ledger"] or {}).get("target"), book)
    return DeliveryFacts(
        repository=repository_of(row, viewer),
        ledger=ledger,
        tag=found,
        proposal=_proposal(proposed),
        digest=artifact_digest(found, published),
        deployments=deployments_of(row, ledger),
        environments=tuple(node["name"] for node in row["environments"]["nodes"]),
        unguarded=_unguarded(row),
        environment_tags={name: stands.commit for name, ref in names.items() if (stands := tag_of(ref))},
        asker=asker_of(row, viewer, actor),
        foreign_locks=foreign_locks.locks_of(row),
    )


def _unguarded(row: Json) -> frozenset[str]:
    """Private repositories lack rules where the plan has none; what the token may not read is not known."""
    nodes = (row["guarded"] or {}).get("nodes") or ()
    known = () if row["isPrivate"] else (node for node in nodes if node and node["protectionRules"])
    return frozenset(node["name"].lower() for node in known if not node["protectionRules"]["totalCount"])


def _proposal(row: Json | None) -> Proposal | None:
    if not row:
        return None
    return Proposal(row["number"], row["headRefOid"], row["state"], row["isCrossRepository"])


def _tried(trial: Trial, row: Json | None) -> Tag:
    """What is tried is the commit that was named, wherever its branch stands by now."""
    branch = tag_of(row["headRef"]) if row else None
    return branch if branch and branch.commit == trial.commit else Tag(str(trial), trial.commit)


def run_status(github: GitHub, run_id: str) -> str:
    """How far a workflow run is: `completed`, or anything else while it goes on."""
    return str(github.get(f"/actions/runs/{run_id}")["status"])
