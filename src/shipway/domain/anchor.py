"""Where the ledger stood, quoted in places that others can see: so that nobody can rewrite it unnoticed."""

import re

_ANCHOR = re.compile(r"<!-- shipway:ledger (?P<sequence>\d+) (?P<hash>[0-9a-f]{64}) -->")


def anchor(sequence: int, head: str) -> str:
    """A comment for the body of a GitHub Release."""
    return f"<!-- shipway:ledger {sequence} {head} -->"


def anchors_in(text: str) -> dict[int, str]:
    """Sequence → hash for every anchor in a text."""
    return {int(found["sequence"]): found["hash"] for found in _ANCHOR.finditer(text)}
