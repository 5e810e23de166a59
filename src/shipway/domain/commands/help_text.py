"""The help on commands, as Markdown: for replies and for the reference."""

from collections.abc import Iterator

from shipway.domain.authority import DEFAULT_ROLE
from shipway.domain.commands.spec import Part, Spec
from shipway.domain.commands.table import TABLE


def help_text(command: str = "") -> str:
    """What people are told who ask for help.

    Args:
        command: A word of the table; empty for all commands.
    """
    if command:
        return described(TABLE[command])
    return f"{overview()}\n\n`/help COMMAND` says more about one of them."


def overview() -> str:
    """All commands as a table."""
    rows = [f"| `/{spec.name}` | {spec.summary} | {spec.who} |" for spec in TABLE.values()]
    return "\n".join(["| Command | What it does | Lowest role |", "| --- | --- | --- |", *rows])


def described(spec: Spec) -> str:
    """One command: how it is written, what it does, who may, examples."""
    lines = [
        f"```text\n/{spec.usage}\n```",
        f"{spec.summary} {spec.details}".rstrip(),
        _who(spec),
        *([_parts(spec)] if spec.parts else []),
        _examples(spec),
    ]
    return "\n\n".join(lines)


def _who(spec: Spec) -> str:
    changing = "" if spec.changes else " Changes nothing."
    action = f", or whom the configuration names for `{spec.action}`" if spec.action else ""
    return f"Who may: role {spec.who} and higher{action}.{changing}"


def _parts(spec: Spec) -> str:
    parts = [*spec.arguments, *spec.flags.values()]
    rows = [f"| `{f'{part.name} {part.metavar}'.strip()}` | {_meaning(part)} |" for part in parts]
    return "\n".join(["| Part | Meaning |", "| --- | --- |", *rows])


def _meaning(part: Part) -> str:
    return " ".join([part.help, *_notes(part)])


def _notes(part: Part) -> Iterator[str]:
    if part.needed:
        yield "Has to be there."
    if part.rest:
        yield "The rest of the line, unless it stands in quotes."
    if part.action:
        yield f"Takes role {DEFAULT_ROLE.get(part.action, 'write')}."


def _examples(spec: Spec) -> str:
    width = max(len(line) for line in spec.examples) + 5
    rows = [f"{f'/{line}':{width}}{meaning}" for line, meaning in spec.examples.items()]
    return "\n".join(["```text", *rows, "```"])
