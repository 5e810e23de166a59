"""How what people write is read: kebab-case keys, none unknown."""

from typing import Any

STRICT: dict[str, Any] = {
    "extra": "forbid",
    "alias_generator": lambda name: name.rstrip("_").replace("_", "-"),
}
"""pydantic's settings of the records that make up a policy."""
