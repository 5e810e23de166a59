"""Workflow files: what they are called, and what may start them by hand."""

import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import yaml

from shipway.twin.behaviour import runs
from shipway.twin.behaviour.events import announce
from shipway.twin.errors import Refused, forbidden, not_found, unprocessable
from shipway.twin.store import Document, Json
from shipway.twin.world import World

FOLDER = ".github/workflows"
MOST_INPUTS = 25
_INPUT = re.compile(r"\$\{\{\s*(?:github\.event\.)?inputs\.([\w-]+)\s*\}\}")


def all_of(world: World, repo: Document) -> list[Document]:
    """The workflows on the default branch, by path, and those that ran once."""
    for path in _files(world, repo):
        ensure(world, repo, path)
    return world.store.all("workflow", repo["full_name"])


def _files(world: World, repo: Document) -> list[str]:
    git = world.git_of(repo)
    sha = git.branch(repo["default_branch"])
    folder = git.entry(git.commit(sha).tree, FOLDER) if sha else None
    names = [one.name for one in git.tree(folder.sha)] if folder and folder.type == "tree" else []
    return [f"{FOLDER}/{name}" for name in names if name.endswith((".yml", ".yaml"))]


def ensure(world: World, repo: Document, path: str) -> Document:
    """The workflow of a file."""
    known = world.store.get("workflow", repo["full_name"], path)
    if known:
        return known
    workflow: Document = {
        "id": world.next_id(),
        "path": path,
        "name": str(content(world, repo, path, repo["default_branch"]).get("name") or path),
        "state": "active",
        "created_at": world.now(),
        "updated_at": world.now(),
    }
    return world.store.put("workflow", repo["full_name"], path, workflow)


def find(world: World, repo: Document, name: str) -> Document:
    """A workflow by its number or the name of its file; 404 when there is none."""
    for one in all_of(world, repo):
        if name in {str(one["id"]), one["path"], PurePosixPath(one["path"]).name}:
            return one
    raise not_found()


def set_enabled(world: World, repo: Document, workflow: Document, *, enabled: bool) -> None:
    """Switch a workflow on or off."""
    workflow |= {"state": "active" if enabled else "disabled_manually", "updated_at": world.now()}
    world.store.put("workflow", repo["full_name"], workflow["path"], workflow)
    world.record("workflow.set", repo["full_name"], workflow["path"], enabled=enabled)


def content(world: World, repo: Document, path: str, ref: str) -> dict[Any, Json]:
    """A workflow file as it is on a ref; empty when it is missing or no YAML mapping."""
    git = world.git_of(repo)
    sha = git.resolve(ref)
    entry = git.entry(git.commit(sha).tree, path) if sha else None
    if entry is None or entry.type != "blob":
        return {}
    try:
        found = yaml.safe_load(git.read("blob", entry.sha))
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


def triggers(document: Mapping[Any, Json]) -> dict[str, Json]:
    """What starts a workflow. YAML 1.1 reads the key `on` as the truth value."""
    on = document.get("on", document.get(True))
    if isinstance(on, str):
        return {on: None}
    return dict.fromkeys(on) if isinstance(on, list) else dict(on or {})


def dispatch(
    world: World, repo: Document, workflow: Document, ref: str, inputs: Mapping[str, Json] | None = None
) -> Document:
    """Start a run by hand: record it as queued, for somebody outside to carry out."""
    git = world.git_of(repo)
    sha = git.resolve(ref)
    if sha is None:
        raise unprocessable(f"No ref found for: {ref}")
    if workflow["state"] != "active":
        raise Refused(403, "Cannot trigger a 'workflow_dispatch' on a disabled workflow")
    file = content(world, repo, workflow["path"], ref)
    started_by = triggers(file)
    if "workflow_dispatch" not in started_by:
        raise unprocessable("Workflow does not have 'workflow_dispatch' trigger")
    known = (started_by["workflow_dispatch"] or {}).get("inputs") or {}
    given = _checked(known, dict(inputs or {}))
    title = _INPUT.sub(lambda found: str(given.get(found[1], "")), str(file.get("run-name") or ""))
    event: Document = {"event": "workflow_dispatch", "inputs": given}
    run = runs.start(world, repo, workflow, ref, sha, title=title, **event)
    full = ref if ref.startswith("refs/") else f"refs/{'heads' if git.branch(ref) else 'tags'}/{ref}"
    world.record("workflow.dispatched", repo["full_name"], workflow["path"], ref=full, inputs=given)
    announce(world, repo, "workflow_dispatch", None, workflow=workflow, ref=full, inputs=given)
    return run


def _checked(known: Mapping[str, Json], given: dict[str, Json]) -> dict[str, Json]:
    unknown = [name for name in given if name not in known]
    if unknown:
        raise unprocessable(f"Unexpected inputs provided: {json.dumps(unknown)}")
    if len(given) > MOST_INPUTS:
        raise unprocessable(f"Provided inputs exceed the maximum of {MOST_INPUTS}")
    for name, rules in ((name, rules or {}) for name, rules in known.items()):
        if name not in given and rules.get("default") is not None:
            given[name] = rules["default"]
        if name not in given and rules.get("required"):
            raise unprocessable(f"Required input '{name}' not provided")
        if name in given:
            _check_value(name, rules, given[name])
    return {name: _text(value) for name, value in given.items()}


def _check_value(name: str, rules: Mapping[str, Json], value: Json) -> None:
    kind, text = rules.get("type", "string"), _text(value)
    if kind == "choice" and text not in [_text(one) for one in rules.get("options") or ()]:
        raise unprocessable(f"Provided value '{text}' for input '{name}' not in the list of allowed values")
    if kind == "boolean" and text not in {"true", "false"}:
        raise unprocessable(f"Provided value '{text}' for input '{name}' is not of type boolean")


def _text(value: Json) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


# -- what workflows' own tokens may do -------------------------------------------------------------


def permissions(world: World, repo: Document) -> Document:
    """The settings of `GITHUB_TOKEN`. The twin lets it open pull requests until somebody says otherwise."""
    usual = {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": True}
    return world.store.get("actions_permissions", repo["full_name"], "") or usual


def set_permissions(world: World, repo: Document, changes: Mapping[str, Json]) -> None:
    """Change these settings."""
    changed = permissions(world, repo) | dict(changes)
    world.store.put("actions_permissions", repo["full_name"], "", changed)
    world.record("actions.permissions_set", repo["full_name"], "", **changes)


def refuse_token(world: World, repo: Document) -> None:
    """Turn a workflow's own token down where it may neither open nor approve pull requests."""
    if world.actor.kind == "actions" and not permissions(world, repo)["can_approve_pull_request_reviews"]:
        raise forbidden("GitHub Actions is not permitted to create or approve pull requests.")
