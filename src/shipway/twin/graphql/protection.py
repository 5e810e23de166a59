"""Branch protection, rulesets and merge queues."""

from shipway.twin import node_ids
from shipway.twin.behaviour import protection
from shipway.twin.graphql.checks import app, app_document
from shipway.twin.graphql.connections import Connection, connect
from shipway.twin.graphql.fields import Context, Json, Thing, resolves
from shipway.twin.store import Document

PARAMETERS = {
    "pull_request": "PullRequestParameters",
    "required_status_checks": "RequiredStatusChecksParameters",
}
"""The rules whose parameters the schema slice shows; others show None."""


@resolves("Ref", "branchProtectionRule")
def rule_of_ref(context: Context, ref: Thing) -> Thing | None:
    """The classic protection of a branch."""
    prefix, name = "refs/heads/", ref["full_name"]
    if not name.startswith(prefix):
        return None
    found = protection.of_branch(context.world, ref.repository, name.removeprefix(prefix))
    return _rule(ref.repository, name.removeprefix(prefix), found) if found else None


@resolves("Repository", "branchProtectionRules")
def rules_of_repository(context: Context, repo: Thing, **page: Json) -> Connection:
    """Every classic protection."""
    store = context.world.store
    names = store.keys("protection", repo["full_name"])
    found = [(name, store.get("protection", repo["full_name"], name)) for name in names]
    return connect([_rule(repo.data, name, one) for name, one in found if one], **page)


def _rule(repo: Document, pattern: str, settings: Document) -> Thing:
    reviews = settings.get("required_pull_request_reviews") or {}
    checks = settings.get("required_status_checks") or {}
    reviewed = settings.get("required_pull_request_reviews") is not None
    data = {
        "pattern": pattern,
        "database_id": None,
        "requires_approving_reviews": reviewed,
        "required_approving_review_count": reviews.get("required_approving_review_count", 1)
        if reviewed
        else None,
        "requires_code_owner_reviews": bool(reviews.get("require_code_owner_reviews")),
        "dismisses_stale_reviews": bool(reviews.get("dismiss_stale_reviews")),
        "requires_status_checks": settings.get("required_status_checks") is not None,
        "requires_strict_status_checks": bool(checks.get("strict")),
        "required_status_check_contexts": protection.required_checks(settings),
        "bound_checks": protection.bound_checks(settings),
        "requires_linear_history": bool(settings.get("required_linear_history")),
        "requires_conversation_resolution": bool(settings.get("required_conversation_resolution")),
        "requires_commit_signatures": bool(settings.get("required_signatures")),
        "is_admin_enforced": bool(settings.get("enforce_admins")),
        "allows_force_pushes": bool(settings.get("allow_force_pushes")),
        "allows_deletions": bool(settings.get("allow_deletions")),
    }
    return Thing("BranchProtectionRule", data, repo)


@resolves("BranchProtectionRule", "id")
def rule_id(_: Context, rule: Thing) -> str:
    """The node id."""
    return node_ids.encode("BPR", rule.repository["id"], rule["pattern"])


@resolves("Ref", "rules")
def rules_of_ref(context: Context, ref: Thing, order_by: Json = None, **page: Json) -> Connection:
    """The rules of active rulesets that cover a branch or tag."""
    del order_by
    found = protection.rules_over(context.world, ref.repository, ref["full_name"])
    return connect([Thing("RepositoryRule", one, ref.repository) for one in found], **page)


@resolves("RepositoryRuleset", "rules")
def rules_of_ruleset(_: Context, ruleset: Thing, type: str | None = None, **page: Json) -> Connection:  # noqa: A002 - the argument's name
    """The rules of a ruleset, of one type if asked."""
    rules = [{**one, "ruleset_id": ruleset["id"]} for one in ruleset["rules"]]
    rules = [one for one in rules if type in {None, one["type"].upper()}]
    return connect([Thing("RepositoryRule", one, ruleset.repository) for one in rules], **page)


resolves("RepositoryRule", "type")(lambda _, rule: rule["type"].upper())


@resolves("RepositoryRule", "id")
def repository_rule_id(_: Context, rule: Thing) -> str:
    """The node id."""
    return node_ids.encode("RRU", rule.repository["id"], rule["ruleset_id"], rule["type"])


@resolves("RepositoryRule", "parameters")
def parameters(_: Context, rule: Thing) -> Thing | None:
    """What the rule is set to."""
    kind, values = PARAMETERS.get(rule["type"]), rule.data.get("parameters")
    return Thing(kind, values) if kind and values is not None else None


def _setting(key: str, *, default: Json) -> Json:
    return lambda _, rule: rule.data.get(key, default)


resolves("PullRequestParameters", "requiredApprovingReviewCount")(
    _setting("required_approving_review_count", default=0)
)
resolves("PullRequestParameters", "requireCodeOwnerReview")(
    _setting("require_code_owner_review", default=False)
)
resolves("PullRequestParameters", "requireLastPushApproval")(
    _setting("require_last_push_approval", default=False)
)
resolves("PullRequestParameters", "dismissStaleReviewsOnPush")(
    _setting("dismiss_stale_reviews_on_push", default=False)
)
resolves("PullRequestParameters", "requiredReviewThreadResolution")(
    _setting("required_review_thread_resolution", default=False)
)
resolves("RequiredStatusChecksParameters", "strictRequiredStatusChecksPolicy")(
    _setting("strict_required_status_checks_policy", default=False)
)


@resolves("BranchProtectionRule", "requiredStatusChecks")
def checks_of_rule(_: Context, rule: Thing) -> list[Thing]:
    """The contexts that it requires, each with the App that must report it."""
    return [
        Thing("RequiredStatusCheckDescription", {"context": name, "app_id": rule["bound_checks"].get(name)})
        for name in rule["required_status_check_contexts"]
    ]


@resolves("RequiredStatusCheckDescription", "app")
def app_of_check(context: Context, one: Thing) -> Thing | None:
    """The App that must report it."""
    return app(app_document(context, one["app_id"])) if one["app_id"] else None


resolves("StatusCheckConfiguration", "integrationId")(lambda _, one: one.get("integration_id"))


@resolves("Repository", "rulesets")
def rulesets(context: Context, repo: Thing, targets: list[str] | None = None, **page: Json) -> Connection:
    """The rulesets, of some targets if asked."""
    page.pop("include_parents", None)
    found = [
        Thing("RepositoryRuleset", one, repo.data)
        for one in context.world.store.all("ruleset", repo["full_name"])
        if not targets or one["target"].upper() in targets
    ]
    return connect(found, **page)


resolves("RepositoryRuleset", "databaseId")(lambda _, one: one["id"])
resolves("RepositoryRuleset", "enforcement")(lambda _, one: one["enforcement"].upper())
resolves("RepositoryRuleset", "target")(lambda _, one: one["target"].upper())


@resolves("RepositoryRuleset", "id")
def ruleset_id(_: Context, ruleset: Thing) -> str:
    """The node id."""
    return node_ids.encode("RRS", ruleset.repository["id"], ruleset["id"])
