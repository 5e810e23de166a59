"""REST requests and replies against GitHub's OpenAPI description."""

import json
import re
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from contract.schemas import github_slice
from shipway.twin.app import Incoming
from shipway.twin.routing import Reply

GENERIC = {
    400: "basic-error",
    401: "basic-error",
    403: "basic-error",
    404: "basic-error",
    409: "basic-error",
    413: "basic-error",
    415: "basic-error",
    422: "validation-error-simple",
    429: "basic-error",
}
"""Refusals that GitHub may answer anywhere without describing them operation by operation."""

NOT_DESCRIBED = {
    "GET /repos/{}/{}/git/refs/{}",
    "GET /repos/{}/{}/statuses/{}",
    "GET /repositories/{}",
}
"""Older operations that GitHub still serves, clients still use, and the description has left out."""

TAKEN = (": null is not of type", '"contexts" is a required property')
"""What GitHub takes although its description does not, and other clients send: null for an absent property,
and `checks` in the place of the `contexts` that it replaced."""

BARE_LISTS = ("/repos/{owner}/{repo}/issues/{issue_number}/labels",)
"""Where GitHub takes a list of names without the object around it that its description asks for."""

NOT_YET_DESCRIBED = {("put", "/repos/{owner}/{repo}/environments/{environment_name}"): "can_admins_bypass"}
"""Properties that GitHub takes and shows, and leaves out of its description, which allows no others."""

Operation = dict[str, Any]


@cache
def operations() -> dict[tuple[str, str], str]:
    """GitHub's path templates by method and the same template without the names of its placeholders."""
    paths = github_slice("rest").document["paths"]
    return {(method, _nameless(path)): path for path, item in paths.items() for method in item}


def described(method: str, template: str) -> str | None:
    """GitHub's template for a route; None when it has no such operation."""
    return operations().get((method.lower(), _nameless(template)))


def undescribed(method: str, template: str) -> bool:
    """Whether an operation exists without being described."""
    return f"{method.upper()} {_nameless(template)}" in NOT_DESCRIBED


def _nameless(template: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", template)


def check(incoming: Incoming, template: str, reply: Reply, *, ours: bool) -> list[str]:
    """What is wrong with a request and its reply; `ours` also forbids what the description does not know."""
    method = incoming.method.lower().replace("head", "get")
    path = described(method, template)
    if path is None:
        unrouted = template == incoming.path and reply.status in {401, 404}
        return [] if unrouted or undescribed(method, template) else ["GitHub describes no such operation"]
    problems = check_reply(path, method, reply)
    if ours or reply.status < 400:
        problems += check_request(path, method, incoming, ours=ours)
    return problems


def check_reply(path: str, method: str, reply: Reply) -> list[str]:
    """What is wrong with a reply."""
    responses = github_slice("rest").document["paths"][path][method]["responses"]
    status = str(reply.status)
    if reply.status == 304 or reply.status >= 500:
        return []
    if reply.status in GENERIC and responses.get(status) is None:
        place: tuple[str, ...] = ("components", "schemas", _refusal_schema(reply))
    elif status not in responses:
        return [f"reply {status} is not described; described are {', '.join(sorted(responses))}"]
    elif responses[status] is None:
        empty = reply.body in (None, b"") or isinstance(reply.body, bytes) or 300 <= reply.status < 400
        return [] if empty else [f"reply {status} has a body where none is described"]
    else:
        place = ("paths", path, method, "responses", status)
    if isinstance(reply.body, bytes):
        return []
    problems = github_slice("rest").problems(reply.body, *place)
    return [f"reply {status} {problem}" for problem in problems]


def _refusal_schema(reply: Reply) -> str:
    """The schema of a refusal that is not described for the operation; its errors are objects or sentences."""
    errors = reply.body.get("errors") if isinstance(reply.body, dict) else None
    if reply.status == 422 and errors and isinstance(errors[0], dict):
        return "validation-error"
    return GENERIC[reply.status]


def check_request(path: str, method: str, incoming: Incoming, *, ours: bool) -> list[str]:
    """What is wrong with a request."""
    described = github_slice("rest").document["paths"][path][method]
    problems = []
    if ours:
        asked = {name for name, _ in parse_qsl(incoming.query, keep_blank_values=True)}
        problems += [f"query {name}: unknown" for name in sorted(asked - set(described["query"]))]
    if described["body"] is None or not _is_json(incoming):
        return problems
    body = json.loads(incoming.body)
    if path in BARE_LISTS and isinstance(body, list) and not ours:
        body = {path.rpartition("/")[2]: body}
    if isinstance(body, dict):
        body.pop(NOT_YET_DESCRIBED.get((method, path)), None)
    found = github_slice("rest").problems(body, "paths", path, method, "body")
    problems += [f"request {problem}" for problem in found if ours or not _taken(problem)]
    known = github_slice("rest").properties(described["body"])
    if ours and known is not None and isinstance(body, dict):
        problems += [f"request /{name}: unknown property" for name in sorted(set(body) - known)]
    return problems


def _taken(problem: str) -> bool:
    return any(words in problem for words in TAKEN)


def _is_json(incoming: Incoming) -> bool:
    return incoming.body.lstrip()[:1] in (b"{", b"[", b'"')
