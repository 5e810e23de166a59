"""What the action hands to the runner: outputs, summary, annotations, and nothing that it did not mean."""

import io
import json
import re
from pathlib import Path

import pytest

from shipway import action
from shipway.bootstrap.locking import LockAsked
from shipway.bootstrap.promoting import PromotionAsked
from shipway.bootstrap.release import Asked
from shipway.bootstrap.rollback import RollbackAsked
from shipway.domain.job_summary import job_summary
from shipway.domain.masking import Mask
from shipway.errors import UsageError

pytestmark = pytest.mark.requirement("FACE-1")

WAITING = {
    "schema": 1,
    "command": "release",
    "state": "review",
    "decision": "waiting",
    "reason_code": "approvals-missing",
    "message": "Pull request #7: 1 approval is missing.",
    "next_step": "Waiting for leads.",
    "version": "2.5.0",
    "tag": "",
    "pull_request": {"number": 7, "url": "https://example.test/7", "state": "open", "draft": False},
    "deployments": [],
    "verdicts": [
        {
            "gate": "unit",
            "ruling": "pass",
            "reason_code": "passed",
            "summary": "12 tests passed",
            "who": "",
            "details": [],
            "duration": 3.21,
            "warning": False,
        },
        {
            "gate": "approvals",
            "ruling": "fail",
            "reason_code": "approvals-missing",
            "summary": "1 approval is missing",
            "who": "leads",
            "details": ["asked: @octocat"],
            "duration": None,
            "warning": False,
        },
    ],
    "steps": ["cut branch release/2.5.0", "open pull request release/2.5.0 → main"],
}
FAILED_TEST = {
    "gate": "unit",
    "name": "test_half[1,2]",
    "message": "100% wrong\n::warning::no",
    "place": "/elsewhere/tests/test_a.py:3",
    "file": "",
    "line": None,
    "details": "",
}
RELEASE_TAKES = (
    "Leave it out; it takes version, from, to, environment, "
    "reason, override, expires, dry-run, config, reports."
)
ENVIRON = {"INPUT_COMMAND": "release", "INPUT_VERSION": "minor", "INPUT_DRY_RUN": "false"}


def test_outputs_say_what_is_true_now() -> None:
    outputs = action.outputs(WAITING)
    assert json.loads(outputs.pop("result")) == WAITING
    assert outputs == {
        "state": "review",
        "decision": "waiting",
        "reason-code": "approvals-missing",
        "version": "2.5.0",
        "tag": "",
        "pull-request": "7",
        "deployment": "",
    }


def test_the_newest_deployment_is_the_output() -> None:
    rows = [{"id": 3, "environment": "dev"}, {"id": 4, "environment": "staging"}]
    assert action.outputs({**WAITING, "deployments": rows})["deployment"] == "4"


def test_no_value_can_write_another_output(tmp_path: Path) -> None:
    file = tmp_path / "output"
    action.publish({**WAITING, "version": "1\nend\ntag=v9"}, {"GITHUB_OUTPUT": str(file)}, io.StringIO())
    assert _parsed(file.read_text())["version"] == "1\nend\ntag=v9"
    assert _parsed(file.read_text())["tag"] == ""


def _parsed(text: str) -> dict[str, str]:
    """Read the file as the runner does."""
    found = re.finditer(
        r"^(?P<name>[a-z-]+)<<(?P<end>.+)\n(?P<value>(?:.*\n)*?)(?P=end)\n", text, re.MULTILINE
    )
    return {match["name"]: match["value"].removesuffix("\n") for match in found}


def test_a_second_step_adds_to_the_summary(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    file.write_text("before\n")
    action.publish(WAITING, {"GITHUB_STEP_SUMMARY": str(file)}, io.StringIO())
    assert file.read_text() == "before\n" + job_summary(WAITING)


def test_annotations_cannot_be_escaped_from() -> None:
    result = {**WAITING, "decision": "refused", "warnings": ["soon\r\n::error::x"]}
    assert list(action.annotations({**result, "report": {"failing": [FAILED_TEST]}})) == [
        "::error title=Shipway%3A approvals-missing::Pull request #7: 1 approval is missing. Waiting for leads.\n",
        "::warning title=Shipway::soon%0D%0A::error::x\n",
        "::error title=test_half[1%2C2]::100%25 wrong%0A::warning::no\n",
    ]


@pytest.mark.parametrize(
    ("file", "line", "shown"),
    [
        ("tests/a,b.py", 3, "file=tests/a%2Cb.py,line=3,"),
        ("tests/test_a.py", None, "file=tests/test_a.py,line=1,"),
        ("", 3, ""),
    ],
)
def test_a_failing_test_is_noted_where_it_stands(file: str, line: int | None, shown: str) -> None:
    test = {**FAILED_TEST, "name": "t", "message": "", "file": file, "line": line}
    (said,) = action.annotations({**WAITING, "decision": "done", "report": {"failing": [test]}})
    assert said == f"::error {shown}title=t::failed\n"


def test_a_wait_is_a_notice_and_done_is_silent() -> None:
    assert [line.split(" ")[0] for line in action.annotations(WAITING)] == ["::notice"]
    assert list(action.annotations({**WAITING, "decision": "done"})) == []


def test_no_more_annotations_than_github_keeps() -> None:
    result = {**WAITING, "decision": "done", "report": {"failing": [FAILED_TEST] * 30}}
    assert len(list(action.annotations(result))) == 10


def test_inputs_become_the_request_of_the_command_line() -> None:
    environ = {
        **ENVIRON,
        "INPUT_FROM": "develop",
        "INPUT_TO": "main",
        "INPUT_DRY_RUN": "true",
        "INPUT_ENVIRONMENT": "staging",
        "INPUT_CONFIG": "ci/shipway.yml",
        "INPUT_REPORTS": "junit/*.xml\n\n coverage.xml \n",
        "INPUT_REASON": "probe is down",
        "INPUT_OVERRIDE": "smoke, e2e,\n\nload\n",
        "INPUT_EXPIRES": "4h",
    }
    assert action.Inputs.read(environ).asked() == Asked(
        version="minor",
        source="develop",
        target="main",
        dry_run=True,
        environment="staging",
        config=Path("ci/shipway.yml"),
        reports=("junit/*.xml", "coverage.xml"),
        override=("smoke", "e2e", "load"),
        reason="probe is down",
        expires="4h",
    )


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (
            {"COMMAND": "promote", "VERSION": "2.5.0", "FROM": "dev", "TO": "staging", "DRY_RUN": "true"},
            PromotionAsked(version="2.5.0", source="dev", target="staging", dry_run=True),
        ),
        (
            {"COMMAND": "promote", "VERSION": "auto", "TO": "dev", "LIFT_HOLD": "true", "REASON": "mended"},
            PromotionAsked(version="", target="dev", lift_hold=True, reason="mended"),
        ),
        (
            {
                "COMMAND": "promote",
                "VERSION": "2.5.0",
                "TO": "dev",
                "COMPONENT": "web",
                "OVERRIDE": "smoke",
                "EXPIRES": "4h",
                "REASON": "down",
            },
            PromotionAsked(
                version="2.5.0",
                target="dev",
                component="web",
                override=("smoke",),
                expires="4h",
                reason="down",
            ),
        ),
        (
            {"COMMAND": "rollback", "VERSION": "auto", "ENVIRONMENT": "staging", "REASON": "slow"},
            RollbackAsked(environment="staging", reason="slow"),
        ),
        (
            {"COMMAND": "rollback", "VERSION": "2.4.0", "ENVIRONMENT": "staging", "REASON": "slow"},
            RollbackAsked(environment="staging", reason="slow", to="2.4.0"),
        ),
        (
            {"COMMAND": "lock", "ENVIRONMENT": "staging", "REASON": "--all", "FOR": "2h", "SCOPE": "user"},
            LockAsked(environment="staging", reason="--all", lasting="2h", scope="user"),
        ),
        (
            {"COMMAND": "lock", "ALL": "true", "VERSION": "2.5.0", "REASON": "only this"},
            LockAsked(every=True, reason="only this", release="2.5.0"),
        ),
        (
            {"COMMAND": "lock", "ENVIRONMENT": "dev", "REASON": "its review", "SCOPE": "pr", "PR": "7"},
            LockAsked(environment="dev", reason="its review", scope="pr", pr=7),
        ),
        (
            {"COMMAND": "unlock", "ENVIRONMENT": "dev", "REASON": "away", "FORCE": "true", "CONFIG": "a.yml"},
            LockAsked(environment="dev", reason="away", force=True, unlock=True, config=Path("a.yml")),
        ),
    ],
)
def test_every_command_can_be_asked_for(given: dict[str, str], asked: action.Request) -> None:
    environ = {f"INPUT_{name}": value for name, value in {"DRY_RUN": "false", **given}.items()}
    assert action.Inputs.read(environ).asked() == asked


def test_what_concerns_one_environment_has_the_same_outputs() -> None:
    promoted = {
        **{name: WAITING[name] for name in ("schema", "message", "next_step", "verdicts", "steps")},
        "command": "promote",
        "decision": "done",
        "reason_code": "done",
        "environment": "staging",
        "version": "2.5.0",
        "tag": "v2.5.0",
        "deployment": {"id": 7, "environment": "staging", "state": "success", "sha": "a" * 40, "url": ""},
    }
    outputs = action.outputs(promoted)
    assert json.loads(outputs.pop("result")) == promoted
    assert outputs == {
        "state": "",
        "decision": "done",
        "reason-code": "done",
        "version": "2.5.0",
        "tag": "v2.5.0",
        "pull-request": "",
        "deployment": "7",
    }
    summary = job_summary(promoted)
    assert summary.startswith("## Shipway promote 2.5.0 staging: done\n")
    assert "| staging | success | `aaaaaaaaaa` |" in summary
    assert "mermaid" not in summary


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("DRY_RUN", "yes", "Input dry-run is 'yes'; it can be true or false. Write: dry-run: true"),
        (
            "COMMAND",
            "relase",
            (
                "Input command is 'relase'; it can be release or hotfix or promote or rollback or lock or unlock or "
                "deploy or sweep or comment. Write: command: release"
            ),
        ),
        ("PR", "1", f"Input pr means nothing to release. {RELEASE_TAKES}"),
        ("LIFT_HOLD", "true", f"Input lift-hold means nothing to release. {RELEASE_TAKES}"),
    ],
)
def test_a_wrong_value_is_refused(name: str, value: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        action.Inputs.read({**ENVIRON, f"INPUT_{name}": value}).asked()
    assert str(refused.value) == message


@pytest.mark.requirement("LOCK-1")
@pytest.mark.parametrize("text", ["seven", "0", "-1", "²"])
def test_a_pull_request_has_a_number(text: str) -> None:
    environ = {"INPUT_COMMAND": "lock", "INPUT_ENVIRONMENT": "dev", "INPUT_REASON": "x", "INPUT_PR": text}
    with pytest.raises(UsageError) as refused:
        action.Inputs.read(environ).asked()
    assert str(refused.value) == f"Input pr is {text!r}; it is the number of a pull request. Write: pr: 7"


def test_an_error_is_a_result_like_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file, out = tmp_path / "output", io.StringIO()
    environ = {**ENVIRON, "INPUT_DRY_RUN": "yes", "INPUT_TOKEN": "secret", "GITHUB_OUTPUT": str(file)}
    assert action.main(environ, out) == 2
    values = _parsed(file.read_text())
    assert (values["decision"], values["reason-code"], values["state"]) == ("failed", "usage", "")
    mask, off, on, error = out.getvalue().splitlines()
    assert mask == "::add-mask::secret"
    assert on == f"::{off.removeprefix('::stop-commands::')}::"
    assert len(on) >= 32
    assert error == (
        "::error title=Shipway%3A usage::Input dry-run is 'yes'; it can be true or false. Write: dry-run: true"
    )


@pytest.mark.requirement("SEC-2")
def test_what_looks_like_a_token_is_shown_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    output, summary, out = tmp_path / "output", tmp_path / "summary", io.StringIO()
    token = "ghp_" + "a" * 36
    files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    action.main({**ENVIRON, **files, "INPUT_DRY_RUN": token, "INPUT_TOKEN": "given-token"}, out)
    shown = output.read_text(), summary.read_text(), out.getvalue()
    assert [token in text for text in shown] == [False] * 3
    assert "::Input dry-run is '***'; it can be true or false." in out.getvalue()


def test_the_password_for_commands_is_new_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    logs = [io.StringIO(), io.StringIO()]
    for out in logs:
        action.main({**ENVIRON, "INPUT_DRY_RUN": "yes"}, out)
    first, second = (log.getvalue().splitlines()[0] for log in logs)
    assert first != second


def test_the_summary_shows_ending_picture_verdicts_and_steps() -> None:
    assert (
        job_summary(WAITING)
        == """\
## Shipway release 2.5.0: waiting

Pull request \\#7: 1 approval is missing.

**Next:** Waiting for leads.

```mermaid
flowchart LR
  initiated["release branch"]:::past
  gates["gates"]:::past
  review["review of pull request 7"]:::waiting
  merged["merge"]:::ahead
  tagged["tag and release"]:::ahead
  delivering["deploy"]:::ahead
  completed["released"]:::ahead
  initiated --> gates --> review --> merged --> tagged --> delivering --> completed
  classDef past fill:#dafbe1,stroke:#1a7f37,color:#1f2328
  classDef waiting fill:#fff8c5,stroke:#9a6700,color:#1f2328
  classDef stopped fill:#ffebe9,stroke:#cf222e,color:#1f2328
  classDef ahead fill:#f6f8fa,stroke:#8c959f,color:#57606a
```

| Gate | Verdict | Why | Who can change it | Time |
| --- | --- | --- | --- | --- |
| unit | ✅ pass | 12 tests passed |  | 3.2 s |
| approvals | ❌ fail | 1 approval is missing | leads |  |

<details><summary>Steps</summary>

- cut branch release/2.5.0
- open pull request release/2.5.0 → main

</details>

<details><summary>Details of approvals</summary>

- asked: @\u200boctocat

</details>
"""
    )


def _places(state: str, decision: str) -> list[str]:
    picture = job_summary({**WAITING, "state": state, "decision": decision})
    return re.findall(r":::(\w+)$", picture, re.MULTILINE)


@pytest.mark.parametrize(
    ("state", "decision", "places"),
    [
        ("initiated", "planned", ["waiting", *["ahead"] * 6]),
        ("gates", "refused", ["past", "stopped", *["ahead"] * 5]),
        ("cancelled", "refused", ["past", "past", "stopped", *["ahead"] * 4]),
        ("failed", "refused", [*["past"] * 5, "stopped", "ahead"]),
        ("completed", "done", ["past"] * 7),
    ],
)
def test_the_picture_shows_where_the_release_stands(state: str, decision: str, places: list[str]) -> None:
    assert _places(state, decision) == places


def test_deployments_are_shown_by_environment() -> None:
    rows = [
        {"id": 1, "environment": "dev", "state": "success", "sha": "a" * 40, "url": ""},
        {"id": 2, "environment": 'prod"] --> x', "state": "in_progress", "sha": "b" * 40, "url": ""},
    ]
    summary = job_summary({**WAITING, "state": "delivering", "deployments": rows})
    assert 'delivering["dev: success<br>prod?? --? x: in_progress"]:::waiting' in summary
    assert "| dev | success | `aaaaaaaaaa` |" in summary


def test_text_of_others_stays_text() -> None:
    hostile = "</td>|![x](http://x) @octocat <!-- `a` *b* &lt;\n## c"
    verdict = {**WAITING["verdicts"][0], "summary": hostile}
    summary = job_summary({**WAITING, "verdicts": [verdict]})
    assert (
        "| &lt;/td&gt;\\|\\!\\[x\\](http://x) @\u200boctocat &lt;\\!-- \\`a\\` \\*b\\* &amp;lt; \\#\\# c |"
        in summary
    )


def test_a_summary_that_is_too_long_says_so() -> None:
    verdict = {**WAITING["verdicts"][1], "details": ["ä" * 1000] * 600}
    summary = job_summary({**WAITING, "verdicts": [verdict]})
    assert len(summary.encode()) < 10_000
    assert summary.endswith("_The rest has no room here; the output `result` has all of it._\n")
    assert "| approvals | ❌ fail |" in summary


def test_a_run_that_could_not_look_has_no_picture() -> None:
    failed = action.failure(action.Inputs.read(ENVIRON), UsageError("Nothing is there.", "Look again."))
    assert job_summary(failed) == "## Shipway release: failed\n\nNothing is there.\n\n**Next:** Look again.\n"


@pytest.mark.requirement("PRO-4")
def test_what_nobody_should_overlook_is_said_at_once_and_becomes_an_annotation() -> None:
    out, announced = io.StringIO(), list[str]()
    text = "PRODUCTION DEPLOYMENT: promoting 2.5.0 from uat to production\n  by: octocat"

    action._watchers(out, Mask(), announced).announce(text)

    assert out.getvalue() == f"{text}\n"
    assert announced == [text]
    shown = list(action.annotations(WAITING | {"warnings": announced}))
    assert (
        "::warning title=Shipway::PRODUCTION DEPLOYMENT: promoting 2.5.0 from uat to production%0A  by: octocat\n"
        in shown
    )


PROMOTED = {
    **{name: WAITING[name] for name in ("schema", "message", "next_step", "verdicts", "steps")},
    "command": "promote",
    "decision": "refused",
    "reason_code": "locked",
    "version": "2.5.0",
    "environment": "eu production",
    "deployment": None,
    "pipeline": [
        {"environment": "dev", "after": [], "version": "2.5.0"},
        {"environment": 'us"] --> x["', "after": ["dev"], "version": ""},
        {"environment": "eu production", "after": ["dev", 'us"] --> x["'], "version": "2.4.0"},
    ],
}


@pytest.mark.parametrize(
    ("decision", "looks"),
    [("done", "past"), ("waiting", "waiting"), ("planned", "waiting"), ("refused", "stopped")],
)
def test_the_summary_pictures_the_pipeline(decision: str, looks: str) -> None:
    picture = job_summary({**PROMOTED, "decision": decision}).split("```mermaid\n")[1].split("  classDef")[0]
    assert picture == (
        "flowchart LR\n"
        '  e0["dev<br>2.5.0"]:::past\n'
        '  e1["us?? --? x??<br>nothing"]:::ahead\n'
        f'  e2["eu production<br>2.4.0"]:::{looks}\n'
        "  e0 --> e1\n"
        "  e0 --> e2\n"
        "  e1 --> e2\n"
    )
