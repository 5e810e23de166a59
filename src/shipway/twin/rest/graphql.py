"""`POST /graphql`: the door to the other API."""

from shipway.twin.errors import Refused
from shipway.twin.graphql.execution import run
from shipway.twin.routing import Call, Reply, route
from shipway.twin.store import Json

WRONG_QUERY = "A query attribute must be specified and must be a string."


@route("POST", "/graphql", needs=None)
def graphql(call: Call) -> Json:
    """Run a document; refusals of single fields are part of the answer."""
    if call.who.kind == "anonymous":
        raise Refused(401, "This endpoint requires you to be authenticated.")
    query = call.json.get("query")
    if not isinstance(query, str):
        raise Refused(400, WRONG_QUERY)
    variables, name = call.optional("variables", dict), call.optional("operationName", str)
    return Reply(body=run(call.world, call.who, query, variables, name))
