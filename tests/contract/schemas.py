"""The slices of GitHub's descriptions as validators."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jsonschema_rs import Draft202012, Draft202012Validator, Registry, ValidationError

SLICES = Path(__file__).parent / "slices"


class Slice:
    """One document of `slices/`, and validators for the schemas at places in it."""

    def __init__(self, name: str) -> None:
        self.document: dict[str, Any] = json.loads((SLICES / f"{name}.json").read_text())
        self.uri = f"urn:github:{name}"
        self._registry = Registry([(self.uri, {"$id": self.uri, **self.document})], draft=Draft202012)
        self._validators: dict[tuple[str, ...], Draft202012Validator] = {}

    def problems(self, instance: object, *place: str) -> list[str]:
        """What is wrong with a value under the schema at a place, as `JSON pointer: message` lines."""
        validator = self._validators.get(place)
        if validator is None:
            pointer = "".join(f"/{quote(step.replace('~', '~0').replace('/', '~1'))}" for step in place)
            schema = {"$ref": f"{self.uri}#{pointer}"}
            validator = Draft202012Validator(
                schema, registry=self._registry, validate_formats=True, formats={"email": _address}
            )
            self._validators[place] = validator
        return [f"{pointer or '/'}: {text}" for pointer, text in _leaves(validator.iter_errors(instance))]

    def resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema without a reference at its top."""
        while "$ref" in schema:
            found: Any = self.document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            schema = found
        return schema

    def properties(self, schema: dict[str, Any] | None) -> set[str] | None:
        """The property names a schema knows at its top; None when any are allowed by design."""
        schema = self.resolve(schema or {})
        names = set(schema.get("properties", ()))
        for choice in ("anyOf", "oneOf", "allOf"):
            for one in schema.get(choice, ()):
                names |= self.properties(one) or set()
        return names or None


def _address(text: str) -> bool:
    """Whether it is one as GitHub has them: those of bots hold brackets, which the format forbids."""
    return "@" in text


def _leaves(errors: Iterator[ValidationError], above: str = "") -> Iterator[tuple[str, str]]:
    """The errors that say what is wrong: inside a choice, those of the alternative that came closest."""
    for error in errors:
        if type(error.kind).__name__ == "OneOfMultipleValid":
            continue  # GitHub describes refusals as one of two shapes that both allow anything
        pointer = above + "".join(f"/{step}" for step in error.instance_path)
        alternatives = getattr(error.kind, "context", None)
        closest = max(alternatives, key=_depth) if alternatives else None
        if closest:
            yield from _leaves(iter(closest), above)
        else:
            yield pointer, error.message


def _depth(errors: list[ValidationError]) -> tuple[int, int]:
    wrong_type = any(not one.instance_path and type(one.kind).__name__ == "Type" for one in errors)
    return (not wrong_type, -len(errors))


@cache
def github_slice(name: str) -> Slice:
    """A slice by name: rest, webhooks or protection_rule."""
    return Slice(name)
