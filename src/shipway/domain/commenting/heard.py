"""What somebody said in a pull request: as the event tells it, and as GitHub shows it now."""

from dataclasses import dataclass
from typing import Literal

from shipway.domain.facts import Oid


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A comment or review, as the event that started the run tells of it.

    Attributes:
        action: `created`, `edited`, `submitted`, …
        node_id: Of the comment or review.
        before: Text before an edit; empty where nothing was edited.
        author: Login, with `[bot]` of a bot.
        number: Of the pull request.
        commit: That a review is about; empty for a comment.
    """

    kind: Literal["comment", "review"]
    action: str
    node_id: str
    body: str
    before: str = ""
    author: str
    number: int
    commit: Oid = ""


@dataclass(frozen=True, slots=True)
class OwnComment:
    """A comment that we wrote.

    Attributes:
        written_at: When it was edited last, ISO 8601 in UTC.
    """

    node_id: str
    body: str
    written_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """The pull request, as it is now.

    Attributes:
        state: `OPEN`, `MERGED` or `CLOSED`.
        fork: Whether its commits come from another repository.
        branch: Its head branch.
        ours: Our comments among its newest 100.
    """

    node_id: str
    number: int
    url: str
    state: str
    draft: bool
    head: Oid
    branch: str
    fork: bool
    ours: tuple[OwnComment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The comment, as GitHub shows it now.

    Attributes:
        own: Whether we wrote it.
        bot: Whether a program wrote it.
        role: The author's role in the repository; empty for none, None where GitHub would not say.
        created_at: By GitHub's clock, ISO 8601 in UTC.
    """

    body: str
    author: str
    own: bool
    bot: bool
    edited: bool
    role: str | None
    created_at: str
    url: str
    pull: Pull
