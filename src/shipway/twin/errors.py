"""What GitHub says when it refuses a request."""

from collections.abc import Mapping, Sequence
from typing import Any

DOCUMENTATION = "https://docs.github.com/rest"


class Refused(Exception):
    """GitHub's answer to a request it does not carry out.

    `status` is the HTTP status, `errors` the list of `{resource, field, code}` entries of GitHub's
    validation errors, `graphql_type` the `type` of the same refusal in a GraphQL answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: Sequence[Any] = (),
        headers: Mapping[str, str] | None = None,
        graphql_type: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.graphql_type = graphql_type or _GRAPHQL_TYPES.get(status, "UNPROCESSABLE")

    def body(self) -> dict[str, Any]:
        """The JSON body that GitHub's REST API answers with."""
        body: dict[str, Any] = {"message": self.message}
        if self.errors:
            body["errors"] = self.errors
        return body | {"documentation_url": DOCUMENTATION, "status": str(self.status)}


_GRAPHQL_TYPES = {401: "FORBIDDEN", 403: "FORBIDDEN", 404: "NOT_FOUND"}


def not_found(message: str = "Not Found") -> Refused:
    """The answer for things that are missing, and for things the caller may not know of."""
    return Refused(404, message)


def forbidden(message: str) -> Refused:
    """The answer for things the caller may see and may not do."""
    return Refused(403, message)


def invalid(resource: str, field: str, code: str, message: str | None = None) -> Refused:
    """A validation failure of one field; `code` is GitHub's: `missing_field`, `already_exists`, `custom` …"""
    error = {"resource": resource, "field": field, "code": code}
    if message is not None:
        error["message"] = message
    return Refused(422, "Validation Failed", errors=[error])


def unprocessable(message: str) -> Refused:
    """A 422 whose sentence says it all, as the git endpoints answer."""
    return Refused(422, message)
