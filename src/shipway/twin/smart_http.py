"""git clone, fetch and push over HTTP: GitHub's doorkeeping around `git http-backend`.

A push is looked at before git sees it: what can be refused from the names alone goes to an `update` hook
as a list in its environment, together with what may only be a fast forward. Afterwards the refs that
moved are journaled and told like any other change.
"""

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shipway.twin.behaviour import access, protection, refs
from shipway.twin.behaviour.protection import Change, Violation
from shipway.twin.errors import Refused
from shipway.twin.git_objects import ZERO
from shipway.twin.git_store import ENVIRONMENT, GitRepository, git_path
from shipway.twin.identity import Identity
from shipway.twin.routing import Reply
from shipway.twin.store import Document
from shipway.twin.world import World

_HOOK = """#!/bin/sh
# Refuses what TWIN_REFUSED lists: lines of ref, "always" or "forced", and GitHub's words.
tab=$(printf '\\t')
printf '%s' "$TWIN_REFUSED" | while IFS="$tab" read -r ref when message; do
    [ "$ref" = "$1" ] || continue
    if [ "$when" = forced ] && git merge-base --is-ancestor "$2" "$3"; then continue; fi
    echo "error: $message" >&2
    exit 1
done
"""


@dataclass(frozen=True, slots=True)
class GitCall:
    """One request of a git client; `service` is what follows the repository in the path."""

    repo: str
    service: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def pushes(self) -> bool:
        """Whether it belongs to a push."""
        return "git-receive-pack" in {self.service, self.query.get("service")}


def serve(world: World, who: Identity, call: GitCall) -> Reply:
    """Answer a git client; runs outside the lock while git works."""
    with world.locked(who):
        repo = _admit(world, who, call)
        git = world.git_of(repo)
        moving = _commands(call.body) if call.service == "git-receive-pack" else []
        refused = "".join(_refusals(world, repo, moving))
    if moving:
        _install_hook(git)
    reply = _backend(git, who, call, refused)
    if moving:
        with world.locked(who):
            _tell(world, repo, moving)
    return reply


def _admit(world: World, who: Identity, call: GitCall) -> Document:
    login = Refused(401, "Authentication required", headers={"www-authenticate": 'Basic realm="GitHub"'})
    try:
        repo = access.visible_repository(world, who, call.repo)
        access.require(world, who, repo, "contents:write" if call.pushes else "contents:read")
    except Refused as refused:
        if who.kind == "anonymous":
            raise login from None
        if call.pushes and world.repository(call.repo):
            text = f"Permission to {call.repo}.git denied to {who.login}."
            raise Refused(403, text) from None
        raise Refused(404, "Repository not found.") from refused
    return repo


def _commands(body: bytes) -> list[Change]:
    """The changes that a push asks for: pkt-lines of old id, new id and ref, up to a flush."""
    found, position = [], 0
    while (size := int(body[position : position + 4] or b"0", 16)) > 4:
        line = body[position + 4 : position + size].split(b"\0")[0].decode("utf-8", "replace").strip()
        position += size
        old, _, rest = line.partition(" ")
        new, _, ref = rest.partition(" ")
        if ref and len(old) == len(new) == len(ZERO):
            found.append(Change(ref, old, new))
    return found


def _refusals(world: World, repo: Document, moving: list[Change]) -> Iterator[str]:
    for change in moving:
        found = protection.violations(world, repo, change)
        if change.new == ZERO and change.branch == repo["default_branch"]:
            found.append(Violation("refusing to delete the current branch"))
        for when, group in (
            ("always", [one for one in found if not one.only_forced]),
            ("forced", [one for one in found if one.only_forced]),
        ):
            if group:
                yield f"{change.ref}\t{when}\t{_words(change.ref, group)}\n"


def _words(ref: str, found: list[Violation]) -> str:
    said = " ".join(dict.fromkeys(f"- {one.message}" for one in found))
    if any(one.ruleset for one in found):
        return f"GH013: Repository rule violations found for {ref}. {said}"
    return f"GH006: Protected branch update failed for {ref}. {said}"


def _install_hook(git: GitRepository) -> None:
    hook = git.path / "hooks" / "update"
    if not hook.exists():
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(_HOOK)
        hook.chmod(0o755)


def _backend(git: GitRepository, who: Identity, call: GitCall, refused: str) -> Reply:
    variables = {
        "GIT_PROJECT_ROOT": str(git.path.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{git.path.name}/{call.service}",
        "PATH": git_path(),
        "QUERY_STRING": "&".join(f"{name}={value}" for name, value in call.query.items()),
        "REQUEST_METHOD": "GET" if call.service == "info/refs" else "POST",
        "CONTENT_TYPE": call.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(call.body)),
        "HTTP_CONTENT_ENCODING": call.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": call.headers.get("git-protocol", ""),
        "REMOTE_USER": who.login,
        "TWIN_REFUSED": refused,
    }

    def answered() -> bytes:
        return subprocess.run(
            ["git", "http-backend"],
            input=call.body,
            capture_output=True,
            env=ENVIRONMENT | variables,
            check=False,
        ).stdout

    # In protocol 2 a fetch begins with what the server can do. That names no refs, and is the same each time.
    greeting = call.service == "info/refs" and not call.pushes and variables["GIT_PROTOCOL"] == "version=2"
    return _reply(git.remember(("greeting",), answered) if greeting else answered())


def _reply(output: bytes) -> Reply:
    head, _, body = output.partition(b"\r\n\r\n")
    headers = {}
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
    status = int(headers.pop("status", "200").split(" ")[0])
    return Reply(status, body, headers, headers.pop("content-type", "text/plain"))


def _tell(world: World, repo: Document, moving: list[Change]) -> None:
    git = world.git_of(repo)
    git.forget_refs()
    for change in moving:
        old, new = change.old, git.refs.get(change.ref, ZERO)
        if new == change.new and old != new:
            refs.moved(world, repo, change.ref, old, new)
