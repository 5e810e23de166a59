"""Trials: the newest commit of a pull request in an environment, before it is merged.

Where a version is named, a trial stands under a name of its own, which no version can have: so what is said, recorded
and deployed of it says what it is of, and nothing takes it for something that is released.
"""

import re
from dataclasses import dataclass

_NAME = re.compile(r"\bpr-([1-9]\d{0,9})-([0-9a-f]{64}|[0-9a-f]{40})\b")

_BEGINNING = re.compile(r"(?:^|(?<=\. ))a(?= trial of #)")


@dataclass(frozen=True, slots=True)
class Trial:
    """A commit of a pull request.

    Attributes:
        pull: Number of the pull request.
        commit: The whole name of the commit.
    """

    pull: int
    commit: str

    def __str__(self) -> str:
        """Its name, for programs, in the place of a version."""
        return f"pr-{self.pull}-{self.commit}"

    def again(self, environment: str) -> str:
        """What is said to try it once more."""
        return f"/deploy {environment} in #{self.pull}"

    def to_json(self) -> dict[str, int | str]:
        """As plain JSON."""
        return {"pull_request": self.pull, "sha": self.commit}

    @property
    def words(self) -> str:
        """What people call it."""
        return f"a trial of #{self.pull} at {self.commit[:10]}"


@dataclass(frozen=True, slots=True)
class Proposal:
    """The pull request that a trial is of, as it is now.

    Attributes:
        number: Of the pull request.
        head: Its newest commit.
        state: `OPEN`, `MERGED` or `CLOSED`.
        fork: Whether its branch is in another repository.
    """

    number: int
    head: str
    state: str
    fork: bool


def trial_of(version: str) -> Trial | None:
    """The trial that stands in the place of a version; None for a version."""
    found = _NAME.fullmatch(version)
    return Trial(int(found[1]), found[2]) if found else None


def in_words(text: str) -> str:
    """A text for people: with what they call a trial in the place of its name."""
    return _NAME.sub(lambda found: Trial(int(found[1]), found[2]).words, text)


def in_sentences(text: str) -> str:
    """The same of whole sentences, of which some may begin with it."""
    return _BEGINNING.sub(lambda found: found[0].upper(), in_words(text))
