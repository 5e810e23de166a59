"""Versions: strict SemVer 2.0.0, and the tags that carry them."""

import re
from collections.abc import Container, Mapping
from functools import total_ordering

from shipway.errors import UsageError

_CORE = ("major", "minor", "patch")
_NUMBER = r"(?:0|[1-9][0-9]{0,99})"
_IDENTIFIER = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
SEMVER = (
    rf"(?P<major>{_NUMBER})\.(?P<minor>{_NUMBER})\.(?P<patch>{_NUMBER})"
    rf"(?P<prerelease>-{_IDENTIFIER}(?:\.{_IDENTIFIER})*)?"
    r"(?P<build>\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
"""A version as a pattern, with a group for each part; not anchored."""


@total_ordering
class Version:
    """A version, ordered and compared by precedence, to which the build does not count (SemVer 2.0.0, 11).

    Attributes:
        prerelease: Like `rc.1`; None for a final version.
        build: What follows the `+`; None when nothing does.
    """

    __slots__ = ("build", "major", "minor", "patch", "prerelease")

    def __init__(
        self, major: int, minor: int, patch: int, prerelease: str | None = None, build: str | None = None
    ) -> None:
        self.major, self.minor, self.patch = major, minor, patch
        self.prerelease, self.build = prerelease, build

    @classmethod
    def of_match(cls, found: re.Match[str]) -> "Version":
        """The version that `SEMVER` found."""
        numbers = (int(found["major"]), int(found["minor"]), int(found["patch"]))
        return cls(*numbers, (found["prerelease"] or "-")[1:] or None, (found["build"] or "+")[1:] or None)

    @property
    def precedence(self) -> tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]:
        """What orders versions: a final one comes after its prereleases, and numbers before words."""
        parts = self.prerelease.split(".") if self.prerelease else ()
        labels = tuple((False, int(part), "") if part.isdigit() else (True, 0, part) for part in parts)
        return self.major, self.minor, self.patch, not parts, labels

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.precedence == other.precedence

    def __lt__(self, other: "Version") -> bool:
        return self.precedence < other.precedence

    def __hash__(self) -> int:
        return hash(self.precedence)

    def __str__(self) -> str:
        prerelease = f"-{self.prerelease}" if self.prerelease else ""
        build = f"+{self.build}" if self.build else ""
        return f"{self.major}.{self.minor}.{self.patch}{prerelease}{build}"

    def __repr__(self) -> str:
        return f"Version({str(self)!r})"

    @property
    def final(self) -> "Version":
        """The release that a prerelease or build is one of."""
        return Version(self.major, self.minor, self.patch)

    def bump_major(self) -> "Version":
        """The next major version."""
        return Version(self.major + 1, 0, 0)

    def bump_minor(self) -> "Version":
        """The next minor version."""
        return Version(self.major, self.minor + 1, 0)

    def bump_patch(self) -> "Version":
        """The next patch version."""
        return Version(self.major, self.minor, self.patch + 1)

    def with_prerelease(self, prerelease: str) -> "Version":
        """The same release as a prerelease."""
        return Version(self.major, self.minor, self.patch, prerelease)


def version_after(spoilt: str) -> Version:
    """The version to name in place of one that cannot be released; `auto` may go on with that one."""
    version = parse_version(spoilt)
    if not version.prerelease:
        return version.bump_patch()
    label, dot, number = version.prerelease.rpartition(".")
    following = f"{label}{dot}{int(number) + 1}" if number.isdigit() else f"{version.prerelease}.1"
    return version.with_prerelease(following)


def parse_version(text: str) -> Version:
    """Read a version that a person gave.

    Args:
        text: What was given, taken as it is: no prefix, no white space.

    Raises:
        UsageError: `invalid-version`, naming the rule, the offending part and an example.
    """
    if found := re.fullmatch(SEMVER, text):
        return Version.of_match(found)
    rule, example = _complaint(text)
    raise UsageError(
        f"{text!r} is not a SemVer 2.0.0 version: {rule}.",
        f"Write it as MAJOR.MINOR.PATCH, for example {example}.",
        reason_code="invalid-version",
    )


def _complaint(text: str) -> tuple[str, str]:
    """The first rule that the text breaks, naming the offending part, and what to write instead."""
    if not text:
        return "it is empty", "2.5.0"
    if text != text.strip():
        return "it has white space around it", _example(text.strip())
    if re.match(r"[vV=]+ ?[0-9]", text):
        prefix = re.match(r"[vV=]+ ?", text)
        found = prefix.group() if prefix else ""
        return f"nothing stands before the first number, found {found!r}", _example(text[len(found) :])
    core, _, build = text.partition("+")
    core, dash, prerelease = core.partition("-")
    return (
        _core_complaint(core)
        or _label_complaint("prerelease", prerelease, core, present=bool(dash))
        or _label_complaint("build", build, core, present="+" in text)
        or ("it does not have three numbers", "2.5.0")
    )


def _core_complaint(core: str) -> tuple[str, str] | None:
    parts = core.split(".")
    for name, part in zip(_CORE, parts, strict=False):
        if not re.fullmatch(r"[0-9]+", part):
            return f"the {name} part must be a number, found {part!r}", "2.5.0"
        if part != "0" and part.startswith("0"):
            return f"numbers have no leading zero, found {part!r}", _example(core)
    if len(parts) < len(_CORE):
        missing = " and ".join(_CORE[len(parts) :])
        return f"it has three numbers, the {missing} part is missing after {core!r}", _example(core)
    if len(parts) > len(_CORE):
        return f"it has three numbers, found '.{'.'.join(parts[3:])}' after them", _example(core)
    return None


def _label_complaint(name: str, label: str, core: str, *, present: bool) -> tuple[str, str] | None:
    if not present:
        return None
    for part in label.split("."):
        if not part:
            return f"the {name} part has an empty identifier, found {label!r}", f"{core}-rc.1"
        if not re.fullmatch(r"[0-9A-Za-z-]+", part):
            return f"the {name} part takes only letters, digits and '-', found {part!r}", f"{core}-rc.1"
        if name == "prerelease" and re.fullmatch(r"0[0-9]+", part):
            return (
                f"prerelease numbers have no leading zero, found {part!r}",
                f"{core}-{part.lstrip('0') or 0}",
            )
    return None


def _example(text: str) -> str:
    """The version that was probably meant."""
    numbers = [str(int(number)) for number in re.findall(r"[0-9]{1,9}", text.partition("-")[0])]
    return ".".join([*numbers, "0", "0"][:3]) if numbers else "2.5.0"


class TagFormat:
    """How a version is written as a tag, such as ``v{version}``.

    Args:
        text: The format; `{version}` stands in it exactly once.

    Raises:
        UsageError: `invalid-tag-format`.
    """

    __slots__ = ("_pattern", "_text")

    def __init__(self, text: str = "v{version}") -> None:
        before, found, after = text.partition("{version}")
        if not found or "{version}" in after:
            raise UsageError(
                f"The tag format {text!r} must contain {{version}} exactly once.",
                'Write it as in "v{version}" or "api/v{version}".',
                reason_code="invalid-tag-format",
            )
        self._text = text
        self._pattern = re.compile(re.escape(before) + SEMVER + re.escape(after))

    def tag(self, version: Version) -> str:
        """The tag of a version."""
        return self._text.replace("{version}", str(version))

    def version(self, tag: str) -> Version | None:
        """The version that a tag carries; None for tags that are not versions, such as `nightly`."""
        found = self._pattern.fullmatch(tag)
        return Version.of_match(found) if found else None

    def versions(self, tags: Mapping[str, str]) -> dict[str, Version]:
        """The tags that name releases, with their versions.

        A tag that is another one's of the same commit with more behind it, as `v1.2.3-staging` is `v1.2.3`'s, says
        where a version is and names no version of its own.

        Args:
            tags: Tag → commit.
        """
        found = {tag: version for tag in tags if (version := self.version(tag))}
        return {
            tag: version
            for tag, version in found.items()
            if not version.prerelease or not _goes_on_from(tag, found.keys(), tags)
        }


def _goes_on_from(tag: str, names: Container[str], tags: Mapping[str, str]) -> bool:
    """Whether a shorter name, cut at a hyphen, is that of a version on the same commit."""
    cuts = (place for place, character in enumerate(tag) if character == "-")
    return any(tag[:place] in names and tags[tag[:place]] == tags[tag] for place in cuts)
