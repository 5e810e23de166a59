"""What release-please's two files say, by its page "Manifest Driven release-please", of the package at the top."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shipway.domain.commit import DEFAULT_LEVELS
from shipway.domain.setup.version_places import Place

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What it knows of the package at the top, in our words.

    Attributes:
        version: The last one that it released; empty where it released none.
        component: Name that may stand before the version in a tag.
        tag: The form of a tag that its settings make; empty where there are no settings.
        groups: Title in the changelog → commit types under it.
        types: Commit type → level, where it saw that differently than we do.
        places: Where versions stand that it raised.
        optional: Likewise, where the files of its release type may not be there.
        major_on_zero: Whether a breaking change below 1.0.0 makes 1.0.0; None from 1.0.0 on.
        notes: What of its settings has no counterpart, or asks people to do something; a sentence each.
    """

    version: str
    component: str
    tag: str
    changelog: str
    groups: Mapping[str, tuple[str, ...]]
    types: Mapping[str, str]
    places: tuple[Place, ...]
    optional: tuple[Place, ...]
    major_on_zero: bool | None
    notes: tuple[str, ...]

    def tag_among(self, tags: Iterable[str]) -> str:
        """The form of the tag of its last version as it stands in the repository, else that of its settings."""
        if not self.version:
            return self.tag
        ours = re.compile(rf"((?:[\w./@-]*[-/@_.])?v?){re.escape(self.version)}")
        forms = [f"{match[1]}{{version}}" for match in map(ours.fullmatch, tags) if match]
        usual = (self.tag, "v{version}", "{version}", *forms)
        return next((form for form in usual if form in forms), self.tag)


def from_release_please(config: Json, manifest: Json) -> Manifest:
    """Join the configuration with the manifest of versions."""
    listed = config.get("packages")
    packages = listed if isinstance(listed, dict) else {}
    own = packages.get(".")
    said = {**config, **(own if isinstance(own, dict) else {})}  # a package overrides the whole
    version = manifest.get(".")
    known = version if isinstance(version, str) else ""
    early = known.startswith("0.")
    component = _text(said, "component") or _text(said, "package-name")
    return Manifest(
        version=known,
        component=component,
        tag=_tag(said, component) if config else "",
        changelog=_text(said, "changelog-path"),
        groups=_groups(said.get("changelog-sections")),
        types=_types(said, early=early),
        places=tuple(_extra_files(said.get("extra-files"))),
        optional=tuple(_of_release_type(said)),
        major_on_zero=not said.get("bump-minor-pre-major", False) if early else None,
        notes=(*_notes(said, known, early=early), *_other_packages(packages)),
    )


def _text(said: Json, key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) and re.fullmatch(r"[\w./@ -]+", value) else ""


def _tag(said: Json, component: str) -> str:
    named = component and said.get("include-component-in-tag") is not False
    before = f"{component}{_text(said, 'tag-separator') or '-'}" if named else ""
    return f"{before}{'' if said.get('include-v-in-tag') is False else 'v'}{{version}}"


def _sections(sections: object) -> Iterator[tuple[str, str]]:
    """Commit type and title of each section that it showed."""
    for one in sections if isinstance(sections, list) else ():
        kind, title = (one.get("type"), one.get("section")) if isinstance(one, dict) else (None, None)
        if isinstance(kind, str) and isinstance(title, str) and not one.get("hidden"):
            yield kind, title


def _groups(sections: object) -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    for kind, title in _sections(sections):
        groups[title] = (*groups.get(title, ()), kind)
    return groups


def _types(said: Json, *, early: bool) -> dict[str, str]:
    """It releases for whatever it shows in the changelog, and for nothing else."""
    shown = [kind for kind, _ in _sections(said.get("changelog-sections"))]
    types = {kind: "patch" for kind in shown if kind not in DEFAULT_LEVELS}
    if shown:
        types |= {kind: "none" for kind in DEFAULT_LEVELS if kind not in shown}
    if early and said.get("bump-patch-for-minor-pre-major") and types.get("feat") != "none":
        types["feat"] = "patch"
    return types


def _extra_files(listed: object) -> Iterator[Place]:
    for one in listed if isinstance(listed, list) else ():
        settings = one if isinstance(one, dict) else {"path": one}
        path, where = settings.get("path"), settings.get("jsonpath") or settings.get("xpath")
        if isinstance(path, str) and not settings.get("glob"):
            keys = re.findall(r"[\w-]+", where) if isinstance(where, str) else []
            yield Place(path.removeprefix("/"), keys[-1] if keys else "")


_OF_TYPE: Mapping[str, tuple[Place, ...]] = {
    "simple": (Place("version.txt"),),
    "python": (Place("setup.py", "version"), Place("setup.cfg", "version")),
    "php": (Place("composer.json", "version"),),
    "dart": (Place("pubspec.yaml", "version"),),
    "elixir": (Place("mix.exs", "version"),),
    "expo": (Place("app.json", "version"),),
    "bazel": (Place("MODULE.bazel", "version"),),
}
"""Release type → what it raises, besides what we find by ourselves."""


def _of_release_type(said: Json) -> tuple[Place, ...]:
    kind, named = _text(said, "release-type"), _text(said, "version-file")
    if named and kind in {"simple", "ruby"}:
        return (Place(named, "VERSION" if kind == "ruby" else ""),)
    return _OF_TYPE.get(kind, ())


_SAID: Mapping[str, str] = {
    "bootstrap-sha": "`bootstrap-sha` is not needed: Shipway begins after the newest tag.",
    "last-release-sha": "`last-release-sha` is not needed: Shipway begins after the newest tag.",
    "versioning": "`versioning: {value}` has no counterpart: `release.types` says what each type of commit asks for.",
    "skip-changelog": "It wrote no changelog: `release: {{changelog: ''}}` keeps that.",
    "skip-github-release": "It tagged nothing itself; Shipway tags and publishes what is merged.",
    "draft": "Its GitHub Releases were drafts; Shipway publishes them.",
    "exclude-paths": "`exclude-paths` has no counterpart: all commits count.",
    "plugins": "Its plugins do not run any more; what they did becomes a gate or a deploy command.",
    "extra-label": "Labels of its pull requests ({value}): `release.labels` sets those of Shipway's.",
}
"""Setting → what people are told who had it."""


def _notes(said: Json, known: str, *, early: bool) -> Iterator[str]:
    forced = said.get("release-as")
    if isinstance(forced, str) and re.fullmatch(r"[\w.+-]+", forced) and forced != known:
        yield f"`release-as` asks for {forced}; ask once yourself: shipway release {forced}"
    for key, text in _SAID.items():
        if said.get(key) and (key, said[key]) != ("versioning", "default"):
            yield text.format(value=_text(said, key) or "…")
    if early and said.get("bump-patch-for-minor-pre-major"):
        yield "Take `feat: patch` out of `release.types` once 1.0.0 is released."


def _other_packages(packages: Json) -> Iterator[str]:
    others = [path for path in packages if path != "." and re.fullmatch(r"[\w./@ -]+", path)]
    if others:
        yield (
            f"It released {', '.join(others)} by themselves; Shipway cuts one version of the whole repository. "
            "Go on with release-please where they need versions of their own."
        )
