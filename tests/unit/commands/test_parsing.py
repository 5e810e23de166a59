"""Lines of commands, and what each becomes."""

from typing import Any

import pytest

from shipway.domain.commands.parsing import Names, parse
from shipway.domain.commands.reading import LONGEST, Mistake, read_comment
from shipway.domain.commands.table import TABLE, actions_of, as_json

pytestmark = pytest.mark.requirement("FACE-1")

KNOWN = Names(environments=("dev", "staging", "production"), gates=("unit", "smoke"))
SHA = "0123456789abcdef0123456789abcdef01234567"


def said(line: str, names: Names = Names()) -> dict[str, Any]:  # noqa: B008 - frozen
    """What a line says, without what it leaves out."""
    command = parse(line, names)
    assert command is not None
    found = as_json(command)
    assert (found.pop("line"), found.pop("text")) == (1, line.strip())
    return {key: value for key, value in found.items() if value not in (None, False, [])}


def mistake(line: str, names: Names = KNOWN) -> tuple[str, str]:
    (one,) = read_comment(line, names).mistakes
    assert one.line == 1
    return one.message, one.did_you_mean


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/release minor", {"name": "release", "version": "minor"}),
        ("/release 2.5.0-rc.1", {"name": "release", "version": "2.5.0-rc.1"}),
        (
            "/release auto --from develop --to main --environment staging",
            {"name": "release", "version": "auto", "from": "develop", "to": "main", "environment": "staging"},
        ),
        (
            "/release 2.5.0 --override unit --override smoke --expires 4h --reason the probe is down",
            {
                "name": "release",
                "version": "2.5.0",
                "override": ["unit", "smoke"],
                "expires": "4h",
                "reason": "the probe is down",
            },
        ),
        ("/hotfix 2.4.2 --base v2.4.1", {"name": "hotfix", "version": "2.4.2", "base": "v2.4.1"}),
        (
            "/hotfix v2.4.2 --base v2.4.1 --to main",
            {"name": "hotfix", "version": "2.4.2", "base": "v2.4.1", "to": "main"},
        ),
        (
            f"/hotfix auto --base v2.4.1 --pick {'A' * 40},{'b' * 40} --pick '{'c' * 64}, {'d' * 40}' --dry-run",
            {
                "name": "hotfix",
                "version": "auto",
                "base": "v2.4.1",
                "pick": ["a" * 40, "b" * 40, "c" * 64, "d" * 40],
                "dry_run": True,
            },
        ),
        ("/promote staging", {"name": "promote", "environment": "staging"}),
        ("/promote 2.5.0 production", {"name": "promote", "version": "2.5.0", "environment": "production"}),
        (
            "/promote v2.5.0 to production",
            {"name": "promote", "version": "2.5.0", "environment": "production"},
        ),
        (
            "/promote 2.5.0 --from staging --to production --lift-hold --reason repaired",
            {
                "name": "promote",
                "version": "2.5.0",
                "from": "staging",
                "environment": "production",
                "lift_hold": True,
                "reason": "repaired",
            },
        ),
        ("/deploy staging", {"name": "deploy", "environment": "staging"}),
        ("/deploy to staging", {"name": "deploy", "environment": "staging"}),
        ("/deploy main to staging", {"name": "deploy", "ref": "main", "environment": "staging"}),
        (f"/deploy {SHA} staging", {"name": "deploy", "ref": SHA, "environment": "staging"}),
        (
            "/deploy staging --parameters 'cpu=2 memory=4'",
            {"name": "deploy", "environment": "staging", "parameters": "cpu=2 memory=4"},
        ),
        ("/plan", {"name": "plan"}),
        ("/plan main production", {"name": "plan", "ref": "main", "environment": "production"}),
        (
            "/rollback production --to 2.4.1",
            {"name": "rollback", "environment": "production", "to": "2.4.1"},
        ),
        (
            "/lock staging --for 2h --scope release --release 2.5.0 --pr #12",
            {
                "name": "lock",
                "environment": "staging",
                "for": "2h",
                "scope": "release",
                "release": "2.5.0",
                "pr": 12,
            },
        ),
        ("/lock --all", {"name": "lock", "all": True}),
        ("/unlock production --force", {"name": "unlock", "environment": "production", "force": True}),
        ("/approve", {"name": "approve"}),
        ("/approve production", {"name": "approve", "environment": "production"}),
        (
            "/approve 2.5.0 in production",
            {"name": "approve", "version": "2.5.0", "environment": "production"},
        ),
        ("/reject 2.5.0 --reason no", {"name": "reject", "version": "2.5.0", "reason": "no"}),
        (
            "/override smoke in production --expires 2h --reason x",
            {
                "name": "override",
                "gate": "smoke",
                "environment": "production",
                "expires": "2h",
                "reason": "x",
            },
        ),
        ("/cancel", {"name": "cancel"}),
        ("/retry 2.5.0", {"name": "retry", "version": "2.5.0"}),
        ("/status production", {"name": "status", "environment": "production"}),
        ("/why 2.5.0", {"name": "why", "version": "2.5.0"}),
        ("/report v2.5.0", {"name": "report", "version": "2.5.0"}),
        ("/help /lock", {"name": "help", "command": "lock"}),
        ("/STATUS", {"name": "status"}),
        ("  /status\t ", {"name": "status"}),
        ("/status\u00a0production", {"name": "status", "environment": "production"}),
    ],
)
def test_what_a_line_says(line: str, expected: dict[str, Any]) -> None:
    assert said(line) == expected


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("/lock staging --reason do not use --global today", "do not use --global today"),
        ("/lock staging --reason do not use --all today", "do not use --all today"),
        ("/lock staging --reason fixing -disk full", "fixing -disk full"),
        ("/lock staging --reason it's alice's turn", "it's alice's turn"),
        ("/lock staging --reason 'tis broken", "'tis broken"),
        ('/lock staging --reason "do not" use --all', '"do not" use --all'),
        ('/lock staging --reason "do not use --all"', "do not use --all"),
        ("/lock staging --reason=do not", "do not"),
        ("/lock staging --reason see @alice, @abcdef1 and others", "see @alice, @abcdef1 and others"),
        ("/lock staging --reason   two   spaces ", "two spaces"),
        ("/lock staging --reason \u201cmoving the database\u201d", "moving the database"),
        ("/lock staging --reason a | b", "a | b"),
    ],
)
def test_a_reason_is_what_a_person_means_by_it(line: str, reason: str) -> None:
    assert said(line) == {"name": "lock", "environment": "staging", "reason": reason}


def test_flags_may_follow_a_reason_in_quotes() -> None:
    expected = {"name": "lock", "environment": "staging", "reason": "a b", "for": "2h", "dry_run": True}
    assert said('/lock staging --reason "a b" --for 2h --dry-run') == expected


@pytest.mark.requirement("SEC-1")
def test_a_command_can_be_bound_to_a_commit() -> None:
    assert said("/promote staging @ABCDEF1") == {
        "name": "promote",
        "environment": "staging",
        "sha": "abcdef1",
    }
    assert said(f"/promote @{SHA} staging")["sha"] == SHA
    assert said(f'/rollback production --reason "a b" @{SHA}')["sha"] == SHA


def test_environments_are_found_as_people_call_them() -> None:
    assert said("/lock Prod", KNOWN)["environment"] == "production"
    assert said("/release 2.5.0 --environment stage", KNOWN)["environment"] == "staging"


@pytest.mark.parametrize(
    "line",
    [
        "/cc @alice",
        "/assign",
        "/etc/hosts",
        "/lock/staging",
        "/ lock staging",
        "//lock staging",
        "/",
        "lock staging",
        "./lock staging",
        "\uff0flock staging",
        "/hello world",
        "/retest",
        "/review",
        "/release-notes",
    ],
)
def test_lines_of_others(line: str) -> None:
    assert parse(line) is None


@pytest.mark.parametrize(
    ("line", "message", "meant"),
    [
        ("/lokc staging", "There is no command /lokc.", "/lock"),
        ("/l\u043eck staging", "There is no command /l\u043eck.", "/lock"),
        ("/promot staging", "There is no command /promot.", "/promote"),
        ("/status.", "There is no command /status..", "/status"),
        (
            "/unlock staging --forc",
            "`unlock` has no option --forc; it has --all, --force, --dry-run, --reason.",
            "--force",
        ),
        (
            "/unlock staging \u2014reason done",
            "`unlock` has no option \u2014reason; it has --all, --force, --dry-run, --reason.",
            "--reason",
        ),
        ("/help -x", "`help` has no option -x; it has none.", ""),
        ("/lock stagin", "There is no environment 'stagin'. There are dev, staging, production.", "staging"),
        (
            "/override smok --expires 2h --reason x",
            "There is no gate 'smok'. There are unit, smoke.",
            "smoke",
        ),
        (
            "/release minr",
            "VERSION cannot be 'minr'; it is a version, or auto, major, minor, patch, prerelease.",
            "minor",
        ),
        ("/lock staging --scope usr", "--scope cannot be 'usr'; it is user, pr, release.", "user"),
        ("/lock staging --for", "--for needs a value: --for SPAN.", ""),
        ("/lock staging --for --all", "--for needs a value: --for SPAN.", ""),
        (
            "/lock staging --for soon",
            "'soon' is no length of time such as 30s, 5m, 2h, 7d or 1h30m.",
            "",
        ),
        ("/lock staging --pr zero", "'zero' is no number of a pull request.", ""),
        ("/lock staging --all=yes", "--all takes no value.", "--all"),
        ("/lock --all --all", "--all stands there twice.", ""),
        ("/lock staging --reason", "A reason is needed.", ""),
        ("/lock staging --for 'two hours", "The quotation mark ' is not closed.", ""),
        (
            "/lock staging --reason later --dry-run",
            "--dry-run is only a word at the end of a reason. Put it before --reason, or the reason in quotes.",
            "--dry-run",
        ),
        (
            "/lock staging --reason later @abcdef1",
            "@abcdef1 is only a word at the end of a reason. Put it before --reason, or the reason in quotes.",
            "@abcdef1",
        ),
        (
            "/override smoke --reason down --expires 2h",
            (
                "`override` needs --expires, which is only a word in the reason; put it before --reason, or the "
                "reason in quotes: /override GATE [ENVIRONMENT] [@SHA] --expires TIME [--dry-run] --reason TEXT"
            ),
            "",
        ),
        ("/report 2.5.0 now", "'now' is one word too many: /report [VERSION] [@SHA]", ""),
        (
            "/unlock",
            (
                "`unlock` needs ENVIRONMENT or --all, one of them: "
                "/unlock [ENVIRONMENT] [@SHA] [--all] [--force] [--dry-run] [--reason TEXT]"
            ),
            "",
        ),
        (
            "/unlock staging --all",
            (
                "`unlock` needs ENVIRONMENT or --all, one of them: "
                "/unlock [ENVIRONMENT] [@SHA] [--all] [--force] [--dry-run] [--reason TEXT]"
            ),
            "",
        ),
        ("/promote staging --to production", "ENVIRONMENT is said twice, by its place and by --to.", ""),
        ("/status @abc", "@abc is no commit: that is @ and 7 to 40 hexadecimal digits.", ""),
        ("/status @abcdef1 @abcdef2", "It is bound to two commits.", ""),
        (
            "/hotfix 2.5 --base v2.4.1",
            (
                "'2.5' is not a SemVer 2.0.0 version: it has three numbers, the patch part is missing after '2.5'. "
                "Write it as MAJOR.MINOR.PATCH, for example 2.5.0."
            ),
            "",
        ),
        (
            "/hotfix auto --base v2.4.1 --pick 4f2a91c",
            "'4f2a91c' is no whole commit: that is 40 or 64 hexadecimal digits.",
            "",
        ),
        (
            f"/hotfix auto --pick {'a' * 40},",
            "'' is no whole commit: that is 40 or 64 hexadecimal digits.",
            "",
        ),
        (
            "/hotfix auto --pick main",
            "'main' is no whole commit: that is 40 or 64 hexadecimal digits.",
            "",
        ),
        (
            "/lock sta\u200bging",
            "It holds a character that cannot be seen, U+200B. Type it anew.",
            "",
        ),
        (
            "/lock staging\u202e --all",
            "It holds a character that cannot be seen, U+202E. Type it anew.",
            "",
        ),
        ("/lock \u3164", "It holds a character that cannot be seen, U+3164. Type it anew.", ""),
    ],
)
def test_what_cannot_be_understood(line: str, message: str, meant: str) -> None:
    assert mistake(line) == (message, meant)


def test_a_reason_has_an_end() -> None:
    message, _ = mistake(f"/lock staging --reason {'x' * 1001}")
    assert message == "The reason has 1,001 characters; it can have 1,000."


def test_several_commands_in_one_comment() -> None:
    reading = read_comment("/lock staging\nthanks\n\n/lokc production\n/status")

    assert [(command.line, command.text) for command in reading.commands] == [
        (1, "/lock staging"),
        (5, "/status"),
    ]
    assert reading.mistakes == (Mistake(4, "There is no command /lokc.", "/lock"),)


def test_too_many_commands_are_none() -> None:
    assert len(read_comment("/status\n" * 10).commands) == 10
    reading = read_comment("/status\n" * 11)
    message = "There are 11 commands; a comment can have 10. None of them is done."
    assert (reading.commands, reading.mistakes) == ((), (Mistake(11, message),))


def test_what_is_too_long_is_not_read() -> None:
    body = "/status\n" + "x" * LONGEST
    assert read_comment(body[:LONGEST]).commands
    reading = read_comment(body)
    assert (reading.commands, reading.mistakes) == (
        (),
        (Mistake(1, "It is longer than 65,536 characters; none of it is read."),),
    )


def test_authority_that_a_line_takes() -> None:
    def actions(line: str) -> tuple[str, ...]:
        command = parse(line)
        assert command
        return actions_of(command)

    assert actions("/promote staging") == ("promote",)
    assert actions("/promote staging --lift-hold --override unit --expires 1h --reason x") == (
        "promote",
        "override",
        "lift-hold",
    )
    assert actions("/unlock staging --force") == ("unlock", "unlock-by-force")
    assert actions("/release minor") == ()


def test_every_example_is_understood() -> None:
    for name, spec in TABLE.items():
        for line in spec.examples:
            assert said(f"/{line}")["name"] == name
