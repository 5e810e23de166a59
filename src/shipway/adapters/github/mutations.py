"""Several writes in one request: GitHub performs the fields of a GraphQL mutation in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shipway.adapters.github.client import GitHub


@dataclass(frozen=True, slots=True)
class Mutation:
    """One field of a GraphQL mutation, of which GitHub performs several in order.

    Attributes:
        name: Under which its answer is found.
        field: GitHub's name of it; its input type is called after it.
        selection: What it is to answer with.
    """

    name: str
    field: str
    selection: str
    given: Mapping[str, Any]


def together(github: GitHub, mutations: Sequence[Mutation]) -> dict[str, Any]:
    """Write several things in one request; gives the answers by name.

    Raises:
        Stale: Somebody else wrote first; whether the others were written is unknown.
    """
    declared = ", ".join(f"${one.name}: {_input_type(one.field)}!" for one in mutations)
    fields = " ".join(
        f"{one.name}: {one.field}(input: ${one.name}) {{ {one.selection} }}" for one in mutations
    )
    document = f"mutation Together({declared}) {{ {fields} }}"
    return github.mutate(document, **{one.name: one.given for one in mutations})


def _input_type(field: str) -> str:
    return f"{field[0].upper()}{field[1:]}Input"
