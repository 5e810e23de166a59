"""The scenarios of promoting as a tool, by the protocol's own client, on standard streams and on HTTP."""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest

from integration.mcp_tools.conftest import WAYS, Agent, promoted, repository, said
from integration.release.world import World

pytestmark = pytest.mark.requirement("MCP-1")

ARGUMENTS = {"app": "web-api", "version": "1.0.0", "from_env": "dev", "to_env": "staging"}

UNKNOWN = "9.9.9 cannot go to staging: there is no version 9.9.9: tag v9.9.9 is not on GitHub."
TIMED_OUT = (
    "Promotion operation timed out after 0.5 seconds. "
    "The deployment may still be in progress. Check deployment status manually."
)

REFUSED = [
    pytest.param({"app": ""}, "app cannot be empty", "usage", 2, id="empty-app"),
    pytest.param({"app": " \t\n"}, "app cannot be empty", "usage", 2, id="blank-app"),
    pytest.param({"version": "  "}, "version cannot be empty", "usage", 2, id="empty-version"),
    pytest.param({"from_env": ""}, "from_env cannot be empty", "usage", 2, id="empty-from"),
    pytest.param({"to_env": ""}, "to_env cannot be empty", "usage", 2, id="empty-to"),
    pytest.param({"app": "", "to_env": "nowhere"}, "app cannot be empty", "usage", 2, id="order-of-checks"),
    pytest.param(
        {"to_env": "qa"}, "There is no environment 'qa'.", "environment-unknown", 2, id="unknown-environment"
    ),
    pytest.param({"to_env": "dev"}, "cannot promote to same environment", "transition-invalid", 9, id="same"),
    pytest.param(
        {"to_env": "uat"},
        "invalid promotion path: dev→uat (valid next environment from dev: staging)",
        "transition-invalid",
        9,
        id="skip",
    ),
    pytest.param(
        {"from_env": "prod", "to_env": "uat"},
        "invalid promotion path: production→uat (backward or invalid promotion not allowed)",
        "transition-invalid",
        9,
        id="backward-from-the-last",
    ),
    pytest.param(
        {"from_env": "staging", "to_env": "dev"},
        "invalid promotion path: staging→dev (backward or invalid promotion not allowed, "
        "valid next environment from staging: uat)",
        "transition-invalid",
        9,
        id="backward",
    ),
    pytest.param(
        {"from_env": "uat", "to_env": "prod"},
        "production is not touched without a confirmation.",
        "confirmation-missing",
        2,
        id="unconfirmed",
    ),
    pytest.param(
        {"from_env": "uat", "to_env": "prod", "confirm": "yes"},
        "production is not touched without a confirmation.",
        "confirmation-missing",
        2,
        id="confirmed-otherwise",
    ),
]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """1.0.0 is verified in dev."""
    for made in repository(tmp_path):
        promoted(made, "dev")
        yield made


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.requirement("PRO-1")
def test_a_promotion(world: World, way: str) -> None:
    async def scenario() -> None:
        async with WAYS[way](world) as agent:
            result = await agent.call(
                "promote-release", **ARGUMENTS | {"from_env": " DEV ", "to_env": "Staging"}
            )
            found = result.structured_content
            assert found
            assert (result.is_error, found["status"]) == (False, "success")
            promotion = found["promotion"]
            assert {k: promotion[k] for k in ARGUMENTS} == ARGUMENTS
            assert promotion["cli_output"] == "1.0.0 is in staging."
            assert promotion["cli_stderr"] == "\n".join(agent.progress)
            assert promotion["execution_time_seconds"] > 0
            assert found["production_deployment"] is False
            assert datetime.fromisoformat(found["timestamp"]).utcoffset() is not None
            assert {row["ruling"] for row in found["verdicts"]} == {"pass"}
            assert len(found["trace_id"]) == 32
            assert agent.progress[0] == "record promotion-started in the ledger"
            assert "deploy to staging: true" in agent.progress
            again = await agent.call("promote-release", **ARGUMENTS)
            assert again.structured_content
            assert again.structured_content["promotion_id"] == found["promotion_id"]

    anyio.run(scenario)
    assert len([one for one in world.request("GET", "/deployments") if one["environment"] == "staging"]) == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.requirement("PRO-4")
def test_into_production_it_warns_with_the_whole_record_before(world: World, way: str) -> None:
    promoted(world, "dev", "staging", "uat")
    warning = "PRODUCTION DEPLOYMENT: promoting 1.0.0 from uat to production"
    asked = ARGUMENTS | {"from_env": "uat", "to_env": "prod", "confirm": "production"}

    async def scenario() -> Any:
        async with WAYS[way](world) as agent:
            result = await agent.call("promote-release", **asked)
            assert agent.progress[0].startswith(f"{warning}\n  by: releaser\n  id: ")
            assert agent.progress[1] == "record promotion-started in the ledger"
            return agent, result.structured_content

    agent, found = anyio.run(scenario)
    assert (found["status"], found["production_deployment"]) == ("success", True)
    assert f"WARNING: {warning}\n  by: releaser\n  id: {found['promotion_id']}\n" in agent.log
    assert "  authority: pass, releaser may promote in production: role admin\n" in agent.log


@pytest.mark.parametrize("way", WAYS)
def test_what_is_refused_before_anything_is_asked_of_the_engine(world: World, way: str) -> None:
    before = world.canonical()

    async def scenario() -> None:
        async with WAYS[way](world) as agent:
            for case in REFUSED:
                changes, message, code, exit_code = case.values
                result = await agent.call("promote-release", **ARGUMENTS | changes)
                found = result.structured_content
                assert found
                assert (result.is_error, said(result)) == (True, message), case.id
                assert (found["status"], found["message"]) == ("error", message)
                assert (found["reason_code"], found["exit_code"]) == (code, exit_code)
                assert result.content[1].text == found["next_step"]  # type: ignore[union-attr]
            assert agent.progress == []

    anyio.run(scenario)
    assert world.canonical() == before


@pytest.mark.parametrize("way", WAYS)
def test_what_the_engine_refuses(world: World, way: str) -> None:
    async def scenario() -> None:
        async with WAYS[way](world) as agent:
            result = await agent.call("promote-release", **ARGUMENTS | {"version": "9.9.9"})
            found = result.structured_content
            assert found
            assert (result.is_error, said(result)) == (
                True,
                f"Promotion failed: {UNKNOWN}",
            )
            assert (found["reason_code"], found["exit_code"]) == ("version-unknown", 11)
            assert found["next_step"] == "Release it first: shipway release 9.9.9"
            assert next(row["gate"] for row in found["verdicts"] if row["ruling"] == "fail") == "version"

    anyio.run(scenario)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.requirement("PRO-3")
def test_what_takes_too_long(tmp_path: Path, way: str) -> None:
    for world in repository(tmp_path, "cat", "waiting"):
        promoted(world, "dev", "staging")
        os.mkfifo(world.clone / "waiting")

        async def scenario(world: World = world) -> None:
            async with WAYS[way](world, "--timeout", "0.5") as agent:
                arguments = ARGUMENTS | {"from_env": "staging", "to_env": "uat"}
                result = await agent.call("promote-release", **arguments)
                (world.clone / "waiting").open("w").close()  # lets the command end
                found = result.structured_content
                assert found
                assert (result.is_error, said(result)) == (
                    True,
                    TIMED_OUT,
                )
                assert (found["reason_code"], found["retryable"]) == ("timed-out", True)

        anyio.run(scenario)


@pytest.mark.requirement("FAIL-4")
def test_a_second_one_is_told_that_the_first_still_goes_on(tmp_path: Path) -> None:
    for world in repository(tmp_path, "cat", "waiting"):
        promoted(world, "dev", "staging")
        os.mkfifo(world.clone / "waiting")

        async def scenario(world: World = world) -> None:
            first = dict[str, Any]()

            async def bring_in(agent: Agent) -> None:
                arguments = ARGUMENTS | {"from_env": "staging", "to_env": "uat"}
                first["result"] = await agent.call("promote-release", **arguments)

            async with WAYS["stdio"](world) as agent, anyio.create_task_group() as both:
                both.start_soon(bring_in, agent)
                end = await anyio.to_thread.run_sync((world.clone / "waiting").open, "w")  # once it deploys
                second = await agent.call("lock", environment="dev", reason="moving")
                end.close()
            found = second.structured_content
            assert [one.text for one in second.content] == [
                "Another operation of this server still goes on.",
                "Wait until it has ended, and call the tool again.",
            ]
            assert found
            assert (found["reason_code"], found["exit_code"], found["retryable"]) == ("busy", 1, True)
            assert not first["result"].is_error

        anyio.run(scenario)


@pytest.mark.requirement("GATE-5", "RBK-4")
def test_what_it_goes_past_is_said(world: World) -> None:
    """A version that was rolled back comes in again when somebody says why; a gate is let past by its name."""
    world.git("commit", "--quiet", "--allow-empty", "--message=feat: more")
    world.git("tag", "v1.1.0")
    world.git("push", "--quiet", "origin", "main", "v1.1.0")
    promoted(world, "dev", "staging")
    promoted(world, "dev", version="1.1.0")
    newer = ARGUMENTS | {"version": "1.1.0"}

    async def scenario() -> list[str]:
        async with WAYS["stdio"](world) as agent:
            calls = [
                ("promote-release", newer),
                ("rollback", {"environment": "staging", "reason": "errors", "confirm": "staging"}),
                ("promote-release", newer),
                ("promote-release", newer | {"lift_hold": True}),
                ("promote-release", newer | {"lift_hold": True, "reason": "mended", "override": ["load"]}),
                ("promote-release", newer | {"lift_hold": True, "reason": "mended"}),
            ]
            return [said(await agent.call(name, **given)) for name, given in calls]

    first, back, held, silent, unknown, lifted = anyio.run(scenario)
    assert [json.loads(one)["status"] for one in (first, back, lifted)] == ["success"] * 3
    assert held.startswith("Promotion failed: 1.1.0 cannot go to staging: ")
    assert silent == "Promotion failed: Lifting a hold needs a reason."
    assert unknown == "Promotion failed: There is no gate 'load' to override; there are none"
