"""Look at a repository's history: the last release of a line, and what came after it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from shipway.adapters import git_refs
from shipway.adapters.git_log import GitLog, read_authors
from shipway.adapters.git_refs import GitFolder
from shipway.domain.bump import CHANNEL, Basis, Level, next_version, within_line
from shipway.domain.commit import DEFAULT_LEVELS, Rules
from shipway.domain.commit import DEFAULT_RULES as DEFAULT_MESSAGES
from shipway.domain.line import Line
from shipway.domain.section import Section
from shipway.domain.version import TagFormat, Version, parse_version

if TYPE_CHECKING:  # `shipway next` without a configuration does without it
    from shipway.domain.policy import ReleasePolicy


class HistoryRules(NamedTuple):
    """What configuration says about history.

    Attributes:
        tag: How versions are written as tags.
        messages: What types of commits mean.
        major_on_zero: Whether a breaking change makes 1.0.0 out of 0.x.
        channel: The word in prereleases.
        paths: Only commits that touch one of these count; all when empty.
        groups: Title in the changelog → types under it; the usual ones when empty.
    """

    tag: TagFormat = TagFormat()
    messages: Rules = DEFAULT_MESSAGES
    major_on_zero: bool = False
    channel: str = CHANNEL
    paths: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = MappingProxyType({})

    @classmethod
    def of_policy(cls, policy: "ReleasePolicy") -> "HistoryRules":
        """The part of the configuration that history needs."""
        levels = {kind.lower(): Level[level.upper()] for kind, level in policy.types.items()}
        return cls(
            TagFormat(policy.tag),
            Rules({**DEFAULT_LEVELS, **levels}),
            major_on_zero=policy.major_on_zero,
            groups=policy.groups,
        )


DEFAULT_RULES = HistoryRules()
USUAL_TAGS = ("v{version}", "{version}")
_RECENT = 200  # commits that show whether a repository uses Conventional Commits
_MOST_AUTHORS = 20_000  # commits whose authors are read, in about a quarter of a second


class Since(NamedTuple):
    """What came after the last release of a line.

    Attributes:
        branch: The branch that was read; empty for a commit or a detached HEAD.
        head: Its commit.
        last_tag: Tag of the last final release; empty before the first.
        basis: What the next version is reckoned from.
        section: The commits since then, and what they say.
        next: The next version by the rules, `Release-As:` included; None when nothing asks for one.
        warnings: What people should know, a sentence each.
    """

    branch: str
    head: str
    last_tag: str
    basis: Basis
    section: Section
    next: Version | None
    warnings: tuple[str, ...] = ()


def since_last_release(
    repository: Path,
    rules: HistoryRules = DEFAULT_RULES,
    *,
    ref: str = "",
    branch: str = "",
    last_tag: str = "",
) -> Since:
    """Read what came after the last release of the line that a branch belongs to.

    Args:
        repository: Any folder in a clone. A shallow one is deepened as far as is needed.
        rules: What configuration says.
        ref: What to read; empty for what is checked out.
        branch: The branch whose line counts, where `ref` does not name it.
        last_tag: Count from this tag instead of the last release.

    Raises:
        InputError: `not-a-repository`, `no-commits`, `unknown-ref`, `shallow-clone`.
    """
    folder = git_refs.find_repository(repository)
    head = git_refs.resolve(folder, ref)
    return _Look(folder, rules, branch or head.branch, head.sha).since(last_tag)


class _Look(NamedTuple):
    """One look at one branch."""

    folder: GitFolder
    rules: HistoryRules
    branch: str
    head: str

    def since(self, last_tag: str) -> Since:
        """What came after the last release, after fetching as much history as that takes."""
        tags = git_refs.read_tags(self.folder)
        if not self.folder.is_shallow:
            return self._since(tags, last_tag)
        from shipway.adapters import git_shallow  # noqa: PLC0415 - whole clones do without

        known = {**tags, **git_shallow.remote_tags(self.folder.root)}
        for _ in git_shallow.deepen(self.folder.root, self.head):
            here = git_refs.ancestors(self.folder, self.head)
            reached = {name: sha for name, sha in known.items() if sha in here}
            found = self._since(reached, last_tag)
            if git_shallow.cut_off(self.folder.common).isdisjoint(found.section.shas):
                break
        git_shallow.keep_tags(self.folder.root, reached.keys() - tags.keys())
        return found

    def _since(self, tags: Mapping[str, str], last_tag: str) -> Since:
        line = Line.of_branch(self.branch)
        versions = self.rules.tag.versions(tags)
        last, section = self._after(tags, versions, line, last_tag)
        base, inside = versions.get(last), frozenset(section.shas)
        recent = (one for name, one in versions.items() if one.prerelease and tags[name] in inside)
        basis = Basis(
            last=base if base and base in line else None,
            prerelease=max((one for one in recent if one in line), default=None),
            tagged=tuple(versions.values()),
            line=line,
            major_on_zero=self.rules.major_on_zero,
            channel=self.rules.channel,
        )
        upcoming, warnings = self._next(basis, section, last)
        unread = () if versions or last_tag else self._unread(tags)
        return Since(self.branch, self.head, last, basis, section, upcoming, (*unread, *warnings))

    def _unread(self, tags: Mapping[str, str]) -> Iterator[str]:
        """That no release is known, where tags are versions in another usual form: a first release would surprise."""
        for form in USUAL_TAGS:
            if found := TagFormat(form).versions(tags):
                newest = max(found, key=found.__getitem__)
                yield (
                    f"No tag is written like {self.rules.tag.tag(found[newest])}, so no release is known. If tags "
                    f'like {newest} are releases, say `release: {{tag: "{form}"}}` in .github/shipway.yml.'
                )
                return

    def _after(
        self, tags: Mapping[str, str], versions: Mapping[str, Version], line: Line, last_tag: str
    ) -> tuple[str, Section]:
        """The last release that the head contains, and the commits since.

        The highest version of the line nearly always is it, which reading the commits since then shows. If
        it stands elsewhere, git is asked which tags the head contains.
        """
        if last_tag:
            return last_tag, self._read(tags[last_tag])[0]
        final = {
            name: (one.major, one.minor, one.patch) for name, one in versions.items() if not one.prerelease
        }
        names = sorted(final, key=final.__getitem__)  # a tenth of what comparing versions takes
        best = next((name for name in reversed(names) if versions[name] in line), "")
        if best and not self.rules.paths:
            section, boundary = self._read(tags[best])
            if tags[best] in boundary or tags[best] == self.head:
                return best, section
        here = git_refs.ancestors(self.folder, self.head) if names else frozenset()
        reached = [name for name in names if tags[name] in here]
        own = [name for name in reached if versions[name] in line]
        last = (own or reached or [""])[-1]
        return last, self._read(tags.get(last, ""))[0]

    def _read(self, excluded: str, also: str = "") -> tuple[Section, Mapping[str, str]]:
        """The commits after one, without those that it released where it was squashed or rebased beside them."""
        log = GitLog(self.folder.root, self.head, excluded, self.rules.paths, also=also)
        from shipway.domain.history import SOURCE, History  # noqa: PLC0415 - loaded while git reads

        (section,) = History({}, self.rules.messages).read(log)
        sources = SOURCE.findall(log.boundary.get(excluded, ""))
        beside = next((one for one in sources if not also and one in section.shas), "")
        return (self._read(excluded, beside)[0] if beside else section), log.boundary

    def _next(self, basis: Basis, section: Section, last: str) -> tuple[Version | None, tuple[str, ...]]:
        """The next version, and what people should know about it."""
        if section.forced:
            return parse_version(section.forced), ()
        since = f"since {last}" if last else "so far"
        level = section.level
        warnings: list[str] = []
        if section.plain and not self._is_conventional():
            level = Level.PATCH
            warnings.append(
                f"None of the {len(section.plain)} commits {since} follows Conventional Commits: "
                "the next version is a patch, and the changelog lists every commit."
            )
        kept = within_line(basis.line, level)
        if kept is not level:
            warnings.append(
                f"The commits {since} ask for a {level} release, which {basis.line} cannot have: "
                f"it gets a {kept} one."
            )
        return next_version(basis, level), tuple(warnings)

    def _is_conventional(self) -> bool:
        """Whether this repository's recent past, released or not, uses Conventional Commits at all."""
        log = GitLog(self.folder.root, self.head, count=_RECENT)
        from shipway.domain.commit.message import read_message  # noqa: PLC0415 - loaded while git reads

        return any(read_message(one.message, self.rules.messages).changes for one in log)


def first_timers(repository: Path, since: Since, logins: Mapping[str, str]) -> frozenset[str]:
    """Logins of those whose first commits these are, by addresses and names; none where that cannot be told.

    Args:
        repository: Any folder in a clone.
        since: What came after the last release; before the first release everybody would be new.
        logins: Commit → login, as far as GitHub knows them.
    """
    folder = git_refs.find_repository(repository)
    if not since.last_tag or not logins or folder.is_shallow:
        return frozenset()
    authors = read_authors(folder.root, since.head, _MOST_AUTHORS)
    if len(authors) == _MOST_AUTHORS:  # older ones were not read
        return frozenset()
    here = frozenset(since.section.shas)
    known = {word for sha, *words in authors if sha not in here for word in words}
    theirs: dict[str, set[str]] = {}
    for sha, *words in authors:
        theirs.setdefault(logins.get(sha, ""), set()).update(words)
    return frozenset(login for login, words in theirs.items() if login and words.isdisjoint(known))


def whole_history(
    repository: Path,
    rules: HistoryRules = DEFAULT_RULES,
    *,
    ref: str = "",
    after: str = "",
    wanted: frozenset[str] | None = None,
    by_date: bool = False,
) -> Iterator[Section]:
    """Every release that a branch contains, newest first; each as soon as it has been read.

    The first section is what is not released yet, and may be empty.

    Args:
        repository: Any folder in a clone. A shallow one is completed.
        rules: What configuration says.
        ref: What to read; empty for what is checked out.
        after: Only what this tag does not contain.
        wanted: Types whose changes are kept besides those that ask for a release; None keeps all.
        by_date: Whether to begin before git knows all commits, at the risk of `OutOfOrder`.

    Raises:
        InputError: `not-a-repository`, `no-commits`, `unknown-ref`, `shallow-clone`.
    """
    folder = git_refs.find_repository(repository)
    if folder.is_shallow:
        from shipway.adapters import git_shallow  # noqa: PLC0415 - whole clones do without

        git_shallow.complete(folder.root)
    head = git_refs.resolve(folder, ref)
    excluded = git_refs.resolve(folder, after).sha if after else ""
    log = GitLog(folder.root, head.sha, excluded, paths=rules.paths, by_date=by_date)
    from shipway.domain.history import History, Tagged  # noqa: PLC0415 - loaded while git reads

    tags = git_refs.read_tags(folder)
    versions = rules.tag.versions(tags)
    by_commit = {tags[name]: Tagged(name, one) for name, one in versions.items() if not one.prerelease}
    return History(by_commit, rules.messages, wanted).read(log)
