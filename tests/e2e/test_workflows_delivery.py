"""The shipped workflows that promote, lock and roll back, run for real against the twin."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from act import NO_CONTAINERS, Act, WorkflowRun
from hello import Hello, greeting

pytestmark = pytest.mark.requirement("FACE-1")

CONFIGURATION = """\
gates:
  smoke: {command: [git, --version]}
environments:
  dev: {deploy: {command: [git, --version]}}
  production: {after: dev, deploy: {command: [git, --version]}}
"""

FAILING = """\
gates:
  load: {stages: [promotion], command: [git, nothing]}
environments:
  dev:
    authorize: {actions: {override: {users: [alice]}}}
    deploy: {command: [git, --version]}
"""


@pytest.fixture
def hello(tmp_path: Path) -> Iterator[Hello]:
    with greeting(tmp_path / "clone", {".github/shipway.yml": CONFIGURATION}) as made:
        newest = made.ask("GET", "/git/ref/heads/main")["object"]["sha"]
        made.ask("POST", "/git/refs", {"ref": "refs/tags/v1.0.1", "sha": newest})
        yield made


class Buttons:
    """Presses buttons, each with a token that may do what its job asks for, and nothing else."""

    def __init__(self, hello: Hello, action: Path, tools: Path) -> None:
        self.hello, self._action, self._tools = hello, action, tools

    def press(self, button: str, **inputs: str) -> WorkflowRun:
        """Run the workflow of a button."""
        variables = {**self.hello.variables(f"workflows/{button}-button.yml"), **NO_CONTAINERS}
        given = {name.replace("_", "-").strip("-"): value for name, value in inputs.items()}
        act = Act(self._tools, self._action, variables)
        file = f".github/workflows/{button}-button.yml"
        return act(file, "workflow_dispatch", self.hello.clone, inputs=given)

    def promote(self, version: str, source: str, target: str, **more: str) -> WorkflowRun:
        """Press the button of promotions."""
        return self.press("promote", version=version, from_=source, to=target, **more)


@pytest.fixture
def buttons(hello: Hello, action: Path, tool_cache: Path) -> Buttons:
    return Buttons(hello, action, tool_cache)


def ended(run: WorkflowRun) -> tuple[int, str, str, str]:
    """How a run ended, and about which version."""
    return (
        run.code,
        *(run.outputs.get(name, "") for name in ("decision", "reason-code", "version")),
    )


@pytest.mark.requirement("PRO-1", "PRO-4", "LOCK-1", "RBK-1", "SEC-3")
def test_promoted_locked_and_rolled_back_by_buttons(buttons: Buttons, hello: Hello) -> None:
    for version in ("1.0.0", "1.0.1"):
        assert ended(buttons.promote(version, "", "dev")) == (0, "done", "done", version)
        production = buttons.promote(version, "dev", "production")
        assert ended(production) == (0, "done", "done", version)
        assert production.outputs["tag"] == f"v{version}"
        _warned(production, f"PRODUCTION DEPLOYMENT: promoting {version} from dev to production")
        _pictured(production, version)
    reason = "it's $(touch /tmp/shipway-was-here) `id`"
    assert ended(buttons.press("lock", environment="production", reason=reason, for_="2h")) == (
        0,
        "done",
        "locked",
        "",
    )
    refused = buttons.press("rollback", environment="production", reason="errors")
    assert ended(refused) == (1, "refused", "locked", "1.0.0")
    assert [(note.level, note.title) for note in refused.annotations] == [("error", "Shipway: locked")]
    assert "| lock | ❌ fail | production is locked by alice since " in refused.summary
    assert reason in refused.result["message"]
    assert not Path("/tmp/shipway-was-here").exists()
    opened = buttons.press("lock", command="unlock", environment="production", reason="over")
    assert ended(opened) == (0, "done", "unlocked", "")
    back = buttons.press("rollback", environment="production", reason="errors at checkout")
    assert ended(back) == (0, "done", "done", "1.0.0")
    _warned(back, "PRODUCTION DEPLOYMENT: rolling production back from 1.0.1 to 1.0.0")
    assert back.result["rollback_tag"] == "v1.0.0-production-rollback-1"
    held = buttons.promote("1.0.1", "dev", "production")
    assert ended(held) == (1, "refused", "held", "1.0.1")


def _warned(run: WorkflowRun, words: str) -> None:
    """What reaches people is annotated as a warning, with who asks for it."""
    (warning,) = [note for note in run.annotations if note.message.startswith(words)]
    assert (warning.level, warning.title) == ("warning", "Shipway")
    assert "by: alice" in warning.message


def _pictured(run: WorkflowRun, version: str) -> None:
    """The summary has the verdicts, and the pipeline as a picture."""
    assert "| verified | ✅ pass |" in run.summary
    assert (
        f'  e0["dev<br>{version}"]:::past\n  e1["production<br>{version}"]:::past\n  e0 --> e1\n'
        in run.summary
    )


@pytest.mark.requirement("PRO-6")
@pytest.mark.parametrize(
    ("button", "inputs", "ending"),
    [
        ("promote", {"version": "1.0.0", "to": "dev", "dry_run": "true"}, (0, "planned", "dry-run", "1.0.0")),
        (
            "promote",
            {"version": "1.0.0", "from_": "dev", "to": "production"},
            (1, "refused", "not-verified", "1.0.0"),
        ),
        (
            "rollback",
            {"environment": "production", "reason": "errors", "dry_run": "true"},
            (1, "refused", "nothing-deployed", ""),
        ),
    ],
    ids=["planned", "refused", "nothing there"],
)
def test_nothing_is_deployed(
    buttons: Buttons, hello: Hello, button: str, inputs: dict[str, str], ending: tuple[int, str, str, str]
) -> None:
    assert ended(buttons.press(button, **inputs)) == ending
    assert hello.ask("GET", "/deployments") == []


@pytest.mark.requirement("LOCK-1")
def test_all_environments_are_locked_for_all_but_one_version(buttons: Buttons) -> None:
    locked = buttons.press("lock", all="true", environment="dev", reason="a freeze", version="1.0.0")
    assert ended(locked) == (0, "done", "locked", "")
    locks = locked.result["locks"]
    assert {name: (one["scope"], one["subject"]) for name, one in locks.items()} == {
        "dev": ("release", "1.0.0"),
        "production": ("release", "1.0.0"),
    }


@pytest.mark.requirement("GATE-5", "GATE-9")
def test_a_gate_is_let_past_by_a_button(tmp_path: Path, action: Path, tool_cache: Path) -> None:
    with greeting(tmp_path / "clone", {".github/shipway.yml": FAILING}) as hello:
        buttons = Buttons(hello, action, tool_cache)
        past = buttons.promote("1.0.0", "", "dev", override="load", expires="4h", reason="it's `known`")
        assert ended(past) == (0, "done", "done", "1.0.0")
        assert "overridden by alice until" in past.result["verdicts"][-1]["summary"]
