"""Branches and tags, and the source at a point as an archive."""

from shipway.twin import node_ids
from shipway.twin.behaviour import branches, protection, refs
from shipway.twin.errors import not_found
from shipway.twin.rest import git_shapes
from shipway.twin.rest.git_shapes import api, html
from shipway.twin.routing import Call, Reply, route
from shipway.twin.store import Json

REPO = "/repos/{owner}/{repo}"
BRANCH = REPO + "/branches/{branch:path}"


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


@route("GET", REPO + "/commits/{commit_sha}/branches-where-head", needs="contents:read")
def list_branches_where_head(call: Call) -> Json:
    """The branches whose head a commit is."""
    sha = refs.commit_of(call.world, call.repo, call["commit_sha"])
    found = branches.names(call.world, call.repo)
    return [_short(call, name) for name in found if refs.branch(call.world, call.repo, name) == sha]


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
