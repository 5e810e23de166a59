"""One function per effect on GitHub. Each is done once; when GitHub says that it is there already, the caller
is told to look again (`Stale`) instead of doing it twice.
"""

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from shipway.adapters.github.check_pages import head_commits, read_on
from shipway.adapters.github.client import GitHub, Refused, Stale, document_text
from shipway.adapters.github.mutations import Mutation, together
from shipway.adapters.github.reading import files_digest, pull_request
from shipway.domain.branch_files import README, README_PATH
from shipway.domain.delivery.steps import RefUpdate
from shipway.domain.facts import GitHubRelease, PullRequest
from shipway.domain.verdict import Ruling, Verdict
from shipway.errors import GitHubError

LEDGER_BRANCH = "shipway-ledger"

_PULL = document_text("pull", "contexts")

STATUS_DESCRIPTION_LIMIT = 140
"""Characters of a deployment or commit status description (GitHub REST API)."""


def cut_branch(
    github: GitHub, repository_id: str, branch: str, base: str, files: Mapping[str, str], message: str
) -> str:
    """Create the branch and commit to it in one request; gives the commit."""
    with _looked_for("already exists"):
        answer = github.mutate(
            document_text("cut_branch"),
            repository=repository_id,
            ref=f"refs/heads/{branch}",
            base=base,
            commit=_commit(github, branch, base, files, message),
        )
    return str(answer["createCommitOnBranch"]["commit"]["oid"])


def commit_on_branch(github: GitHub, branch: str, head: str, files: Mapping[str, str], message: str) -> str:
    """Commit to a branch that still stands at `head`; gives the commit, which GitHub signs.

    Raises:
        Stale: The branch has moved.
    """
    answer = together(github, [commit_made(github, branch, head, files, message)])
    return str(answer["commit"]["commit"]["oid"])


def commit_made(github: GitHub, branch: str, head: str, files: Mapping[str, str], message: str) -> Mutation:
    """The mutation that commits to a branch that still stands at `head`."""
    given = _commit(github, branch, head, files, message)
    return Mutation("commit", "createCommitOnBranch", "commit { oid }", given)


def _commit(github: GitHub, branch: str, head: str, files: Mapping[str, str], message: str) -> dict[str, Any]:
    headline, _, body = message.partition("\n\n")
    additions = [{"path": p, "contents": b64encode(text.encode()).decode()} for p, text in files.items()]
    return {
        "branch": {"repositoryNameWithOwner": f"{github.owner}/{github.name}", "branchName": branch},
        "expectedHeadOid": head,
        "message": {"headline": headline, "body": body},
        "fileChanges": {"additions": additions},
    }


def start_branch(github: GitHub, branch: str, commit: str) -> None:
    """Create a branch at a commit that GitHub has."""
    with _looked_for("already exists"):
        github.send("POST", "/git/refs", {"ref": f"refs/heads/{branch}", "sha": commit})


def retarget(github: GitHub, number: int, base: str) -> None:
    """Point a pull request at another branch."""
    github.send("PATCH", f"/pulls/{number}", {"base": base})


def merge_into(github: GitHub, base: str, head: str, message: str) -> str:
    """Merge a commit into a branch; gives the merge commit, empty when there was nothing to merge.

    Raises:
        GitHubError: They conflict.
    """
    try:
        answer = github.send("POST", "/merges", {"base": base, "head": head, "commit_message": message})
    except Refused as problem:
        if problem.status != 409:
            raise
        raise GitHubError(
            f"{head[:10]} conflicts with branch {base}.",
            f"Merge by hand and push: git switch {base} && git merge {head[:10]} && git push",
            reason_code="merge-conflict",
        ) from problem
    return str(answer["sha"]) if answer else ""


def create_ledger(github: GitHub, files: Mapping[str, str], message: str) -> str:
    """Create the ledger branch with its first commit, which has no parent; gives the commit."""
    entries = {README_PATH: README, **files}
    tree = github.send(
        "POST",
        "/git/trees",
        {"tree": [{"path": p, "mode": "100644", "type": "blob", "content": t} for p, t in entries.items()]},
    )
    commit = github.send("POST", "/git/commits", {"message": message, "tree": tree["sha"], "parents": []})
    with _looked_for("already exists"):
        github.send("POST", "/git/refs", {"ref": f"refs/heads/{LEDGER_BRANCH}", "sha": commit["sha"]})
    return str(commit["sha"])


def report_gates(github: GitHub, commit: str, verdicts: Sequence[Verdict]) -> None:
    """Show each verdict on the commit as a commit status, as everybody may who can write."""
    for verdict in verdicts:
        github.send(
            "POST",
            f"/statuses/{commit}",
            {
                "state": _STATUS_STATES[verdict.ruling],
                "context": f"shipway/{verdict.gate}",
                "description": verdict.summary[:STATUS_DESCRIPTION_LIMIT],
            },
        )


_STATUS_STATES = {
    Ruling.PASS: "success",
    Ruling.FAIL: "failure",
    Ruling.ERROR: "error",
    Ruling.INCONCLUSIVE: "pending",
}


def open_pull_request(
    github: GitHub, repository_id: str, head: str, base: str, title: str, body: str, *, draft: bool
) -> PullRequest:
    """Open a pull request."""
    with _looked_for("already exists"):
        answer = github.mutate(
            document_text("open_pull_request") + _PULL,
            input={
                "repositoryId": repository_id,
                "headRefName": head,
                "baseRefName": base,
                "title": title,
                "body": body,
                "draft": draft,
            },
        )
    return _pull(github, answer["createPullRequest"]["pullRequest"])


def _pull(github: GitHub, node: dict[str, Any]) -> PullRequest:
    read_on(github, head_commits(node))
    return pull_request(node)


def rewrite_pull_request(github: GitHub, node_id: str, title: str, body: str) -> PullRequest:
    """Give a pull request a new title and body."""
    answer = github.mutate(
        document_text("rewrite_pull_request") + _PULL,
        input={"pullRequestId": node_id, "title": title, "body": body},
    )
    return _pull(github, answer["updatePullRequest"]["pullRequest"])


def mark_ready(github: GitHub, node_id: str) -> PullRequest:
    """Take a pull request out of draft."""
    answer = github.mutate(document_text("mark_ready") + _PULL, pull=node_id)
    return _pull(github, answer["markPullRequestReadyForReview"]["pullRequest"])


def close_pull_request(github: GitHub, node_id: str, comment: str = "") -> None:
    """Close a pull request without merging it, then say why, where there is a comment.

    In this order nothing is said twice: who looks again finds it closed.
    """
    closed = Mutation("closed", "closePullRequest", "pullRequest { state }", {"pullRequestId": node_id})
    said = Mutation("said", "addComment", "subject { id }", {"subjectId": node_id, "body": comment})
    together(github, [closed, said] if comment else [closed])


def label(github: GitHub, number: int, labels: Sequence[str], milestone: int | None) -> None:
    """Set the labels, which GitHub creates where they are missing, and the milestone."""
    body: dict[str, Any] = {"labels": list(labels)}
    if milestone:
        body["milestone"] = milestone
    github.send("PATCH", f"/issues/{number}", body)


def ask_reviewers(github: GitHub, number: int, reviewers: Sequence[str]) -> None:
    """Ask people (`login`) and teams (`org/team`) to review."""
    github.send(
        "POST",
        f"/pulls/{number}/requested_reviewers",
        {
            "reviewers": [name for name in reviewers if "/" not in name],
            "team_reviewers": [name.partition("/")[2] for name in reviewers if "/" in name],
        },
    )


def merge_pull_request(github: GitHub, number: int, head: str, method: str, title: str, message: str) -> str:
    """Merge exactly this head; gives the merge commit.

    Raises:
        Stale: The head has moved, or GitHub does not think it mergeable after all.
    """
    try:
        answer = github.send(
            "PUT",
            f"/pulls/{number}/merge",
            {"sha": head, "merge_method": method, "commit_title": title, "commit_message": message},
        )
    except Refused as problem:
        if problem.status in {405, 409}:
            raise Stale(str(problem.message)) from problem
        raise
    return str(answer["sha"])


def enqueue(github: GitHub, node_id: str, head: str) -> None:
    """Put exactly this head into the merge queue."""
    with _looked_for("already"):
        github.mutate(document_text("enqueue"), pull=node_id, head=head)


def create_tag(github: GitHub, name: str, commit: str, message: str) -> None:
    """Create an annotated tag."""
    tag = github.send(
        "POST", "/git/tags", {"tag": name, "message": message, "object": commit, "type": "commit"}
    )
    with _looked_for("already exists"):
        github.send("POST", "/git/refs", {"ref": f"refs/tags/{name}", "sha": tag["sha"]})


def place_tags(github: GitHub, repository_id: str, updates: Sequence[RefUpdate]) -> None:
    """Create or move tags, all or none, each from where it was seen.

    Raises:
        Stale: One of them stands elsewhere by now.
    """
    with _looked_for("but it did not"):
        together(github, [tags_placed(repository_id, updates)])


def tags_placed(repository_id: str, updates: Sequence[RefUpdate]) -> Mutation:
    """The mutation that creates or moves tags."""
    rows = [
        {
            "name": f"refs/tags/{update.name}",
            "beforeOid": update.before or _NOWHERE,
            "afterOid": update.after,
            "force": bool(update.before),
        }
        for update in updates
    ]
    given = {"repositoryId": repository_id, "refUpdates": rows}
    return Mutation("tags", "updateRefs", "clientMutationId", given)


def remove_branches(github: GitHub, repository_id: str, branches: Mapping[str, str]) -> None:
    """Delete branches, all or none, each from where it was seen.

    Raises:
        Stale: One of them stands elsewhere by now.
    """
    rows = [
        {"name": f"refs/heads/{name}", "beforeOid": seen, "afterOid": _NOWHERE}
        for name, seen in branches.items()
    ]
    given = {"repositoryId": repository_id, "refUpdates": rows}
    with _looked_for("but it did not"):
        together(github, [Mutation("branches", "updateRefs", "clientMutationId", given)])


_NOWHERE = "0" * 40
"""What a ref that is not there points to (GraphQL `RefUpdate.beforeOid`)."""


def create_release(
    github: GitHub, tag: str, title: str, notes: str, *, draft: bool, prerelease: bool
) -> GitHubRelease:
    """Create a GitHub Release."""
    with _looked_for("already_exists"):
        answer = github.send(
            "POST",
            "/releases",
            {
                "tag_name": tag,
                "name": title,
                "body": notes,
                "draft": draft,
                "prerelease": prerelease,
                "make_latest": "false" if prerelease else "legacy",
            },
        )
    return _release(answer)


def attach(github: GitHub, release: int, name: str, content: bytes, media_type: str) -> None:
    """Attach a file, or find it attached, also under the name that GitHub makes of its own, such as `a.b` of `a b`.

    What an upload left behind that broke off keeps the name taken; it is deleted and the file uploaded anew.
    """
    try:
        github.upload(release, name, content, media_type)
    except Refused as problem:
        if "already_exists" not in problem.message:
            raise
        rest = [row for row in github.get(f"/releases/{release}/assets", per_page=100) if _broken(row, name)]
        for row in rest:
            github.send("DELETE", f"/releases/assets/{row['id']}")
        if rest:
            github.upload(release, name, content, media_type)


def _broken(row: Mapping[str, Any], name: str) -> bool:
    """Whether that is what an upload of this file left behind; letters and digits are what GitHub keeps of a name."""
    return row["state"] != "uploaded" and re.sub(r"\W", "", row["name"]) == re.sub(r"\W", "", name)


def publish_release(github: GitHub, release: int) -> GitHubRelease:
    """Publish a draft."""
    return _release(github.send("PATCH", f"/releases/{release}", {"draft": False}))


def discard_release(github: GitHub, release: int) -> None:
    """Delete a draft."""
    github.send("DELETE", f"/releases/{release}")


def _release(row: Mapping[str, Any]) -> GitHubRelease:
    assets = tuple(asset["name"] for asset in row["assets"])
    digest = files_digest((asset["name"], asset["size"], asset["node_id"]) for asset in row["assets"])
    return GitHubRelease(row["id"], row["tag_name"], row["draft"], row["html_url"], assets, digest)


class _looked_for:  # noqa: N801 - reads as a sentence: with _looked_for("already exists")
    """Turns "it is there already" into "look again"."""

    def __init__(self, sign: str) -> None:
        self.sign = sign

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: object
    ) -> None:
        if isinstance(problem, Refused) and self.sign in f"{problem.message} {json.dumps(problem.data)}":
            raise Stale(problem.message) from problem
