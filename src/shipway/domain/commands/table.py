"""The one table of commands: the parser, the help, the reference and the tests of the command line read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shipway.domain.authority import DEFAULT_ROLE
from shipway.domain.authority_rule import Role
from shipway.domain.commands import typed
from shipway.domain.delivery.lock_command import SCOPES
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


def _argument(name: str, kind: Kind, text: str, *, field: str = "", needed: bool = False) -> Part:
    return Part(name=name, field=field or name.lower(), kind=kind, help=text, needed=needed)


def _reason(text: str = "Why, for the record.", *, needed: bool = False) -> Part:
    return Part(name="--reason", field="reason", metavar="TEXT", help=text, needed=needed)


_ENVIRONMENT = "ENVIRONMENT"
_OPEN = (
    _argument(_ENVIRONMENT, "environment", "Where; what is open when it is left out."),
    _argument("VERSION", "version", "Of what; what is open when it is left out."),
)
_OVERRIDE = Part(
    name="--override",
    field="override",
    kind="gate",
    metavar="GATE",
    help="Gate to let past; may be repeated.",
    many=True,
    action="override",
)
_COMMIT = "4f2a91c0de4f2a91c0de4f2a91c0de4f2a91c0de"
_EXPIRES = "How long it is let past, such as 4h."

_ALL = (
    Spec(
        record=typed.Release,
        summary="Carry a version from commits to production.",
        details="Asking again goes on where the release stands.",
        parts=(
            _argument(
                "VERSION", "request", "A version, or auto, major, minor, patch, prerelease.", needed=True
            ),
            Part(name="--from", field="source", metavar="BRANCH", help="Branch to release from."),
            Part(name="--to", field="target", metavar="BRANCH", help="Branch to merge the release into."),
            Part(
                name="--environment",
                field="environment",
                kind="environment",
                metavar="NAME",
                help="Last environment to deploy to.",
            ),
            _OVERRIDE,
            Part(name="--expires", field="expires", kind="span", metavar="TIME", help=_EXPIRES),
            _reason("Why gates are overridden; obligatory with --override."),
        ),
        examples={
            "release minor": "release the next minor version",
            "release 2.5.0 --dry-run": "show what releasing 2.5.0 would do",
        },
    ),
    Spec(
        record=typed.Hotfix,
        summary="Release a repair of an older version, on the fast track.",
        parts=(
            _argument("VERSION", "request", "The version that repairs it, or auto.", needed=True),
            Part(
                name="--base",
                field="base",
                metavar="TAG",
                help="Release that is repaired; known once it has begun.",
            ),
            Part(
                name="--pick",
                field="pick",
                kind="commit",
                metavar="SHA[,SHA]",
                help="Whole commits to take over from the default branch or this pull request; may be repeated.",
                many=True,
            ),
            Part(name="--to", field="target", metavar="BRANCH", help="Branch to merge the hotfix into."),
            _reason(),
        ),
        examples={
            "hotfix 2.4.2 --base v2.4.1": "repair 2.4.1",
            f"hotfix auto --base v2.4.1 --pick {_COMMIT}": "the same, with a fix that is merged elsewhere",
        },
    ),
    Spec(
        record=typed.Promote,
        summary="Bring a released version into an environment.",
        details="Without VERSION it is the one that the pull request is about.",
        parts=(
            _argument("VERSION", "version", "The version; in a pull request its own."),
            _argument(_ENVIRONMENT, "environment", "Environment that gets it.", field="target", needed=True),
            Part(
                name="--from",
                field="source",
                kind="environment",
                metavar="ENV",
                help="Environment that holds the version.",
            ),
            Part(
                name="--to",
                field="target",
                kind="environment",
                metavar="ENV",
                help="Environment that gets it.",
            ),
            Part(
                name="--component",
                field="component",
                metavar="NAME",
                help="What the version is of, for the record.",
            ),
            _OVERRIDE,
            Part(name="--expires", field="expires", kind="span", metavar="TIME", help=_EXPIRES),
            Part(
                name="--lift-hold",
                field="lift_hold",
                kind="switch",
                help="Let a version back in that was rolled back.",
                action="lift-hold",
            ),
            _reason("Why; obligatory with --lift-hold and --override."),
        ),
        examples={
            "promote staging": "bring the version of this pull request into staging",
            "promote 2.5.0 --from staging --to production": "bring 2.5.0 from staging into production",
        },
        action="promote",
    ),
    Spec(
        record=typed.Deploy,
        summary="Bring in what is released, or try this pull request before it is merged.",
        details=(
            "Without REF it is the version of this pull request, once that is released. Before, it is its newest "
            "commit, on trial, where the environment takes what is not released (`unreleased: true`)."
        ),
        parts=(
            _argument("REF", "ref", "Version, its tag, or its whole commit; `main` ends a trial."),
            _argument(_ENVIRONMENT, "environment", "Environment that gets it.", needed=True),
            Part(
                name="--parameters",
                field="parameters",
                metavar="TEXT",
                help="Refused: what runs is what the configuration says.",
            ),
            _reason(),
        ),
        examples={
            "deploy staging": "bring this pull request, or the version of it, into staging",
            "deploy v2.5.0 staging": "bring 2.5.0 into staging",
            "deploy main staging": "put back what was verified there last, in the place of a trial",
        },
        action="promote",
    ),
    Spec(
        record=typed.Plan,
        summary="Show what deploying would do, and change nothing.",
        parts=(
            _argument("REF", "ref", "Version, its tag, or its whole commit."),
            _argument(_ENVIRONMENT, "environment", "Where; the next one when it is left out."),
            Part(
                name="--parameters",
                field="parameters",
                metavar="TEXT",
                help="Refused: what runs is what the configuration says.",
            ),
        ),
        examples={"plan production": "show what deploying to production would do"},
        changes=False,
    ),
    Spec(
        record=typed.Rollback,
        summary="Bring an environment back to a version that was good there.",
        parts=(
            _argument(_ENVIRONMENT, "environment", "Environment to bring back.", needed=True),
            Part(
                name="--to",
                field="to",
                kind="version",
                metavar="VERSION",
                help="Version that comes back.",
            ),
            _reason("Why, for the record and the incident report."),
        ),
        examples={
            "rollback production --reason errors at checkout": "to the last version that was verified there",
            "rollback production --to 2.4.1": "to a certain one",
        },
        action="rollback",
    ),
    Spec(
        record=typed.Lock,
        summary="Let nobody bring anything into an environment.",
        details="Locking again changes the reason and the end of your own lock.",
        parts=(
            _argument(_ENVIRONMENT, "environment", "Environment to close."),
            Part(name="--all", field="every", kind="switch", help="Every environment, at once."),
            Part(
                name="--for",
                field="lasting",
                kind="span",
                metavar="SPAN",
                help="How long, such as 2h; else until unlocked.",
            ),
            Part(
                name="--scope",
                field="scope",
                metavar="SCOPE",
                choices=tuple(scope for scope in SCOPES if scope),
                help="Whom it lets through, if anybody: user, release or pr.",
            ),
            Part(
                name="--release",
                field="release",
                kind="version",
                metavar="VERSION",
                help="The version that it lets through.",
            ),
            Part(
                name="--pr",
                field="pr",
                kind="number",
                metavar="N",
                help="The pull request whose release it lets through.",
            ),
            _reason("Why, up to 1,000 characters."),
        ),
        examples={
            "lock production --for 2h --reason database is moving": "close production for two hours",
            'lock --reason "incident 42" --all': "close every environment",
        },
        action="lock",
        either=("environment", "every"),
    ),
    Spec(
        record=typed.Unlock,
        summary="Open an environment again.",
        parts=(
            _argument(_ENVIRONMENT, "environment", "Environment to open."),
            Part(
                name="--all", field="every", kind="switch", help="Every environment that is locked, at once."
            ),
            Part(
                name="--force",
                field="force",
                kind="switch",
                help="Take somebody else's lock away, which is recorded and announced.",
                action="unlock-by-force",
            ),
            _reason("Why, up to 1,000 characters."),
        ),
        examples={"unlock production --reason database has moved": "open production again"},
        action="unlock",
        either=("environment", "every"),
    ),
    Spec(
        record=typed.Approve,
        summary="Approve what waits for it.",
        details="An approval counts for the commit that it was given for.",
        parts=(*_OPEN, _reason()),
        examples={"approve production": "approve what waits to go into production"},
    ),
    Spec(
        record=typed.Reject,
        summary="Refuse what waits for an approval.",
        parts=(*_OPEN, _reason()),
        examples={"reject production --reason not on a Friday": "refuse what waits to go into production"},
    ),
    Spec(
        record=typed.Override,
        summary="Let a version past one gate, for a while.",
        parts=(
            _argument("GATE", "gate", "Gate to let past.", needed=True),
            _argument(_ENVIRONMENT, "environment", "Where; everywhere when it is left out."),
            Part(
                name="--expires",
                field="expires",
                kind="span",
                metavar="TIME",
                help=_EXPIRES,
                needed=True,
            ),
            _reason("Why, for the record.", needed=True),
        ),
        examples={
            "override smoke in production --expires 2h --reason the probe is down": (
                "let it into production although `smoke` does not pass"
            )
        },
        action="override",
    ),
    Spec(
        record=typed.Cancel,
        summary="End what is open.",
        parts=(*_OPEN, _reason()),
        examples={"cancel": "end what is open here"},
    ),
    Spec(
        record=typed.Retry,
        summary="Go on with what failed or stopped.",
        parts=_OPEN,
        examples={"retry": "go on with what is open here"},
    ),
    Spec(
        record=typed.Status,
        summary="Show what runs where, and what is locked.",
        parts=(_argument(_ENVIRONMENT, "environment", "Only this environment."),),
        examples={"status": "all environments", "status production": "one of them"},
        changes=False,
        role="read",
    ),
    Spec(
        record=typed.Why,
        summary="Say what something waits for, and who can change it.",
        parts=_OPEN,
        examples={
            "why": "why it does not go on here",
            "why production": "why it does not go into production",
        },
        changes=False,
        role="read",
    ),
    Spec(
        record=typed.Report,
        summary="Show the report of a release.",
        parts=(_argument("VERSION", "version", "The version; in a pull request its own."),),
        examples={"report 2.5.0": "the report of 2.5.0"},
        changes=False,
        role="read",
    ),
    Spec(
        record=typed.Help,
        summary="Say which commands there are, or how one is written.",
        parts=(_argument("COMMAND", "command", "The command that is asked about."),),
        examples={"help": "all commands", "help lock": "one of them"},
        changes=False,
        role="read",
    ),
)

TABLE: Mapping[str, Spec] = {spec.name: spec for spec in _ALL}
"""Word → its command, in the order in which people are shown them."""


def spec_of(command: typed.Command) -> Spec:
    """The row of a typed command."""
    return TABLE[type(command).__name__.lower()]


def actions_of(command: typed.Command) -> tuple[Action, ...]:
    """Everything that a command takes authority for; nothing where the role decides."""
    spec = spec_of(command)
    used = [part.action for part in spec.parts if part.action and getattr(command, part.field)]
    return tuple(dict.fromkeys([*([spec.action] if spec.action else []), *used]))


def as_json(command: typed.Command) -> dict[str, object]:
    """A command for programs; null is what was not said."""
    spec = spec_of(command)
    own = {key: _shown(getattr(command, field)) for field, key in spec.keys.items()}
    shared = {"dry_run": command.dry_run, "sha": command.sha or None}
    return {"name": spec.name, **own, **shared, "line": command.line, "text": command.text}


def _shown(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, bool) or value else None
