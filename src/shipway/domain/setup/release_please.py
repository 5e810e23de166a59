"""What release-please's two files say, by its page "Manifest Driven release-please", of the package at the top."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What it knows of the package at the top.

    Attributes:
        version: The last one that it released; empty where it released none.
        component: Name that may stand before the version in a tag.
        groups: Title in the changelog → commit types under it.
        major_on_zero: Whether a breaking change below 1.0.0 makes 1.0.0; None from 1.0.0 on.
    """

    version: str
    component: str
    changelog: str
    groups: Mapping[str, tuple[str, ...]]
    extra_files: tuple[str, ...]
    major_on_zero: bool | None

    def tag_among(self, tags: Iterable[str]) -> str:
        """The form of the tag of its last version, as it stands in the repository; empty where it is not there."""
        there = {*tags}
        forms = ("v{version}", "{version}", f"{self.component}-v{{version}}", f"{self.component}-{{version}}")
        return next((form for form in forms if form.replace("{version}", self.version) in there), "")


def read_manifest(config: Json, manifest: Json) -> Manifest:
    """Join the configuration with the manifest of versions."""
    listed = config.get("packages")
    own = listed.get(".") if isinstance(listed, dict) else None
    said = {**config, **(own if isinstance(own, dict) else {})}  # a package overrides the whole
    version = manifest.get(".")
    known = version if isinstance(version, str) else ""
    return Manifest(
        version=known,
        component=_text(said, "component") or _text(said, "package-name"),
        changelog=_text(said, "changelog-path"),
        groups=_groups(said.get("changelog-sections")),
        extra_files=tuple(_extra_files(said.get("extra-files"))),
        major_on_zero=not said.get("bump-minor-pre-major", False) if known.startswith("0.") else None,
    )


def _text(said: Json, key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) and re.fullmatch(r"[\w./@ -]+", value) else ""


def _groups(sections: object) -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    for one in sections if isinstance(sections, list) else ():
        kind, title = (one.get("type"), one.get("section")) if isinstance(one, dict) else (None, None)
        if isinstance(kind, str) and isinstance(title, str) and not one.get("hidden"):
            groups[title] = (*groups.get(title, ()), kind)
    return groups


def _extra_files(listed: object) -> Iterable[str]:
    for one in listed if isinstance(listed, list) else ():
        path = one.get("path") if isinstance(one, dict) else one
        if isinstance(path, str):
            yield path.removeprefix("/")
