"""Running a document: GitHub's answer for it, data and errors."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from graphql import DocumentNode, GraphQLError, execute_sync, parse, validate

from shipway.twin.errors import Refused
from shipway.twin.graphql.fields import Context
from shipway.twin.graphql.schema import SCHEMA
from shipway.twin.identity import Identity
from shipway.twin.world import World

Answer = dict[str, Any]
_UNKNOWN_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'.*", re.DOTALL)


def run(
    world: World, who: Identity, query: str, variables: Mapping[str, Any] | None, name: str | None
) -> Answer:
    """Execute one operation; mutations one after the other, and one that is refused does not stop the next."""
    document, problems = _checked(query)
    if problems:
        return {"errors": [_static_error(one) for one in problems]}
    if document is None:
        raise LookupError("a document without problems is parsed")
    context = Context(world, who)
    done = execute_sync(SCHEMA, document, None, context, dict(variables or {}), name)
    answer: Answer = {"data": done.data}
    if done.errors:
        answer["errors"] = [_error(one) for one in done.errors]
        if all(one.path is None for one in done.errors):
            del answer["data"]
    return answer


@lru_cache(maxsize=256)
def _checked(query: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
    try:
        document = parse(query)
    except GraphQLError as error:
        return None, (error,)
    return document, tuple(one for one in validate(SCHEMA, document) if not _tolerated(one))


def _tolerated(problem: GraphQLError) -> bool:
    """GitHub lets fields of one name have different types, against the specification; `gh` relies on it."""
    other = ("different fields", "differing arguments")
    return "return conflicting types" in problem.message and not any(one in problem.message for one in other)


def _error(error: GraphQLError) -> Answer:
    cause = error.original_error
    answer: Answer = {"message": error.message}
    if isinstance(cause, Refused):
        answer = {"type": cause.graphql_type, "message": _sentence(cause)}
    elif cause is not None and not isinstance(cause, GraphQLError):
        raise cause
    if error.path is not None:
        answer["path"] = list(error.path)
    return answer | _locations(error)


def _sentence(refused: Refused) -> str:
    details = [one.get("message", "") if isinstance(one, Mapping) else str(one) for one in refused.errors]
    return "; ".join(text for text in details if text) or refused.message


def _static_error(error: GraphQLError) -> Answer:
    unknown = _UNKNOWN_FIELD.fullmatch(error.message)
    if unknown is None:
        return {"message": error.message} | _locations(error)
    name, kind = unknown.groups()
    return {
        "path": ["query", name],
        "extensions": {"code": "undefinedField", "typeName": kind, "fieldName": name},
        **_locations(error),
        "message": f"Field '{name}' doesn't exist on type '{kind}'",
    }


def _locations(error: GraphQLError) -> Answer:
    return {"locations": [{"line": one.line, "column": one.column} for one in error.locations or ()]}
