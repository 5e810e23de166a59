"""Protected branches and rulesets: which changes of a ref GitHub turns down, and with what words."""

import fnmatch
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from shipway.twin import git_history
from shipway.twin.behaviour import access
from shipway.twin.errors import Refused
from shipway.twin.git_objects import ZERO
from shipway.twin.store import Document, Json
from shipway.twin.world import World

PULL_REQUEST = "Changes must be made through a pull request."
_NO_UPDATE = "Cannot update this protected ref."
_ROLE_IDS = {5: "admin", 2: "maintain", 4: "write"}

StatusSource = Callable[[World, Document, str], Mapping[str, str]]
_STATUS_SOURCES: list[StatusSource] = []


def status_source(source: StatusSource) -> StatusSource:
    """Register a function that tells the state of every context or check name on a commit.

    States are those of commit statuses; whatever is not `success` holds a required check back.
    """
    _STATUS_SOURCES.append(source)
    return source


@dataclass(frozen=True, slots=True)
class Change:
    """A ref about to move. Ids may be `ZERO`; `by_pull` is the pull request that is being merged."""

    ref: str
    old: str
    new: str
    by_pull: bool = False

    @property
    def branch(self) -> str | None:
        """The branch, when the ref is one."""
        return self.ref.removeprefix("refs/heads/") if self.ref.startswith("refs/heads/") else None


@dataclass(frozen=True, slots=True)
class Violation:
    """Why a change is turned down; `ruleset` tells rulesets from classic protection.

    `only_forced` marks refusals that hold only when the change is no fast forward.
    """

    message: str
    ruleset: bool = False
    only_forced: bool = False


def of_branch(world: World, repo: Document, branch: str) -> Document | None:
    """The classic protection of a branch, as it was put; None when it has none."""
    return world.store.get("protection", repo["full_name"], branch)


def rules_of(world: World, repo: Document, branch: str) -> list[Document]:
    """The rules of active rulesets that cover a branch, each with `ruleset_id`."""
    return rules_over(world, repo, f"refs/heads/{branch}")


def rules_over(world: World, repo: Document, ref: str) -> list[Document]:
    """The same for a branch or tag by its whole name."""
    found: list[Document] = []
    target = "tag" if ref.startswith("refs/tags/") else "branch"
    for ruleset in world.store.find("ruleset", repo["full_name"], enforcement="active", target=target):
        if covers(repo, ruleset, ref):
            source = {"ruleset_source_type": "Repository", "ruleset_source": repo["full_name"]}
            found += [{**rule, **source, "ruleset_id": ruleset["id"]} for rule in ruleset["rules"]]
    return found


def binding_rules(world: World, repo: Document, branch: str) -> list[Document]:
    """Those of `rules_of` that the current actor may not pass over."""
    found = rules_of(world, repo, branch)
    sets = {number: world.store.get("ruleset", repo["full_name"], number) for number in _numbers(found)}
    return [rule for rule in found if not _bypasses(world, repo, sets[rule["ruleset_id"]] or {})]


def _numbers(rules: list[Document]) -> set[int]:
    return {rule["ruleset_id"] for rule in rules}


def covers(repo: Document, ruleset: Document, ref: str) -> bool:
    """Whether a ruleset's conditions take in a branch or tag."""
    names = (ruleset.get("conditions") or {}).get("ref_name") or {"include": ["~ALL"]}

    def among(patterns: list[str]) -> bool:
        default = ref == f"refs/heads/{repo['default_branch']}"
        return any(
            one == "~ALL" or (one == "~DEFAULT_BRANCH" and default) or fnmatch.fnmatchcase(ref, one)
            for one in patterns
        )

    return among(names.get("include") or []) and not among(names.get("exclude") or [])


def violations(world: World, repo: Document, change: Change) -> list[Violation]:
    """Everything that speaks against a change by the current actor, as far as it is known beforehand.

    A forced update is not examined here: see `Violation.only_forced` and `refuse`.
    """
    if change.branch is None:
        return [*_immutable_tag(world, repo, change), *_by_rulesets(world, repo, change)]
    protection = of_branch(world, repo, change.branch)
    found = list(_classic(world, repo, change, protection)) if protection else []
    return [*found, *_by_rulesets(world, repo, change)]


def _by_rulesets(world: World, repo: Document, change: Change) -> Iterator[Violation]:
    for number in {rule["ruleset_id"] for rule in rules_over(world, repo, change.ref)}:
        ruleset = world.store.get("ruleset", repo["full_name"], number)
        if ruleset and not _bypasses(world, repo, ruleset):
            yield from _by_rules(world, repo, change, ruleset["rules"])


def _immutable_tag(world: World, repo: Document, change: Change) -> Iterator[Violation]:
    """The tag of an immutable release stays where it is while the release exists."""
    tag = change.ref.removeprefix("refs/tags/")
    if change.old != ZERO and world.store.find("release", repo["full_name"], tag_name=tag, immutable=True):
        text = "Cannot delete this tag" if change.new == ZERO else _NO_UPDATE
        yield Violation(text, ruleset=True)


def refuse(world: World, repo: Document, change: Change, *, status: int = 422, prefix: str = "") -> None:
    """Raise GitHub's refusal when a rule forbids the change; its objects must be here already."""
    found = violations(world, repo, change)
    if any(one.only_forced for one in found):
        forced = not git_history.is_ancestor(world.git_of(repo), change.old, change.new)
        found = [one for one in found if forced or not one.only_forced]
    if not found:
        return
    text = "\n".join(dict.fromkeys(one.message for one in found))
    if any(one.ruleset for one in found):
        text = f"Repository rule violations found\n\n{text}\n\n"
    kind = "UNPROCESSABLE" if found[0].ruleset else "BRANCH_PROTECTION_RULE_VIOLATION"
    raise Refused(status, prefix + text, graphql_type=kind)


def missing_checks(world: World, repo: Document, sha: str, required: list[str]) -> list[str]:
    """The required contexts that are not successful on a commit."""
    states: dict[str, str] = {}
    for source in _STATUS_SOURCES:
        states |= source(world, repo, sha)
    return [context for context in required if states.get(context) != "success"]


def bound_checks(protection: Document) -> dict[str, int]:
    """Of the contexts that a classic protection requires those that one App must report, with its id."""
    checks = (protection.get("required_status_checks") or {}).get("checks") or []
    return {one["context"]: one["app_id"] for one in checks if (one.get("app_id") or -1) > 0}


def required_checks(protection: Document) -> list[str]:
    """The contexts that a classic protection requires."""
    checks = protection.get("required_status_checks") or {}
    named = [one["context"] for one in checks.get("checks") or []]
    return list(dict.fromkeys([*named, *(checks.get("contexts") or [])]))


def _classic(world: World, repo: Document, change: Change, protection: Document) -> Iterator[Violation]:
    if change.new == ZERO:
        if not protection.get("allow_deletions"):
            yield Violation("Cannot delete this branch")
        return
    if change.old == ZERO:
        return
    if not protection.get("allow_force_pushes"):
        yield Violation("Cannot force-push to this branch", only_forced=True)
    if not passes_over(world, repo, protection):
        yield from _closed(world, protection)
        yield from _pushing(world, repo, change, protection)


def barriers(world: World, repo: Document, branch: str) -> Iterator[Violation]:
    """What keeps the current actor from changing a branch, also by merging a pull request."""
    protection = of_branch(world, repo, branch)
    if protection and not passes_over(world, repo, protection):
        yield from _closed(world, protection)
    if any(rule["type"] == "update" for rule in binding_rules(world, repo, branch)):
        yield Violation(_NO_UPDATE, ruleset=True)


def _closed(world: World, protection: Document) -> Iterator[Violation]:
    if protection.get("lock_branch"):
        yield Violation("Cannot change this locked branch")
    restrictions = protection.get("restrictions")
    if restrictions and not listed(world, restrictions):
        yield Violation("You're not authorized to push to this branch.")


def _pushing(world: World, repo: Document, change: Change, protection: Document) -> Iterator[Violation]:
    if protection.get("required_linear_history"):
        yield from _linear(world, repo, change, ruleset=False)
    reviews = protection.get("required_pull_request_reviews")
    allowances = (reviews or {}).get("bypass_pull_request_allowances") or {}
    if reviews and not change.by_pull and not listed(world, allowances):
        yield Violation(PULL_REQUEST)
    yield from _checks(world, repo, change, required_checks(protection), ruleset=False)


def _by_rules(world: World, repo: Document, change: Change, rules: list[Document]) -> Iterator[Violation]:
    named: dict[str, Json] = {rule["type"]: rule.get("parameters") or {} for rule in rules}
    if change.new == ZERO:
        if "deletion" in named:
            yield Violation(f"Cannot delete this {'branch' if change.branch else 'tag'}", ruleset=True)
        return
    if change.old == ZERO:
        if "creation" in named:
            yield Violation("Cannot create ref due to creations being restricted.", ruleset=True)
        return
    if "update" in named:
        yield Violation(_NO_UPDATE, ruleset=True)
    if "non_fast_forward" in named:
        yield Violation("Cannot force-push to this branch", ruleset=True, only_forced=True)
    if "required_linear_history" in named:
        yield from _linear(world, repo, change, ruleset=True)
    if "pull_request" in named and not change.by_pull:
        yield Violation(PULL_REQUEST, ruleset=True)
    checks = named.get("required_status_checks", {}).get("required_status_checks", [])
    yield from _checks(world, repo, change, [one["context"] for one in checks], ruleset=True)


def _checks(
    world: World, repo: Document, change: Change, required: list[str], *, ruleset: bool
) -> Iterator[Violation]:
    missing = missing_checks(world, repo, change.new, required)
    if len(missing) == 1:
        yield Violation(f'Required status check "{missing[0]}" is expected.', ruleset)
    elif missing:
        text = f"{len(missing)} of {len(required)} required status checks are expected."
        yield Violation(text, ruleset)


def _linear(world: World, repo: Document, change: Change, *, ruleset: bool) -> Iterator[Violation]:
    git = world.git_of(repo)
    if git.kind(change.new) != "commit":
        return  # a push that is still on its way; what it brings is not here to look at
    between = git_history.commits_between(git, change.old, change.new)
    if any(len(git.commit(sha).parents) > 1 for sha in between):
        yield Violation("This branch must not contain merge commits.", ruleset)


def passes_over(world: World, repo: Document, protection: Document) -> bool:
    """Whether classic protection does not bind the current actor, an administrator whom it leaves out.

    That goes for a locked branch too. See "About protected branches" in GitHub's documentation: restrictions do not
    apply to administrators unless bypassing is switched off.
    """
    who = world.actor
    admin = who.kind == "user" and access.role_of(world, repo, who.login) == "admin"
    return admin and not protection.get("enforce_admins")


def listed(world: World, actors: Mapping[str, Json]) -> bool:
    """Whether the current actor is among the people and Apps that a protection names."""
    login = world.actor.login
    users, apps = actors.get("users") or [], actors.get("apps") or []
    return login in users or login.removesuffix("[bot]") in apps


def _bypasses(world: World, repo: Document, ruleset: Document) -> bool:
    who = world.actor
    for actor in ruleset.get("bypass_actors") or []:
        if actor["actor_type"] == "Integration" and who.app_id == actor["actor_id"]:
            return True
        role = _ROLE_IDS.get(actor.get("actor_id") or 0)
        named = actor["actor_type"] == "RepositoryRole" and who.kind == "user"
        if named and role and access.at_least(access.role_of(world, repo, who.login), role):
            return True
    return False
