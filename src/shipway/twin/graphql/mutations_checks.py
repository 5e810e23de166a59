"""Mutations of check runs."""

from typing import Any

from shipway.twin.behaviour import checks
from shipway.twin.graphql.fields import Context
from shipway.twin.graphql.lookup import thing, typed, writable
from shipway.twin.graphql.mutations import Input, Payload, mutation

_SAME = ("name", "external_id", "details_url", "started_at", "completed_at")
_RANGE = ("start_line", "end_line", "start_column", "end_column")


@mutation("createCheckRun")
def create_check_run(context: Context, given: Input) -> Payload:
    """Add a check run of the acting app to a commit."""
    repo = writable(context, given["repository_id"], "checks:write", "Repository").data
    fields = _fields(given)
    name = fields.pop("name")
    made = checks.create_run(context.world, repo, name, given["head_sha"], **fields)
    return {"check_run": thing("check_run", repo, made)}


@mutation("updateCheckRun")
def update_check_run(context: Context, given: Input) -> Payload:
    """Change a check run of the acting app."""
    repo = writable(context, given["repository_id"], "checks:write", "Repository").data
    run = typed(context, given["check_run_id"], "CheckRun")
    made = checks.update_run(context.world, repo, run["id"], **_fields(given))
    return {"check_run": thing("check_run", repo, made)}


def _fields(given: Input) -> dict[str, Any]:
    """The input in the words of the REST API."""
    fields = {name: given[name] for name in _SAME if given.get(name) is not None}
    fields |= {name: given[name].lower() for name in ("status", "conclusion") if given.get(name)}
    if given.get("output"):
        output = given["output"]
        annotations = [_annotation(one) for one in output.get("annotations") or ()]
        fields["output"] = {**output, "annotations": annotations}
    if given.get("actions"):
        fields["actions"] = [dict(one) for one in given["actions"]]
    return fields


def _annotation(given: Input) -> dict[str, Any]:
    place = {name: given["location"][name] for name in _RANGE if given["location"].get(name) is not None}
    level = given["annotation_level"].lower()
    words = {name: given[name] for name in ("path", "message", "title", "raw_details") if given.get(name)}
    return {**words, **place, "annotation_level": level}
