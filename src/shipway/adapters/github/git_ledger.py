"""The ledger as a branch of the repository, written by GitHub against the head that was read."""

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shipway.adapters.github.client import GitHub, document_text
from shipway.adapters.github.mutations import Mutation, together
from shipway.adapters.github.reading import ledger_of
from shipway.adapters.github.writing import (
    LEDGER_BRANCH,
    commit_made,
    commit_on_branch,
    create_ledger,
)
from shipway.domain import record
from shipway.domain.ledger import Ledger
from shipway.domain.ledger_store import WholeLedger
from shipway.domain.standings import environments_of


class GitLedger:
    """The branch `shipway-ledger`.

    Args:
        whole: Reads everything of the branch; GitHub's interface gives long files only in part.
    """

    def __init__(self, github: GitHub, whole: Callable[[], WholeLedger]) -> None:
        self._github, self._whole = github, whole

    def read(self, book: str) -> Ledger:
        """In one request, and one more for each file that GitHub gives only in part."""
        answer = self._github.query(document_text("ledger_book", "of_file"), entries=book)
        commit = (answer["repository"]["ledger"] or {}).get("target")
        return ledger_of(whole_files(self._github, commit), book)

    def append(self, before: Ledger, after: Ledger, pages: Mapping[str, str]) -> Ledger:
        """One commit with everything, which GitHub makes only on the head that was read."""
        files, message = {**record.ledger_files(after), **pages}, _message(before, after)
        if before.commit:
            commit = commit_on_branch(self._github, LEDGER_BRANCH, before.commit, files, message)
        else:
            commit = create_ledger(self._github, files, message)
        return replace(after, commit=commit, full_log="")

    def append_along(
        self, before: Ledger, after: Ledger, pages: Mapping[str, str], along: Sequence[Mutation]
    ) -> tuple[Ledger, dict[str, Any]]:
        """The same after other mutations, in one request with them; gives their answers too.

        Raises:
            Stale: The ledger has moved; the other mutations may have been done.
        """
        files, message = {**record.ledger_files(after), **pages}, _message(before, after)
        made = commit_made(self._github, LEDGER_BRANCH, before.commit, files, message)
        answer = together(self._github, [*along, made])
        return replace(after, commit=str(answer[made.name]["commit"]["oid"]), full_log=""), answer

    def whole(self) -> WholeLedger:
        """Every file and every commit."""
        return self._whole()


def _message(before: Ledger, after: Ledger) -> str:
    new = [entry.event for entry in after.entries[len(before.entries) :]]
    subject = new[0].version or ", ".join(sorted(environments_of(new[0]))) or "ledger"
    return f"{subject}: {', '.join(event.kind for event in new)}"


def whole_files(github: GitHub, commit: Any) -> Any:
    """A commit's files as GitHub answered, with those that it cut off read whole."""
    for entry in commit.values() if commit else ():
        blob = entry.get("object") if isinstance(entry, dict) else None
        if blob and (blob.get("isTruncated") or ("text" in blob and blob["text"] is None)):
            answer = github.get(f"/git/blobs/{blob['oid']}")
            blob["text"] = b64decode(answer["content"]).decode("utf-8", "backslashreplace")
    return commit
