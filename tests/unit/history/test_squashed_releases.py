"""Releases that git-flow squashed beside the branch that they were cut from."""

import pytest

from shipway.domain.history import History, Tagged
from shipway.domain.log import Commit
from shipway.domain.version import parse_version

FIRST, FEATURE, FIX, SQUASHED, BACK, NEXT = (letter * 40 for letter in "abcdef")


def commit(sha: str, message: str, *parents: str) -> Commit:
    """A commit of somebody."""
    return Commit(sha, " ".join(parents), "1795176000", "Mona", "mona@example.test", message)


@pytest.mark.requirement("CHG-3", "REL-5")
def test_what_was_squashed_into_a_release_belongs_to_it() -> None:
    tags = {
        FIRST: Tagged("v1.0.0", parse_version("1.0.0")),
        SQUASHED: Tagged("v1.1.0", parse_version("1.1.0")),
    }
    release = commit(SQUASHED, f"chore(release): 1.1.0\n\nShipway-Source: {FIX}", FIRST)
    log = [
        commit(NEXT, "feat: next", BACK),
        commit(BACK, "chore: merge v1.1.0 back into develop", FIX, SQUASHED),
        release,
        commit(FIX, "fix: one", FEATURE),
        commit(FEATURE, "feat: one", FIRST),
        commit(FIRST, "feat: begin"),
    ]

    found = {section.tag: section.shas for section in History(tags).read(log)}

    assert found == {"": (NEXT, BACK), "v1.1.0": (SQUASHED, FIX, FEATURE), "v1.0.0": (FIRST,)}
