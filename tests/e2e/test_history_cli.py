"""The installed command, as people and scripts call it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

COMMAND = Path(sys.executable).with_name("shipway")


def shipway(*arguments, cwd, given=b""):
    done = subprocess.run([COMMAND, *arguments], cwd=cwd, input=given, capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def clone(tmp_path):
    def git(*arguments):
        settings = ("-c", "user.name=Alice", "-c", "user.email=alice@example.com")
        subprocess.run(["git", *settings, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    git("remote", "add", "origin", "https://github.com/octo-org/hello.git")
    for message in ("feat: one", "fix(ui): two (#12)"):
        git("commit", "-q", "--allow-empty", "-m", message)
        git("tag", {"feat: one": "v1.0.0"}.get(message, "nightly"))
    return tmp_path


@pytest.mark.requirement("CLI-1", "REL-2")
def test_next(clone):
    assert shipway("next", cwd=clone) == (0, "1.0.1\n", "")
    code, out, _ = shipway("next", "--repo", str(clone), "--output", "json", cwd="/")
    found = json.loads(out)
    assert (code, found["version"], found["last_tag"], found["bump"]) == (0, "1.0.1", "v1.0.0", "patch")
    assert yaml.safe_load(shipway("next", "-o", "yaml", cwd=clone)[1]) == found


@pytest.mark.requirement("CLI-1")
def test_nothing_to_release(clone):
    subprocess.run(["git", "tag", "v1.0.1"], cwd=clone, check=True)
    assert shipway("next", cwd=clone) == (
        0,
        "",
        "Nothing to release since v1.0.1: no commit asks for a version.\n",
    )


@pytest.mark.requirement("CHG-2")
def test_configuration_counts(clone):
    (clone / ".github").mkdir()
    (clone / ".github" / "shipway.yml").write_text("release: {types: {fix: minor}}\n")
    assert shipway("next", cwd=clone)[1] == "1.1.0\n"


@pytest.mark.requirement("CHG-3")
@pytest.mark.parametrize("asked", [(), ("--all",)])
def test_groups_are_named_ordered_and_left_out_as_configured(clone, asked):
    (clone / ".github").mkdir()
    (clone / ".github" / "shipway.yml").write_text("release: {groups: {Mended: [fix], Tests: [test]}}\n")

    titles = [line for line in shipway("changelog", *asked, cwd=clone)[1].splitlines() if line[:4] == "### "]

    assert "### Mended" in titles
    assert not {"### Features", "### Fixes"} & {*titles}


@pytest.mark.requirement("CHG-3")
def test_changelog(clone):
    code, out, err = shipway("changelog", "--all", cwd=clone)
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0] == "## [Unreleased](https://github.com/octo-org/hello/compare/v1.0.0...HEAD)"
    assert lines[4].startswith("- **ui:** two ([#12](https://github.com/octo-org/hello/pull/12), [")
    assert any(
        line.startswith("## [1.0.0](https://github.com/octo-org/hello/commits/v1.0.0) - 2") for line in lines
    )
    assert shipway("changelog", cwd=clone)[1].startswith(
        "## [1.0.1](https://github.com/octo-org/hello/compare/"
    )
    assert shipway("changelog", "--from", "v1.0.0", cwd=clone)[1] == "\n".join(lines[:7]) + "\n"
    (release,) = json.loads(shipway("changelog", "-o", "json", cwd=clone)[1])["releases"]
    assert release["groups"][0]["entries"][0]["description"] == "two"


@pytest.mark.requirement("CHG-3")
def test_a_repository_writes_its_changelog_with_its_own_template(clone):
    own = clone / ".github" / "shipway" / "templates" / "changelog" / "section.md.j2"
    own.parent.mkdir(parents=True)
    own.write_text("{{ notes.groups[0].title }}!")
    assert shipway("changelog", cwd=clone)[1].splitlines()[2] == "Fixes!"


@pytest.mark.requirement("CLI-1", "FAIL-4")
@pytest.mark.parametrize("command", ["next", "changelog"])
def test_errors_are_the_same_with_and_without_options(tmp_path, command):
    code, out, err = shipway(command, "--output", "text", cwd=tmp_path)
    assert err == (
        "error[not-a-repository]: . is not in a git repository.\n"
        f"  Go to a clone, or name one: shipway {command} --output text --repo path/to/clone\n"
    )
    assert shipway(command, cwd=tmp_path) == (code, out, err.replace(" --output text", ""))


@pytest.mark.requirement("CHG-1", "CLI-1")
def test_explain(clone):
    message = b"feat(api)!: drop x (#4)\r\n\r\nBREAKING CHANGE: gone\r\n\r\nRefs: ABC-1\r\n"
    code, out, _ = shipway("explain", "--message-file", "-", "--output", "json", cwd="/", given=message)
    found = json.loads(out)
    assert (code, found["bump"]) == (0, "major")
    (change,) = found["changes"]
    expected = {
        "type": "feat",
        "scope": "api",
        "breaking": True,
        "description": "drop x",
        "notes": ["gone"],
        "references": ["#4", "ABC-1"],
        "rule": 4,
    }
    assert expected.items() <= change.items()
    assert shipway("explain", "HEAD", cwd=clone)[1] == (
        "patch: the type decides (rule 3)\n  patch  fix(ui): two  [rules 3]\n"
    )
    assert shipway("explain", "--message-file", "-", cwd="/", given=b"\xff\xfe")[:2] == (
        0,
        "none: it is not a header (rule 10)\n",
    )


@pytest.mark.requirement("CHG-6", "CLI-1")
def test_lint(clone):
    assert shipway("lint", cwd=clone) == (0, "", "")
    assert shipway("lint", "--message-file", "-", cwd="/", given=b"feat (api): add") == (
        1,
        "line 1: error: Nothing stands between type, scope and colon. [space-in-header]\n  write: feat(api): add\n",
        "",
    )
    code, out, _ = shipway("lint", "v1.0.0..HEAD", "--output", "json", cwd=clone)
    assert (code, json.loads(out)) == (0, {"schema": 1, "messages": 1, "findings": []})


@pytest.mark.requirement("CLI-1", "FAIL-4")
def test_errors_have_a_sentence_a_next_step_and_an_object(clone):
    code, out, err = shipway("changelog", "--to", "v1.0", "--output", "json", cwd=clone)
    assert code == 1
    assert err == (
        f"error[unknown-ref]: 'v1.0' is not a branch, tag or commit of {clone}.\n  Did you mean v1.0.0?\n"
    )
    assert json.loads(out)["error"] == {
        "reason_code": "unknown-ref",
        "message": f"'v1.0' is not a branch, tag or commit of {clone}.",
        "next_step": "Did you mean v1.0.0?",
        "exit_code": 1,
        "retryable": False,
    }


@pytest.mark.requirement("CLI-1", "FAIL-4")
def test_explain_a_reason_code(clone, tmp_path_factory):
    assert shipway("explain", "soaking", cwd=clone) == (
        0,
        (
            "soaking: it must stay … in the environment before, … more, until …\n"
            "  from: domain/delivery/policies.py\n"
            "  what lifts it: time\n"
        ),
        "",
    )
    code, out, _ = shipway("explain", "same-person", "-o", "json", cwd=tmp_path_factory.mktemp("elsewhere"))
    assert (code, json.loads(out)["lifted_by"]) == (0, "anybody else who may promote")
    assert shipway("explain", "same-persn", cwd=clone) == (
        1,
        "",
        (
            "error[unknown-ref]: 'same-persn' is neither a revision nor a reason code.\n"
            "  Did you mean the reason code same-person?\n"
        ),
    )


@pytest.mark.requirement("CLI-1")
def test_a_revision_wins_over_a_reason_code(clone):
    subprocess.run(["git", "branch", "soaking"], cwd=clone, check=True)
    code, out, told = shipway("explain", "soaking", cwd=clone)
    assert (code, out.splitlines()[0]) == (0, "patch: the type decides (rule 3)")
    assert told == "'soaking' is a revision and a reason code; this explains the revision.\n"
