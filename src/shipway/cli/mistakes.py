"""What was typed wrongly: said in one way, with what was probably meant, where to look, and an example."""

import re
from collections.abc import Iterable
from typing import Any

import click

from shipway.errors import UsageError

_EXAMPLE = re.compile(r"shipway \S+(?: \S+)*")


class Group(click.Group):
    """A group of commands that says which one was probably meant."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse a call without a command, for which click would print the whole help as an error."""
        if not args:
            names = ", ".join(self.list_commands(ctx))
            raise UsageError(f"`{ctx.command_path}` needs a command.", f"There are {names}. {_help(ctx)}")
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first argument names."""
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-"):
            raise unknown(f"There is no command {args[0]!r}.", args[0], names, ctx)
        return super().resolve_command(ctx, args)


class Choice(click.Choice[str]):
    """One of a few words."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse any other word."""
        if value not in self.choices:
            name = max(param.opts, key=len) if param else "this option"
            raise unknown(f"{name} cannot be {value!r}.", str(value), self.choices, ctx)
        return str(super().convert(value, param, ctx))


def unknown(message: str, given: str, known: Iterable[str], context: click.Context | None) -> UsageError:
    """The refusal of a word that is none of those that are known."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a refusal needs it

    words = list(known)
    near = get_close_matches(given, words, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(words)}."
    return UsageError(message, f"{hint} {_help(context)}")


def explained(error: click.ClickException, context: click.Context) -> UsageError:
    """The same in our words and with the next step; `context` is where click does not say."""
    context = getattr(error, "ctx", None) or context
    if isinstance(error, click.NoSuchOption):
        name = error.option_name
        options = [one for parameter in context.command.get_params(context) for one in parameter.opts]
        long = [one for one in options if one.startswith("--")]
        return unknown(f"There is no option {name!r}.", name, long, context)
    return UsageError(error.format_message().rstrip(".") + ".", _help(context))


def _help(context: click.Context | None) -> str:
    if context is None:
        return "See `shipway --help`."
    example = _EXAMPLE.search(context.command.epilog or "")
    shown = f"; for example: {example[0]}" if example else "."
    return f"See `{context.command_path} --help`{shown}"
