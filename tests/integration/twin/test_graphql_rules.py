"""What GraphQL tells about protection, merge queues and required checks, and what it finds."""

import pytest
from asking import Asker
from twin_project import Project

from shipway.twin import admin

MAIN = 'repository(owner: "octocat", name: "hello") { ref(qualifiedName: "refs/heads/main")'


@pytest.fixture
def ask(project: Project) -> Asker:
    return Asker(project.twin.graphql_url, project.token)


def ruleset(project: Project, *rules: dict) -> None:
    """An active ruleset on the default branch."""
    repository = project.github().get_repo(project.full_name)
    include = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
    settings = {"name": "main", "target": "branch", "enforcement": "active", "conditions": include}
    repository.requester.requestJsonAndCheck(
        "POST", f"{repository.url}/rulesets", input={**settings, "rules": list(rules)}
    )


def pull_request(project: Project) -> None:
    """Pull request 1, from `topic` with one commit."""
    repository = project.github().get_repo(project.full_name)
    repository.create_git_ref("refs/heads/topic", repository.get_branch("main").commit.sha)
    repository.create_file("TOPIC", "feat: topic", "1\n", branch="topic")
    repository.create_pull("main", "topic", title="Topic", body="Closes #9")


def test_classic_protection_of_a_branch(ask: Asker, project: Project) -> None:
    fields = """branchProtectionRule {
      pattern requiresApprovingReviews requiredApprovingReviewCount requiresCodeOwnerReviews
      requiresStatusChecks requiresStrictStatusChecks requiredStatusCheckContexts isAdminEnforced
    }"""
    document = f"{{ {MAIN} {{ {fields} }} }} }}"
    assert ask(document)["repository"]["ref"] == {"branchProtectionRule": None}
    branch = project.github().get_repo(project.full_name).get_branch("main")
    branch.edit_protection(
        strict=True, contexts=["unit"], enforce_admins=True, required_approving_review_count=2
    )
    assert ask(document)["repository"]["ref"]["branchProtectionRule"] == {
        "pattern": "main",
        "requiresApprovingReviews": True,
        "requiredApprovingReviewCount": 2,
        "requiresCodeOwnerReviews": False,
        "requiresStatusChecks": True,
        "requiresStrictStatusChecks": True,
        "requiredStatusCheckContexts": ["unit"],
        "isAdminEnforced": True,
    }


def test_rules_of_a_branch_with_their_parameters(ask: Asker, project: Project) -> None:
    parameters = {
        "required_approving_review_count": 1,
        "require_code_owner_review": True,
        "dismiss_stale_reviews_on_push": False,
        "require_last_push_approval": False,
        "required_review_thread_resolution": False,
    }
    checks = {
        "required_status_checks": [{"context": "unit"}],
        "strict_required_status_checks_policy": False,
    }
    ruleset(
        project,
        {"type": "deletion"},
        {"type": "pull_request", "parameters": parameters},
        {"type": "required_status_checks", "parameters": checks},
    )
    found = ask(
        f"""{{ {MAIN} {{ rules(first: 9) {{ nodes {{ type parameters {{
          ... on PullRequestParameters {{ requiredApprovingReviewCount requireCodeOwnerReview }}
          ... on RequiredStatusChecksParameters {{ requiredStatusChecks {{ context integrationId }} }}
        }} }} }} }} }} }}"""
    )["repository"]["ref"]["rules"]["nodes"]
    assert found == [
        {"type": "DELETION", "parameters": None},
        {
            "type": "PULL_REQUEST",
            "parameters": {"requiredApprovingReviewCount": 1, "requireCodeOwnerReview": True},
        },
        {
            "type": "REQUIRED_STATUS_CHECKS",
            "parameters": {"requiredStatusChecks": [{"context": "unit", "integrationId": None}]},
        },
    ]


def test_a_pull_request_waits_in_the_merge_queue(ask: Asker, project: Project) -> None:
    pull_request(project)
    parameters = {
        "check_response_timeout_minutes": 60,
        "grouping_strategy": "ALLGREEN",
        "max_entries_to_build": 5,
        "max_entries_to_merge": 5,
        "merge_method": "MERGE",
        "min_entries_to_merge": 1,
        "min_entries_to_merge_wait_minutes": 5,
    }
    checks = {
        "required_status_checks": [{"context": "unit"}],
        "strict_required_status_checks_policy": False,
    }
    ruleset(
        project,
        {"type": "merge_queue", "parameters": parameters},
        {"type": "required_status_checks", "parameters": checks},
    )
    where = 'repository(owner: "octocat", name: "hello")'
    node = ask(f"{{ {where} {{ pullRequest(number: 1) {{ id }} }} }}")["repository"]["pullRequest"]["id"]
    entered = ask(
        """mutation($pull: ID!) { enqueuePullRequest(input: { pullRequestId: $pull }) {
          mergeQueueEntry { position state enqueuer { login } }
        } }""",
        pull=node,
    )
    assert entered["enqueuePullRequest"]["mergeQueueEntry"] == {
        "position": 1,
        "state": "AWAITING_CHECKS",
        "enqueuer": {"login": "octocat"},
    }
    found = ask(
        f"""{{ {where} {{ pullRequest(number: 1) {{ isInMergeQueue isMergeQueueEnabled mergeStateStatus }}
          mergeQueue(branch: "main") {{ entries(first: 5) {{ nodes {{ pullRequest {{ number }} }} }} }}
          none: mergeQueue(branch: "topic") {{ id }}
        }} }}"""
    )["repository"]
    assert found["pullRequest"] == {
        "isInMergeQueue": True,
        "isMergeQueueEnabled": True,
        "mergeStateStatus": "BLOCKED",
    }
    assert found["mergeQueue"]["entries"]["nodes"] == [{"pullRequest": {"number": 1}}]
    assert found["none"] is None


def test_which_checks_are_required_for_a_pull_request(ask: Asker, project: Project) -> None:
    pull_request(project)
    repository = project.github().get_repo(project.full_name)
    repository.get_branch("main").edit_protection(strict=False, contexts=["unit"])
    head = repository.get_pull(1).head.sha
    for context, state in (("unit", "success"), ("lint", "failure")):
        repository.get_commit(head).create_status(state, context=context)
    found = ask(
        """{ repository(owner: "octocat", name: "hello") { pullRequest(number: 1) {
          commits(last: 1) { nodes { commit { statusCheckRollup { state contexts(first: 9) {
            nodes { ... on StatusContext { context state isRequired(pullRequestNumber: 1) } }
          } } } } }
        } } }"""
    )["repository"]["pullRequest"]["commits"]["nodes"][0]["commit"]["statusCheckRollup"]
    by_name = {one["context"]: (one["state"], one["isRequired"]) for one in found["contexts"]["nodes"]}
    assert found["state"] == "FAILURE"
    assert by_name == {"unit": ("SUCCESS", True), "lint": ("FAILURE", False)}


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("repo:octocat/hello is:pr is:open", [2]),
        ("repo:octocat/hello is:issue author:octocat", [1]),
        ("repo:octocat/hello topic", [2]),
        ("is:pr head:topic base:main author:@me", [2]),
        ("is:issue label:bug", [1]),
        ("is:open -label:bug", [2]),
        ("is:pr is:merged", []),
        ("repo:octocat/other", []),
    ],
)
def test_search_understands_the_usual_qualifiers(
    ask: Asker, project: Project, query: str, numbers: list[int]
) -> None:
    project.github().get_repo(project.full_name).create_issue("Broken", labels=["bug"])
    pull_request(project)
    found = ask(
        """query($query: String!) { search(query: $query, type: ISSUE, first: 9) {
          issueCount nodes { ... on Issue { number } ... on PullRequest { number } }
        } }""",
        query=query,
    )["search"]
    assert ([one["number"] for one in found["nodes"]], found["issueCount"]) == (numbers, len(numbers))


def test_a_private_repository_is_not_found_by_strangers(ask: Asker, project: Project) -> None:
    with project.twin.world.locked():
        admin.create_repository(project.twin.world, "octocat/secret", private=True)
    stranger = Asker(project.twin.graphql_url, project.token_of("mallory"))
    document = '{ search(query: "secret", type: REPOSITORY, first: 9) { repositoryCount } }'
    assert ask(document)["search"] == {"repositoryCount": 1}
    assert stranger(document)["search"] == {"repositoryCount": 0}


@pytest.mark.parametrize("node_id", ["nonsense", "R_kgDOAAAnEA", "PR_kwDOAAAAAs4AACcQ", "REF_kgDOAAAAAg"])
def test_node_ids_that_lead_nowhere(ask: Asker, node_id: str) -> None:
    found = ask.refusal("query($id: ID!) { node(id: $id) { id } }", id=node_id)
    assert found == ("NOT_FOUND", f"Could not resolve to a node with the global id of '{node_id}'.")
