"""Everything a person could see, in a form that equals itself between equal runs.

No ids, times or commit ids: a commit is described by its tree, its message and its parents' descriptions.
"""

import hashlib
from collections.abc import Callable

from shipway.twin.git_store import GitRepository
from shipway.twin.store import Document, Json
from shipway.twin.world import World

Part = Callable[[World, Document], Json]
_PARTS: dict[str, Part] = {}


def part_of_state(name: str) -> Callable[[Part], Part]:
    """Register a function that tells one part of a repository's state."""

    def register(part: Part) -> Part:
        _PARTS[name] = part
        return part

    return register


def state(world: World) -> Json:
    """The state of every repository by name; what is empty is left out."""
    found: dict[str, Json] = {}
    for repo in sorted(world.store.all("repository", ""), key=lambda one: str(one["full_name"])):
        parts = {name: part(world, repo) for name, part in sorted(_PARTS.items())}
        found[repo["full_name"]] = {name: part for name, part in parts.items() if part}
    return found


def describe(git: GitRepository, sha: str) -> str:
    """A commit by what it is rather than when it was made: a digest and the first line of its message."""
    subject = git.commit(sha).message.partition("\n")[0]
    return f"{_digests(git)[sha][:12]} {subject}"


def _digests(git: GitRepository) -> dict[str, str]:
    """The digest of every commit that a ref reaches."""
    return git.remember(("digests", frozenset(git.refs.values())), lambda: _digest_all(git))


def _digest_all(git: GitRepository) -> dict[str, str]:
    log = git.run("log", "--all", "--topo-order", "--reverse", "-z", "--format=%H%n%T%n%P%n%B")
    found: dict[str, str] = {}
    for row in log.decode("utf-8", "surrogateescape").split("\0"):
        if row:
            sha, tree, parents, message = row.split("\n", 3)
            text = "\n".join([tree, *(found[parent] for parent in parents.split()), message.rstrip("\n")])
            found[sha] = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    return found


@part_of_state("refs")
def _refs(world: World, repo: Document) -> Json:
    git = world.git_of(repo)
    return {name: _target(git, sha) for name, sha in git.refs.items()}


def _target(git: GitRepository, sha: str) -> Json:
    if git.kind(sha) == "tag":
        tag = git.tag(sha)
        return {"tag": tag.name, "message": tag.message, "object": _target(git, tag.object)}
    return describe(git, sha) if git.kind(sha) == "commit" else sha


@part_of_state("settings")
def _settings(_world: World, repo: Document) -> Json:
    hidden = {"id", "created_at", "updated_at", "pushed_at"}
    return {name: value for name, value in sorted(repo.items()) if name not in hidden}


@part_of_state("protection")
def _protection(world: World, repo: Document) -> Json:
    branches = sorted(world.store.keys("protection", repo["full_name"]))
    return {name: world.store.get("protection", repo["full_name"], name) for name in branches}


@part_of_state("rulesets")
def _rulesets(world: World, repo: Document) -> Json:
    hidden = {"id", "created_at", "updated_at"}
    return [
        {name: value for name, value in ruleset.items() if name not in hidden}
        for ruleset in world.store.all("ruleset", repo["full_name"])
    ]
