"""What a release's notes say: groups of entries, people, and where to look, ready for a template.

All texts in here are harmless in Markdown (`safe_text`); templates print them as they are.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from time import gmtime, strftime
from types import MappingProxyType
from typing import NamedTuple

from shipway.domain.bump import Level
from shipway.domain.commit import Change
from shipway.domain.safe_text import safe_line, safe_lines
from shipway.domain.section import Contributor, Section
from shipway.domain.version import Version

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Features": ("feat",),
    "Fixes": ("fix",),
    "Performance": ("perf",),
    "Reverts": ("revert",),
}
"""Title of each group, in order, and the types that it shows; other types are left out unless they break."""

BREAKING = "Breaking changes"
PLAIN = "Changes"


class PullRequestInfo(NamedTuple):
    """What GitHub knows of the pull request that a commit came with.

    Attributes:
        number: Its number.
        author: Login of who opened it.
        first_time: Whether it is their first one that was merged here.
    """

    number: int
    author: str = ""
    first_time: bool = False


class Place(NamedTuple):
    """Where a repository is shown.

    Attributes:
        url: Address of the repository's page without a slash at its end; empty when it has none.
    """

    url: str = ""

    def commit(self, sha: str) -> str:
        """A link to a commit, or its short name."""
        return f"[{sha[:7]}]({self.url}/commit/{sha})" if self.url else sha[:7]

    def pull_request(self, number: int) -> str:
        """A link to a pull request, or its number."""
        return f"[#{number}]({self.url}/pull/{number})" if self.url else f"#{number}"

    def compare(self, older: str, newer: str) -> str:
        """Address of all commits between two tags; of the newer one when there is no older; or empty."""
        if not self.url:
            return ""
        return f"{self.url}/compare/{older}...{newer}" if older else f"{self.url}/commits/{newer}"

    def person(self, login: str) -> str:
        """A link to a person's page on the same server."""
        server = "/".join(self.url.split("/")[:3])
        return f"[{safe_line(login)}]({server}/{login})" if server else safe_line(login)


class Entry(NamedTuple):
    """One change in the notes; printed as a whole it is its default line."""

    change: Change
    place: Place
    pull_request: int | None

    @property
    def text(self) -> str:
        """The description."""
        return safe_line(self.change.description)

    @property
    def scope(self) -> str:
        """The scope; empty when there is none."""
        return safe_line(self.change.scope)

    @property
    def notes(self) -> tuple[str, ...]:
        """What breaks, beyond the description."""
        return tuple(safe_lines(note) for note in self.change.notes if note != self.change.description)

    @property
    def links(self) -> str:
        """Pull request and commit, with a comma between them."""
        number, sha = self.pull_request, self.change.sha
        links = [] if number is None else [self.place.pull_request(number)]
        return ", ".join([*links, self.place.commit(sha)] if sha else links)

    def __str__(self) -> str:
        scope = f"**{self.scope}:** " if self.change.scope else ""
        links = f" ({links})" if (links := self.links) else ""
        line = f"{scope}{self.text}{links}"
        if not self.change.notes:
            return line
        return line + "".join(f"\n\n{note}".replace("\n", "\n  ") for note in self.notes).replace(
            "\n  \n", "\n\n"
        )

    def data(self) -> dict[str, object]:
        """What programs read; text of strangers as it stands."""
        change = self.change
        return {
            "type": change.type,
            "scope": change.scope or None,
            "description": change.description,
            "breaking": change.breaking,
            "notes": list(change.notes),
            "pull_request": self.pull_request,
            "references": list(change.references),
            "sha": change.sha,
        }


class Group(NamedTuple):
    """Entries under one title."""

    title: str
    entries: tuple[Entry, ...]


class Person(NamedTuple):
    """Who contributed: a name, or a link to their page where GitHub told us their login."""

    name: str
    first: bool = False

    def __str__(self) -> str:
        return self.name


MANY = 12
"""People that one line names; where there are more, all of them are folded away, and counted."""


class Credit(NamedTuple):
    """People who are thanked.

    Attributes:
        title: For what, before their names.
        counted: For what, after their number.
    """

    title: str
    counted: str
    people: tuple[Person, ...]

    @property
    def folded(self) -> bool:
        """Whether they are too many for a line."""
        return len(self.people) > MANY


class Notes(NamedTuple):
    """The notes of one release.

    Attributes:
        version: Empty while it is not known.
        tag: The release's tag; empty before it has one.
        previous: The tag before it; empty for the first.
        date: Like `2026-11-21`; empty when not released.
        compare: Address of the commits in it; empty when the repository has no page.
        groups: Never empty ones; breaking changes first.
        people: Authors, in the order of their newest commit.
        plain: Whether no commit is conventional, so that all are listed as they are.
    """

    version: str
    tag: str
    previous: str
    date: str
    compare: str
    groups: tuple[Group, ...]
    people: tuple[Person, ...] = ()
    plain: bool = False

    def data(self) -> dict[str, object]:
        """What programs read."""
        return {
            "version": self.version or None,
            "tag": self.tag or None,
            "previous": self.previous or None,
            "date": self.date or None,
            "compare": self.compare or None,
            "plain": self.plain,
            "groups": [
                {"title": group.title, "entries": [entry.data() for entry in group.entries]}
                for group in self.groups
            ],
            "contributors": [{"name": one.name, "first": one.first} for one in self.people],
        }

    @property
    def credits(self) -> tuple[Credit, ...]:
        """Who is thanked, in groups of which none is empty."""
        both = (
            Credit("Contributors", "contributors", self.people),
            Credit("First contribution", "first contributions", self.first_timers),
        )
        return tuple(one for one in both if one.people)

    @property
    def first_timers(self) -> tuple[Person, ...]:
        """Those whose first contribution is in it."""
        return tuple(person for person in self.people if person.first)


class Style(NamedTuple):
    """How notes are made.

    Attributes:
        place: Where links lead.
        groups: Title → types.
        pull_requests: What GitHub knows: commit → its pull request.
    """

    place: Place = Place()
    groups: Mapping[str, tuple[str, ...]] = GROUPS
    pull_requests: Mapping[str, PullRequestInfo] = MappingProxyType({})


def notes(
    section: Section,
    previous: str,
    style: Style,
    *,
    version: Version | None = None,
    tag: str = "",
    date: str = "",
) -> Notes:
    """The notes of a release.

    Args:
        section: Its commits and what they say.
        previous: The tag before it.
        style: Links, groups, and what GitHub knows.
        version: The version, where the section has none yet.
        tag: Likewise its tag.
        date: Likewise its date.
    """
    tag, version = section.tag or tag, section.version or version
    if section.tag and section.time:
        date = strftime("%Y-%m-%d", gmtime(section.time))
    return Notes(
        version=str(version or ""),
        tag=tag,
        previous=previous,
        date=date,
        compare=style.place.compare(previous, tag or "HEAD"),
        groups=tuple(_plain(section, style) if section.plain else _grouped(section.changes, style)),
        people=tuple(_people(section.contributors, section.shas, style)),
        plain=bool(section.plain),
    )


def _grouped(changes: Iterable[Change], style: Style) -> Iterable[Group]:
    title_of = {kind: title for title, kinds in style.groups.items() for kind in kinds}
    found: dict[str, list[Entry]] = {title: [] for title in (BREAKING, *style.groups)}
    for change in changes:
        title = BREAKING if change.breaking else title_of.get(change.type)
        if title:
            found[title].append(_entry(change, style))
    return (Group(title, tuple(entries)) for title, entries in found.items() if entries)


def _entry(change: Change, style: Style) -> Entry:
    number = change.pull_request
    if number is None and change.sha in style.pull_requests:
        number = style.pull_requests[change.sha].number
    return Entry(change, style.place, number)


def _plain(section: Section, style: Style) -> Iterable[Group]:
    changes = (Change("", title, Level.NONE, sha=sha) for sha, title in section.plain)
    return [Group(PLAIN, tuple(_entry(change, style) for change in changes))]


def _people(contributors: Iterable[Contributor], shas: Iterable[str], style: Style) -> Iterable[Person]:
    known = (
        [style.pull_requests[sha] for sha in shas if sha in style.pull_requests]
        if style.pull_requests
        else []
    )
    logins: dict[str, bool] = {}
    for one in known:
        if one.author:
            logins[one.author] = logins.get(one.author, False) or one.first_time
    if logins:
        return (Person(style.place.person(login), first) for login, first in logins.items())
    return map(_person, dict.fromkeys(one.name for one in contributors))


@lru_cache(maxsize=4096)
def _person(name: str) -> Person:
    return Person(safe_line(name))
