"""What stands at a place in a JSON document."""

import re
from collections.abc import Iterable, Mapping
from typing import Any


def value_at(document: Any, steps: Iterable[str]) -> Any:
    """What keys and places lead to, of which a negative one counts from the end; None where nothing is there."""
    for step in steps:
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list) and re.fullmatch(r"-?\d{1,6}", step):
            place = int(step)
            document = document[place] if -len(document) <= place < len(document) else None
        else:
            return None
    return document
