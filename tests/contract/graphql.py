"""GraphQL documents against GitHub's schema (the slice that the twin serves is a true part of it)."""

import json
from functools import cache

from graphql import GraphQLError, parse, validate

from shipway.twin.app import Incoming
from shipway.twin.graphql.schema import SCHEMA


def check(incoming: Incoming) -> list[str]:
    """What is wrong with the document of a request."""
    return problems(json.loads(incoming.body)["query"])


@cache
def problems(document: str) -> list[str]:
    """What is wrong with a document, as `line: message`."""
    try:
        found = validate(SCHEMA, parse(document))
    except GraphQLError as error:
        found = [error]
    return [f"line {error.locations[0].line if error.locations else 0}: {error.message}" for error in found]
