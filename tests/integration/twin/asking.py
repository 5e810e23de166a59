"""Asking the twin in GraphQL."""

from dataclasses import dataclass
from typing import Any

import requests

Answer = dict[str, Any]


@dataclass(slots=True)
class Asker:
    """GraphQL over HTTP with somebody's token."""

    url: str
    token: str

    def answer(self, document: str, **variables: object) -> Answer:
        """The whole answer, errors and all."""
        headers = {"Authorization": f"Bearer {self.token}"}
        body = {"query": document, "variables": variables}
        reply = requests.post(self.url, json=body, headers=headers, timeout=30)
        assert reply.status_code == 200, reply.text
        found: Answer = reply.json()
        return found

    def __call__(self, document: str, **variables: object) -> Answer:
        """The data of an answer that has no errors."""
        found = self.answer(document, **variables)
        assert "errors" not in found, found["errors"]
        data: Answer = found["data"]
        return data

    def refusal(self, document: str, **variables: object) -> tuple[str, str]:
        """Type and message of the only error."""
        (error,) = self.answer(document, **variables)["errors"]
        return error["type"], error["message"]
