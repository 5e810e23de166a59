"""What GraphQL changes, refuses, and writes into the journal."""

import base64

import pytest
from asking import Asker
from twin_project import Clone, Effects, Project

from shipway.twin import admin

COMMIT = """mutation($commit: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $commit) {
    commit { oid message signature { isValid } parents(first: 1) { nodes { oid } } }
  }
}"""
OPEN = """mutation($input: CreatePullRequestInput!) {
  createPullRequest(input: $input) { pullRequest { id number state isDraft } }
}"""


@pytest.fixture
def ask(project: Project) -> Asker:
    return Asker(project.twin.graphql_url, project.token)


@pytest.fixture
def alice(project: Project) -> Asker:
    token = project.token_of("alice")
    with project.twin.world.locked():
        admin.add_collaborator(project.twin.world, project.full_name, "alice")
    return Asker(project.twin.graphql_url, token)


@pytest.fixture
def repository(ask: Asker) -> str:
    return ask('{ repository(owner: "octocat", name: "hello") { id } }')["repository"]["id"]


def commit(branch: str, head: str, deletions: tuple[str, ...] = (), **files: str) -> dict:
    return {
        "branch": {"repositoryNameWithOwner": "octocat/hello", "branchName": branch},
        "expectedHeadOid": head,
        "message": {"headline": "feat: more", "body": "Because."},
        "fileChanges": {
            "additions": [
                {"path": path, "contents": base64.b64encode(text.encode()).decode()}
                for path, text in files.items()
            ],
            "deletions": [{"path": path} for path in deletions],
        },
    }


@pytest.fixture
def topic(ask: Asker, repository: str, project: Project, clone: Clone, effects: Effects) -> str:
    """A pull request from `topic`; its node id."""
    head = clone.git("rev-parse", "HEAD")
    document = "mutation($input: CreateRefInput!) { createRef(input: $input) { ref { name } } }"
    ask(document, input={"repositoryId": repository, "name": "refs/heads/topic", "oid": head})
    ask(COMMIT, commit=commit("topic", head, TOPIC="1\n"))
    given = {"repositoryId": repository, "headRefName": "topic", "baseRefName": "main", "title": "Topic"}
    pull = ask(OPEN, input=given)["createPullRequest"]["pullRequest"]
    assert (pull["number"], pull["state"], pull["isDraft"]) == (1, "OPEN", False)
    effects.take()
    return pull["id"]


# -- commits and refs ------------------------------------------------------------------------------


def test_a_commit_is_signed_and_holds_exactly_the_changes(
    ask: Asker, clone: Clone, project: Project, effects: Effects
) -> None:
    head = clone.git("rev-parse", "HEAD")
    made = ask(
        COMMIT, commit=commit("main", head, deletions=("VERSION",), docs__note="a\n", README__md="b\n")
    )
    made = made["createCommitOnBranch"]["commit"]
    assert made["message"] == "feat: more\n\nBecause."
    assert made["signature"] == {"isValid": True}
    assert made["parents"]["nodes"] == [{"oid": head}]
    clone.git("fetch", "--quiet", project.remote(), "main")
    changed = clone.git("diff", "--name-status", head, "FETCH_HEAD").splitlines()
    assert changed == ["A\tREADME__md", "D\tVERSION", "A\tdocs__note"]
    effects.expect("commit.created feat: more", "ref.updated refs/heads/main")


def test_a_commit_on_a_branch_that_moved_is_stale_and_changes_nothing(
    ask: Asker, clone: Clone, effects: Effects
) -> None:
    old = clone.git("rev-parse", "HEAD~1")
    assert ask.refusal(COMMIT, commit=commit("main", old, NEW="1")) == (
        "STALE_DATA",
        f'Expected branch to point to "{old}" but it did not.  Pull and try again.',
    )
    effects.expect()


def test_contents_that_are_not_base64_are_refused(ask: Asker, clone: Clone, effects: Effects) -> None:
    given = commit("main", clone.git("rev-parse", "HEAD"), NEW="1")
    given["fileChanges"]["additions"][0]["contents"] = "***"
    assert ask.refusal(COMMIT, commit=given) == (
        "UNPROCESSABLE",
        "The contents of NEW are not valid Base64.",
    )
    effects.expect()


def test_mutations_of_one_document_run_in_order_and_one_refusal_does_not_stop_the_next(
    ask: Asker, repository: str, clone: Clone, effects: Effects
) -> None:
    head = clone.git("rev-parse", "HEAD")
    document = """mutation($repository: ID!, $head: GitObjectID!, $commit: CreateCommitOnBranchInput!) {
      taken: createRef(input: { repositoryId: $repository, name: "refs/heads/main", oid: $head }) { ref { name } }
      made: createRef(input: { repositoryId: $repository, name: "refs/heads/next", oid: $head }) { ref { name } }
      createCommitOnBranch(input: $commit) { ref { name } }
    }"""
    answer = ask.answer(document, repository=repository, head=head, commit=commit("next", head, NEW="1"))
    assert answer["errors"] == [
        {
            "type": "UNPROCESSABLE",
            "path": ["taken"],
            "locations": [{"line": 2, "column": 7}],
            "message": 'A ref named "refs/heads/main" already exists in the repository.',
        }
    ]
    assert answer["data"]["taken"] is None
    assert answer["data"]["made"] == {"ref": {"name": "next"}}
    assert answer["data"]["createCommitOnBranch"]["ref"]["name"] == "next"
    effects.expect("ref.created refs/heads/next", "commit.created feat: more", "ref.updated refs/heads/next")


def test_refs_are_updated_together_or_not_at_all(
    ask: Asker, repository: str, clone: Clone, project: Project, effects: Effects
) -> None:
    head, first = clone.git("rev-parse", "HEAD"), clone.git("rev-parse", "HEAD~1")
    document = "mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }"
    zero = "0" * 40

    def updates(*lines: tuple[str, str, str]) -> dict:
        given = [{"name": name, "beforeOid": before, "afterOid": after} for name, before, after in lines]
        return {"repositoryId": repository, "clientMutationId": "x", "refUpdates": given}

    refused = updates(("refs/heads/a", zero, head), ("refs/heads/main", first, head))
    assert ask.refusal(document, input=refused)[0] == "STALE_DATA"
    effects.expect()
    backwards = updates(("refs/heads/a", zero, head), ("refs/heads/main", head, first))
    assert ask.refusal(document, input=backwards) == ("UNPROCESSABLE", "Update is not a fast forward")
    effects.expect()
    done = ask(document, input=updates(("refs/heads/a", zero, first), ("refs/tags/t", zero, head)))
    assert done == {"updateRefs": {"clientMutationId": "x"}}
    assert ask(document, input=updates(("refs/heads/a", first, head), ("refs/tags/t", head, zero)))
    effects.expect(
        "ref.created refs/heads/a",
        "ref.created refs/tags/t",
        "ref.updated refs/heads/a",
        "ref.deleted refs/tags/t",
    )


def test_a_ref_goes_backwards_only_by_force(ask: Asker, clone: Clone, effects: Effects) -> None:
    first = clone.git("rev-parse", "HEAD~1")
    main = 'repository(owner: "octocat", name: "hello") { ref(qualifiedName: "main") { id } }'
    node = ask(f"{{ {main} }}")["repository"]["ref"]["id"]
    document = "mutation($input: UpdateRefInput!) { updateRef(input: $input) { ref { target { oid } } } }"
    back = {"refId": node, "oid": first}
    assert ask.refusal(document, input=back) == ("UNPROCESSABLE", "Update is not a fast forward")
    moved = ask(document, input={**back, "force": True})
    assert moved["updateRef"]["ref"]["target"] == {"oid": first}
    effects.expect("ref.updated refs/heads/main")


def test_branches_merge(
    ask: Asker, repository: str, project: Project, clone: Clone, effects: Effects
) -> None:
    head = clone.git("rev-parse", "HEAD")
    create = "mutation($input: CreateRefInput!) { createRef(input: $input) { ref { id } } }"
    made = ask(create, input={"repositoryId": repository, "name": "refs/heads/side", "oid": head})
    ask(COMMIT, commit=commit("side", head, SIDE="1"))
    effects.take()
    document = """mutation($input: MergeBranchInput!) {
      mergeBranch(input: $input) { mergeCommit { message parents(first: 2) { totalCount } } }
    }"""
    given = {"repositoryId": repository, "base": "main", "head": "side", "commitMessage": "Merge it"}
    merged = ask(document, input=given)["mergeBranch"]["mergeCommit"]
    assert merged == {"message": "Merge it", "parents": {"totalCount": 2}}
    assert ask.refusal(document, input=given) == ("UNPROCESSABLE", 'Failed to merge: "Already merged"')
    delete = "mutation($id: ID!) { deleteRef(input: { refId: $id }) { clientMutationId } }"
    ask(delete, id=made["createRef"]["ref"]["id"])
    kinds = [line.split()[0] for line in effects.take()]
    assert kinds == ["commit.created", "ref.updated", "ref.deleted"]


# -- pull requests ---------------------------------------------------------------------------------


def test_a_pull_request_is_reviewed_and_merged(
    ask: Asker, alice: Asker, topic: str, project: Project, effects: Effects
) -> None:
    user = ask('{ user(login: "alice") { id } }')["user"]["id"]
    asked = """mutation($pull: ID!, $users: [ID!]) {
      requestReviews(input: { pullRequestId: $pull, userIds: $users }) { pullRequest {
        reviewRequests(first: 5) { nodes { requestedReviewer { ... on User { login } } } }
      } }
    }"""
    nodes = ask(asked, pull=topic, users=[user])["requestReviews"]["pullRequest"]["reviewRequests"]["nodes"]
    assert nodes == [{"requestedReviewer": {"login": "alice"}}]
    approve = """mutation($pull: ID!) {
      addPullRequestReview(input: { pullRequestId: $pull, event: APPROVE, body: "Good" }) {
        pullRequestReview {
          state body author { login } pullRequest { latestOpinionatedReviews(first: 5) { totalCount } }
        }
      }
    }"""
    own = ("UNPROCESSABLE", "Can not approve your own pull request")
    assert ask.refusal(approve, pull=topic) == own
    assert alice(approve, pull=topic)["addPullRequestReview"]["pullRequestReview"] == {
        "state": "APPROVED",
        "body": "Good",
        "author": {"login": "alice"},
        "pullRequest": {"latestOpinionatedReviews": {"totalCount": 1}},
    }
    merge = """mutation($pull: ID!, $head: GitObjectID) {
      mergePullRequest(input: { pullRequestId: $pull, expectedHeadOid: $head, mergeMethod: SQUASH }) {
        pullRequest { state merged mergedBy { login } mergeCommit { messageHeadline } }
      }
    }"""
    assert ask.refusal(merge, pull=topic, head="0" * 40) == (
        "UNPROCESSABLE",
        "Head branch was modified. Review and try the merge again.",
    )
    assert ask(merge, pull=topic)["mergePullRequest"]["pullRequest"] == {
        "state": "MERGED",
        "merged": True,
        "mergedBy": {"login": "octocat"},
        "mergeCommit": {"messageHeadline": "feat: more (#1)"},
    }
    kinds = [line.split()[0] for line in effects.take()]
    assert kinds == [
        "review.requested",
        "review.submitted",
        "commit.created",
        "pull.merged",
        "ref.updated",
    ]


def test_a_pull_request_changes_its_words_state_and_draft(ask: Asker, topic: str, effects: Effects) -> None:
    def change(mutation: str, key: str, more: str = "") -> dict:
        document = f"""mutation($pull: ID!) {{
          {mutation}(input: {{ {key}: $pull {more} }}) {{ pullRequest {{ title body state isDraft }} }}
        }}"""
        return ask(document, pull=topic)[mutation]["pullRequest"]

    changed = change("updatePullRequest", "pullRequestId", 'title: "New" body: "Words"')
    assert changed == {"title": "New", "body": "Words", "state": "OPEN", "isDraft": False}
    assert change("convertPullRequestToDraft", "pullRequestId")["isDraft"] is True
    assert change("markPullRequestReadyForReview", "pullRequestId")["isDraft"] is False
    assert change("closePullRequest", "pullRequestId")["state"] == "CLOSED"
    assert change("reopenPullRequest", "pullRequestId")["state"] == "OPEN"
    effects.expect(
        "pull.edited #1",
        "pull.converted_to_draft #1",
        "pull.ready_for_review #1",
        "pull.closed #1",
        "pull.reopened #1",
    )


def test_a_second_pull_request_for_the_same_branches_is_refused(
    ask: Asker, repository: str, topic: str, effects: Effects
) -> None:
    given = {"repositoryId": repository, "headRefName": "topic", "baseRefName": "main", "title": "Again"}
    found = ask.refusal(OPEN, input=given)
    assert found == ("UNPROCESSABLE", "A pull request already exists for octocat:topic.")
    effects.expect()


def test_auto_merge_and_the_queue_refuse_where_they_are_not_set_up(
    ask: Asker, topic: str, effects: Effects
) -> None:
    enable = "enablePullRequestAutoMerge(input: { pullRequestId: $pull }) { pullRequest { id } }"
    enqueue = "enqueuePullRequest(input: { pullRequestId: $pull }) { mergeQueueEntry { id } }"
    refused = ask.refusal(f"mutation($pull: ID!) {{ {enable} }}", pull=topic)
    assert refused == ("UNPROCESSABLE", "Auto merge is not allowed for this repository")
    refused = ask.refusal(f"mutation($pull: ID!) {{ {enqueue} }}", pull=topic)
    assert refused == ("UNPROCESSABLE", "The base branch main does not have a merge queue enabled.")
    effects.expect()


def test_a_conversation_on_a_line_is_resolved(ask: Asker, alice: Asker, topic: str, effects: Effects) -> None:
    review = """mutation($pull: ID!) { addPullRequestReview(input: {
      pullRequestId: $pull, event: COMMENT, body: "See",
      threads: [{ path: "TOPIC", line: 1, body: "Why?" }]
    }) { pullRequestReview { pullRequest { reviewThreads(first: 5) { nodes {
      id isResolved path comments(first: 5) { nodes { body } }
    } } } } } }"""
    answer = alice(review, pull=topic)["addPullRequestReview"]["pullRequestReview"]["pullRequest"]
    (thread,) = answer["reviewThreads"]["nodes"]
    node = thread.pop("id")
    assert thread == {"isResolved": False, "path": "TOPIC", "comments": {"nodes": [{"body": "Why?"}]}}
    for mutation, resolved in (("resolveReviewThread", True), ("unresolveReviewThread", False)):
        document = (
            f"mutation($id: ID!) {{ {mutation}(input: {{ threadId: $id }}) {{ thread {{ isResolved }} }} }}"
        )
        assert ask(document, id=node) == {mutation: {"thread": {"isResolved": resolved}}}
    kinds = [line.split()[0] for line in effects.take()]
    assert kinds == [
        "review_comment.created",
        "review.submitted",
        "review_thread.resolved",
        "review_thread.unresolved",
    ]


# -- issues, labels, comments, checks --------------------------------------------------------------


def test_issues_labels_comments_and_reactions(ask: Asker, repository: str, effects: Effects) -> None:
    made = ask(
        """mutation($id: ID!) {
          createLabel(input: { repositoryId: $id, name: "bug", color: "d73a4a" }) { label { id } }
          createIssue(input: { repositoryId: $id, title: "Broken" }) { issue { id number } }
        }""",
        id=repository,
    )
    label, issue = made["createLabel"]["label"]["id"], made["createIssue"]["issue"]["id"]
    done = ask(
        """mutation($issue: ID!, $labels: [ID!]!) {
          add: addLabelsToLabelable(input: { labelableId: $issue, labelIds: $labels }) {
            labelable { labels(first: 5) { nodes { name } } }
          }
          remove: removeLabelsFromLabelable(input: { labelableId: $issue, labelIds: $labels }) {
            labelable { labels(first: 5) { totalCount } }
          }
          addComment(input: { subjectId: $issue, body: "Seen" }) { commentEdge { node { id body } } }
          closeIssue(input: { issueId: $issue, stateReason: NOT_PLANNED }) { issue { state stateReason } }
        }""",
        issue=issue,
        labels=[label],
    )
    comment = done["addComment"]["commentEdge"]["node"].pop("id")
    assert done == {
        "add": {"labelable": {"labels": {"nodes": [{"name": "bug"}]}}},
        "remove": {"labelable": {"labels": {"totalCount": 0}}},
        "addComment": {"commentEdge": {"node": {"body": "Seen"}}},
        "closeIssue": {"issue": {"state": "CLOSED", "stateReason": "NOT_PLANNED"}},
    }
    done = ask(
        """mutation($comment: ID!) {
          updateIssueComment(input: { id: $comment, body: "Seen twice" }) { issueComment { body } }
          addReaction(input: { subjectId: $comment, content: EYES }) { reaction { content user { login } } }
        }""",
        comment=comment,
    )
    assert done["updateIssueComment"] == {"issueComment": {"body": "Seen twice"}}
    assert done["addReaction"]["reaction"] == {"content": "EYES", "user": {"login": "octocat"}}
    kinds = [line.split()[0] for line in effects.take()]
    assert kinds == [
        "label.created",
        "issue.opened",
        "issue.labeled",
        "issue.unlabeled",
        "comment.created",
        "issue.closed",
        "comment.edited",
        "reaction.added",
    ]


def test_check_runs_add_up_to_a_rollup(
    project: Project, ask: Asker, repository: str, clone: Clone, effects: Effects
) -> None:
    bot = Asker(project.twin.graphql_url, project.token_of("ci[bot]", {"checks": "write"}, "actions"))
    head = clone.git("rev-parse", "HEAD")
    several = """mutation($one: CreateCheckRunInput!, $two: CreateCheckRunInput!) {
      one: createCheckRun(input: $one) { checkRun { id status conclusion } }
      two: createCheckRun(input: $two) { checkRun { id status conclusion title } }
    }"""
    base = {"repositoryId": repository, "headSha": head}
    output = {"title": "All good", "summary": "12 passed"}
    done = {"name": "unit", "status": "COMPLETED", "conclusion": "SUCCESS", "output": output}
    made = bot(several, one={**base, "name": "lint", "status": "IN_PROGRESS"}, two={**base, **done})
    assert made["two"]["checkRun"]["title"] == "All good"
    rollup = """query($oid: GitObjectID!) { repository(owner: "octocat", name: "hello") { object(oid: $oid) {
      ... on Commit { statusCheckRollup { state contexts(first: 9) {
        totalCount nodes { ... on CheckRun { name status conclusion checkSuite { app { slug } } } }
      } } }
    } } }"""

    def state() -> str:
        return ask(rollup, oid=head)["repository"]["object"]["statusCheckRollup"]["state"]

    assert state() == "PENDING"
    update = (
        "mutation($input: UpdateCheckRunInput!) { updateCheckRun(input: $input) { checkRun { conclusion } } }"
    )
    lint = {"repositoryId": repository, "checkRunId": made["one"]["checkRun"]["id"]}
    bot(update, input={**lint, "status": "COMPLETED", "conclusion": "FAILURE"})
    assert state() == "FAILURE"
    effects.expect("check_run.created lint", "check_run.created unit", "check_run.updated lint")


# -- who may ---------------------------------------------------------------------------------------


def test_a_token_without_the_permission_is_forbidden(
    project: Project, repository: str, clone: Clone, effects: Effects
) -> None:
    reader = Asker(project.twin.graphql_url, project.token_of("ci[bot]", {"contents": "read"}, "actions"))
    head = clone.git("rev-parse", "HEAD")
    assert reader.refusal(COMMIT, commit=commit("main", head, NEW="1")) == (
        "FORBIDDEN",
        "Resource not accessible by integration",
    )
    effects.expect()


def test_a_protected_branch_takes_no_commit_past_its_rules(
    ask: Asker, project: Project, clone: Clone, effects: Effects
) -> None:
    branch = project.github().get_repo(project.full_name).get_branch("main")
    branch.edit_protection(enforce_admins=True, required_approving_review_count=1)
    effects.take()
    head = clone.git("rev-parse", "HEAD")
    found = ask.refusal(COMMIT, commit=commit("main", head, NEW="1"))
    assert found[1] == "Changes must be made through a pull request."
    assert [line.split()[0] for line in effects.take()] == []


REVERT = """mutation($input: RevertPullRequestInput!) {
  revertPullRequest(input: $input) {
    pullRequest { number }
    revertPullRequest { number title body headRefName baseRefName isDraft files(first: 5) { nodes { path } } }
  }
}"""


@pytest.mark.parametrize("method", ["MERGE", "SQUASH", "REBASE"])
def test_a_merged_pull_request_is_reverted_by_another_one(
    ask: Asker, topic: str, clone: Clone, effects: Effects, method: str
) -> None:
    assert ask.refusal(REVERT, input={"pullRequestId": topic}) == (
        "UNPROCESSABLE",
        "Pull request must be merged in order to be reverted.",
    )
    before = clone.git("rev-parse", "HEAD^{tree}")
    merge = """mutation($pull: ID!, $method: PullRequestMergeMethod) {
      mergePullRequest(input: { pullRequestId: $pull, mergeMethod: $method }) { clientMutationId }
    }"""
    ask(merge, pull=topic, method=method)
    effects.take()
    answer = ask(REVERT, input={"pullRequestId": topic, "body": "It broke.", "draft": True})
    assert answer["revertPullRequest"] == {
        "pullRequest": {"number": 1},
        "revertPullRequest": {
            "number": 2,
            "title": 'Revert "Topic"',
            "body": "It broke.",
            "headRefName": "revert-1-topic",
            "baseRefName": "main",
            "isDraft": True,
            "files": {"nodes": [{"path": "TOPIC"}]},
        },
    }
    assert [line.split()[0] for line in effects.take()] == ["commit.created", "ref.created", "pull.opened"]
    tree = """{ repository(owner: "octocat", name: "hello") {
      ref(qualifiedName: "refs/heads/revert-1-topic") { target { ... on Commit { tree { oid } } } }
    } }"""
    assert ask(tree)["repository"]["ref"]["target"]["tree"]["oid"] == before
    again = ask(REVERT, input={"pullRequestId": topic})["revertPullRequest"]["revertPullRequest"]
    assert (again["headRefName"], again["body"]) == ("revert-1-topic-1", "Reverts octocat/hello#1")
    effects.take()
