"""Where a repository writes its version down, and how to change it there.

Every edit is text to text and replaces the version alone: comments, order, quotes and line endings stay as
they were. Read files without newline translation (``newline=""``) so that they can.
"""

from shipway.domain.file_edits.edit import bump, current_version
from shipway.domain.file_edits.find import find_version_files, named_version_file
from shipway.domain.file_edits.version_file import Kind, VersionFile

__all__ = ["Kind", "VersionFile", "bump", "current_version", "find_version_files", "named_version_file"]
