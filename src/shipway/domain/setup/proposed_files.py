"""Files that are proposed, beside those that are there: new, to be updated, changed by people, or the same.

A proposed file says in a comment which content it was written with. So a file that nobody has changed since can be
written anew, and one that people have changed is shown first.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

_MARK = re.compile(r"^# Written by `shipway init`(?P<digest> [0-9a-f]{16})?[^\n]*\n", re.MULTILINE)


class State(StrEnum):
    """What becomes of a file."""

    NEW = "new"
    UPDATE = "update"
    EDITED = "edited"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class ProposedFile:
    """One file.

    Attributes:
        path: In the repository.
        before: Its text now; empty where there is none.
        after: The text that is proposed.
        state: `EDITED` where people have changed it, or made it, and something else is proposed now.
    """

    path: str
    before: str
    after: str
    state: State


def proposed_files(wanted: Mapping[str, str], there: Mapping[str, str]) -> tuple[ProposedFile, ...]:
    """Compare.

    Args:
        wanted: Path → text without the mark.
        there: Path → text, of those that are there.
    """
    return tuple(_file(path, text, there.get(path)) for path, text in wanted.items())


def _file(path: str, text: str, before: str | None) -> ProposedFile:
    after = marked(text)
    if before is None:
        return ProposedFile(path, "", after, State.NEW)
    written = _MARK.search(before)
    if before == after or (written and (written["digest"] or "").strip() == _digest(text)):
        return ProposedFile(path, before, after, State.SAME)
    untouched = written is not None and marked(_MARK.sub("", before, count=1)) == before
    return ProposedFile(path, before, after, State.UPDATE if untouched else State.EDITED)


def marked(text: str) -> str:
    """A text with the comment that tells its content."""
    mark = f"# Written by `shipway init` {_digest(text)}; change what you like: it then asks before it writes here."
    return f"{mark}\n{text}"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def difference(files: Iterable[ProposedFile]) -> Iterator[str]:
    """Lines of a unified diff."""
    for one in files:
        before, after = one.before.splitlines(), one.after.splitlines()
        old = f"a/{one.path}" if one.before else "/dev/null"
        yield from difflib.unified_diff(before, after, old, f"b/{one.path}", lineterm="")
