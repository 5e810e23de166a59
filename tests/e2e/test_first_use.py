"""The first five minutes: a fresh repository, `shipway init`, `shipway doctor`, a first look at a release."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shipway.twin import admin
from shipway.twin.behaviour import access
from shipway.twin.server import Twin

COMMAND = Path(sys.executable).with_name("shipway")
IDENTITY = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"} | {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Mona"), ("EMAIL", "mona@example.test"))
}


@pytest.mark.requirement("FACE-2")
def test_from_nothing_to_the_plan_of_a_release(tmp_path: Path) -> None:
    with Twin() as twin:
        with twin.world.locked():
            admin.create_repository(twin.world, "octocat/hello")
            token = access.issue_token(twin.world, "octocat")
        variables = {**twin.environment(token), "GITHUB_REPOSITORY": "octocat/hello"}
        environment = {**os.environ, **IDENTITY, **variables}

        def call(*words: str) -> str:
            done = subprocess.run(
                words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        host = twin.url.removeprefix("http://")
        call("git", "init", "--quiet", "--initial-branch=main")
        call("git", "remote", "add", "origin", f"http://x-access-token:{token}@{host}/octocat/hello.git")
        (tmp_path / "VERSION").write_text("0.0.0\n")
        assert "Written: .github/shipway.yml, " in call(str(COMMAND), "init", "--yes")
        call("git", "add", "--all")
        call("git", "commit", "--quiet", "--message", "feat: begin")
        call("git", "push", "--quiet", "origin", "main")

        found = json.loads(call(str(COMMAND), "doctor", "--output", "json"))
        plan = json.loads(call(str(COMMAND), "release", "auto", "--dry-run", "--output", "json"))
    assert {row["reason_code"] for row in found["findings"]} == {"", "target-unprotected", "tags-unprotected"}
    assert plan["version"] == "0.1.0"
