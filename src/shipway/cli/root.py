"""The `shipway` command: finds commands by name, loads the one that was asked for, shows what went wrong."""

from importlib import import_module

import click

from shipway import __version__
from shipway.cli import COMMANDS
from shipway.cli.errors import guarded
from shipway.errors import UsageError


class LazyGroup(click.Group):
    """A group whose commands are imported only when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Import the command of that name, or None when there is none."""
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, name = target.partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first argument names, or say which one was probably meant."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches  # noqa: PLC0415 - only a refusal needs it

            near = get_close_matches(args[0], COMMANDS, n=1)
            ctx.fail(f"No such command {args[0]!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Examples:  shipway next   ·   shipway changelog --all   ·   shipway release auto --dry-run",
)
@click.version_option(__version__, "-V", "--version", message="shipway %(version)s")
def shipway() -> None:
    """Carry a version from commits to production and back.

    Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 failed, 2 not
    understood, 3 waiting; docs/reference/exit-codes.md lists the others.
    """


def run(arguments: list[str]) -> int:
    """Run one command line.

    Args:
        arguments: What follows the program's name.

    Returns:
        The exit code. Errors have been shown by then.
    """
    return guarded(lambda: _call(arguments), arguments)


def _call(arguments: list[str]) -> object:
    try:
        return shipway.main(arguments, prog_name="shipway", standalone_mode=False)
    except click.ClickException as error:
        raise _usage_error(error) from error
    except click.Abort as stop:
        raise KeyboardInterrupt from stop


def _usage_error(error: click.ClickException) -> UsageError:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "shipway"
    return UsageError(error.format_message(), f"See `{path} --help`.")
