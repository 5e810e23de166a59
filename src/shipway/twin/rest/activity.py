"""Who moved which branch when, over REST."""

from shipway.twin import git_history
from shipway.twin.git_objects import ZERO
from shipway.twin.node_ids import encode
from shipway.twin.rest.users import simple_user
from shipway.twin.routing import Call, route
from shipway.twin.store import Document, Json
from shipway.twin.world import Pushed, World, reacts_to


@reacts_to(Pushed)
def keep(world: World, push: Pushed) -> None:
    """Remember a move of a branch."""
    repo = world.repository(push.repo)
    if repo is None or not push.ref.startswith("refs/heads/"):
        return
    number = world.store.next_number("activity")
    row: Document = {
        "id": number,
        "node_id": encode("PSH", number),
        "before": push.old,
        "after": push.new,
        "ref": push.ref,
        "timestamp": world.now(),
        "activity_type": _kind(world, repo, push),
        "actor": push.actor,
    }
    world.store.put("activity", repo["full_name"], number, row)


def _kind(world: World, repo: Document, push: Pushed) -> str:
    if push.old == ZERO:
        return "branch_creation"
    if push.new == ZERO:
        return "branch_deletion"
    ahead = git_history.is_ancestor(world.git_of(repo), push.old, push.new)
    return "push" if ahead else "force_push"


@route("GET", "/repos/{owner}/{repo}/activity", needs="contents:read")
def list_activity(call: Call) -> Json:
    """Moves of branches, newest first, by branch, actor and kind: the first page. Merges are shown as pushes."""
    branch = call.query.get("ref", "").removeprefix("refs/heads/")
    wanted = {"ref": f"refs/heads/{branch}" if branch else ""}
    wanted |= {name: call.query.get(name, "") for name in ("actor", "activity_type")}
    equal = {name: value for name, value in wanted.items() if value}
    rows = call.world.store.find("activity", call.repo["full_name"], **equal)
    if call.query.get("direction") != "asc":
        rows = rows[::-1]
    _, size = call.paging
    return [row | {"actor": simple_user(call.world, row["actor"])} for row in rows[:size]]
