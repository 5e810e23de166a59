"""Rulesets, and the rules that apply to a branch."""

from shipway.twin import node_ids
from shipway.twin.behaviour import protection, rulesets
from shipway.twin.rest.git_shapes import api, html
from shipway.twin.routing import Call, created, route
from shipway.twin.store import Document, Json

REPO = "/repos/{owner}/{repo}"


@route("GET", REPO + "/rules/branches/{branch:path}")
def get_branch_rules(call: Call) -> Json:
    """The active rules that cover a branch, whether it exists or not."""
    return call.page(protection.rules_of(call.world, call.repo, call["branch"]), lambda rule: rule)


@route("GET", REPO + "/rulesets")
def list_rulesets(call: Call) -> Json:
    """The rulesets without their rules."""
    found = call.world.store.all("ruleset", call.repo["full_name"])
    return call.page(found, lambda one: _shape(call, one, full=False))


@route("GET", REPO + "/rulesets/{ruleset_id}")
def get_ruleset(call: Call) -> Json:
    """A ruleset with conditions and rules."""
    return _shape(call, rulesets.get(call.world, call.repo, call.number("ruleset_id")))


@route("POST", REPO + "/rulesets", needs="administration:write")
def create_ruleset(call: Call) -> Json:
    """A new ruleset."""
    call.required(name=str, enforcement=str)
    return created(_shape(call, rulesets.create(call.world, call.repo, call.json)))


@route("PUT", REPO + "/rulesets/{ruleset_id}", needs="administration:write")
def update_ruleset(call: Call) -> Json:
    """Change a ruleset."""
    number = call.number("ruleset_id")
    return _shape(call, rulesets.update(call.world, call.repo, number, call.json))


@route("DELETE", REPO + "/rulesets/{ruleset_id}", needs="administration:write")
def delete_ruleset(call: Call) -> None:
    """Remove a ruleset."""
    rulesets.delete(call.world, call.repo, call.number("ruleset_id"))


def _shape(call: Call, ruleset: Document, *, full: bool = True) -> Json:
    hidden = () if full else ("bypass_actors", "conditions", "rules")
    number = ruleset["id"]
    return {
        **{name: value for name, value in ruleset.items() if name not in hidden},
        "source_type": "Repository",
        "source": call.repo["full_name"],
        "node_id": node_ids.encode("RRS", call.repo["id"], number),
        "_links": {
            "self": {"href": f"{api(call.world, call.repo)}/rulesets/{number}"},
            "html": {"href": f"{html(call.world, call.repo)}/rules/{number}"},
        },
    }
