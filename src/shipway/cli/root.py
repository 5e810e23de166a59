"""The `shipway` command: finds commands by name, loads the one that was asked for, shows what went wrong."""

from importlib import import_module

import click

from shipway import __version__
from shipway.cli import COMMANDS
from shipway.cli.errors import guarded
from shipway.cli.mistakes import Group, explained


class LazyGroup(Group):
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
        raise explained(error, _context(arguments)) from error
    except click.Abort as stop:
        raise KeyboardInterrupt from stop


def _context(arguments: list[str]) -> click.Context:
    """The command that was called, as far as its name tells."""
    whole = click.Context(shipway, info_name="shipway")
    command = shipway.get_command(whole, arguments[0])
    return click.Context(command, parent=whole, info_name=arguments[0]) if command else whole
