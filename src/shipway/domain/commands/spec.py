"""What there is to say of a command: its arguments and flags, its examples, and who may."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shipway.domain.authority import DEFAULT_ROLE
from shipway.domain.authority_rule import Role
from shipway.domain.commands import typed
from shipway.domain.policy import Action

Kind = Literal[
    "text",
    "request",
    "version",
    "environment",
    "ref",
    "commit",
    "gate",
    "command",
    "span",
    "number",
    "switch",
]
"""What a value is: how it is checked, and which words can be it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An argument or a flag.

    Attributes:
        name: As people see it: `ENVIRONMENT` of an argument, `--to` of a flag.
        field: Of the typed command.
        kind: What it holds.
        help: One sentence.
        metavar: What stands for a flag's value; empty for a switch.
        choices: The only values, where there are few.
        needed: Whether the command is nothing without it.
        many: Whether it may be given again; commits may have commas between them too.
        action: What its use takes authority for, besides the command's own.
    """

    name: str
    field: str
    kind: Kind = "text"
    help: str = ""
    metavar: str = ""
    choices: tuple[str, ...] = ()
    needed: bool = False
    many: bool = False
    action: Action | None = None

    @property
    def flag(self) -> bool:
        """Whether it is named where it is given."""
        return self.name.startswith("--")

    @property
    def rest(self) -> bool:
        """Whether it takes the rest of the line where it is not quoted."""
        return self.name == "--reason"

    @property
    def usage(self) -> str:
        """As a line of usage has it."""
        words = f"{self.name} {self.metavar}".rstrip()
        return words if self.needed else f"[{words}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One command.

    Attributes:
        record: The typed command.
        summary: What it does, as a short sentence.
        details: What else people have to know; may be empty.
        parts: In the order of the line.
        examples: Whole lines, each with what it does.
        changes: Whether it changes anything.
        action: What it takes authority for; None where the role decides.
        role: The lowest role in the repository that may, where no action decides.
        either: Fields of which exactly one is said.
    """

    record: type[typed.Command]
    summary: str
    parts: tuple[Part, ...] = ()
    examples: Mapping[str, str]
    details: str = ""
    changes: bool = True
    action: Action | None = None
    role: Role = "write"
    either: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The word that people write."""
        return self.record.__name__.lower()

    @property
    def arguments(self) -> tuple[Part, ...]:
        """Those that are known by their place."""
        return tuple(part for part in self.parts if not part.flag)

    @property
    def flags(self) -> Mapping[str, Part]:
        """Flag → its part, with those that every command has; `--reason` is the last."""
        found = [part for part in self.parts if part.flag] + ([DRY_RUN] if self.changes else [])
        return {part.name: part for part in sorted(found, key=lambda part: part.rest)}

    @property
    def keys(self) -> Mapping[str, str]:
        """Field → its key in JSON: what people call it."""
        keys: dict[str, str] = {}
        for part in self.parts:
            keys.setdefault(part.field, part.name.lstrip("-").lower().replace("-", "_"))
        return keys

    @property
    def usage(self) -> str:
        """The line as it may be written, after the slash."""
        words = [*(part.usage for part in self.arguments), "[@SHA]", *(f.usage for f in self.flags.values())]
        return " ".join([self.name, *words])

    @property
    def who(self) -> str:
        """The lowest role that may, where the configuration names nobody."""
        return DEFAULT_ROLE.get(self.action, "write") if self.action else self.role


DRY_RUN = Part(
    name="--dry-run", field="dry_run", kind="switch", help="Show what would be done, and change nothing."
)
