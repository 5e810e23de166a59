"""What GraphQL tells about repositories, git objects and people."""

import pytest
import requests
from asking import Asker
from twin_project import Clone, Project

from shipway.twin import admin

HELLO = 'repository(owner: "octocat", name: "hello")'


@pytest.fixture
def ask(project: Project) -> Asker:
    return Asker(project.twin.graphql_url, project.token)


def test_a_repository_with_its_default_branch_and_history(ask: Asker, clone: Clone) -> None:
    found = ask(
        f"""{{ viewer {{ login }} {HELLO} {{
            nameWithOwner isPrivate isEmpty viewerPermission squashMergeAllowed owner {{ login }}
            defaultBranchRef {{ name prefix target {{ oid ... on Commit {{
                messageHeadline author {{ name email user {{ login }} }}
                history(first: 1) {{ totalCount pageInfo {{ hasNextPage }} nodes {{ message }} }}
            }} }} }}
        }} }}"""
    )
    assert found["viewer"] == {"login": "octocat"}
    branch = found["repository"].pop("defaultBranchRef")
    assert found["repository"] == {
        "nameWithOwner": "octocat/hello",
        "isPrivate": False,
        "isEmpty": False,
        "viewerPermission": "ADMIN",
        "squashMergeAllowed": True,
        "owner": {"login": "octocat"},
    }
    assert (branch["prefix"], branch["name"]) == ("refs/heads/", "main")
    assert branch["target"] == {
        "oid": clone.git("rev-parse", "HEAD"),
        "messageHeadline": "fix: mend",
        "author": {"name": "Mona", "email": "mona@example.test", "user": None},
        "history": {
            "totalCount": 2,
            "pageInfo": {"hasNextPage": True},
            "nodes": [{"message": "fix: mend"}],
        },
    }


def test_history_goes_on_where_a_page_ended(ask: Asker) -> None:
    document = f"""query($after: String) {{ {HELLO} {{ object(expression: "main") {{ ... on Commit {{
        history(first: 1, after: $after) {{ pageInfo {{ endCursor hasNextPage }} nodes {{ message }} }}
    }} }} }} }}"""

    def page(after: str | None) -> dict:
        return ask(document, after=after)["repository"]["object"]["history"]

    first = page(None)
    second = page(first["pageInfo"]["endCursor"])
    assert [one["message"] for one in first["nodes"] + second["nodes"]] == ["fix: mend", "feat: begin"]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)


def test_files_trees_and_blobs(ask: Asker, clone: Clone) -> None:
    found = ask(
        f"""{{ {HELLO} {{
            tree: object(expression: "main:") {{ ... on Tree {{ entries {{ name type mode }} }} }}
            blob: object(expression: "main:VERSION") {{ ... on Blob {{ text byteSize isBinary oid }} }}
            missing: object(expression: "main:NOTHING") {{ oid }}
            commit: object(expression: "main") {{ ... on Commit {{
                file(path: "README.md") {{ name object {{ ... on Blob {{ text }} }} }}
            }} }}
        }} }}"""
    )["repository"]
    entries = [{"name": name, "type": "blob", "mode": 0o100644} for name in ("README.md", "VERSION")]
    assert found["tree"]["entries"] == entries
    oid = clone.git("rev-parse", "main:VERSION")
    assert found["blob"] == {"text": "1.0.0\n", "byteSize": 6, "isBinary": False, "oid": oid}
    assert found["missing"] is None
    assert found["commit"]["file"] == {"name": "README.md", "object": {"text": "# Hello\n\nMore.\n"}}


def test_an_annotated_tag_leads_to_its_commit(ask: Asker, clone: Clone) -> None:
    tag = ask(
        f"""{{ {HELLO} {{ ref(qualifiedName: "refs/tags/v1.0.0") {{
            name target {{ __typename oid ... on Tag {{ message tagger {{ name }} target {{ oid }} }} }}
        }} }} }}"""
    )["repository"]["ref"]
    assert tag == {
        "name": "v1.0.0",
        "target": {
            "__typename": "Tag",
            "oid": clone.git("rev-parse", "v1.0.0"),
            "message": "Version 1.0.0\n",
            "tagger": {"name": "Mona"},
            "target": {"oid": clone.git("rev-parse", "v1.0.0^{commit}")},
        },
    }


def test_branches_compare(ask: Asker, project: Project, clone: Clone) -> None:
    clone.git("checkout", "--quiet", "-b", "topic", "v1.0.0")
    clone.commit("feat: more", MORE="1\n")
    clone.git("push", "--quiet", project.remote(), "topic")
    compared = ask(
        f"""{{ {HELLO} {{ ref(qualifiedName: "main") {{ compare(headRef: "topic") {{
            aheadBy behindBy status commits(first: 5) {{ nodes {{ messageHeadline }} }}
        }} }} }} }}"""
    )["repository"]["ref"]["compare"]
    commits = {"nodes": [{"messageHeadline": "feat: more"}]}
    assert compared == {"aheadBy": 1, "behindBy": 1, "status": "DIVERGED", "commits": commits}


def test_hundreds_of_aliased_objects_in_one_document(ask: Asker, clone: Clone) -> None:
    oid = clone.git("rev-parse", "HEAD")
    fields = " ".join(f'c{n}: object(oid: "{oid}") {{ ...Origin }}' for n in range(500))
    fragment = "fragment Origin on Commit { oid associatedPullRequests(first: 1) { totalCount } }"
    found = ask(f"{{ {HELLO} {{ {fields} }} }} {fragment}")["repository"]
    assert len(found) == 500
    assert found["c499"] == {"oid": oid, "associatedPullRequests": {"totalCount": 0}}


def test_node_ids_of_both_apis_are_the_same_and_lead_back(ask: Asker, project: Project) -> None:
    repository = project.github().get_repo(project.full_name)
    issue = repository.create_issue("Something")
    ids = [repository.raw_data["node_id"], repository.owner.node_id, issue.raw_data["node_id"]]
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    found = ask(document, ids=ids)["nodes"]
    assert [one["id"] for one in found] == ids
    assert [one["__typename"] for one in found] == ["Repository", "User", "Issue"]


def test_teams_and_collaborators_with_their_roles(ask: Asker, project: Project) -> None:
    with project.twin.world.locked():
        admin.add_collaborator(project.twin.world, "octocat/hello", "alice", "triage")
        admin.create_org(project.twin.world, "acme")
        admin.create_team(project.twin.world, "acme", "leads", members=("bob",))
    found = ask(
        f"""{{ {HELLO} {{ collaborators(first: 9) {{ edges {{ permission node {{ login }} }} }} }}
        organization(login: "acme") {{ team(slug: "leads") {{
            combinedSlug members(first: 9) {{ nodes {{ login }} }}
        }} }} }}"""
    )
    roles = {one["node"]["login"]: one["permission"] for one in found["repository"]["collaborators"]["edges"]}
    assert roles == {"octocat": "ADMIN", "alice": "TRIAGE"}
    assert found["organization"]["team"] == {
        "combinedSlug": "acme/leads",
        "members": {"nodes": [{"login": "bob"}]},
    }


def test_a_bot_has_no_suffix_as_an_actor_and_one_as_the_viewer(ask: Asker, project: Project) -> None:
    permissions = {"issues": "write"}
    token = project.token_of("ci[bot]", permissions, "actions")
    project.github(token).get_repo(project.full_name).create_issue("By a bot")
    document = (
        f"""{{ viewer {{ login }} {HELLO} {{ issue(number: 1) {{ author {{ __typename login url }} }} }} }}"""
    )
    found = Asker(project.twin.graphql_url, token)(document)
    assert found["viewer"] == {"login": "ci[bot]"}
    url = f"{project.twin.url}/apps/ci"
    assert found["repository"]["issue"]["author"] == {"__typename": "Bot", "login": "ci", "url": url}


@pytest.mark.parametrize("expression", ["main", "HEAD", "heads/main", "main^{commit}", "v1.0.0^{}~0"])
def test_expressions_that_name_a_commit(ask: Asker, expression: str) -> None:
    document = f"query($e: String) {{ {HELLO} {{ object(expression: $e) {{ __typename }} }} }}"
    assert ask(document, e=expression)["repository"]["object"] == {"__typename": "Commit"}


@pytest.mark.parametrize("expression", ["nothing", "--all", "main:no/such/file", "", "main..topic"])
def test_expressions_that_name_nothing(ask: Asker, expression: str) -> None:
    document = f"query($e: String) {{ {HELLO} {{ object(expression: $e) {{ __typename }} }} }}"
    found = ask(document, e=expression)["repository"]["object"]
    assert found == ({"__typename": "Commit"} if expression == "" else None)


def test_introspection_answers_from_the_served_schema(ask: Asker) -> None:
    found = ask('{ __type(name: "PullRequest") { fields(includeDeprecated: true) { name } } }')
    assert {"isInMergeQueue", "reviewDecision"} <= {one["name"] for one in found["__type"]["fields"]}


def test_a_private_repository_does_not_exist_for_strangers(ask: Asker, project: Project) -> None:
    with project.twin.world.locked():
        admin.create_repository(project.twin.world, "octocat/secret", private=True)
    stranger = Asker(project.twin.graphql_url, project.token_of("mallory"))
    document = '{ repository(owner: "octocat", name: "secret") { id } }'
    assert ask(document)["repository"]["id"]
    assert stranger.answer(document) == {
        "data": {"repository": None},
        "errors": [
            {
                "type": "NOT_FOUND",
                "path": ["repository"],
                "locations": [{"line": 1, "column": 3}],
                "message": "Could not resolve to a Repository with the name 'octocat/secret'.",
            }
        ],
    }


def test_an_unknown_field_is_named_as_github_names_it(ask: Asker) -> None:
    assert ask.answer("{ viewer { shoeSize } }") == {
        "errors": [
            {
                "path": ["query", "shoeSize"],
                "extensions": {"code": "undefinedField", "typeName": "User", "fieldName": "shoeSize"},
                "locations": [{"line": 1, "column": 12}],
                "message": "Field 'shoeSize' doesn't exist on type 'User'",
            }
        ]
    }


def test_a_page_has_at_most_a_hundred(ask: Asker) -> None:
    found = ask.refusal(f'{{ {HELLO} {{ refs(refPrefix: "refs/heads/", first: 101) {{ totalCount }} }} }}')
    text = "Requesting 101 records on the connection exceeds the `first` limit of 100 records."
    assert found == ("EXCESSIVE_PAGINATION", text)


def test_a_list_without_a_size_is_refused(ask: Asker) -> None:
    found = ask.refusal(f'{{ {HELLO} {{ refs(refPrefix: "refs/heads/") {{ nodes {{ name }} }} }} }}')
    words = "You must provide a `first` or `last` value to properly paginate the `refs` connection."
    assert found == ("MISSING_PAGINATION_BOUNDARIES", words)


def test_nobody_asks_without_a_token(project: Project) -> None:
    said = requests.post(project.twin.graphql_url, json={"query": "{ viewer { login } }"}, timeout=60)
    assert "This endpoint requires you to be authenticated." in said.text
