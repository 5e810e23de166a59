"""JSON of known shape: every step says where it was when the shape is another one."""

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from shipway.adapters.report_files.malformed import MalformedError


def parse_json(text: str) -> "Node":
    """Return the document.

    Raises:
        MalformedError: It is not JSON, or nested too deeply.
    """
    try:
        return Node(json.loads(text, parse_constant=_no_constant), "")
    except json.JSONDecodeError as error:
        raise MalformedError(f"not valid JSON ({error.msg})", error.lineno) from error
    except RecursionError as error:
        raise MalformedError("it is nested too deeply") from error
    except ValueError as error:
        raise MalformedError(f"not valid JSON ({error})") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the path to it; what is absent is null, and null is empty."""

    value: Any
    path: str

    def __getitem__(self, key: str) -> "Node":
        value = self._as(dict, "an object", {})
        return Node(value.get(key), f"{self.path}.{key}".lstrip("."))

    def __contains__(self, key: object) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def _as(self, kind: type, name: str, empty: Any) -> Any:
        if self.value is None:
            return empty
        if not isinstance(self.value, kind):
            raise MalformedError(f"`{self.path or 'the document'}` is not {name}")
        return self.value

    def items(self) -> list["Node"]:
        """Return the members of a list."""
        members = self._as(list, "a list", [])
        return [Node(member, f"{self.path}[{index}]") for index, member in enumerate(members)]

    def entries(self) -> list[tuple[str, "Node"]]:
        """Return the keys and values of an object."""
        return [(key, self[key]) for key in self._as(dict, "an object", {})]

    def text(self) -> str:
        """Return a string."""
        return str(self._as(str, "a text", ""))

    def number(self) -> float | None:
        """Return a number, also one that is written as a text; None when it is absent or neither."""
        if isinstance(self.value, bool):
            return None
        try:
            return None if self.value is None else float(self.value)
        except (TypeError, ValueError, OverflowError):
            return None

    def whole(self) -> int | None:
        """Return a whole number; None when it is absent."""
        if self.value is None:
            return None
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise MalformedError(f"`{self.path}` is not a whole number")
        return self.value

    def required(self) -> "Node":
        """Return this value, which the format says is always there."""
        if self.value is None:
            raise MalformedError(f"`{self.path}` is missing")
        return self
