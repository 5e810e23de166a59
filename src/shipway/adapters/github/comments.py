"""Comments: what GitHub says of one, and our answers to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shipway.adapters.github.client import GitHub, Transient, document_text
from shipway.adapters.github.mutations import Mutation, together
from shipway.domain.commenting.heard import Heard, OwnComment, Pull, Said
from shipway.domain.facts import Oid
from shipway.errors import GitHubError

Json = Mapping[str, Any]


def ask(github: GitHub, heard: Heard) -> Said | None:
    """Everything that a comment is judged by, in one request; None where it is gone."""
    row = github.query(
        document_text("comment"),
        optional=("node", "collaborators"),
        comment=heard.node_id,
        login=heard.author,
        number=heard.number,
    )
    words, repository = row["node"], row["repository"]
    if not (words and repository["pullRequest"]):
        return None
    author = words["author"] or {"__typename": "User", "login": ""}
    bot = author["__typename"] == "Bot"
    login = f"{author['login']}[bot]" if bot else author["login"]
    return Said(
        body=words["body"],
        author=login,
        own=words["viewerDidAuthor"],
        bot=bot,
        edited=words["includesCreatedEdit"],
        role=_role(repository["collaborators"], login),
        created_at=words["createdAt"],
        url=words["url"],
        pull=_pull(repository["pullRequest"]),
    )


def _role(collaborators: Json | None, login: str) -> str | None:
    """The author's role; None where GitHub would not say."""
    if collaborators is None:
        return None
    found = (edge for edge in collaborators["edges"] if edge["node"]["login"].lower() == login.lower())
    return next((str(edge["permission"]).lower() for edge in found), "")


def _pull(row: Json) -> Pull:
    return Pull(
        node_id=row["id"],
        number=row["number"],
        url=row["url"],
        state=row["state"],
        draft=row["isDraft"],
        head=row["headRefOid"],
        branch=row["headRefName"],
        fork=row["isCrossRepository"],
        ours=_ours(row),
    )


def _ours(pull: Json) -> tuple[OwnComment, ...]:
    mine = (one for one in pull["comments"]["nodes"] if one["viewerDidAuthor"])
    return tuple(OwnComment(one["id"], one["body"], one.get("updatedAt", "")) for one in mine)


def head_of(github: GitHub, number: int) -> Oid:
    """The newest commit of a pull request, as it is now."""
    row = github.query(document_text("head"), number=number)
    return str(row["repository"]["pullRequest"]["headRefOid"])


def pushed_at(github: GitHub, branch: str, head: Oid) -> str:
    """When a branch came to stand where it does, by GitHub's record of its branches, never by a commit's dates.

    Returns:
        ISO 8601 in UTC; empty where the record does not go back that far, or may not be read.
    """
    try:
        rows = github.get("/activity", ref=f"refs/heads/{branch}", per_page=10)
    except Transient:
        raise
    except GitHubError:
        return ""
    return next((str(row["timestamp"]) for row in rows if row["after"] == head), "")


def react(github: GitHub, comment: str, content: str) -> None:
    """Show at once that a comment was seen; one that GitHub takes none for goes without."""
    reaction = Mutation("reaction", "addReaction", "reaction { content }", _reaction(comment, content))
    together(github, [reaction])


def _reaction(comment: str, content: str) -> dict[str, str]:
    return {"subjectId": comment, "content": content}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What people are shown.

    Attributes:
        comment: That is answered.
        reaction: GitHub's name of it, such as `THUMBS_UP`; empty for none.
        reply: Text of the reply; empty for none.
        statuses: Mark → text of each status comment.
    """

    comment: str
    reaction: str = ""
    reply: str = ""
    reply_mark: str = ""
    statuses: Mapping[str, str]


def answer(github: GitHub, pull: Pull, given: Answer) -> None:
    """Reply, and bring the status comments up to date, in one request; what stands there already is edited."""
    together(github, list(_written(pull, given)))


def _written(pull: Pull, given: Answer) -> Iterator[Mutation]:
    if given.reply:
        yield _comment("reply", pull, given.reply_mark, given.reply)
    for number, (mark, text) in enumerate(given.statuses.items()):
        yield _comment(f"status{number}", pull, mark, text)
    if given.reaction:
        reaction = _reaction(given.comment, given.reaction)
        yield Mutation("reaction", "addReaction", "reaction { content }", reaction)


def _comment(name: str, pull: Pull, mark: str, text: str) -> Mutation:
    """A comment that begins with a mark: the one of ours that has it, or a new one."""
    body = f"{mark}\n{text}"
    found = _marked(pull.ours, mark)
    if found:
        return _edit(name, found, body)
    new = {"subjectId": pull.node_id, "body": body}
    return Mutation(name, "addComment", "commentEdge { node { id } }", new)


def _marked(ours: tuple[OwnComment, ...], mark: str) -> OwnComment | None:
    return next((one for one in ours if one.body.startswith(mark)), None)


def _edit(name: str, comment: OwnComment, body: str) -> Mutation:
    given = {"id": comment.node_id, "body": body}
    return Mutation(name, "updateIssueComment", "issueComment { id }", given)


def rewrite(github: GitHub, number: int, statuses: Mapping[str, str], *, ended: str = "") -> bool:
    """Edit those comments of ours that begin with a mark and say something else; what is not there stays away.

    Args:
        github: One request to look, and one to write where that is needed.
        number: Of the pull request.
        statuses: Mark → text.
        ended: When that came to be which they say, ISO 8601 in UTC: only what was written before is edited. Empty for
            all.

    Returns:
        Whether there was something to edit.

    Raises:
        GitHubError: GitHub refused, or kept stumbling; whether they were edited may be unknown.
    """
    ours = _ours(github.query(document_text("own_comments"), number=number)["repository"]["pullRequest"])
    bodies = ((mark, github.mask.text(f"{mark}\n{text}")) for mark, text in statuses.items())
    found = ((_marked(ours, mark), body) for mark, body in bodies)
    edits = [
        (one, body)
        for one, body in found
        if one and one.body != body and not (ended and one.written_at >= ended)
    ]
    if edits:
        together(github, [_edit(f"status{count}", *edit) for count, edit in enumerate(edits)])
    return bool(edits)


def plain_reply(github: GitHub, number: int, text: str) -> None:
    """Reply without having looked at anything: where looking itself failed."""
    github.send("POST", f"/issues/{number}/comments", {"body": text})
