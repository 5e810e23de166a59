"""From text to typed commands: the only way in, for comments, reviews and `shipway parse`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shipway.domain.commands.branch_deploy import Dialect
from shipway.domain.commands.parsing import Names, parse
from shipway.domain.commands.table import as_json
from shipway.domain.commands.typed import Command
from shipway.domain.commands.visible import Line, visible_lines
from shipway.domain.commands.words import Unclear

LONGEST = 65_536
"""Characters of a comment; GitHub takes no more."""
MOST = 10
"""Commands in one comment."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A line that is meant for us and cannot be understood.

    Attributes:
        line: From 1.
        message: What is wrong.
        did_you_mean: What was probably meant; empty where nobody can tell.
    """

    line: int
    message: str
    did_you_mean: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text commands, in the order in which it stands there."""

    commands: tuple[Command, ...] = ()
    mistakes: tuple[Mistake, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything in the text is meant for us."""
        return bool(self.commands or self.mistakes)

    def to_json(self) -> dict[str, object]:
        """The same for programs; null is what was not said."""
        errors = [
            {"line": one.line, "message": one.message, "did_you_mean": one.did_you_mean or None}
            for one in self.mistakes
        ]
        return {"commands": [as_json(command) for command in self.commands], "errors": errors}


def read_comment(body: str, names: Names = Names(), dialect: Dialect | None = None) -> Reading:  # noqa: B008 - frozen
    """What a comment or the body of a review commands.

    Args:
        body: Markdown, as GitHub gives it.
        names: What there is, as far as it is known.
        dialect: Whose commands are understood besides ours.
    """
    if len(body) > LONGEST:
        return Reading((), (Mistake(1, f"It is longer than {LONGEST:,} characters; none of it is read."),))
    # JSON can hold halves of characters, which nothing can write.
    body = body.removeprefix("\ufeff").encode("utf-8", "replace").decode()
    lines = visible_lines(body)
    theirs = dialect.line(body, lines) if dialect else None
    if dialect and theirs:
        return _read([theirs], names, dialect)
    return _read(lines, names)


def _read(lines: Iterable[Line], names: Names, dialect: Dialect | None = None) -> Reading:
    found = [one for line in lines for one in _read_one(line, names, dialect)]
    commands = tuple(one for one in found if isinstance(one, Command))
    mistakes = tuple(one for one in found if isinstance(one, Mistake))
    return _not_too_many(commands, mistakes)


def _not_too_many(commands: Sequence[Command], mistakes: tuple[Mistake, ...]) -> Reading:
    if len(commands) <= MOST:
        return Reading(tuple(commands), mistakes)
    message = f"There are {len(commands)} commands; a comment can have {MOST}. None of them is done."
    return Reading((), (*mistakes, Mistake(commands[MOST].line, message)))


def _read_one(line: Line, names: Names, dialect: Dialect | None) -> Iterator[Command | Mistake]:
    try:
        command = dialect.parse(line, names) if dialect else parse(line.text, names, line.number)
    except Unclear as problem:
        yield Mistake(line.number, problem.message, problem.meant)
        return
    if command and line.hindrance:
        yield Mistake(line.number, f"{line.hindrance} stands around or in the command. {_APART}")
    elif command:
        yield command


_APART = "Write it as plain text, with an empty line before it."
