"""Texts that GitHub limits: cut where it takes no more, and saying where the whole of it is."""

from dataclasses import replace

import pytest
from release_world import COMMAND, at_the_beginning, content, policy_of

from shipway.domain.anchor import anchors_in
from shipway.domain.release_text import LIMIT, release_text
from shipway.domain.release_view import TICKETS, pull_request_view


def test_a_release_quotes_the_ledger_below_its_notes():
    facts = at_the_beginning()
    text = release_text(facts, policy_of(), COMMAND.tag)
    assert text.startswith("### Features\n\n- change 1\n\n")
    assert anchors_in(text) == {0: facts.ledger.head}


@pytest.mark.requirement("PERF-5", "PR-1")
@pytest.mark.parametrize(
    ("changelog", "page"), [("docs/CHANGES.md", "blob/v1.3.0/docs/CHANGES.md"), ("", "commits/v1.3.0")]
)
def test_notes_that_are_too_long_end_with_where_the_whole_is(changelog, page):
    line = "- a change with some words\n"
    lines = LIMIT // len(line) + 100
    facts = at_the_beginning(content=replace(content(), notes=line * lines))
    text = release_text(facts, policy_of(changelog=changelog), COMMAND.tag)
    notes, _, _ = text.partition("\n\n<!-- ")
    kept, _, rest = notes.partition("\n\n… and ")
    assert LIMIT - 500 < len(notes) <= LIMIT
    assert set(kept.splitlines()) == {line.strip()}
    left_out = lines - len(kept.splitlines())
    assert rest == f"{left_out} more: [the whole changelog](https://github.example/octo-org/demo/{page})"


def test_a_body_names_some_tickets_and_counts_the_others():
    tickets = tuple(f"#{number}" for number in range(TICKETS + 5))
    facts = at_the_beginning(content=replace(content(), tickets=tickets))
    view = pull_request_view(facts, policy_of(), COMMAND)
    assert view["tickets"] == [*tickets[:TICKETS], "and 5 more"]
    facts = at_the_beginning(content=replace(content(), tickets=tickets[:TICKETS]))
    assert pull_request_view(facts, policy_of(), COMMAND)["tickets"] == list(tickets[:TICKETS])
