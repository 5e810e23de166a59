"""The contract check finds what it is there to find."""

import json
from importlib import import_module

from contract import graphql, rest, webhooks
from contract.schemas import github_slice
from shipway.twin.app import Incoming
from shipway.twin.routing import Reply, routes

LABELS = "/repos/{owner}/{repo}/labels"
LABEL = {
    "id": 1,
    "node_id": "LA_x",
    "url": "http://127.0.0.1/x",
    "name": "bug",
    "color": "ededed",
    "default": False,
    "description": None,
}


def asked(method: str, path: str, body: object = None, query: str = "") -> Incoming:
    return Incoming("rest", method, path, query, {}, b"" if body is None else json.dumps(body).encode())


def test_a_described_exchange_is_fine() -> None:
    incoming = asked("POST", "/repos/o/r/labels", {"name": "bug"})
    assert rest.check(incoming, "/repos/{o}/{r}/labels", Reply(201, LABEL), ours=True) == []


def test_a_missing_property_of_a_reply_is_named_by_its_json_pointer() -> None:
    reply = Reply(200, [LABEL, {key: value for key, value in LABEL.items() if key != "color"}])
    found = rest.check(asked("GET", "/repos/o/r/labels"), LABELS, reply, ours=False)
    assert found == ['reply 200 /1: "color" is a required property']


def test_an_error_inside_a_nullable_object_is_found_where_it_is() -> None:
    problems = github_slice("rest").problems({"login": 3}, "components", "schemas", "nullable-simple-user")
    assert '/login: 3 is not of type "string"' in problems


def test_an_undescribed_status_is_a_breach() -> None:
    found = rest.check(asked("GET", "/repos/o/r/labels"), LABELS, Reply(202, []), ours=False)
    assert found == ["reply 202 is not described; described are 200, 404"]


def test_a_route_github_does_not_have_is_a_breach() -> None:
    found = rest.check(asked("GET", "/repos/o/r/wishes"), "/repos/{o}/{r}/wishes", Reply(200, []), ours=False)
    assert found == ["GitHub describes no such operation"]


def test_an_unknown_property_is_forbidden_to_our_client_only() -> None:
    incoming = asked("POST", "/repos/o/r/labels", {"name": "bug", "colour": "red"}, "page=1")
    assert rest.check(incoming, LABELS, Reply(201, LABEL), ours=False) == []
    assert rest.check(incoming, LABELS, Reply(201, LABEL), ours=True) == [
        "query page: unknown",
        "request /colour: unknown property",
    ]


def test_a_wrong_type_in_a_request_is_a_breach_when_the_twin_takes_it() -> None:
    incoming = asked("POST", "/repos/o/r/labels", {"name": 3})
    found = rest.check(incoming, LABELS, Reply(201, LABEL), ours=False)
    assert found == ['request /name: 3 is not of type "string"']
    refusal = Reply(422, {"message": "Invalid request.", "documentation_url": "x", "status": "422"})
    assert rest.check(incoming, LABELS, refusal, ours=False) == []


def test_a_payload_of_an_event_is_checked_by_event_and_action() -> None:
    found = webhooks.check("label", {"action": "created", "label": {"name": "bug"}})
    assert '/: "repository" is a required property' in found
    assert '/label: "color" is a required property' in found
    assert webhooks.check("label", {"action": "polished"}) == ["GitHub describes no event label-polished"]


def test_both_descriptions_of_a_protection_rule_event_are_applied() -> None:
    payload = {"action": "requested", "environment": 3}
    found = webhooks.check("deployment_protection_rule", payload)
    assert found.count('/environment: 3 is not of type "string"') == 2


def test_a_document_beyond_the_schema_is_a_breach() -> None:
    assert graphql.problems("{ viewer { login } }") == []
    assert graphql.problems("{ viewer { shoeSize } }") == [
        "line 1: Cannot query field 'shoeSize' on type 'User'."
    ]


def test_every_route_of_the_twin_is_one_of_github_s() -> None:
    import_module("shipway.twin.server")  # registers every route
    assert len(routes()) > 200
    own = ("/_twin/", "/_web/", "/graphql")
    unknown = [
        f"{one.method} {one.template}"
        for one in routes()
        if not one.template.startswith(own)
        and not rest.described(one.method, one.template)
        and not rest.undescribed(one.method, one.template)
    ]
    assert unknown == []
