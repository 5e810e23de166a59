"""`CHANGELOG.md`, updated in place: text → text, everything that people wrote stays as it is.

Format: https://keepachangelog.com/en/1.1.0/, or any Markdown file with a heading of level 2 for each release.
"""

import re
from dataclasses import dataclass

HEADER = """# Changelog

All notable changes to this project are documented in this file.
"""

_HEADING = re.compile(r"^##[ \t]+(?P<title>[^\n]*)$", re.MULTILINE)
_UNRELEASED = re.compile(r"\[?unreleased\]?", re.IGNORECASE)
_REFERENCE = re.compile(r"^\[(?P<name>[^\]\n]+)\]:[ \t]*(?P<url>\S+)[ \t]*$", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]*(```|~~~).*?^[ \t]*\1[ \t]*$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Release:
    """A release as the file shows it.

    Attributes:
        version: Like `2.5.0`.
        date: Like `2026-11-21`; empty when it is not known.
        body: What stands under the heading.
        tag: The release's tag.
        compare: Address of its commits; empty for no link.
    """

    version: str
    date: str
    body: str
    tag: str = ""
    compare: str = ""


def with_release(text: str, release: Release) -> str:
    """The file with a release as its newest section.

    Notes that people wrote under `Unreleased` move into the release and stand before what was generated. A
    file that has a section for this version already is left as it is.

    Args:
        text: The file; empty when there is none yet.
        release: What to put in.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    plain = text.replace("\r\n", "\n") or HEADER
    result = plain if has_release(plain, release.version) else _inserted(plain, release)
    return result.replace("\n", newline)


def has_release(text: str, version: str) -> bool:
    """Whether the file has a section for a version."""
    return any(_names(title, version) for title, _, _ in _sections(text))


def unreleased(text: str) -> str:
    """What people wrote under `Unreleased`; empty when there is nothing, or no such heading at the top."""
    plain = text.replace("\r\n", "\n")
    sections = _sections(plain)
    if not (sections and _UNRELEASED.match(sections[0][0])):
        return ""
    _, start, end = sections[0]
    return plain[start : _before_references(plain, start, end)].strip("\n")


def _inserted(text: str, release: Release) -> str:
    sections = _sections(text)
    linked = _uses_references(text)
    if sections and _UNRELEASED.match(sections[0][0]):
        _, start, end = sections[0]
        before, after = text[:start].rstrip("\n"), text[_before_references(text, start, end) :]
    else:
        at = _heading_start(text, sections)
        before, after = text[:at].rstrip("\n"), text[at:]
    body = joined(unreleased(text), release.body)
    head = f"{before}\n\n" if before else ""
    tail = "\n" + after.lstrip("\n") if after.strip() else ""
    result = f"{head}{_heading(release, linked=linked)}\n\n{body}\n{tail}"
    return _with_reference(result, release) if linked else result


def joined(by_hand: str, generated: str) -> str:
    """What people wrote, and under it what was generated."""
    return "\n\n".join(part.strip("\n") for part in (by_hand, generated) if part.strip())


def _sections(text: str) -> list[tuple[str, int, int]]:
    """Title, start and end of what stands under each heading of level 2, outside of fences and comments."""
    visible = text
    for hidden in (_FENCE, _COMMENT):
        visible = hidden.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), visible)
    heads = list(_HEADING.finditer(visible))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [(head["title"].strip(), head.end(), end) for head, end in zip(heads, ends, strict=False)]


def _heading_start(text: str, sections: list[tuple[str, int, int]]) -> int:
    """Where the newest section begins; before the link references when there is none."""
    if sections:
        return text.rindex("\n", 0, sections[0][1] - 1) + 1 if "\n" in text[: sections[0][1] - 1] else 0
    return _before_references(text, 0, len(text))


def _before_references(text: str, start: int, end: int) -> int:
    """The end of a section's text, without the link references that may end the file."""
    found = re.search(r"(?:^\[[^\]\n]+\]:[ \t]*\S+[ \t]*\n?|^[ \t]*\n)+\Z", text[start:end], re.MULTILINE)
    return start + found.start() if found and end == len(text) else end


def _names(title: str, version: str) -> bool:
    bare = re.escape(version)
    return re.match(rf"\[?v?{bare}(?![\w.+-])", title) is not None


def _uses_references(text: str) -> bool:
    """Whether headings are linked through references at the end, as Keep a Changelog does."""
    return any(
        re.match(r"(?:unreleased$|v?\d+\.\d)", found["name"], re.IGNORECASE)
        for found in _REFERENCE.finditer(text)
    )


def _heading(release: Release, *, linked: bool) -> str:
    name = release.version
    if linked and release.compare:
        name = f"[{name}]"
    elif release.compare:
        name = f"[{name}]({release.compare})"
    return f"## {name} - {release.date}" if release.date else f"## {name}"


def _with_reference(text: str, release: Release) -> str:
    """Point `Unreleased` at what comes next, and add this release's own reference under it."""
    if not release.compare:
        return text
    found = list(_REFERENCE.finditer(text))
    own = f"[{release.version}]: {release.compare}"
    first = next((one for one in found if not _UNRELEASED.fullmatch(one["name"])), None)
    at = first.start() if first else found[-1].end() + 1
    text = f"{text[:at]}{own}\n{text[at:]}"
    unreleased = next((one for one in found if _UNRELEASED.fullmatch(one["name"])), None)
    if unreleased and release.tag:
        url = re.sub(r"/compare/.*$", lambda _: f"/compare/{release.tag}...HEAD", unreleased["url"])
        text = text[: unreleased.start("url")] + url + text[unreleased.end("url") :]
    return text
