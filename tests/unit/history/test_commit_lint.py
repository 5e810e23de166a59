"""What lint finds, and the fix that it suggests."""

import pytest

from shipway.domain.commit.lint import Severity, lint
from shipway.domain.commit.message import read_message

pytestmark = pytest.mark.requirement("CHG-6")


@pytest.mark.parametrize(
    ("message", "code", "suggestion"),
    [
        ("feat!(api): drop x", "bang-before-scope", "feat(api)!: drop x"),
        ("feat (api): add x", "space-in-header", "feat(api): add x"),
        ("feat : add x", "space-in-header", "feat: add x"),
        ("feat(): add x", "empty-scope", "feat: add x"),
        (":sparkles: feat: add x", "emoji-prefix", "feat: add x"),
        ("\u2728 feat: add x", "emoji-prefix", "feat: add x"),
        ("feat\uff1a add x", "full-width-colon", "feat: add x"),
        ("[fix] mend x", "bracketed-type", "fix: mend x"),
        ("feat: ", "empty-description", "feat: say what changes"),
        ("", "empty", "feat: say what changes"),
        ("Adds the thing.", "not-conventional", "feat: adds the thing"),
        ("README", "not-conventional", "chore: README"),
        ("fixup! feat: x", "unfinished", "git rebase --interactive --autosquash"),
        ("feat: x\n\nBREAKING CHANGES: y", "breaking-form", "BREAKING CHANGE: y"),
        ("feat: x\n\nRelease-As: soon", "release-as", "Release-As: 2.5.0"),
        (
            "Add x\n\nBREAKING CHANGE: y",
            "breaking-without-header",
            "Begin the message with `feat!: \u2026` or another type.",
        ),
    ],
)
def test_errors(message, code, suggestion):
    found = {one.code: one for one in lint(message)}
    assert (found[code].severity, found[code].suggestion) == (Severity.ERROR, suggestion)


@pytest.mark.parametrize(
    ("message", "code", "suggestion"),
    [
        ("feat:add x", "no-space", "feat: add x"),
        ("feature(api)!: add x", "unknown-type", "feat(api)!: add x"),
        ("Feat: add x", "type-case", "feat: add x"),
        ("feat: x\nbody", "no-blank-line", "Put a blank line after the first line."),
        ("feat: x\n\nBREAKING CHANGE was discussed", "breaking-prose", "BREAKING CHANGE: was discussed"),
        ("feat: " + "x" * 100, "long-header", "Move the details into the body, after a blank line."),
    ],
)
def test_warnings(message, code, suggestion):
    (one,) = lint(message)
    assert (one.code, one.severity, one.suggestion) == (code, Severity.WARNING, suggestion)


@pytest.mark.parametrize(
    "message",
    [
        "feat(a b)!: good",
        "Merge branch 'x'",
        'Revert "feat: x"',
        "fix: y\n\n```\nBREAKING CHANGES: z\n```",
        "docs: z\n\ntext",
    ],
)
def test_nothing_to_say(message):
    assert lint(message) == []


@pytest.mark.parametrize(
    "message", ["feat!(api): drop x", "feat (api): add x", "Adds x", "\u2728 fix: y", "[feat] x"]
)
def test_suggested_headers_are_headers(message):
    (one,) = lint(message)
    assert read_message(one.suggestion).changes
    assert [again for again in lint(one.suggestion) if again.severity is Severity.ERROR] == []
