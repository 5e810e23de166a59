"""A dry run changes nothing: of every command with an effect, by the table of commands, and by every other way in."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from integration.comments.conversation import BOT, NOON, Clock, Conversation, begin
from shipway.action import TAKES
from shipway.cli import COMMANDS
from shipway.domain.commands.table import TABLE
from shipway.twin.server import Twin

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.requirement("REL-7")

CONFIGURATION = """
gates:
  load: {stages: [promotion], command: ["true"]}
environments:
  dev: {automatic: false, deploy: {command: ["true"]}}
  staging: {automatic: false, deploy: {command: ["true"]}}
  production:
    {automatic: false, after: [dev], approvals: {count: 1}, deploy: {command: ["true"]},
     authorize: {actions: {override: {users: [alice]}}}}
"""
BEFORE = (
    "/promote 1.0.0 dev",
    "/promote 1.0.1 dev",
    "/promote 1.0.1 production",
    "/lock staging --reason moving",
    "/release minor",
)
LINES = {
    "release": "/release minor --dry-run",
    "hotfix": "/hotfix auto --base v1.0.1 --dry-run",
    "promote": "/promote 1.0.1 staging --dry-run",
    "deploy": "/deploy 1.0.0 dev --dry-run",
    "rollback": "/rollback dev --dry-run --reason errors",
    "lock": "/lock dev --dry-run --reason moving",
    "unlock": "/unlock staging --dry-run --reason moved",
    "approve": "/approve production --dry-run",
    "reject": "/reject production --dry-run",
    "override": "/override load in production --expires 2h --dry-run --reason down",
    "cancel": "/cancel production --dry-run",
    "retry": "/retry production --dry-run",
}
NOT_WELL = {"retry": "waiting", "override": "waiting", "deploy": "refused", "promote": "refused"}
"""What a dry run finds that would not end well, and that the real one would record; all others would."""

OUR_ANSWER = (f"{BOT}: reaction.added comment/", f"{BOT}: comment.created #1")

READ = ["doctor", "next", "changelog", "explain", "lint", "status", "report", "parse", "audit"]
"""Commands that change nothing."""

OTHERWISE = {"environments", "comment", "mcp", "twin", "demo"}
"""Commands that ask in another way: `environments plan`, in the comment, by the tool; on a GitHub of their own."""


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conversation]:
    """A question, a lock, a release and two versions, for every command something to do."""
    with Twin(clock=Clock(NOON)) as twin:
        found = begin(tmp_path_factory.mktemp("dry"), twin, CONFIGURATION)
        found.open("topic")
        for line in BEFORE:
            found.later()
            found.say(line)
            found.obey()
        yield found


def test_every_command_that_changes_anything_is_tried() -> None:
    assert {*LINES} == {name for name, spec in TABLE.items() if spec.changes}


@pytest.mark.parametrize("name", LINES)
def test_a_dry_run_in_a_comment_changes_nothing(talk: Conversation, name: str) -> None:
    talk.number = 1
    talk.later()
    talk.say(LINES[name], "bob" if name == "approve" else "alice")
    talk.effects()
    outcome = talk.obey()
    (result,) = outcome.results
    assert [one for one in talk.effects() if not one.startswith(OUR_ANSWER)] == []
    assert result.decision == NOT_WELL.get(name, "planned")


def test_every_other_way_in_has_a_dry_run_too() -> None:
    assert [name for name, inputs in TAKES.items() if "dry-run" not in inputs] == ["comment"]
    lacking = {name for name in COMMANDS if "--dry-run" not in _options(name)}
    assert lacking == {*READ, *OTHERWISE}


def _options(name: str) -> set[str]:
    module, _, attribute = COMMANDS[name].partition(":")
    command: click.Command = getattr(import_module(module), attribute)
    return {option for one in command.params for option in one.opts}


@pytest.mark.parametrize("button", [path.name for path in (ROOT / "workflows").glob("*-button.yml")])
def test_every_button_has_a_dry_run_and_hands_it_on(button: str) -> None:
    assert "dry-run: ${{ inputs.dry-run }}" in (ROOT / "workflows" / button).read_text()
