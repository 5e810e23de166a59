"""Git's objects as values: parsing and formatting, nothing else."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

TREE_MODE = "040000"
ZERO = "0" * 40


@dataclass(frozen=True, slots=True)
class Signature:
    """Who and when, as git writes it into commits and tags."""

    name: str
    email: str
    when: datetime

    def __str__(self) -> str:
        offset = self.when.strftime("%z")[:5]
        return f"{_plain(self.name)} <{_plain(self.email)}> {int(self.when.timestamp())} {offset}"

    @classmethod
    def parse(cls, text: str) -> "Signature":
        """Read `Name <email> seconds offset`; nonsense dates of old repositories become the epoch."""
        name, _, rest = text.partition(" <")
        email, _, moment = rest.rpartition("> ")
        seconds, _, offset = moment.partition(" ")
        try:
            minutes = int(offset[:-2] or 0) * 60 + int(offset[0] + offset[-2:])
            when = datetime.fromtimestamp(int(seconds), timezone(timedelta(minutes=minutes)))
        except (ValueError, IndexError, OverflowError, OSError):
            when = datetime.fromtimestamp(0, UTC)
        return cls(name, email, when)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit object; its message comes without line ends at its end, as GitHub shows it."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str
    gpgsig: str | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """An annotated tag object."""

    sha: str
    object: str
    type: str
    name: str
    tagger: Signature | None
    message: str


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One line of a tree: `mode` in six digits, `name` without slashes (or a path in listings)."""

    mode: str
    name: str
    sha: str

    @property
    def type(self) -> str:
        """GitHub's word for what the entry points at."""
        return {TREE_MODE: "tree", "160000": "commit"}.get(self.mode, "blob")


def object_sha(kind: str, data: bytes) -> str:
    """The id git gives to an object."""
    return hashlib.sha1(b"%s %d\0" % (kind.encode(), len(data)) + data, usedforsecurity=False).hexdigest()


def parse_commit(sha: str, data: bytes) -> Commit:
    """Read a commit object."""
    headers, message = _headers(data)
    return Commit(
        sha=sha,
        tree=headers["tree"][0],
        parents=tuple(headers.get("parent", ())),
        author=Signature.parse(headers["author"][0]),
        committer=Signature.parse(headers["committer"][0]),
        message=message.rstrip("\n"),
        gpgsig=next(iter(headers.get("gpgsig", ())), None),
    )


def format_commit(
    tree: str, parents: Sequence[str], author: Signature, committer: Signature, message: str
) -> bytes:
    """Write a commit object."""
    lines = [f"tree {tree}", *(f"parent {one}" for one in parents)]
    lines += [f"author {author}", f"committer {committer}", "", message]
    return "\n".join(lines).encode()


def parse_tag(sha: str, data: bytes) -> Tag:
    """Read an annotated tag object."""
    headers, message = _headers(data)
    tagger = headers.get("tagger")
    return Tag(
        sha=sha,
        object=headers["object"][0],
        type=headers["type"][0],
        name=headers["tag"][0],
        tagger=Signature.parse(tagger[0]) if tagger else None,
        message=message,
    )


def format_tag(target: str, kind: str, name: str, tagger: Signature, message: str) -> bytes:
    """Write an annotated tag object."""
    return f"object {target}\ntype {kind}\ntag {name}\ntagger {tagger}\n\n{message}".encode()


def parse_tree(data: bytes) -> list[TreeEntry]:
    """Read a tree object."""
    entries, position = [], 0
    while position < len(data):
        space = data.index(b" ", position)
        end = data.index(b"\0", space)
        mode = data[position:space].decode().zfill(6)
        name = data[space + 1 : end].decode("utf-8", "surrogateescape")
        entries.append(TreeEntry(mode, name, data[end + 1 : end + 21].hex()))
        position = end + 21
    return entries


def format_tree(entries: Iterable[TreeEntry]) -> bytes:
    """Write a tree object in git's order, in which a directory sorts as if it ended in a slash."""
    rows = []
    for entry in entries:
        name = entry.name.encode("utf-8", "surrogateescape")
        slash = b"/" if entry.mode == TREE_MODE else b""
        row = b"%s %s\0%s" % (entry.mode.lstrip("0").encode(), name, bytes.fromhex(entry.sha))
        rows.append((name + slash, row))
    return b"".join(row for _, row in sorted(rows))


def _headers(data: bytes) -> tuple[dict[str, list[str]], str]:
    head, _, message = data.partition(b"\n\n")
    headers: dict[str, list[str]] = {}
    name = ""
    for line in _decode(head).split("\n"):
        if line.startswith(" "):
            headers[name][-1] += "\n" + line[1:]
        else:
            name, _, value = line.partition(" ")
            headers.setdefault(name, []).append(value)
    return headers, _decode(message)


def _decode(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _plain(text: str) -> str:
    return "".join(char for char in text if char not in "<>\n\0").strip()
