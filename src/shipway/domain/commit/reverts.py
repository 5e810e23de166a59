"""What a message says that it takes back (rule 11)."""

import re
from collections.abc import Iterable

from shipway.domain.commit.change import Reverted

_COMMITS = re.compile(r"This reverts commits? (.{7,400})", re.IGNORECASE)
_PULL_REQUESTS = re.compile(r"Reverts (?:[\w.-]{1,100}/[\w.-]{1,100})?#(\d{1,10})\b", re.ASCII)
_REFS = re.compile(r"Refs?: (.{7,400})", re.IGNORECASE)
_SHA = re.compile(r"\b[0-9a-f]{7,64}\b", re.IGNORECASE)


def reverted(lines: Iterable[str], header: str, *, refs: bool) -> Reverted:
    """What the lines of a body take back.

    Args:
        lines: Lines outside of quotes and fences.
        header: The header that the message's own header names; empty when it names none.
        refs: Whether `Refs: sha` names reverted commits, as it does in `revert:` messages.
    """
    shas: list[str] = []
    numbers: list[int] = []
    for line in lines:
        if found := _COMMITS.match(line):
            shas += _SHA.findall(found[1].partition("reversing")[0])
        elif found := _PULL_REQUESTS.match(line):
            numbers.append(int(found[1]))
        elif refs and (found := _REFS.match(line)):
            shas += _SHA.findall(found[1])
    return Reverted(tuple(sha.lower() for sha in shas), tuple(numbers), header)
