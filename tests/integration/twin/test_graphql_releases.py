"""Releases, deployments and environments over GraphQL."""

import json

import pytest
from asking import Asker
from twin_project import Clone, Effects, Project

HELLO = 'repository(owner: "octocat", name: "hello")'


@pytest.fixture
def ask(project: Project) -> Asker:
    return Asker(project.twin.graphql_url, project.token)


def test_releases_newest_first_and_drafts_only_for_writers(ask: Asker, project: Project) -> None:
    repository = project.github().get_repo(project.full_name)
    published = repository.create_git_release("v1.0.0", "One", "The first")
    published.upload_asset_from_memory(b"tool", 4, "tool.txt", "text/plain")
    repository.create_git_release("v2.0.0", "Two", "The second", draft=True)
    document = f"""{{ {HELLO} {{
      latestRelease {{ tagName isLatest }}
      release(tagName: "v1.0.0") {{
        name description tag {{ name }} tagCommit {{ messageHeadline }} author {{ login }}
        releaseAssets(first: 5) {{ nodes {{ name size contentType }} }}
      }}
      releases(first: 5, orderBy: {{ field: CREATED_AT, direction: DESC }}) {{
        nodes {{ tagName isDraft tag {{ name }} }}
      }}
    }} }}"""
    found = ask(document)["repository"]
    assert found["latestRelease"] == {"tagName": "v1.0.0", "isLatest": True}
    assert found["release"] == {
        "name": "One",
        "description": "The first",
        "tag": {"name": "v1.0.0"},
        "tagCommit": {"messageHeadline": "feat: begin"},
        "author": {"login": "octocat"},
        "releaseAssets": {"nodes": [{"name": "tool.txt", "size": 4, "contentType": "text/plain"}]},
    }
    one = {"tagName": "v1.0.0", "isDraft": False, "tag": {"name": "v1.0.0"}}
    two = {"tagName": "v2.0.0", "isDraft": True, "tag": None}
    assert found["releases"]["nodes"] == [two, one]
    stranger = Asker(project.twin.graphql_url, project.token_of("mallory"))
    assert stranger(document)["repository"]["releases"]["nodes"] == [one]


def test_a_deployment_and_its_statuses(ask: Asker, project: Project, clone: Clone, effects: Effects) -> None:
    ids = ask(f'{{ {HELLO} {{ id ref(qualifiedName: "main") {{ id }} }} }}')["repository"]
    create = """mutation($input: CreateDeploymentInput!) { createDeployment(input: $input) {
      autoMerged deployment { id databaseId environment state payload commitOid ref { name } creator { login } }
    } }"""
    payload = json.dumps({"release": 7})
    given = {"repositoryId": ids["id"], "refId": ids["ref"]["id"], "environment": "staging"}
    more = {"payload": payload, "autoMerge": False, "requiredContexts": []}
    made = ask(create, input={**given, **more})["createDeployment"]
    node, number = made["deployment"].pop("id"), made["deployment"].pop("databaseId")
    assert made == {
        "autoMerged": False,
        "deployment": {
            "environment": "staging",
            "state": "PENDING",
            "payload": '{"release": 7}',
            "commitOid": clone.git("rev-parse", "main"),
            "ref": {"name": "main"},
            "creator": {"login": "octocat"},
        },
    }
    say = """mutation($input: CreateDeploymentStatusInput!) { createDeploymentStatus(input: $input) {
      deploymentStatus { state logUrl environmentUrl deployment { id state } }
    } }"""
    ask(say, input={"deploymentId": node, "state": "IN_PROGRESS"})
    url = "https://staging.example.test"
    said = ask(say, input={"deploymentId": node, "state": "SUCCESS", "environmentUrl": url})
    assert said["createDeploymentStatus"]["deploymentStatus"] == {
        "state": "SUCCESS",
        "logUrl": "",
        "environmentUrl": url,
        "deployment": {"id": node, "state": "ACTIVE"},
    }
    seen = ask(
        f"""{{ {HELLO} {{ deployments(first: 5, environments: ["staging"]) {{ nodes {{
          databaseId latestStatus {{ state }} statuses(first: 5) {{ nodes {{ state }} }}
        }} }} other: deployments(first: 5, environments: ["production"]) {{ totalCount }} }} }}"""
    )["repository"]
    states = {"nodes": [{"state": "SUCCESS"}, {"state": "IN_PROGRESS"}]}
    assert seen["deployments"]["nodes"] == [
        {"databaseId": number, "latestStatus": {"state": "SUCCESS"}, "statuses": states}
    ]
    assert seen["other"] == {"totalCount": 0}
    effects.expect(
        "environment.created staging",
        "deployment.created staging",
        "deployment_status.created staging",
        "deployment_status.created staging",
    )


def test_environments_with_what_protects_them(ask: Asker, project: Project) -> None:
    repository = project.github().get_repo(project.full_name)
    repository.create_environment("dev")
    reviewer = project.github().get_user("octocat")
    project.twin.settle()
    headers, _ = repository.requester.requestJsonAndCheck(
        "PUT",
        f"{repository.url}/environments/production",
        input={"wait_timer": 30, "reviewers": [{"type": "User", "id": reviewer.id}]},
    )
    assert headers
    found = ask(
        f"""{{ {HELLO} {{ environments(first: 5) {{ nodes {{ name protectionRules(first: 5) {{ nodes {{
          type timeout reviewers(first: 5) {{ nodes {{ ... on User {{ login }} }} }}
        }} }} }} }} }} }}"""
    )["repository"]["environments"]["nodes"]
    reviewers = {"nodes": [{"login": "octocat"}]}
    assert found == [
        {"name": "dev", "protectionRules": {"nodes": []}},
        {
            "name": "production",
            "protectionRules": {
                "nodes": [
                    {"type": "WAIT_TIMER", "timeout": 30, "reviewers": {"nodes": []}},
                    {"type": "REQUIRED_REVIEWERS", "timeout": 0, "reviewers": reviewers},
                ]
            },
        },
    ]
