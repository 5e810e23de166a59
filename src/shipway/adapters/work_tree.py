"""Files of a clone as they stand on the disk, committed or not."""

from pathlib import Path

from shipway.errors import InputError

LONGEST = 1_000_000
"""Bytes of a file that is read; what a repository says of itself is shorter."""


def text_in(root: Path, path: str) -> str:
    """The text of a file; empty when it is no text, too long, or leads somewhere else."""
    file = root / path
    try:
        return file.read_text("utf-8") if _own(root, file) and file.stat().st_size <= LONGEST else ""
    except (OSError, UnicodeDecodeError):
        return ""


def write_in(root: Path, path: str, text: str) -> None:
    """Write a file, and the folders that it lacks.

    Raises:
        InputError: It leads out of the clone, or cannot be written.
    """
    file = root / path
    if not _own(root, file):
        raise InputError(
            f"{path} leads out of the repository by a symbolic link.",
            "Put a file or folder in place of the link.",
            reason_code="file-not-written",
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8", newline="\n")
    except OSError as problem:
        raise InputError(
            f"{path} cannot be written: {problem.strerror}.",
            "Make it writable and run the command again.",
            reason_code="file-not-written",
        ) from problem


def _own(root: Path, file: Path) -> bool:
    return file.resolve().is_relative_to(root.resolve())
