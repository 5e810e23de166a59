"""Classic branch protection: the whole of it, and its parts one by one."""

from typing import Any

from shipway.twin.behaviour import branches, protection
from shipway.twin.errors import not_found
from shipway.twin.rest.git_shapes import api
from shipway.twin.rest.users import simple_user
from shipway.twin.routing import Call, route
from shipway.twin.store import Document, Json

PROTECTION = "/repos/{owner}/{repo}/branches/{branch:path}/protection"
ADMINS = PROTECTION + "/enforce_admins"
CHECKS = PROTECTION + "/required_status_checks"
REVIEWS = PROTECTION + "/required_pull_request_reviews"
NEEDED = ("required_status_checks", "enforce_admins", "required_pull_request_reviews", "restrictions")
SWITCHES = (
    "required_linear_history",
    "allow_force_pushes",
    "allow_deletions",
    "block_creations",
    "required_conversation_resolution",
    "lock_branch",
    "allow_fork_syncing",
)


@route("GET", PROTECTION, needs="administration:read")
def get_protection(call: Call) -> Json:
    """The classic protection of a branch."""
    return _protection(call, _settings(call))


@route("PUT", PROTECTION, needs="administration:write")
def update_protection(call: Call) -> Json:
    """Replace the classic protection; four settings must be there, if only as null."""
    call.required(**dict.fromkeys(NEEDED, object))
    return _protection(call, branches.protect(call.world, call.repo, call["branch"], call.json))


@route("DELETE", PROTECTION, needs="administration:write")
def delete_protection(call: Call) -> None:
    """Take the classic protection away."""
    branches.unprotect(call.world, call.repo, call["branch"])


def _protection(call: Call, settings: Document) -> Json:
    url = f"{api(call.world, call.repo)}/branches/{call['branch']}/protection"
    shape: dict[str, Any] = {
        "url": url,
        "enforce_admins": {"url": f"{url}/enforce_admins", "enabled": bool(settings["enforce_admins"])},
        **{name: {"enabled": bool(settings.get(name))} for name in SWITCHES},
    }
    if settings["required_status_checks"]:
        shape["required_status_checks"] = _status_checks(url, settings)
    if settings["required_pull_request_reviews"]:
        shape["required_pull_request_reviews"] = _reviews(
            call, url, settings["required_pull_request_reviews"]
        )
    if settings["restrictions"]:
        shape["restrictions"] = _restrictions(call, url, settings["restrictions"])
    return shape


def _status_checks(url: str, settings: Document) -> Json:
    contexts = protection.required_checks(settings)
    return {
        "url": f"{url}/required_status_checks",
        "strict": bool(settings["required_status_checks"].get("strict")),
        "contexts": contexts,
        "contexts_url": f"{url}/required_status_checks/contexts",
        "checks": [
            {"context": context, "app_id": protection.bound_checks(settings).get(context)}
            for context in contexts
        ],
    }


def _reviews(call: Call, url: str, settings: Document) -> Json:
    shape: dict[str, Any] = {
        "url": f"{url}/required_pull_request_reviews",
        "dismiss_stale_reviews": bool(settings.get("dismiss_stale_reviews")),
        "require_code_owner_reviews": bool(settings.get("require_code_owner_reviews")),
        "require_last_push_approval": bool(settings.get("require_last_push_approval")),
        "required_approving_review_count": settings.get("required_approving_review_count", 1),
    }
    allowed = settings.get("bypass_pull_request_allowances")
    if allowed:
        users = [simple_user(call.world, login) for login in allowed.get("users") or []]
        shape["bypass_pull_request_allowances"] = {"users": users, "teams": [], "apps": []}
    return shape


def _restrictions(call: Call, url: str, settings: Document) -> Json:
    parts = ("users", "teams", "apps")
    return {
        "url": f"{url}/restrictions",
        **{f"{part}_url": f"{url}/restrictions/{part}" for part in parts},
        "users": [simple_user(call.world, login) for login in settings.get("users") or []],
        "teams": [],
        "apps": [],
    }


@route("GET", ADMINS, needs="administration:read")
def get_admin_protection(call: Call) -> Json:
    """Whether administrators are bound too."""
    return _protection(call, _settings(call))["enforce_admins"]


@route("POST", ADMINS, needs="administration:write")
def set_admin_protection(call: Call) -> Json:
    """Bind administrators too."""
    return _change(call, enforce_admins=True)["enforce_admins"]


@route("DELETE", ADMINS, needs="administration:write")
def delete_admin_protection(call: Call) -> None:
    """Let administrators pass."""
    _change(call, enforce_admins=False)


@route("GET", CHECKS, needs="administration:read")
def get_status_checks_protection(call: Call) -> Json:
    """The checks a commit needs."""
    return _part(call, "required_status_checks", "Required status checks not enabled")


@route("PATCH", CHECKS, needs="administration:write")
def update_status_check_protection(call: Call) -> Json:
    """Change the checks a commit needs; 404 when it needs none yet."""
    get_status_checks_protection(call)
    return _update(call, "required_status_checks")


@route("DELETE", CHECKS, needs="administration:write")
def remove_status_check_protection(call: Call) -> None:
    """Need no checks."""
    _change(call, required_status_checks=None)


@route("GET", REVIEWS, needs="administration:read")
def get_pull_request_review_protection(call: Call) -> Json:
    """The reviews a pull request needs."""
    return _part(call, "required_pull_request_reviews", "Pull request review protection not enabled")


@route("PATCH", REVIEWS, needs="administration:write")
def update_pull_request_review_protection(call: Call) -> Json:
    """Change the reviews a pull request needs, or begin to need some."""
    return _update(call, "required_pull_request_reviews")


@route("DELETE", REVIEWS, needs="administration:write")
def delete_pull_request_review_protection(call: Call) -> None:
    """Need no reviews."""
    _change(call, required_pull_request_reviews=None)


def _settings(call: Call) -> Document:
    return branches.protection_of(call.world, call.repo, call["branch"])


def _part(call: Call, name: str, missing: str) -> Json:
    settings = _settings(call)
    if not settings[name]:
        raise not_found(missing)
    return _protection(call, settings)[name]


def _update(call: Call, name: str) -> Json:
    before = _settings(call)[name] or {}
    if "contexts" in call.json:
        before = {key: value for key, value in before.items() if key != "checks"}
    return _change(call, **{name: before | call.json})[name]


def _change(call: Call, **changes: Json) -> Json:
    settings = _settings(call) | changes
    return _protection(call, branches.protect(call.world, call.repo, call["branch"], settings))
