"""What is wrong with the arguments of a call, in our words: the protocol's library would answer in its own."""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from shipway.errors import UsageError

Schema = Mapping[str, Any]
"""JSON Schema of a tool's arguments."""

LONGEST = 60
"""Characters of a value that are shown."""

_KINDS = {
    "string": "a string",
    "boolean": "true or false",
    "integer": "a whole number",
    "array": "a list of strings",
}
_EXAMPLES = {"string": "…", "boolean": True, "integer": 7, "array": ["smoke"]}


def check_names(tool: str, schema: Schema, given: Mapping[str, Any]) -> None:
    """Refuse what is missing, and what is spelt wrongly: left out, it would mean something else.

    Raises:
        UsageError: `usage`, with an example of what is missing, or the name that was meant.
    """
    known = schema["properties"]
    missing = next((name for name in schema.get("required", ()) if name not in given), None)
    strange = next((name for name in given if name not in known), None)
    if strange is not None:
        near = get_close_matches(strange, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"It takes {', '.join(known) or 'none'}."
        raise UsageError(f"{tool} takes no argument {_shown(strange)}.", hint)
    if missing is not None:
        raise UsageError(
            f"{tool} needs the argument {missing}.", f"Say it, for example: {_example(missing, known)}"
        )


def ill_typed(tool: str, schema: Schema, problem: ValidationError) -> UsageError:
    """The refusal of a value that is of another kind than the argument."""
    first = problem.errors()[0]
    name = str(first["loc"][0])
    known = schema["properties"]
    kind = (
        " or ".join(filter(None, known[name]["enum"]))
        if "enum" in known[name]
        else _KINDS[known[name]["type"]]
    )
    return UsageError(
        f"{name} of {tool} cannot be {_shown(first['input'])}: it has to be {kind}.",
        f"Write it, for example: {_example(name, known)}",
    )


def unknown_tool(name: str, known: list[str]) -> UsageError:
    """The refusal of a tool that is none."""
    near = get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}."
    return UsageError(f"There is no tool {_shown(name)}.", hint)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _example(name: str, known: Schema) -> str:
    schema = known[name]
    examples = (
        schema.get("examples") or [*filter(None, schema.get("enum", ()))] or [_EXAMPLES[schema["type"]]]
    )
    return f"{name}: {json.dumps(examples[0])}"
