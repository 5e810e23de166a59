"""Which ledger a repository has: the branch of its own, or what the configuration names."""

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import entry_points
from typing import Any

from shipway.adapters.git_repo import Clone
from shipway.adapters.github import GitHub
from shipway.adapters.github.git_ledger import GitLedger, whole_files
from shipway.adapters.github.writing import LEDGER_BRANCH
from shipway.adapters.ledgers.branch import LedgerBranch
from shipway.domain.ledger import GENESIS, Flaw, Ledger
from shipway.domain.ledger_audit import audited
from shipway.domain.ledger_policy import LedgerPolicy
from shipway.domain.ledger_store import GROUP, LedgerStore, WholeLedger
from shipway.domain.record import head_text
from shipway.errors import UsageError


def open_ledger(policy: LedgerPolicy, github: GitHub, whole: Callable[[], WholeLedger]) -> LedgerStore:
    """The store that the configuration names.

    Args:
        whole: Reads all of the branch, for the backend git.

    Raises:
        UsageError: No package here brings it, or it cannot be used with that address.
    """
    repository = f"{github.owner}/{github.name}"
    if policy.backend == "git":
        return GitLedger(github, whole)
    if policy.backend == "s3":
        from shipway.adapters.ledgers import s3  # noqa: PLC0415 - an extra

        return s3.open_ledger(policy.url, repository)
    brought = entry_points(group=GROUP)
    if policy.backend not in brought.names:
        known = ", ".join(sorted({"git", "s3", *brought.names}))
        raise UsageError(
            f"No installed package keeps ledgers in {policy.backend!r}; known: {known}.",
            "Install the package that does, or write in .github/shipway.yml: ledger: {backend: git}",
            reason_code="ledger-unknown",
        )
    store: LedgerStore = brought[policy.backend].load()(policy.url, repository)
    return store


def whole_branch(clone: Clone, url: str, token: str) -> WholeLedger:
    """Fetch the ledger branch and check it, also against what was fetched here before."""
    ref = f"refs/heads/{LEDGER_BRANCH}"
    before = clone.fetched(ref)
    commit = clone.remote(url, token).heads.get(LEDGER_BRANCH, "")
    if not commit:
        gone = (Flaw(0, f"it is gone; it stood at {before[:10]} when it was fetched last", "the branch"),)
        return WholeLedger("", (), GENESIS, gone if before else ())
    clone.fetch(url, token, [ref])
    branch = LedgerBranch(clone.root, commit)
    found = audited(commit, branch.files(), branch.changes())
    if before and not clone.contains(commit, before):
        rewritten = Flaw(
            0, f"it was rewritten: {before[:10]}, fetched here before, is not in it", "the branch"
        )
        return replace(found, flaws=(*found.flaws, rewritten))
    return found


def put_ledger(
    store: LedgerStore, github: GitHub, repository: dict[str, Any], book: str, previous: str
) -> None:
    """Complete what GitHub answered of a repository by the ledger, whole and from where it is kept.

    Args:
        repository: The answer; in place of a branch that is not there it gets what the branch would say.
        previous: The book of the release before.
    """
    if isinstance(store, GitLedger):
        whole_files(github, (repository["ledger"] or {}).get("target"))
        return
    now = store.read(book)
    head = head_text(now.sequence, now.head, now.open_releases, now.standings, now.debts)
    texts = {"head": head, "entries": _lines(now), "previous": _lines(store.read(previous)), "log": ""}
    files = {name: {"object": {"text": text}} for name, text in texts.items()}
    repository["ledger"] = {"target": {"oid": now.commit, **files}} if now.sequence else None


def _lines(ledger: Ledger) -> str:
    return "".join(f"{entry.to_line()}\n" for entry in ledger.entries)
