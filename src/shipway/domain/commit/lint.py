"""What is wrong with a commit message or a pull request's title, and how to write it instead."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from shipway.domain.commit.change import DEFAULT_RULES, Rules
from shipway.domain.commit.footers import BREAKING
from shipway.domain.commit.header import Header, is_merge, is_unfinished, read_header, reverted_title
from shipway.domain.commit.message import RELEASE_AS, normalise
from shipway.domain.commit.shields import Shield, shields

_WIDTH = 100
_SYNONYMS = {
    "feature": "feat", "features": "feat", "add": "feat", "new": "feat", "bug": "fix", "bugfix": "fix",
    "hotfix": "fix", "fixes": "fix", "doc": "docs", "performance": "perf", "tests": "test", "deps": "build",
    "dependencies": "build", "release": "chore", "cleanup": "refactor",
}  # fmt: skip
_VERBS = {
    "feat": "add allow create enable implement introduce provide support",
    "fix": "avoid correct fix handle prevent repair resolve",
    "docs": "document explain",
    "refactor": "clean extract move refactor remove rename rewrite simplify",
    "perf": "optimise optimize speed",
    "test": "test",
}
_TYPE_OF_VERB = {verb: kind for kind, verbs in _VERBS.items() for verb in verbs.split()}
_LIKE_BREAKING = re.compile(
    r"[ \t]*(?:[*-][ \t]+)?(?:\*\*)?breaking[ _-]changes?(?:\*\*)?[ \t]*(:?)", re.IGNORECASE
)
_LIKE_RELEASE_AS = re.compile(r"[ \t]*release[ -]as[ \t]*:", re.IGNORECASE)


class Severity(StrEnum):
    """ERROR: the message does not say what was meant. WARNING: it does, but could be written better."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to improve.

    Attributes:
        code: Stable, kebab-case.
        severity: How bad it is.
        message: One sentence.
        suggestion: What to write instead.
        line: Number of the line in the message, from 1.
    """

    code: str
    severity: Severity
    message: str
    suggestion: str
    line: int = 1


def lint(text: str, rules: Rules = DEFAULT_RULES) -> list[Finding]:
    """All findings on a message; none on what git and GitHub write by themselves for merges and reverts."""
    title, *body = normalise(text).rstrip().split("\n")
    if is_merge(title) or reverted_title(title.rstrip()):
        return []
    return [*_title(title, rules), *_body(body, conventional=read_header(title) is not None)]


def _title(title: str, rules: Rules) -> Iterator[Finding]:
    header = read_header(title)
    if is_unfinished(title):
        yield _error("unfinished", "This commit is to be folded into the one it mends.",
                     "git rebase --interactive --autosquash")  # fmt: skip
    elif header is None or header.description.startswith("//"):
        yield _not_a_header(title)
    else:
        yield from _style(title, header, rules)


def _not_a_header(title: str) -> Finding:
    for code, pattern, replacement, words in _REPAIRS:
        repaired, count = re.subn(pattern, replacement, title, count=1)
        if count and read_header(repaired):
            return _error(code, words, repaired)
    if re.fullmatch(r"[A-Za-z0-9-]+(?:\([^()]*\))?!?:\s*", title):
        return _error(
            "empty-description", "The description is missing.", f"{title.rstrip()} say what changes"
        )
    if not title.strip():
        return _error("empty", "The message is empty.", "feat: say what changes")
    return _error(
        "not-conventional", f"{_short(title)!r} is not `type(scope)!: description`.", f"{_guess(title)}"
    )


_TIGHT = "Nothing stands between type, scope and colon."
_REPAIRS = (
    ("full-width-colon", r"\uff1a\s*", ": ", "The colon is a full-width one."),
    ("bang-before-scope", r"^([\w-]+)!\(([^()]+)\)!?:", r"\1(\2)!:", "`!` comes after the scope."),
    ("empty-scope", r"^([\w-]+)\(\s*\)(!?):", r"\1\2:", "The scope is empty."),
    ("space-in-header", r"^\s*([\w-]+)\s*(\([^()]+\))?\s*(!?)\s*:\s*", r"\1\2\3: ", _TIGHT),
    ("bracketed-type", r"^\[([\w-]+)\]:?\s*", r"\1: ", "The type stands without brackets."),
    ("emoji-prefix", r"^(?::[\w+-]+:|[^\w\s\"'`\[(<*#-]+)\s*(?=[\w-]+[(!:])", "", "Nothing stands before the type."),
)  # fmt: skip


def _style(title: str, header: Header, rules: Rules) -> Iterator[Finding]:
    kind = title[: len(header.type)]
    if re.match(r"[^:(]+(?:\([^()]+\))?!?:\S", title):
        yield _warning(
            "no-space", "A space is missing after the colon.", re.sub(r":(?=\S)", ": ", title, count=1)
        )
    if header.type not in rules.levels and header.type not in rules.known:
        near = _SYNONYMS.get(header.type) or next(
            iter(get_close_matches(header.type, _all(rules), n=1)), "chore"
        )
        yield _warning(
            "unknown-type",
            f"The type {_short(kind)!r} is not known and asks for no release.",
            near + title[len(kind) :],
        )
    elif kind != header.type:
        yield _warning("type-case", "Types are written in lower case.", header.type + title[len(kind) :])
    if len(title) > _WIDTH:
        yield _warning("long-header", f"The header has {len(title)} characters, more than {_WIDTH}.",
                       "Move the details into the body, after a blank line.")  # fmt: skip


def _all(rules: Rules) -> list[str]:
    return sorted({*rules.levels, *rules.known})


def _body(lines: Sequence[str], *, conventional: bool) -> Iterator[Finding]:
    if lines and lines[0].strip():
        yield _warning("no-blank-line", "The header and the body are not separated by a blank line.",
                       "Put a blank line after the first line.", 2)  # fmt: skip
    for number, (line, shield) in enumerate(zip(lines, shields(lines), strict=True), start=2):
        if shield is not Shield.OPEN:
            continue
        if BREAKING.match(line) and not conventional:
            yield _error("breaking-without-header", "A breaking note counts only under a header.",
                         "Begin the message with `feat!: …` or another type.", number)  # fmt: skip
        elif not BREAKING.match(line) and (found := _LIKE_BREAKING.match(line)):
            yield _not_breaking(line, found, number)
        if _LIKE_RELEASE_AS.match(line) and not RELEASE_AS.match(line):
            yield _error(
                "release-as", f"{_short(line.strip())!r} names no version.", "Release-As: 2.5.0", number
            )


def _not_breaking(line: str, found: re.Match[str], number: int) -> Finding:
    meant = f"BREAKING CHANGE: {line[found.end() :].strip(' :*') or 'say what breaks'}"
    if found[1]:
        return _error(
            "breaking-form", "This line does not mark a breaking change as it is written.", meant, number
        )
    return _warning(
        "breaking-prose", "This line does not mark a breaking change; a colon is missing.", meant, number
    )


def _guess(title: str) -> str:
    words = title.strip().rstrip(".")
    first = re.match(r"[A-Za-z]*", words)
    verb = first.group().lower() if first else ""
    stems = (verb, verb[:-1], verb[:-2], verb.removesuffix("ing"))
    kind = next((_TYPE_OF_VERB[stem] for stem in stems if stem in _TYPE_OF_VERB), "chore")
    text = words[:1].lower() + words[1:] if words[1:2].islower() else words
    return f"{kind}: {text}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _error(code: str, message: str, suggestion: str, line: int = 1) -> Finding:
    return Finding(code, Severity.ERROR, message, suggestion, line)


def _warning(code: str, message: str, suggestion: str, line: int = 1) -> Finding:
    return Finding(code, Severity.WARNING, message, suggestion, line)
