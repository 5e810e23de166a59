"""What a branch asks of a pull request before it may be merged, and how far one is."""

from collections.abc import Iterator
from dataclasses import dataclass

from shipway.twin import git_history
from shipway.twin.behaviour import apps, checks, codeowners, protection, reviews
from shipway.twin.store import Document, Json
from shipway.twin.world import World


@dataclass(frozen=True, slots=True)
class Requirements:
    """The demands of classic protection and of rulesets on one branch together."""

    reviews: bool = False
    approvals: int = 0
    code_owners: bool = False
    dismiss_stale: bool = False
    last_push: bool = False
    conversations: bool = False
    checks: tuple[tuple[str, int], ...] = ()
    """Name → id of the App that must report it, 0 for any."""
    strict: bool = False
    linear: bool = False
    queue: bool = False
    methods: tuple[str, ...] = ("merge", "squash", "rebase")
    rulesets: bool = False

    def __or__(self, other: "Requirements") -> "Requirements":
        """Both: the stricter of each demand."""
        return Requirements(
            reviews=self.reviews or other.reviews,
            approvals=max(self.approvals, other.approvals),
            code_owners=self.code_owners or other.code_owners,
            dismiss_stale=self.dismiss_stale or other.dismiss_stale,
            last_push=self.last_push or other.last_push,
            conversations=self.conversations or other.conversations,
            checks=tuple(dict.fromkeys(self.checks + other.checks)),
            strict=self.strict or other.strict,
            linear=self.linear or other.linear,
            queue=self.queue or other.queue,
            methods=tuple(one for one in self.methods if one in other.methods),
            rulesets=self.rulesets or other.rulesets,
        )


def of_branch(world: World, repo: Document, branch: str, *, bypass: bool = False) -> Requirements:
    """The demands of a branch; with `bypass` without those that the actor may pass over."""
    found = Requirements()
    classic = protection.of_branch(world, repo, branch)
    if classic and not (bypass and protection.passes_over(world, repo, classic)):
        reviewing = classic.get("required_pull_request_reviews") or {}
        excused = protection.listed(world, reviewing.get("bypass_pull_request_allowances") or {})
        found |= _classic(
            classic | {"required_pull_request_reviews": None} if bypass and excused else classic
        )
    for rule in (protection.binding_rules if bypass else protection.rules_of)(world, repo, branch):
        found |= _of_rule(rule["type"], rule.get("parameters") or {})
    return found


def _classic(rules: Document) -> Requirements:
    asked = rules.get("required_pull_request_reviews")
    reviewing = asked or {}
    return Requirements(
        reviews=asked is not None,
        approvals=reviewing.get("required_approving_review_count", 1 if asked is not None else 0),
        code_owners=bool(reviewing.get("require_code_owner_reviews")),
        dismiss_stale=bool(reviewing.get("dismiss_stale_reviews")),
        last_push=bool(reviewing.get("require_last_push_approval")),
        conversations=bool(rules.get("required_conversation_resolution")),
        checks=tuple(
            (name, protection.bound_checks(rules).get(name, 0)) for name in protection.required_checks(rules)
        ),
        strict=bool((rules.get("required_status_checks") or {}).get("strict")),
        linear=bool(rules.get("required_linear_history")),
    )


def _of_rule(kind: str, with_: dict[str, Json]) -> Requirements:
    if kind == "pull_request":
        return Requirements(
            reviews=True,
            approvals=with_.get("required_approving_review_count", 0),
            code_owners=with_.get("require_code_owner_review", False),
            dismiss_stale=with_.get("dismiss_stale_reviews_on_push", False),
            last_push=with_.get("require_last_push_approval", False),
            conversations=with_.get("required_review_thread_resolution", False),
            methods=tuple(with_.get("allowed_merge_methods") or Requirements().methods),
            rulesets=True,
        )
    if kind == "required_status_checks":
        named = tuple(
            (one["context"], one.get("integration_id") or 0) for one in with_["required_status_checks"]
        )
        strict = with_.get("strict_required_status_checks_policy", False)
        return Requirements(checks=named, strict=strict, rulesets=True)
    return Requirements(linear=kind == "required_linear_history", queue=kind == "merge_queue")


# -- how far a pull request is ---------------------------------------------------------------------


def mergeable(world: World, repo: Document, pull: Document) -> bool | None:
    """Whether head and base merge without conflicts; None when the base branch is gone or it is merged."""
    git = world.git_of(repo)
    base = git.branch(pull["base_ref"])
    if base is None or pull["merged_at"]:
        return None
    if git_history.is_ancestor(git, base, pull["head_sha"]):
        return True
    return git_history.merge_trees(git, base, pull["head_sha"]) is not None


def review_decision(world: World, repo: Document, pull: Document) -> str | None:
    """APPROVED, CHANGES_REQUESTED or REVIEW_REQUIRED; None where no review is asked for."""
    demands = of_branch(world, repo, pull["base_ref"])
    if not demands.reviews and not demands.code_owners:
        return None
    if refusing(world, repo, pull):
        return "CHANGES_REQUESTED"
    missing = next(_review_problems(world, repo, pull, demands), None)
    approved = missing is None and (demands.approvals or demands.code_owners)
    return "APPROVED" if approved else "REVIEW_REQUIRED" if missing else None


def approvals(world: World, repo: Document, pull: Document, demands: Requirements) -> list[str]:
    """Who approved, of those whose approval counts."""
    shut_out = {pull["user"]} | ({pull["pushed_by"]} if demands.last_push else set())
    opinions = reviews.latest_opinions(world, repo, pull["number"])
    names = [one["user"] for one in opinions if one["state"] == "APPROVED"]
    return [one for one in names if one not in shut_out and reviews.may_write(world, repo, one)]


def refusing(world: World, repo: Document, pull: Document) -> list[str]:
    """Who asks for changes, of those whose word counts."""
    opinions = reviews.latest_opinions(world, repo, pull["number"])
    names = [one["user"] for one in opinions if one["state"] == "CHANGES_REQUESTED"]
    return [one for one in names if reviews.may_write(world, repo, one)]


def changed_paths(world: World, repo: Document, pull: Document) -> list[str]:
    """The files a pull request changes, against the common ancestor with its base."""
    git = world.git_of(repo)
    base = git_history.merge_base(git, pull["base_sha"], pull["head_sha"]) or git_history.EMPTY_TREE
    return [one.path for one in git_history.changed_files(git, base, pull["head_sha"])]


def problems(world: World, repo: Document, pull: Document, demands: Requirements) -> list[str]:
    """Why the pull request may not be merged yet, in GitHub's words; conflicts and draft apart."""
    found = list(_review_problems(world, repo, pull, demands)) if demands.reviews else []
    found += _check_problems(world, repo, pull, demands)
    threads = reviews.threads(world, repo, pull["number"])
    if demands.conversations and any(not one["resolved"] for one in threads):
        found.append("A conversation must be resolved before this pull request can be merged.")
    return found


def _review_problems(world: World, repo: Document, pull: Document, demands: Requirements) -> Iterator[str]:
    if refusing(world, repo, pull):
        yield "Changes have been requested."
    given = approvals(world, repo, pull, demands)
    if len(given) < demands.approvals:
        word = "review is" if demands.approvals == 1 else "reviews are"
        yield f"At least {demands.approvals} approving {word} required by reviewers with write access."
    if demands.code_owners:
        paths = changed_paths(world, repo, pull)
        for owners in codeowners.owner_sets(world, repo, pull["base_ref"], paths):
            if not any(codeowners.is_owner(world, login, owner) for login in given for owner in owners):
                yield f"Waiting on code owner review from {' and/or '.join(owners)}."


def _check_problems(world: World, repo: Document, pull: Document, demands: Requirements) -> Iterator[str]:
    words = {"pending": "is in progress", "failure": "is failing"}
    for name, app_id in demands.checks:
        app = apps.by_id(world, app_id) if app_id else None
        state = checks.contexts_of(world, repo, pull["head_sha"], app).get(name)
        if state != "success":
            yield f'Required status check "{name}" {words.get(state or "", "is expected")}.'


def behind(world: World, repo: Document, pull: Document) -> bool:
    """Whether the base has commits that the head lacks."""
    git = world.git_of(repo)
    base = git.branch(pull["base_ref"])
    return base is not None and not git_history.is_ancestor(git, base, pull["head_sha"])


def merge_state(world: World, repo: Document, pull: Document) -> str:
    """GitHub's `mergeable_state`: dirty, draft, blocked, behind, unstable, clean or unknown."""
    possible = mergeable(world, repo, pull)
    if possible is None:
        return "unknown"
    if not possible:
        return "dirty"
    if pull["draft"]:
        return "draft"
    demands = of_branch(world, repo, pull["base_ref"])
    if problems(world, repo, pull, demands) or any(protection.barriers(world, repo, pull["base_ref"])):
        return "blocked"
    if demands.strict and behind(world, repo, pull):
        return "behind"
    states = checks.contexts(world, repo, pull["head_sha"]).values()
    return "unstable" if set(states) - {"success"} else "clean"
