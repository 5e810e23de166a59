"""CODEOWNERS: who has to look at which files."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from shipway.twin.behaviour import access
from shipway.twin.store import Document
from shipway.twin.world import World

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")


@dataclass(frozen=True, slots=True)
class Owned:
    """One line: a pattern and its owners, logins or `org/team`."""

    pattern: str
    owners: tuple[str, ...]


def parse(text: str) -> list[Owned]:
    """The lines of a CODEOWNERS file in order; owners without their `@`."""
    lines = (line.split("#", 1)[0].split() for line in text.splitlines())
    return [Owned(words[0], tuple(one.removeprefix("@") for one in words[1:])) for words in lines if words]


def rules(world: World, repo: Document, branch: str) -> list[Owned]:
    """The rules on a branch, from the first of the places that has the file."""
    git = world.git_of(repo)
    sha = git.branch(branch)
    if sha is None:
        return []
    for place in PLACES:
        entry = git.entry(git.commit(sha).tree, place)
        if entry and entry.type == "blob":
            return parse(git.read("blob", entry.sha).decode("utf-8", "replace"))
    return []


def owners_of(rules_: Iterable[Owned], path: str) -> tuple[str, ...]:
    """The owners of a path: those of the last line that fits."""
    found: tuple[str, ...] = ()
    for rule in rules_:
        if _pattern(rule.pattern).match(path):
            found = rule.owners
    return found


@cache
def _pattern(text: str) -> re.Pattern[str]:
    anchored = "/" in text.rstrip("/")
    body = text.strip("/")
    regex = re.sub(r"\*\*/|\*\*|\*|\?|[^*?]+", _translate, body)
    start = "" if anchored else "(?:.*/)?"
    deeper = "" if body.endswith("*") and anchored and not body.endswith("**") else "(?:/.*)?"
    return re.compile(f"{start}{regex}{'/.*' if text.endswith('/') else deeper}$")


def _translate(found: re.Match[str]) -> str:
    special = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return special.get(found[0]) or re.escape(found[0])


def owner_sets(world: World, repo: Document, branch: str, paths: Iterable[str]) -> list[tuple[str, ...]]:
    """The different sets of owners of the paths; owners without write access do not count."""
    lines = rules(world, repo, branch)
    found = dict.fromkeys(owners_of(lines, path) for path in paths) if lines else {}
    sets = (tuple(one for one in owners if can_own(world, repo, one)) for owners in found)
    return [owners for owners in dict.fromkeys(sets) if owners]


def can_own(world: World, repo: Document, owner: str) -> bool:
    """Whether a login or team may write, as code owners must."""
    org, slash, slug = owner.partition("/")
    if not slash:
        known = world.user(owner) is not None
        return known and access.at_least(access.role_of(world, repo, owner), "write")
    grants = world.store.all("team_repository", repo["full_name"])
    mine = org.lower() == repo["owner"].lower()
    return mine and any(one["team"] == slug and access.at_least(one["role"], "write") for one in grants)


def is_owner(world: World, login: str, owner: str) -> bool:
    """Whether somebody is that owner or a member of that team."""
    org, slash, slug = owner.partition("/")
    if not slash:
        return login.lower() == owner.lower()
    return world.store.get("team_member", f"{org.lower()}/{slug}", login.lower()) is not None
