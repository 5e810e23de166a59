"""What a release holds, computed from its commits: the changelog section and the files of the release commit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256

from shipway.adapters.git_repo import Clone
from shipway.adapters.github.commits import CommitOrigin
from shipway.adapters.templates import Templates
from shipway.domain import changelog
from shipway.domain.changelog_file import Release, joined, unreleased, with_release
from shipway.domain.facts import Content, Oid
from shipway.domain.file_edits import bump, find_version_files, named_version_file
from shipway.domain.ledger import canonical
from shipway.domain.policy import ReleasePolicy
from shipway.domain.repository import Repository
from shipway.domain.version import TagFormat, Version
from shipway.engine.history import Since, first_timers

SECTION = "changelog/section.md.j2"


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What the content of a release is made from.

    Attributes:
        origins: Asks GitHub who made the commits and which pull requests they came with.
        hide: Takes secrets out of what commits say.
        hand_written: Notes that somebody wrote in place of ours.
    """

    clone: Clone
    repository: Repository
    since: Since
    version: Version
    policy: ReleasePolicy
    templates: Templates
    origins: Callable[[], Mapping[str, CommitOrigin]]
    hide: Callable[[str], str]
    hand_written: str = ""


def content_of(given: Ingredients) -> Content:
    """Compute the content; the same commits give the same."""
    since, section = given.since, given.since.section
    notes = _notes(given)
    files = _version_files(given)
    text = given.hide(given.hand_written.strip() or given.templates.render(SECTION, notes=notes).strip())
    if path := given.policy.changelog:
        before = given.clone.read(since.head, path) if path in given.clone.files(since.head) else ""
        release = Release(notes.version, notes.date, text, notes.tag, notes.compare)
        files[path] = with_release(before, release)
        text = joined(given.hide(unreleased(before)), text)
    tickets = dict.fromkeys(ref for change in section.changes for ref in change.references)
    digest = sha256(canonical([str(given.version), since.head, text, files]).encode()).hexdigest()[:20]
    return Content(
        previous_tag=since.last_tag,
        source_oid=since.head,
        files=files,
        notes=text,
        tickets=tuple(tickets),
        commits=len(section.shas),
        digest=digest,
        plain_changelog=notes.plain,
        warnings=since.warnings,
    )


def _notes(given: Ingredients) -> changelog.Notes:
    """The notes, dated by the newest commit so that tomorrow they are the same."""
    origins = {} if given.hand_written else given.origins()
    logins = {sha: origin.login for sha, origin in origins.items()}
    new = first_timers(given.clone.root, given.since, logins)
    pulls = {
        sha: changelog.PullRequestInfo(origin.pull_request, origin.login, first_time=origin.login in new)
        for sha, origin in origins.items()
        if origin.pull_request is not None
    }
    groups = given.policy.groups or changelog.GROUPS
    style = changelog.Style(changelog.Place(given.repository.url), groups, pulls)
    return changelog.notes(
        given.since.section,
        given.since.last_tag,
        style,
        version=given.version,
        tag=TagFormat(given.policy.tag).tag(given.version),
        date=datetime.fromtimestamp(given.since.section.time, UTC).date().isoformat(),
    )


def _version_files(given: Ingredients) -> dict[str, str]:
    return at_version(given.clone, given.since.head, given.policy.version_files, str(given.version))


def at_version(clone: Clone, commit: Oid, named_by: Sequence[str], version: str) -> dict[str, str]:
    """Path → text of every version file of a commit with another version in it; unchanged ones are left out."""
    paths, read = clone.files(commit), partial(clone.read, commit)
    named = [named_version_file(spec, paths, read) for spec in named_by]
    known = {file.path for file in named}
    found = [file for file in find_version_files(paths, read) if file.path not in known]
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for file in dict.fromkeys((*found, *named)):
        text = before.setdefault(file.path, read(file.path))
        after[file.path] = bump(file, after.get(file.path, text), version)
    return {path: text for path, text in after.items() if text != before[path]}
