"""The commands of github/branch-deploy, for people who move from it.

It looks at the beginning of a comment only: one comment is one command. What it became is a command of ours.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shipway.domain.commands.nearness import mistyped
from shipway.domain.commands.parsing import COMMIT, Names, checked_environment
from shipway.domain.commands.typed import Command, Deploy, Help, Lock, Plan, Status, Unlock
from shipway.domain.commands.visible import Line
from shipway.domain.commands.words import Unclear, seen
from shipway.domain.delivery.reason import reason_of
from shipway.errors import UsageError

_ROW = re.compile(r"\r\n?|\n")
_TRIGGER = re.compile(r"\.([A-Za-z]+)(?=\s|$)")
_INFO = frozenset({"--info", "--i", "-i", "--details", "--d", "-d"})
_GLOBAL = "--global"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How somebody had branch-deploy set up; the defaults are its own.

    Attributes:
        environment: Where commands go that name none.
        stable: Branch that `.deploy` may name in place of the pull request.
    """

    environment: str = "production"
    stable: str = "main"

    def line(self, body: str, lines: Sequence[Line]) -> Line | None:
        """The command of a comment that begins with one, and that people see as a plain line; None for any other.

        What follows on further lines belongs to it, as there.
        """
        first = lines[0] if lines else None
        found = _TRIGGER.match(first.text) if first else None
        written = [number for number, row in enumerate(_ROW.split(body), 1) if row.strip()]
        if first is None or not found or first.number != written[0] or not _near(found[1]):
            return None
        seen_whole = [line.number for line in lines] == written
        hindrance = next((line.hindrance for line in lines if line.hindrance), "")
        text = " ".join(line.text.strip() for line in lines)
        return Line(first.number, text, hindrance if seen_whole else "Markdown")

    def parse(self, line: Line, names: Names) -> Command:
        """The command of ours that such a line became.

        Raises:
            Unclear: It cannot be understood.
        """
        found = _TRIGGER.match(line.text)
        name = found[1] if found else ""
        if name not in _COMMANDS:
            raise Unclear(f"There is no command .{name}.", f".{_near(name)}")
        rest = line.text[1 + len(name) :]
        record, values = _COMMANDS[name](self, rest, names)
        return record(**values, line=line.number, text=line.text)


_Became = tuple[type[Command], dict[str, Any]]


def _deploy(dialect: Dialect, rest: str, names: Names) -> _Became:
    plain, _, parameters = rest.partition("|")
    words = [seen(word) for word in plain.split()]
    ref = ""
    if words and (COMMIT.fullmatch(words[0]) or words[0] == dialect.stable):
        ref = words.pop(0)
    environment = _environment(dialect, words, names)
    return Deploy, {"ref": ref, "environment": environment, "parameters": parameters.strip()}


def _noop(dialect: Dialect, rest: str, names: Names) -> _Became:
    return Plan, _deploy(dialect, rest, names)[1]


def _lock(dialect: Dialect, rest: str, names: Names) -> _Became:
    words, reason = _with_reason(rest)
    info = any(word in _INFO for word in words)
    where = _where(dialect, [word for word in words if word not in _INFO], names)
    if info:
        return Status, {"environment": where.get("environment", "")}
    return Lock, {**where, "scope": "user", "reason": reason}


def _unlock(dialect: Dialect, rest: str, names: Names) -> _Became:
    words, reason = _with_reason(rest)
    return Unlock, {**_where(dialect, words, names), "reason": reason}


def _wcid(dialect: Dialect, rest: str, names: Names) -> _Became:
    where = _where(dialect, [seen(word) for word in rest.split()], names)
    return Status, {"environment": where.get("environment", "")}


def _help(_dialect: Dialect, _rest: str, _names: Names) -> _Became:
    return Help, {}


_COMMANDS: Mapping[str, Callable[[Dialect, str, Names], _Became]] = {
    "deploy": _deploy,
    "noop": _noop,
    "lock": _lock,
    "unlock": _unlock,
    "wcid": _wcid,
    "help": _help,
}


def _near(name: str) -> str:
    return mistyped(name.lower(), _COMMANDS)


def _with_reason(rest: str) -> tuple[list[str], str]:
    """The words before the reason, and the reason, in which nothing is a flag."""
    plain, _, reason = f"{rest} ".partition(" --reason ")
    words = [seen(word) for word in plain.split()]
    if not reason.strip():
        return words, ""
    try:
        return words, reason_of(reason, ".lock --reason TEXT")
    except UsageError as problem:
        raise Unclear(problem.message) from problem


def _where(dialect: Dialect, words: list[str], names: Names) -> dict[str, Any]:
    """One environment, or every one."""
    named = [word for word in words if word != _GLOBAL]
    if named == words:
        return {"environment": _environment(dialect, words, names)}
    if named:
        raise Unclear(f"{_GLOBAL} is about every environment, and {named[0]!r} stands beside it.")
    return {"every": True}


def _environment(dialect: Dialect, words: list[str], names: Names) -> str:
    named = words[1:] if words[:1] == ["to"] else words
    if len(named) > 1 or words == ["to"]:
        raise Unclear(f"It names no environment: {' '.join(words)!r}.")
    return checked_environment(named[0] if named else dialect.environment, names)
