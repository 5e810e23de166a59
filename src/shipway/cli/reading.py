"""What `shipway next` and `shipway changelog` do, once it is known what was asked for."""

import gc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shipway.adapters.git_refs import find_repository
from shipway.cli.errors import guarded
from shipway.cli.output import inert, say, show, write
from shipway.engine.history import DEFAULT_RULES, HistoryRules, Since, since_last_release
from shipway.errors import InputError

if TYPE_CHECKING:  # `next` does without
    from shipway.domain.changelog import Notes

PATH = ".github/shipway.yml"
TEMPLATES = ".github/shipway/templates/changelog"


def run_plain(arguments: list[str]) -> int:
    """Run `next`, `changelog` or `changelog --all`, for which no command line has to be understood.

    Returns:
        The exit code. Errors have been shown by then.
    """
    command = show_next if arguments == ["next"] else partial(show_changelog, everything="--all" in arguments)
    code = guarded(lambda: command(Path()), arguments)
    gc.freeze()  # what is left is not looked through once more at the end
    return code


def show_next(repo: Path, output: str = "text") -> None:
    """Print the version that the commits since the last release ask for; nothing when they ask for none."""
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


def show_changelog(
    repo: Path, output: str = "text", *, first: str = "", last: str = "", everything: bool = False
) -> None:
    """Print what changed since the last release, between two tags, or in every release."""
    from shipway.domain.changelog import Notes  # noqa: PLC0415 - `next` does without
    from shipway.engine.changelog import changelog  # noqa: PLC0415 - likewise

    gc.disable()  # nothing here makes cycles, and looking for them costs a third of the time
    text = output == "text"
    render: Callable[[Notes], Any] = _page(find_repository(repo).root) if text else Notes.data
    releases = changelog(repo, configured(repo), render, first=first, last=last, everything=everything)
    if text:
        write("\n\n".join(releases))
    else:
        show(output, "", {"releases": releases})


def _page(root: Path) -> "Callable[[Notes], str]":
    """How a release is written: by the repository's own templates where it has any, else safe text alone."""
    if (root / TEMPLATES).is_dir():
        from shipway.adapters.templates import Templates  # noqa: PLC0415 - jinja2 costs more than the rest

        templates = Templates(root)
        return lambda notes: inert(templates.render("changelog/release.md.j2", notes=notes)).rstrip()
    from shipway.domain.changelog_text import release_text  # noqa: PLC0415 - `next` does without

    return lambda notes: release_text(notes).rstrip()
