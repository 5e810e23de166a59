"""Which tools there are, what they do to the world, and what they leave alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from integration.mcp_tools.conftest import over_stdio, promoted, repository, said
from integration.release.world import World
from shipway.errors import UsageError
from shipway.mcp_server.runs import Runs
from shipway.mcp_server.server import server_of
from shipway.mcp_server.serving import address_of

pytestmark = pytest.mark.requirement("MCP-1")

GOLDEN = Path(__file__).parents[2] / "scenarios" / "mcp" / "tools.json"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """1.0.0 is verified in dev; a commit since holds a stranger's words."""
    for made in repository(tmp_path_factory.mktemp("tools")):
        promoted(made, "dev")
        made.commit("feat: greet \u202eall\u2069 of \U000e0041you\x1b[2J ::error::boo")
        yield made


def test_the_tools() -> None:
    async def scenario() -> Any:
        async with Client(server_of(Runs(Path()))) as client:
            return (await client.list_tools()).tools

    found = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in anyio.run(scenario)]
    assert found == json.loads(GOLDEN.read_text())


def test_what_only_reads_writes_nothing(world: World) -> None:
    before, already = world.canonical(), len(world.twin.journal.requests)
    calls: list[tuple[str, dict[str, str]]] = [
        ("status", {}),
        ("status", {"environment": "dev"}),
        ("plan", {"action": "release"}),
        ("plan", {"action": "promote", "version": "1.0.0", "from_env": "dev", "environment": "staging"}),
        ("plan", {"action": "promote", "version": "1.0.0", "from_env": "dev", "environment": "uat"}),
        ("plan", {"action": "rollback", "environment": "dev"}),
        ("explain", {"message": "feat!: greet"}),
    ]

    async def scenario() -> list[tuple[bool, str]]:
        async with over_stdio(world) as agent:
            hints = {tool.name: tool.annotations for tool in (await agent.client.list_tools()).tools}
            assert all((found := hints[name]) and found.read_only_hint for name, _ in calls)
            results = [(await agent.call(name, **arguments)) for name, arguments in calls]
            return [(bool(one.is_error), (one.structured_content or {})["status"]) for one in results]

    answers = anyio.run(scenario)
    assert answers == [
        (False, "success"),
        (False, "success"),
        (False, "planned"),
        (False, "planned"),
        (True, "error"),
        (True, "error"),
        (False, "success"),
    ]
    asked = world.twin.journal.requests[already:]
    assert {one.method for one in asked if one.kind == "rest"} <= {"GET"}
    assert world.canonical() == before


def test_words_of_strangers_are_only_words(world: World) -> None:
    async def scenario() -> tuple[str, Any]:
        async with over_stdio(world) as agent:
            planned = await agent.call("plan", action="release")
            explained = await agent.call("explain", message="fix: a\u202eb\U000e0042c\x1b[2J")
            return said(planned), explained.structured_content

    text, explained = anyio.run(scenario)
    assert "greet all of you" in text
    assert not {"\u202e", "\u2069", "\U000e0041", "\x1b"} & {*json.loads(text)["notes"]}
    assert explained["changes"][0]["description"] == "abc[2J"


@pytest.mark.requirement("HOT-1")
def test_a_hotfix_needs_a_word_where_it_reaches_production(world: World) -> None:
    fix = world.git("rev-list", "--reverse", "v1.0.0..HEAD").split()[0]

    async def scenario() -> list[Any]:
        async with over_stdio(world) as agent:
            unsaid = await agent.call("hotfix", base="v1.0.0", pick=[fix])
            planned = await agent.call("plan", action="hotfix", base="v1.0.0")
            unknown = await agent.call("hotfix", base="v9", confirm="production")
            staging = await agent.call("hotfix", base="v1.0.0", environment="staging")
            arguments = {"version": "1.0.1", "pick": [fix], "confirm": "production"}
            return [unsaid, planned, unknown, staging, await agent.call("hotfix", **arguments)]

    answers = [(one.is_error, one.structured_content) for one in anyio.run(scenario)]

    assert [(wrong, found["status"], found["reason_code"]) for wrong, found in answers] == [
        (True, "error", "confirmation-missing"),
        (False, "planned", "dry-run"),
        (True, "error", "base-unknown"),
        (False, "waiting", "fix-missing"),
        (False, "waiting", "clone-elsewhere"),
    ]
    assert answers[3][1]["version"] == "1.0.1"
    world.git("fetch", "--quiet", "origin", "hotfix/1.0.1")
    assert f"(cherry picked from commit {fix})" in world.git("log", "FETCH_HEAD")


def test_a_reason_code_is_explained(world: World) -> None:
    async def scenario() -> list[Any]:
        async with over_stdio(world) as agent:
            codes = ("same-person", "same-persn", "zzz")
            return [await agent.call("explain", reason_code=code) for code in codes]

    known, misspelt, strange = anyio.run(scenario)
    assert known.structured_content == {
        "status": "success",
        "reason_code": "same-person",
        "sentence": "… promoted it to …, so somebody else must promote it to …",
        "from": "domain/delivery/policies.py",
        "lifted_by": "anybody else who may promote",
    }
    assert [one.text for one in misspelt.content] == [
        "'same-persn' is no reason code.",
        "Did you mean same-person?",
    ]
    assert strange.structured_content["reason_code"] == "reason-code-unknown"


def test_locks_and_the_way_back(world: World) -> None:
    async def scenario() -> None:
        async with over_stdio(world) as agent:
            arguments = {"app": "web", "version": "1.0.0", "from_env": "dev", "to_env": "staging"}
            locked = await agent.call("lock", environment="staging", reason="database is moving")
            assert locked.structured_content
            assert locked.structured_content["reason_code"] == "locked"
            closed = await agent.call("promote-release", **arguments)
            assert closed.structured_content
            assert (closed.is_error, closed.structured_content["exit_code"]) == (True, 13)
            opened = await agent.call("unlock", environment="staging", reason="it has moved")
            assert opened.structured_content
            assert opened.structured_content["reason_code"] == "unlocked"
            unsaid = await agent.call("rollback", environment="dev", reason="errors")
            assert said(unsaid) == "dev is not touched without a confirmation."
            back = await agent.call("rollback", environment="dev", reason="errors", confirm="dev")
            assert back.structured_content
            assert back.structured_content["reason_code"] == "nothing-before"
            cut = await agent.call("release", version="minor")
            assert cut.structured_content
            assert cut.structured_content["reason_code"] == "confirmation-missing"
            begun = await agent.call("release", version="minor", environment="staging")
            assert begun.structured_content
            assert (begun.is_error, begun.structured_content["status"]) == (False, "waiting")

    anyio.run(scenario)


@pytest.mark.requirement("FACE-1")
@pytest.mark.parametrize(
    ("tool", "arguments", "message", "next_step"),
    [
        (
            "promote-release",
            {"app": "web", "from_env": "dev", "to_env": "staging"},
            "promote-release needs the argument version.",
            'Say it, for example: version: "1.2.3"',
        ),
        ("lock", {}, "lock needs the argument reason.", 'Say it, for example: reason: "database is moving"'),
        (
            "release",
            {"enviroment": "staging"},
            'release takes no argument "enviroment".',
            "Did you mean environment?",
        ),
        (
            "unlock",
            {"zzz": 1, "reason": "over"},
            'unlock takes no argument "zzz".',
            "It takes reason, environment, all_environments, force.",
        ),
        (
            "plan",
            {"action": "destroy"},
            'action of plan cannot be "destroy": it has to be release or hotfix or promote or rollback.',
            'Write it, for example: action: "release"',
        ),
        (
            "lock",
            {"reason": "x", "scope": "everybody"},
            'scope of lock cannot be "everybody": it has to be user or release or pr.',
            'Write it, for example: scope: "user"',
        ),
        (
            "promote-release",
            {"app": "web", "version": 1.2, "from_env": "dev", "to_env": "staging"},
            "version of promote-release cannot be 1.2: it has to be a string.",
            'Write it, for example: version: "1.2.3"',
        ),
        (
            "release",
            {"override": ["smoke", None]},
            "override of release cannot be null: it has to be a list of strings.",
            'Write it, for example: override: ["smoke"]',
        ),
        (
            "unlock",
            {"reason": "over", "force": "x" * 80},
            f'force of unlock cannot be "{"x" * 59}…: it has to be true or false.',
            "Write it, for example: force: true",
        ),
        (
            "lock",
            {"reason": "x", "pr": -1},
            "pr of lock cannot be -1: it has to be a whole number.",
            "Write it, for example: pr: 7",
        ),
        ("promote", {}, 'There is no tool "promote".', "Did you mean promote-release?"),
    ],
)
def test_a_call_that_is_not_understood(
    tool: str, arguments: dict[str, Any], message: str, next_step: str
) -> None:
    async def scenario() -> Any:
        async with Client(server_of(Runs(Path("nowhere")))) as client:
            return await client.call_tool(tool, arguments)

    found = anyio.run(scenario)
    assert [one.text for one in found.content] == [message, next_step]
    assert (found.is_error, found.structured_content["reason_code"]) == (True, "usage")
    assert found.structured_content["exit_code"] == 2


@pytest.mark.requirement("LOCK-1")
def test_all_environments_are_locked_for_all_but_one_version(world: World) -> None:
    async def scenario() -> None:
        async with over_stdio(world) as agent:
            both = await agent.call("lock", reason="x", environment="dev", all_environments=True)
            assert said(both) == "Name one environment, or say --all."
            locked = await agent.call("lock", reason="a freeze", all_environments=True, version="2.0.0")
            assert locked.structured_content
            found = locked.structured_content["locks"]
            assert [*found] == ["dev", "staging", "uat", "production"]
            assert {(one["scope"], one["subject"]) for one in found.values()} == {("release", "2.0.0")}
            opened = await agent.call("unlock", reason="over", all_environments=True)
            assert opened.structured_content
            assert opened.structured_content["reason_code"] == "unlocked"

    anyio.run(scenario)


def test_a_trace_of_the_caller_is_gone_on_with(world: World) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    async def scenario() -> Any:
        async with over_stdio(world) as agent:
            meta: Any = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
            arguments = {"action": "promote", "version": "1.0.0", "from_env": "dev", "environment": "staging"}
            return (await agent.client.call_tool("plan", arguments, meta=meta)).structured_content

    assert anyio.run(scenario)["trace_id"] == trace


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8000", ("127.0.0.1", 8000)),
        ("localhost:0", ("localhost", 0)),
        ("[::1]:8000", ("::1", 8000)),
    ],
)
def test_addresses_of_this_machine(text: str, address: tuple[str, int]) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize(
    "text", ["0.0.0.0:8000", ":8000", "8000", "example.com:80", "127.0.0.1:70000", "[::]:1"]
)
def test_no_other_address_is_served(text: str) -> None:
    with pytest.raises(UsageError) as problem:
        address_of(text)
    assert problem.value.message == f"{text!r} is no address that only this machine reaches."
    assert problem.value.reason_code == "address-open"
