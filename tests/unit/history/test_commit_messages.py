"""What commit messages mean: every example of the reference, and what the changes in them hold."""

import json
import re
from pathlib import Path

import pytest

from shipway.domain.bump import Level
from shipway.domain.commit import DEFAULT_LEVELS, Rules
from shipway.domain.commit.message import read_message

pytestmark = pytest.mark.requirement("CHG-1", "CHG-2")

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "commits.md"
ROW = re.compile(r"^\| `(\w+)` \| `(\".*\")` \| (\S+) \| (\d+) \|$", re.MULTILINE)
EXAMPLES = [
    pytest.param(json.loads(m), level, int(rule), id=name)
    for name, m, level, rule in ROW.findall(REFERENCE.read_text())
]


def test_the_reference_has_its_examples():
    assert len(EXAMPLES) > 120


@pytest.mark.parametrize(("message", "level", "rule"), EXAMPLES)
def test_examples_of_the_reference(message, level, rule):
    read = read_message(message)
    assert (read.forced or str(read.level), read.rule) == (level, rule)


def only(message):
    (change,) = read_message(message).changes
    return change


def test_parts_of_a_header():
    change = only("Feat(My Scope)!: add  it (#12)  ")
    assert change[:6] == ("feat", "add  it", Level.MAJOR, "My Scope", True, ("add  it",))
    assert (change.pull_request, change.references) == (12, ("#12",))


@pytest.mark.parametrize(
    ("body", "notes"),
    [
        ("BREAKING CHANGE: one\nBREAKING CHANGE: two", ("one", "two")),
        ("BREAKING CHANGE: first\n\nsecond para\n\nRefs: #12", ("first\n\nsecond para",)),
        ("BREAKING CHANGE: first\n second\n\n- item", ("first\nsecond\n\n- item",)),
        ("BREAKING CHANGE: gone.\n\nCo-authored-by: A B <a@b.c>", ("gone.",)),
        ("BREAKING CHANGE: gone.\nCloses #4\nmore", ("gone.",)),
        ("BREAKING CHANGE:\nnext line", ("next line",)),
        ("BREAKING CHANGE #12", ("#12",)),
        ("BREAKING CHANGE:", ("y",)),
    ],
)
def test_notes_end_where_footers_begin(body, notes):
    assert only(f"fix: y\n\n{body}").notes == notes


def test_squashed_changes_have_their_own_scope_notes_and_the_number_of_the_header():
    message = "feat: add x (#9)\n\n* fix(ui): one\n\nBREAKING CHANGE: note\n\n* docs: two\n"
    changes = read_message(message).changes
    assert [(one.type, one.scope, one.notes, one.pull_request) for one in changes] == [
        ("feat", "", (), 9),
        ("fix", "ui", ("note",), 9),
        ("docs", "", (), 9),
    ]


def test_a_bullet_that_repeats_the_title_counts_once():
    assert len(read_message("feat: add x (#9)\n\n* feat: add x (#9)\n* fix: y").changes) == 2


@pytest.mark.parametrize(
    ("body", "references"),
    [
        ("Fixes #12, #13 and org/repo#4", ("#12", "#13", "org/repo#4")),
        ("Refs: JIRA-123, gh-12", ("JIRA-123", "gh-12")),
        ("Closes org/repo#77", ("org/repo#77",)),
        ("Fixes #1476.", ("#1476",)),
        ("See: https://example.com/a#12", ()),
        ("text about #5\n\nSigned-off-by: A <a@b.c>", ()),
        ("Closes: #1,\n  #2", ("#1", "#2")),
    ],
)
def test_references_stand_in_footers(body, references):
    assert only(f"fix: handle UTF-8\n\n{body}").references == references


def test_bots_are_known_by_their_name():
    text = "fix(deps): update act\n\nfeat: upstream thing"
    assert read_message(text).level is Level.MINOR
    assert (
        read_message(text, author="renovate[bot] 1+renovate[bot]@users.noreply.github.com").level
        is Level.PATCH
    )


def test_configured_types():
    rules = Rules({**DEFAULT_LEVELS, "docs": Level.PATCH, "feature": Level.MINOR})
    assert read_message("docs: y", rules).level is Level.PATCH
    assert read_message("chore: y\n\n* feature: z", rules).level is Level.MINOR


def test_what_a_revert_names():
    change = only('Revert "feat: add x (#11)" (#12)\n\nReverts o/r#11\n\nThis reverts commit 0123456789.')
    assert change.reverts.shas == ("0123456789",)
    assert change.reverts.pull_requests == (11,)
    assert change.reverts.header == "feat: add x"
