"""What a gate prints does not leak: not into the repository, not into a request, not onto the terminal."""

import pytest

from integration.release.test_refusals_cli import shipway
from integration.release.world import World

TOKENS = [
    "ghp_" + "aB3" * 12,
    "AKIA" + "IOSFODNN7EXAMPLE",
    "xoxb-" + "1234567890-" + "abcDEF123",
    "npm_" + "aB3" * 12,
    "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0" + "." + "aB3" * 12,
    "hunter2hunter2",
]
KEY = [
    "-----BEGIN " + "PRIVATE KEY-----",
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ",
    "-----END PRIVATE KEY-----",
]

REPORT = """<testsuite name="s" tests="1" failures="1"><testcase name="t" classname="c">
<failure message="{0}">{0}</failure></testcase></testsuite>"""

GATE = """
gates:
  unit: {command: ["sh", "leak.sh"], report: ["out/*.xml"]}
"""


@pytest.mark.requirement("SEC-2")
def test_no_secret_of_a_failing_gate_or_of_a_commit_is_written_or_shown(world: World) -> None:
    said = [*TOKENS[:5], f"https://octocat:{TOKENS[5]}@example.com", *KEY]
    script = "".join(f"echo '{line}'\n" for line in said)
    report = REPORT.format(TOKENS[0])
    files = {
        ".github/shipway.yml": GATE,
        "leak.sh": f"{script}mkdir -p out\ncat > out/r.xml <<'END'\n{report}\nEND\nexit 1\n",
    }
    world.commit("chore: gates", {".gitignore": "out/\n", **files})
    world.commit(f"fix: no longer use {TOKENS[0]} or https://a:{TOKENS[5]}@example.com")

    code, out, err = shipway(world, "release", "auto")
    code_json, out_json, err_json = shipway(world, "release", "auto", "--output", "json")

    assert code != 0
    assert code_json == code
    pulls = [line for line in world.canonical().splitlines() if '"body"' in line or '"summary"' in line]
    secrets = [*TOKENS, KEY[1]]
    for where in (out, err, out_json, err_json, "\n".join(pulls)):
        assert [secret for secret in secrets if secret in where] == []
    world.git("fetch", "--quiet", "origin")
    branches = [world.git("show", f"origin/{name}") for name in ("shipway-ledger", "release/1.1.0")]
    for where in branches:
        assert [secret for secret in secrets if secret in where] == []
    assert "***" in err
    assert "***" in "".join(branches)
