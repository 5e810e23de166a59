"""Any text at all is read, the same however its lines end, and the quick reading agrees with the full one."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shipway.domain.commit import DEFAULT_RULES, Change
from shipway.domain.commit.lint import lint
from shipway.domain.commit.message import read_message
from shipway.domain.commit.quick import PROSE, QuickReader
from shipway.domain.commit.shields import Shield, shields

pytestmark = pytest.mark.requirement("CHG-1", "FAIL-4")

PIECES = st.sampled_from(
    [
        "feat", "fix: y", "(api)", "!", ": ", " ", "\n", "\n\n", "* ", "- ", "BREAKING CHANGE: z",
        "BREAKING CHANGE", "```", "> ", "---", "Release-As: 3.0.0", "BEGIN_NESTED_COMMIT\n",
        "END_NESTED_COMMIT\n", "commit 0123456789\n", "    feat: x", 'Revert "', '"',
        "This reverts commit 0123456", "Merge pull request #5 from o/x", "Merge branch x", "(#12)", "Fixes #1",
        "Refs: ABC-1", "\f", "\u2028", "\u00a0", "<details>", "<!--", "-->", "Changelog\n",
        "chore(deps): bump a from 1 to 2", "revert: ", "docs: y", "Signed-off-by: A <a@b.c>", "\ufeff",
        "Reverts o/r#3", "BEGIN_COMMIT_OVERRIDE\n", "fixup! ",
    ]
)  # fmt: skip
MESSAGES = st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=200)


@given(MESSAGES)
def test_any_text_is_read(text):
    message = read_message(text)
    assert message.level >= max((change.level for change in message.changes), default=0)
    lint(text)


@given(MESSAGES.filter(lambda text: "\r" not in text))
def test_line_ends_do_not_matter(text):
    assert read_message(text) == read_message(text.replace("\n", "\r\n"))


@given(MESSAGES)
def test_blank_lines_around_do_not_matter(text):
    assert read_message(f"\ufeff\n{text}") == read_message(f"\n\n{text}")
    assert read_message(f"{text}\n").level == read_message(f"{text}\n\n").level


@given(MESSAGES)
@example("feat: x (#1)\n\nFixes #2\n")
@example("feat: x (gh-1)")
def test_quick_reading_agrees_with_the_full_one(text):
    quick = QuickReader(DEFAULT_RULES).read(text, text.partition("\n")[0], "")
    full = read_message(text)
    if isinstance(quick, Change):
        (change,) = full.changes
        assert quick._replace(footers="") == change._replace(footers="")
        assert quick.references == change.references
        assert not full.forced
        assert not full.merge
    elif quick == PROSE:
        assert (full.changes, full.forced, full.merge) == ((), "", False)


@given(MESSAGES)
def test_a_quote_below_does_not_change_what_lines_may_say(text):
    lines = text.split("\n")
    *above, last = shields([*lines, ">"])
    assert (above, last) == (shields(lines), Shield.LITERAL)


@pytest.mark.parametrize(
    "text",
    [
        "feat(" * 40_000,
        "feat: " + "a/" * 100_000,
        "x\n" + "BEGIN_NESTED_COMMIT\n" * 20_000,
        "x\n\n" + "commit 0123456789\n\n    feat: x\n\n" * 5_000,
        "x\n\n" + "```\n" * 50_001,
        "x\n\n" + "~~~" + "`" * 100_000 + "\n",
        "x\n\n" + "<details>" * 20_000,
        "x\n\n" + "* feat: y\n" * 10_000,
        "feat: x\n\n" + "Signed-off-by: a\n\n" * 20_000,
        "feat: x\n\n" + "---\n" * 50_001,
        "feat:" + " " * 200_000,
        " " * 200_000 + "x",
        'Revert "' * 30_000,
        "fix: y\n\nCloses " + "a" * 100_000 + "/",
    ],
    ids=lambda text: text[:12].strip(),
)
def test_long_hostile_messages_end(text):
    message = read_message(text)
    QuickReader(DEFAULT_RULES).read(text, text.partition("\n")[0], "")
    for change in message.changes:
        assert isinstance(change.references, tuple)
    lint(text)
