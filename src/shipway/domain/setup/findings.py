"""What was found in a repository, and the same in words."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from shipway.domain.delivery.order import pipeline_of
from shipway.domain.file_edits import VersionFile, find_version_files
from shipway.domain.flow import Route, route
from shipway.domain.policy import Policy, ReleasePolicy
from shipway.domain.setup.programs import Tests, packages, tests_of
from shipway.domain.setup.repository import Repository
from shipway.domain.setup.takeover import Takeover, takeovers

_TAG = re.compile(r"(?P<before>(?:[\w.@-]+[-@])?v?)(?P<version>\d+\.\d+\.\d+)")
_NAME = re.compile(r"[^\W_][\w ./@()-]{0,80}")
"""Names that stand in a file without harm; others are left to people."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was concluded from looking at a repository.

    Attributes:
        packages: File → what the repository is written in, or built with.
        version_files: Those whose version a release raises without being told.
        unmarked: Files whose version another tool raised, and in which nothing tells where it stands.
        tag: Form of a tag, as the tags that are there have it.
        tests: None where nothing tells how they are run.
        environments: In the order in which a version reaches them.
        on_github: Whether GitHub told of those.
    """

    repository: Repository
    route: Route
    packages: Mapping[str, str]
    version_files: tuple[VersionFile, ...]
    unmarked: tuple[str, ...]
    tag: str
    tests: Tests | None
    tools: tuple[Takeover, ...]
    environments: tuple[str, ...]
    on_github: bool


def found_in(repository: Repository) -> Findings:
    """Conclude from what there is to look at."""
    branches = {*repository.branches, repository.default}
    tools = takeovers(repository)
    others = (name for tool in tools for name in tool.environments)
    names = tuple(filter(_NAME.fullmatch, repository.environments or tuple(dict.fromkeys(others))))
    return Findings(
        repository=repository,
        route=route(ReleasePolicy(), branches, repository.default, repository.default, ("", "")),
        packages=packages(repository),
        version_files=find_version_files(repository.files, repository.read),
        unmarked=tuple(path for tool in tools for path in tool.unmarked),
        tag=_first(tool.tag for tool in tools) or _form_among(repository.tags),
        tests=tests_of(repository),
        tools=tools,
        environments=_in_order(names, tools),
        on_github=bool(repository.environments),
    )


def _in_order(names: tuple[str, ...], tools: tuple[Takeover, ...]) -> tuple[str, ...]:
    """As another tool enforced it, where it knows all of them; else by what they are called."""
    enforced = next((tool.environments for tool in tools if tool.ordered), ())
    if names and {*names} <= {*enforced}:
        return tuple(name for name in enforced if name in names)
    return pipeline_of(Policy(), names).names if names else ()


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")


def _form_among(tags: Iterable[str]) -> str:
    """The form of the highest version's tag, `v{version}` before others; empty where no tag is a version."""
    found = [match for tag in tags if (match := _TAG.fullmatch(tag))]
    newest = max(found, key=_height, default=None)
    return f"{newest['before']}{{version}}" if newest else ""


def _height(tag: re.Match[str]) -> tuple[bool, tuple[int, ...]]:
    return tag["before"] == "v", tuple(map(int, tag["version"].split(".")))


def found_lines(found: Findings) -> list[str]:
    """What was found, as people read it."""
    rows = [*_rows(found)]
    width = max(len(name) for name, _ in rows)
    todos = [f"! {tool.tool}: {text}" for tool in found.tools for text in (tool.todo, *tool.notes)]
    todos += [
        f"! Mark the version in {path} with the comment `x-shipway-version`." for path in found.unmarked
    ]
    return [*(f"{name.ljust(width)}  {text}" for name, text in rows), *todos, *_other_series(found)]


def _other_series(found: Findings) -> Iterator[str]:
    """What people have to know whose tags count several things, each under its name."""
    tags = filter(None, map(_TAG.fullmatch, found.repository.tags))
    named = {f"{tag['before']}{{version}}" for tag in tags if tag["before"] not in {"", "v"}} - {found.tag}
    if named:
        shown = ", ".join(sorted(named)[:3]) + (f" and {len(named) - 3} more" if len(named) > 3 else "")
        ours = found.tag or "v{version}"
        yield f"! Tags have other forms too ({shown}). Shipway cuts one version of all, as {ours}."


def _rows(found: Findings) -> Iterator[tuple[str, str]]:
    way = found.route
    yield "repository", found.repository.name or "not known yet: there is no `origin`"
    yield "flow", f"{way.flow}: from {way.source} to {way.target}"
    if found.packages:
        kinds = (f"{language} ({path})" for path, language in found.packages.items())
        yield "packages", ", ".join(kinds)
    if found.version_files:
        yield "versions", ", ".join(file.path for file in found.version_files)
    if found.tests:
        yield "tests", " ".join((*found.tests.command, *(f"→ {path}" for path in found.tests.reports)))
    if found.repository.workflows:
        yield "workflows", ", ".join(path.rpartition("/")[2] for path in found.repository.workflows)
    if found.environments:
        origin = "on GitHub" if found.on_github else "from another tool"
        yield "environments", f"{', '.join(found.environments)} ({origin})"
    for tool in found.tools:
        yield "other tool", f"{tool.tool} ({tool.where})"
