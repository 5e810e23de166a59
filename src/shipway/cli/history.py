"""`shipway next` and `shipway changelog`."""

import gc
import sys
from pathlib import Path
from typing import Any

import click

from shipway.adapters.git_refs import find_repository
from shipway.cli.output import output_option, say, show
from shipway.engine.history import DEFAULT_RULES, HistoryRules, Since, since_last_release
from shipway.errors import InputError

PATH = ".github/shipway.yml"

repo_option = click.option(
    "--repo",
    type=click.Path(path_type=Path, exists=True),
    default=".",
    show_default=True,
    help="A folder in the clone.",
)


@click.command("next", epilog="Examples:  shipway next   ·   shipway next --repo ../api --output json")
@repo_option
@output_option
def next_command(repo: Path, output: str) -> None:
    """Print the version that the commits since the last release ask for.

    Prints nothing when they ask for none.
    """
    found = since_last_release(repo, configured(repo))
    for warning in found.warnings:
        say(f"warning: {warning}")
    if found.next is None:
        say(f"Nothing to release {since(found)}: no commit asks for a version.")
    show(output, str(found.next or ""), _next_data(found))


def since(found: Since) -> str:
    """The span that was read, in words."""
    return f"since {found.last_tag}" if found.last_tag else "so far"


def _next_data(found: Since) -> dict[str, object]:
    section = found.section
    return {
        "version": str(found.next) if found.next else None,
        "last": str(found.basis.last) if found.basis.last else None,
        "last_tag": found.last_tag or None,
        "bump": section.forced or str(section.level),
        "line": str(found.basis.line),
        "branch": found.branch,
        "head": found.head,
        "commits": len(section.shas),
        "changes": len(section.changes),
        "breaking": [change.description for change in section.breaking],
        "warnings": list(found.warnings),
    }


def configured(repo: Path, *, optional: bool = False) -> HistoryRules:
    """What the repository's configuration says; the defaults, without loading a library, when it has none.

    Args:
        repo: A folder in the clone.
        optional: Whether the defaults also do where there is no repository.
    """
    try:
        file = find_repository(repo).root / PATH
    except InputError:
        if optional:
            return DEFAULT_RULES
        raise
    if not file.is_file():
        return DEFAULT_RULES
    from shipway.config import read_policy  # noqa: PLC0415 - pydantic costs more than the rest of `next`

    return HistoryRules.of_policy(read_policy(file.read_text(), str(file)).release)


@click.command(
    "changelog",
    epilog="Examples:  shipway changelog   ·   shipway changelog --all   ·   shipway changelog --from v1.0.0",
)
@repo_option
@click.option(
    "--from", "first", default="", metavar="TAG", help="Begin after this tag, not the last release."
)
@click.option(
    "--to", "last", default="", metavar="REF", help="End with this tag, branch or commit, not HEAD."
)
@click.option("--all", "everything", is_flag=True, help="Every release, newest first.")
@output_option
def changelog_command(repo: Path, first: str, last: str, output: str, *, everything: bool) -> None:
    """Print what changed since the last release, or in every release, as Markdown.

    Templates in .github/shipway/templates/ take the place of ours.
    """
    from shipway.domain.changelog import Notes  # noqa: PLC0415 - likewise
    from shipway.engine.changelog import changelog  # noqa: PLC0415 - `next` does without

    gc.disable()  # nothing here makes cycles, and looking for them costs a third of the time
    chosen: dict[str, Any] = {"first": first, "last": last, "everything": everything}
    if output != "text":
        show(output, "", {"releases": changelog(repo, configured(repo), Notes.data, **chosen)})
        return
    from shipway.adapters.templates import Templates  # noqa: PLC0415 - only text needs jinja2

    templates = Templates(find_repository(repo).root)

    def page(one: Notes) -> str:
        return templates.render("changelog/release.md.j2", notes=one).rstrip()

    pages = changelog(repo, configured(repo), page, **chosen)
    sys.stdout.write("\n\n".join(pages) + "\n" if pages else "")
