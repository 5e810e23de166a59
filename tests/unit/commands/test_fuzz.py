"""Ten thousand comments: no crash, and no command that people do not see."""

import json
from pathlib import Path

import pytest
from fuzzing import comments, plain_comments
from seen import plain_lines

from shipway.domain.commands.branch_deploy import Dialect
from shipway.domain.commands.reading import MOST, read_comment

pytestmark = pytest.mark.requirement("FACE-1", "SEC-1")

BODIES = tuple(json.loads((Path(__file__).parent / "bodies.json").read_text("utf-8"))["bodies"])


def squeezed(text: str) -> str:
    """Without what space there is, and the marks of struck out words, which are shown and count as text."""
    return " ".join(text.replace("~", "").split())


@pytest.mark.parametrize("seed", range(10))
def test_every_command_is_a_line_that_people_see(seed: int) -> None:
    commands = 0
    for body in comments(1000, seed, BODIES):
        found = read_comment(body).commands
        seen = {squeezed(line) for line in plain_lines(body)} if found else set()
        assert {squeezed(command.text) for command in found} <= seen, body
        assert len(found) <= MOST
        commands += len(found)
    assert commands > 50


def test_every_command_of_the_dialect_is_what_people_see() -> None:
    commands = 0
    for body in comments(2000, 11, BODIES):
        dotted = f".lock staging --reason x {body}"
        found = read_comment(dotted, dialect=Dialect()).commands
        if found and found[0].text.startswith("."):
            assert squeezed(found[0].text) == squeezed(" ".join(plain_lines(dotted)))
            commands += 1
    assert commands > 50


def test_no_line_that_people_see_is_missed() -> None:
    for body in plain_comments(500, 12):
        seen = [line for line in plain_lines(body) if line.startswith("/")]
        assert [command.text for command in read_comment(body).commands] == seen, body
