"""What a hotfix starts from and what it may be called: the newest version of a line, and the next patch of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from shipway.domain.line import Line
from shipway.domain.version import TagFormat, Version
from shipway.errors import ExitCode, UsageError


@dataclass(frozen=True, slots=True)
class Base:
    """The released version that is repaired.

    Attributes:
        commit: What its tag leads to.
    """

    tag: str
    version: Version
    commit: str

    @property
    def line(self) -> Line:
        """The versions that repair the same minor version."""
        return Line(self.version.major, self.version.minor)


def base_of(text: str, form: TagFormat, tags: Mapping[str, str]) -> Base:
    """The release that a tag names; the bare version is understood too.

    Args:
        text: What somebody asked for.
        form: How versions are written as tags.
        tags: Tag → commit, as the remote has them.

    Raises:
        UsageError: `base-unknown`: it is not the tag of a release.
    """
    versions = {tag: one for tag, one in form.versions(tags).items() if not one.prerelease}
    for tag, version in versions.items():
        if text in (tag, str(version)):
            return Base(tag, version, tags[tag])
    near = get_close_matches(text, versions, n=1, cutoff=0.4)
    newest = max(versions, key=versions.__getitem__, default="")
    raise UsageError(
        f"{text!r} is not the tag of a release.",
        f"Name the release that is to be repaired: --base {(near or [newest])[0]}"
        if versions
        else "There is no release yet, so nothing can be repaired: shipway release auto",
        reason_code="base-unknown",
    )


def base_missing(version: str) -> UsageError:
    """A hotfix that begins has to say what it repairs."""
    return UsageError(
        f"It is not clear which release hotfix {version} repairs.",
        f"Name its tag: shipway hotfix {version} --base v2.4.0",
        reason_code="base-missing",
    )


def check_newest(base: Base, versions: Iterable[Version]) -> None:
    """Refuse a base that a newer version of its line has taken the place of: its repair would be lost.

    Args:
        base: What is to be repaired.
        versions: Every version that is tagged.

    Raises:
        UsageError: `base-outdated`.
    """
    newest = max((one for one in versions if one in base.line and not one.prerelease), default=base.version)
    if newest <= base.version:
        return
    tag = base.tag.replace(str(base.version), str(newest))
    raise UsageError(
        f"{base.tag} is not the newest of {base.line}: {tag} came after it, and the hotfix would lack what it "
        "repaired.",
        f"Start from the newest: shipway hotfix auto --base {tag}",
        reason_code="base-outdated",
    )


def check_name(version: Version, base: Base, versions: Iterable[Version]) -> None:
    """Refuse a version that a hotfix of this base cannot have.

    Raises:
        UsageError: `version-exists` (exit code 10), `version-not-higher`, `outside-line`.
    """
    example = f"for example: shipway hotfix {base.version.bump_patch()} --base {base.tag}"
    if version in {*versions}:
        raise UsageError(
            f"Version {version} is already tagged.",
            f"Choose the next one, {example}"
            if version == base.version
            else "Choose a version that is free.",
            reason_code="version-exists",
            exit_code=ExitCode.TAG_EXISTS,
        )
    if version <= base.version:
        raise UsageError(
            f"Version {version} is not above {base.version}, which it is to repair.",
            f"Choose a higher one, {example}",
            reason_code="version-not-higher",
        )
    if version not in base.line or version.prerelease:
        raise UsageError(
            f"Version {version} is no patch of {base.version}; a hotfix brings a repair and nothing else.",
            f"Choose a version of {base.line}, {example}",
            reason_code="outside-line",
        )


def check_alone(version: Version, base: Base, under_way: Iterable[Version]) -> None:
    """Refuse a second hotfix of the same line at the same time: the one would lack the other's repair.

    Args:
        version: What is asked for.
        base: What it repairs.
        under_way: Versions of hotfixes that have begun and not ended.

    Raises:
        UsageError: `hotfix-under-way`.
    """
    other = next((one for one in under_way if one in base.line and one != version), None)
    if other is None:
        return
    raise UsageError(
        f"Hotfix {other} of {base.line} is under way.",
        f"Bring it to its end, or put your repair into it: shipway hotfix {other}",
        reason_code="hotfix-under-way",
    )
