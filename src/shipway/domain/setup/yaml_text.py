"""Values as YAML's short form, so that names which others chose stay names, also in comments."""

import json
import re
from collections.abc import Mapping
from typing import Any

_PLAIN = re.compile(r"(?!(?:true|false|null|yes|no|on|off)$)[A-Za-z][A-Za-z0-9_./-]*", re.IGNORECASE)


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{scalar(key)}: {flow(each)}' for key, each in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    return scalar(value)


def scalar(value: Any) -> str:
    """A text, number or switch; in quotes where it could be read as something else."""
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in quoted)


def comment(text: str) -> str:
    """A text for the end of a line: what would end the line, or turn it round, is left out."""
    return "".join(one for one in text if one.isprintable())
