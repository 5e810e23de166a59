"""The one table of commands: the parser, the help, the reference and the tests of the command line read it."""

from collections.abc import Mapping

from shipway.domain.commands import typed
from shipway.domain.commands.spec import Kind, Part, Spec
from shipway.domain.delivery.lock_command import SCOPES
from shipway.domain.policy import Action


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
            f"hotfix auto --base v2.4.1 --pick {_COMMIT}": "the same, with the fix from the default branch",
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
