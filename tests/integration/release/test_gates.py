"""Gates as a release runs them: reports that were given, commands, and what nobody may see."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from integration.release.world import FILES, NAME, World, write
from shipway import action
from shipway.cli.root import shipway
from shipway.domain.outcome import Outcome

JUNIT = (
    '<testsuite tests="1" failures="{failures}">'
    '<testcase classname="t" name="a" file="hello.txt" line="1">{why}</testcase></testsuite>'
)
GREEN = JUNIT.format(failures=0, why="")
RED = JUNIT.format(failures=1, why='<failure message="boom"/>')


def configured(world: World, text: str, files: dict[str, str] | None = None) -> None:
    """Push a configuration."""
    world.commit("ci: configure", {**FILES, **(files or {}), ".github/shipway.yml": text})


def written(path: str, text: str) -> str:
    """A command, as YAML, that writes a file."""
    program = f"from pathlib import Path; Path({path!r}).write_text({text!r})"
    return json.dumps([sys.executable, "-c", program])


def gate(outcome: Outcome, name: str = "unit") -> dict[str, Any]:
    """The row of a gate."""
    return dict(next(row for row in outcome.verdicts if row["gate"] == name))


@pytest.mark.requirement("GATE-2", "GATE-7")
def test_reports_are_judged_by_a_gate_of_their_own_where_none_is_configured(world: World) -> None:
    configured(world, "{}")
    write(world.clone, {"junit.xml": RED})

    outcome = world.release(reports=("*.xml",))

    assert (outcome.reason_code, gate(outcome, "reports")["summary"]) == (
        "gates-failed",
        "1 of 1 test failed",
    )


@pytest.mark.requirement("REL-7")
@pytest.mark.parametrize("mended", [True, False])
def test_a_dry_run_does_not_take_the_failure_of_an_older_run_for_what_will_be(
    world: World, mended: bool
) -> None:
    configured(world, 'gates: {unit: {command: [sh, -c, "test -e good"]}}')
    assert world.release().reason_code == "gates-failed"
    if mended:
        world.commit("fix: mend", {"good": "yes"})

    planned = world.release(dry_run=True)

    assert [step for step in planned.steps if step.startswith(("run ", "wait "))] == [
        "run gates unit",
        "wait for a reviewer with write access: Pull request #1: 0 of 1 approvals of its newest commit.",
    ]


@pytest.mark.requirement("REL-7")
def test_a_dry_run_expects_new_approvals_where_the_commit_will_be_another(world: World) -> None:
    configured(world, "{}")
    world.release()
    world.approve()
    world.commit("fix: mend", {"good": "yes"})

    planned = world.release(dry_run=True)

    assert [step for step in planned.steps if step.startswith("wait ")] == [
        "wait for a reviewer with write access: Pull request #1: 0 of 1 approvals of its newest commit.",
    ]


@pytest.mark.requirement("GATE-7")
def test_reports_are_for_gates_that_name_nothing_to_go_by(world: World) -> None:
    configured(world, 'gates: {fast: {command: ["true"]}, unit: {coverage: 0}}')
    write(world.clone, {"junit.xml": GREEN})

    outcome = world.release(reports=("*.xml",))

    assert [gate(outcome, name)["reason_code"] for name in ("fast", "unit")] == [
        "command-succeeded",
        "tests-passed",
    ]


@pytest.mark.requirement("CLI-1", "GATE-7")
def test_reports_are_given_on_the_command_line(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configured(world, "{}")
    write(world.clone, {"junit.xml": RED})
    for name, value in {**world.twin.environment(world.token), "GITHUB_REPOSITORY": NAME}.items():
        monkeypatch.setenv(name, value)

    done = CliRunner().invoke(
        shipway, ["release", "auto", "--repo", str(world.clone), "--report", "*.xml", "--output", "json"]
    )

    assert json.loads(done.stdout)["reason_code"] == "gates-failed"


@pytest.mark.requirement("FACE-1", "GATE-7")
def test_reports_are_an_input_of_the_action(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configured(world, "{}")
    write(world.clone, {"junit.xml": RED})
    monkeypatch.chdir(world.clone)
    given = {"COMMAND": "release", "VERSION": "auto", "DRY_RUN": "false", "REPORTS": "*.xml\n"}
    inputs = action.Inputs.read({f"INPUT_{n}": text for n, text in {**given, "TOKEN": world.token}.items()})
    environ = {**world.twin.environment(world.token), "GITHUB_REPOSITORY": NAME}

    with (world.clone.parent / "log").open("w") as log:
        result, _ = action.run(inputs, environ, log)
    notes = list(action.annotations(result))

    assert result["reason_code"] == "gates-failed"
    assert "::error file=hello.txt,line=1,title=t.a::boom\n" in notes


@pytest.mark.requirement("FACE-1", "SEC-2")
def test_the_action_shows_no_token_that_a_gate_wrote(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "ghp_" + "a" * 36
    report = json.dumps(RED.replace("boom", f"boom {token}"))
    code = f"open('junit.xml', 'w').write({report}); print('ghp_' + 'a' * 36); raise SystemExit(1)"
    command = json.dumps([sys.executable, "-c", code])
    configured(world, f"gates: {{unit: {{command: {command}, report: [junit.xml]}}}}")
    monkeypatch.chdir(world.clone)
    files = {name: str(world.clone.parent / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    given = {"INPUT_COMMAND": "release", "INPUT_VERSION": "auto", "INPUT_TOKEN": world.token}
    environ = {**world.twin.environment(world.token), "GITHUB_REPOSITORY": NAME, **given, **files}
    log = io.StringIO()

    action.main(environ, log)
    shown = [log.getvalue(), *(Path(file).read_text() for file in files.values())]

    assert [token in text for text in shown] == [False] * 3
    assert ["boom" in text for text in shown] == [True] * 3


@pytest.mark.requirement("GATE-2")
def test_a_command_that_cannot_be_started_is_an_error_of_its_gate(world: World) -> None:
    configured(
        world,
        "gates: {unit: {command: [no-such-program]}, more: {command: [true]}}".replace("[true]", '["true"]'),
    )

    outcome = world.release()

    assert (gate(outcome)["ruling"], gate(outcome)["reason_code"]) == ("error", "command-not-started")
    assert gate(outcome)["summary"] == (
        "The command `no-such-program` could not be started: No such file or directory."
    )
    assert gate(outcome, "more")["reason_code"] == "not-run"


@pytest.mark.requirement("DEP-1")
def test_a_deploy_command_that_cannot_be_started_fails_its_deployment(world: World) -> None:
    configured(world, "environments: {staging: {deploy: {command: [no-such-program]}}}")
    world.release()
    world.approve()

    outcome = world.release()

    assert (outcome.reason_code, outcome.deployments[-1]["state"]) == ("deployment-failed", "failure")


@pytest.mark.requirement("GATE-2")
def test_a_report_that_the_command_did_not_write_is_not_taken_for_its_result(world: World) -> None:
    configured(world, 'gates: {unit: {command: ["true"], report: [junit.xml], coverage: 0}}')
    write(world.clone, {"junit.xml": GREEN})

    outcome = world.release()

    assert (gate(outcome)["ruling"], gate(outcome)["reason_code"]) == ("inconclusive", "report-stale")
    assert gate(outcome)["details"] == ["junit.xml"]


@pytest.mark.requirement("GATE-2")
def test_a_report_that_the_command_wrote_again_is_fresh(world: World) -> None:
    configured(
        world,
        f"gates: {{unit: {{command: {written('junit.xml', GREEN)}, report: [junit.xml], coverage: 0}}}}",
    )
    write(world.clone, {"junit.xml": RED})

    outcome = world.release()

    assert (gate(outcome)["ruling"], gate(outcome)["budget"]) == ("pass", 600)


PRINTS = json.dumps(
    [sys.executable, "-c", "import os; print('see', os.environ.get('API_KEY')); raise SystemExit(1)"]
)


@pytest.mark.requirement("SEC-2", "GATE-2")
def test_commands_see_the_variables_that_they_name_and_nobody_sees_the_values(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEY", "hunter2-hunter2")
    configured(world, f"gates: {{unit: {{command: {PRINTS}, env: [API_KEY]}}}}")
    lines: list[str] = []

    outcome = world.release(output=lines.append)

    assert lines == ["see ***"]
    assert gate(outcome)["details"] == ["see ***"]
    assert "hunter2" not in world.canonical()


@pytest.mark.requirement("SEC-2")
def test_commands_do_not_see_variables_that_they_do_not_name(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEY", "hunter2-hunter2")
    configured(world, f"gates: {{unit: {{command: {PRINTS}}}}}")

    assert gate(world.release())["details"] == ["see None"]


@pytest.mark.requirement("DEP-1", "SEC-2")
def test_a_deploy_command_is_given_its_credentials(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("API_KEY", "hunter2-hunter2")
    proof = tmp_path / "proof"
    program = f"import os; open({str(proof)!r}, 'w').write(os.environ['API_KEY'] + os.environ['SHIPWAY_TAG'])"
    command = json.dumps([sys.executable, "-c", program])
    configured(world, f"environments: {{staging: {{deploy: {{command: {command}, env: [API_KEY]}}}}}}")
    world.release()
    world.approve()

    world.release()

    assert proof.read_text() == "hunter2-hunter2v1.1.0"


@pytest.mark.requirement("GATE-4")
def test_gates_of_other_stages_do_not_run_before_a_release(world: World) -> None:
    configured(
        world,
        "gates: {live: {command: ['false'], stages: [verification]}, unit: {command: ['true']}}\n"
        "environments: {staging: {}}",
    )

    outcome = world.release()

    assert outcome.reason_code == "approvals-missing"
    assert [row["gate"] for row in outcome.verdicts][:2] == ["unit", "approvals"]


@pytest.mark.requirement("DEP-1", "GATE-4")
def test_each_environment_of_a_release_is_verified_by_itself(world: World, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    script = f'echo "$SHIPWAY_STAGE $SHIPWAY_ENVIRONMENT" >> {ran}; test "$SHIPWAY_ENVIRONMENT" != production'
    configured(
        world,
        f"gates: {{live: {{command: ['{script}'], shell: true, stages: [promotion, verification]}}}}\n"
        "environments:\n"
        "  staging: {deploy: {command: ['true']}}\n"
        "  production: {after: staging, deploy: {command: ['true']}}\n",
    )
    world.release()
    world.approve()

    outcome = world.release()

    assert ran.read_text().splitlines() == [
        "promotion staging",
        "verification staging",
        "promotion production",
    ]
    assert outcome.reason_code == "gates-failed"
    assert [(one["environment"], one["state"]) for one in outcome.deployments] == [("staging", "success")]


def test_commands_are_told_the_stage(world: World) -> None:
    configured(world, "gates: {unit: {command: ['test \"$SHIPWAY_STAGE\" = release'], shell: true}}")

    assert gate(world.release())["ruling"] == "pass"


@pytest.mark.requirement("GATE-4")
def test_a_command_is_told_what_has_changed_since_the_version_before(world: World) -> None:
    script = 'echo "$SHIPWAY_VERSION $SHIPWAY_TAG $SHIPWAY_PREVIOUS_TAG" > ../told; cat "$SHIPWAY_CHANGED" >> ../told'
    configured(world, f"gates: {{affected: {{command: ['{script}'], shell: true}}}}")
    world.commit("fix: it", {"src/a file.py": "1\n"})
    changed = world.git("diff", "--name-only", "v1.0.0", "HEAD")

    assert gate(world.release(), "affected")["ruling"] == "pass"

    told = (world.clone.parent / "told").read_text()
    assert "src/a file.py" in changed.splitlines()
    assert told == f"1.1.0 v1.1.0 v1.0.0\n{changed}\n"
