"""A repository's changelog: notes since the last release, between two tags, or of every release."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, pairwise
from pathlib import Path
from typing import TypeVar

from shipway.adapters import git_refs
from shipway.domain.changelog import GROUPS, Notes, Place, Style, notes
from shipway.domain.log import OutOfOrder
from shipway.domain.section import Section
from shipway.engine.history import HistoryRules, since_last_release, whole_history

T = TypeVar("T")


def changelog(
    repository: Path,
    rules: HistoryRules,
    render: Callable[[Notes], T],
    *,
    first: str = "",
    last: str = "",
    everything: bool = False,
) -> list[T]:
    """The notes of releases, newest first, each rendered as soon as its commits have been read.

    Args:
        repository: Any folder in a clone.
        rules: What configuration says.
        render: What to make of the notes of one release.
        first: Begin after this tag; empty for the last release.
        last: End with this tag, branch or commit; empty for what is checked out.
        everything: Whether to begin with the first commit.

    Raises:
        InputError: As `since_last_release` and `whole_history` do.
    """
    place = Place(git_refs.page(git_refs.find_repository(repository)))
    style = Style(place, rules.groups or GROUPS)
    if not first and not everything:
        since = since_last_release(repository, rules, ref=last)
        return [render(notes(since.section, since.last_tag, style, version=since.next))]
    shown = frozenset(kind for kinds in style.groups.values() for kind in kinds)

    def rendered(*, by_date: bool) -> list[T]:
        sections = whole_history(repository, rules, ref=last, after=first, wanted=shown, by_date=by_date)
        return [render(one) for one in _with_previous(sections, first, style)]

    try:
        return rendered(by_date=True)
    except OutOfOrder:
        return rendered(by_date=False)


def _with_previous(sections: Iterable[Section], first: str, style: Style) -> Iterator[Notes]:
    """Each release's notes, which name the release before it; nothing for what is not released and empty."""
    for section, older in pairwise(chain(sections, [None])):
        if section and (section.tag or section.shas):
            yield notes(section, older.tag if older else first, style)
