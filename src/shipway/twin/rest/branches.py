"""Branches with their protection, and tags."""

from typing import Any

from shipway.twin import node_ids
from shipway.twin.behaviour import branches, protection, refs
from shipway.twin.errors import not_found
from shipway.twin.rest import git_shapes
from shipway.twin.rest.git_shapes import api, html
from shipway.twin.rest.users import simple_user
from shipway.twin.routing import Call, Reply, route
from shipway.twin.store import Document, Json

REPO = "/repos/{owner}/{repo}"
BRANCH = REPO + "/branches/{branch:path}"
SWITCHES = (
    "required_linear_history",
    "allow_force_pushes",
    "allow_deletions",
    "block_creations",
    "required_conversation_resolution",
    "lock_branch",
    "allow_fork_syncing",
)


@route("GET", REPO + "/branches", needs="contents:read")
def list_branches(call: Call) -> Json:
    """The branches by name."""
    wanted = {"true": True, "false": False}.get(call.query.get("protected", ""))
    return call.page(branches.names(call.world, call.repo, protected=wanted), lambda name: _short(call, name))


def _short(call: Call, name: str) -> Json:
    sha = refs.branch(call.world, call.repo, name)
    url = f"{api(call.world, call.repo)}/commits/{sha}"
    protected = branches.is_protected(call.world, call.repo, name)
    return {"name": name, "commit": {"sha": sha, "url": url}, "protected": protected}


@route("GET", BRANCH, needs="contents:read")
def get_branch(call: Call) -> Json:
    """A branch with its head."""
    name = call["branch"]
    sha = refs.branch(call.world, call.repo, name)
    url = f"{api(call.world, call.repo)}/branches/{name}"
    settings = protection.of_branch(call.world, call.repo, name)
    checks = protection.required_checks(settings) if settings else []
    level = "non_admins" if checks else "off"
    return {
        "name": name,
        "commit": git_shapes.commit(call.world, call.repo, sha),
        "_links": {"self": url, "html": f"{html(call.world, call.repo)}/tree/{name}"},
        "protected": branches.is_protected(call.world, call.repo, name),
        "protection": {
            "enabled": settings is not None,
            "required_status_checks": {
                "enforcement_level": level,
                "contexts": checks,
                "checks": [{"context": context, "app_id": None} for context in checks],
            },
        },
        "protection_url": f"{url}/protection",
    }


@route("GET", BRANCH + "/protection", needs="administration:read")
def get_protection(call: Call) -> Json:
    """The classic protection of a branch."""
    return _protection(call, branches.protection_of(call.world, call.repo, call["branch"]))


@route("PUT", BRANCH + "/protection", needs="administration:write")
def update_protection(call: Call) -> Json:
    """Replace the classic protection; four settings must be there, if only as null."""
    names = (
        "required_status_checks",
        "enforce_admins",
        "required_pull_request_reviews",
        "restrictions",
    )
    call.required(**dict.fromkeys(names, object))
    return _protection(call, branches.protect(call.world, call.repo, call["branch"], call.json))


@route("DELETE", BRANCH + "/protection", needs="administration:write")
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
        "checks": [{"context": context, "app_id": None} for context in contexts],
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


@route("GET", REPO + "/tags", needs="contents:read")
def list_tags(call: Call) -> Json:
    """The tags, last name first."""
    where = api(call.world, call.repo)

    def shape(tag: tuple[str, str]) -> Json:
        name, sha = tag
        return {
            "name": name,
            "commit": {"sha": sha, "url": f"{where}/commits/{sha}"},
            "zipball_url": f"{where}/zipball/refs/tags/{name}",
            "tarball_url": f"{where}/tarball/refs/tags/{name}",
            "node_id": node_ids.encode("REF", call.repo["id"], f"refs/tags/{name}"),
        }

    return call.page(list(branches.tags(call.world, call.repo).items()), shape)


_ARCHIVES = {"tarball": ("tar.gz", "application/gzip"), "zipball": ("zip", "application/zip")}


@route("GET", REPO + "/tarball/{ref:path}", needs="contents:read")
@route("GET", REPO + "/zipball/{ref:path}", needs="contents:read")
def download_archive(call: Call) -> Json:
    """Where the source archive of a ref is."""
    sha = call.world.git_of(call.repo).resolve(call["ref"])
    if sha is None:
        raise not_found()
    kind = call.route.template.split("/")[4]
    return Reply(302, None, {"location": f"{html(call.world, call.repo)}/legacy.{kind}/{sha}"})


@route("GET", "/_web/{owner}/{repo}/legacy.{kind}/{sha}", needs="contents:read")
def archive(call: Call) -> Json:
    """The source archive itself."""
    if call["kind"] not in _ARCHIVES:
        raise not_found()
    form, media_type = _ARCHIVES[call["kind"]]
    git = call.world.git_of(call.repo)
    sha = git.resolve(call["sha"])
    if sha is None:
        raise not_found()
    prefix = f"{call.repo['full_name'].replace('/', '-')}-{sha[:7]}/"
    data = git.run("archive", f"--format={form}", f"--prefix={prefix}", sha)
    return Reply(body=data, media_type=media_type)
