"""Release tools that are there already: what of them goes on, and what people have to do about them."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shipway.domain.setup.branch_deploy import from_branch_deploy
from shipway.domain.setup.programs import json_of
from shipway.domain.setup.release_please import Manifest, from_release_please
from shipway.domain.setup.repository import Repository
from shipway.domain.setup.version_places import located

BRANCH_DEPLOY = "branch-deploy"


@dataclass(frozen=True, slots=True)
class Takeover:
    """A tool that was found.

    Attributes:
        where: The file that tells of it.
        changelog: Where it wrote its changelog; empty where it says nothing.
        tag: Its form of a tag; empty where it says nothing.
        groups: Title in the changelog → commit types under it.
        types: Commit type → level, where it saw that differently than we do.
        version_files: Files whose version it raised, as `release.version-files` names them.
        unmarked: Files whose version it raised, and in which nothing tells where it stands.
        major_on_zero: Whether it took a breaking change below 1.0.0 for 1.0.0; None where that does not matter.
        environments: Environments that it deployed to.
        ordered: Whether that is the order in which a version has to reach them.
        production: Those of them that people depend on; None where it does not say it.
        urls: Environment → its address.
        todo: What people have to do, so that not two tools release at once.
        notes: What of its settings has no counterpart, or asks people to do more; a sentence each.
    """

    tool: str
    where: str
    changelog: str = ""
    tag: str = ""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    version_files: tuple[str, ...] = ()
    unmarked: tuple[str, ...] = ()
    major_on_zero: bool | None = None
    environments: tuple[str, ...] = ()
    ordered: bool = False
    production: tuple[str, ...] | None = None
    urls: Mapping[str, str] = field(default_factory=dict)
    todo: str = ""
    notes: tuple[str, ...] = ()


def takeovers(repository: Repository) -> tuple[Takeover, ...]:
    """Every tool that was found."""
    found = (look(repository) for look in LOOKS)
    return tuple(one for one in found if one)


def _release_please(repository: Repository) -> Takeover | None:
    config = repository.first("release-please-config.json", ".github/release-please-config.json")
    manifest = repository.first(".release-please-manifest.json", ".github/.release-please-manifest.json")
    where = config or manifest or _workflow_with(repository, "release-please-action@")
    if not where:
        return None
    known = from_release_please(json_of(repository, config), json_of(repository, manifest))
    places = {place: located(place, known.version, repository) for place in (*known.places, *known.optional)}
    return Takeover(
        "release-please",
        where,
        changelog=known.changelog,
        tag=known.tag_among(repository.tags),
        groups=known.groups,
        types=known.types,
        version_files=tuple(dict.fromkeys(filter(None, places.values()))),
        unmarked=tuple(
            place.path for place in known.places if place.path in repository.files and not places[place]
        ),
        major_on_zero=known.major_on_zero,
        todo="Delete its workflow. Shipway closes its open pull request; tags and changelog go on as they are.",
        notes=(*_missing_tag(known, repository), *known.notes),
    )


def _missing_tag(known: Manifest, repository: Repository) -> Iterator[str]:
    tag = (known.tag_among(repository.tags) or "v{version}").replace("{version}", known.version)
    if known.version and tag not in repository.tags:
        fetch = f"git fetch --tags --force, or set {tag} on its commit."
        yield f"There is no tag of {known.version}, its last release: {fetch}"


def _semantic_release(repository: Repository) -> Takeover | None:
    files = (".releaserc", ".releaserc.json", ".releaserc.yml", ".releaserc.yaml", ".releaserc.js")
    where = repository.first(*files, "release.config.js", "release.config.cjs", "release.config.mjs")
    inside = json_of(repository, "package.json").get("release")
    if not where and not isinstance(inside, dict):
        return None
    said = inside if isinstance(inside, dict) else json_of(repository, where)
    return Takeover(
        "semantic-release",
        where or "package.json",
        tag=_form(said.get("tagFormat"), "${version}"),
        changelog=_changelog_of_plugin(said.get("plugins")),
        todo="Delete its step from the workflow that runs it; what it publishes becomes a deploy command.",
    )


def _changelog_of_plugin(plugins: object) -> str:
    for one in plugins if isinstance(plugins, list) else ():
        named = isinstance(one, list) and len(one) == 2 and one[0] == "@semantic-release/changelog"
        if named and isinstance(one[1], dict):
            return _path(one[1].get("changelogFile"))
    return ""


def _python_semantic_release(repository: Repository) -> Takeover | None:
    said = _tool_of_pyproject(repository, "semantic_release")
    if said is None:
        return None
    return Takeover(
        "python-semantic-release",
        "pyproject.toml",
        tag=_form(said.get("tag_format"), "{version}"),
        todo="Delete its step from the workflow that runs it.",
    )


def _commitizen(repository: Repository) -> Takeover | None:
    said = _tool_of_pyproject(repository, "commitizen")
    if said is None:
        return None
    form = str(said.get("tag_format", "")).replace("${version}", "$version")
    return Takeover(
        "commitizen",
        "pyproject.toml",
        tag=_form(form, "$version"),
        changelog=_path(said.get("changelog_file")),
        todo="Delete the step that runs `cz bump`.",
    )


def _changesets(repository: Repository) -> Takeover | None:
    where = repository.first(".changeset/config.json")
    if not where:
        return None
    waiting = [path for path in repository.files if re.fullmatch(r"\.changeset/(?!README)[^/]+\.md", path)]
    first = f"Release the {len(waiting)} changesets that wait with it once more; then d" if waiting else "D"
    todo = f"{first}elete its workflow: from then on the commits say what is released."
    return Takeover("changesets", where, todo=todo)


def _branch_deploy(repository: Repository) -> Takeover | None:
    where = _workflow_with(repository, "github/branch-deploy@")
    if not where:
        return None
    known = from_branch_deploy(repository.read(where))
    return Takeover(
        BRANCH_DEPLOY,
        where,
        environments=known.environments,
        ordered=known.ordered,
        production=known.production,
        urls=known.urls,
        todo="Move its steps into a deploy command, then delete its workflow.",
        notes=known.notes,
    )


LOOKS: tuple[Callable[[Repository], Takeover | None], ...] = (
    _release_please,
    _semantic_release,
    _python_semantic_release,
    _commitizen,
    _changesets,
    _branch_deploy,
)
"""One for each tool, in the order of trust: the first that says something of a setting is believed."""


def _workflow_with(repository: Repository, used: str) -> str:
    uses = re.compile(rf"^[\s-]*uses:\s*[\"']?[\w./-]*{re.escape(used)}", re.MULTILINE)
    return next((path for path, text in repository.workflows.items() if uses.search(text)), "")


def _tool_of_pyproject(repository: Repository, name: str) -> dict[str, Any] | None:
    try:
        text = repository.read("pyproject.toml") if "pyproject.toml" in repository.files else ""
        tools = tomllib.loads(text).get("tool")
    except tomllib.TOMLDecodeError:
        return None
    said = tools.get(name) if isinstance(tools, dict) else None
    return said if isinstance(said, dict) else None


def _form(given: object, placeholder: str) -> str:
    """A form of tags in our words; empty when it is none that we know."""
    form = given.replace(placeholder, "{version}") if isinstance(given, str) else ""
    return form if re.fullmatch(r"[\w./@-]*\{version\}[\w./-]*", form) else ""


def _path(given: object) -> str:
    return given if isinstance(given, str) and re.fullmatch(r"[\w./ -]+", given) else ""
