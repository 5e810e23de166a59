"""The checks on any commit, where no other question to GitHub gives them."""

from shipway.adapters.github.check_pages import read_on
from shipway.adapters.github.client import GitHub, document_text
from shipway.adapters.github.reading import observed
from shipway.domain.checks import Observed


def observed_on(github: GitHub, commit: str) -> Observed:
    """All checks on a commit, in one request for each hundred."""
    answer = github.query(document_text("checks", "contexts"), commit=commit, after=None)
    found = answer["repository"]["object"]
    if not found:
        return Observed(doubt="it does not know the commit")
    row = {**found, "oid": commit}
    read_on(github, [row])
    return observed(row)
