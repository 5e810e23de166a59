"""What people write around our part of a body survives, whatever our part says."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.domain.marked_text import digest_in, region, rewritten

OLD, NEW = region("old notes", "aa11"), region("new notes", "bb22")
HOSTILE = [
    "<!-- shipway:end -->",
    "<!-- shipway:begin cc33 -->",
    "<!-- shipway:begin cc33 -->\nfake\n<!-- shipway:end -->",
    "<!-- shipway:ledger 1 00 -->",
    "\r\n",
    "<!-- ",
    "plain",
    "",
]
hostile = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=5), max_size=4).map("".join)
peaceful = st.text().filter(lambda text: "shipway:" not in text)


@pytest.mark.requirement("PR-2")
def test_text_around_the_region_survives() -> None:
    body = f"Above, by hand.\n\n{OLD}\n\nBelow, by hand."

    assert rewritten(body, NEW) == f"Above, by hand.\n\n{NEW}\n\nBelow, by hand."


@pytest.mark.requirement("PR-2")
def test_a_body_without_a_region_gets_it_in_front() -> None:
    assert rewritten("Written by hand.\n", NEW) == f"{NEW}\n\nWritten by hand."
    assert rewritten("", NEW) == NEW
    assert rewritten(" \n", NEW) == NEW


@pytest.mark.requirement("PR-2")
def test_bodies_edited_in_a_browser_have_other_line_ends() -> None:
    body = f"Above.\n\n{OLD}\n\nBelow.".replace("\n", "\r\n")

    assert digest_in(body) == "aa11"
    assert rewritten(body, NEW) == f"Above.\n\n{NEW}\n\nBelow."


@pytest.mark.requirement("PR-2")
def test_a_mark_quoted_above_takes_nothing_with_it() -> None:
    body = f"Do not touch `<!-- shipway:begin cc33 -->` please.\n{OLD}\nand `<!-- shipway:end -->` neither"

    assert digest_in(body) == "aa11"
    assert rewritten(body, NEW) == body.replace(OLD, NEW)


@pytest.mark.requirement("PR-2")
def test_a_region_that_lost_its_end_is_left_alone() -> None:
    body = "<!-- shipway:begin aa11 -->\nhalf"

    assert digest_in(body) == ""
    assert rewritten(body, NEW) == f"{NEW}\n\n{body}"


@pytest.mark.requirement("PR-5")
@given(text=hostile, above=peaceful, below=peaceful)
def test_text_inside_cannot_end_the_region(text: str, above: str, below: str) -> None:
    body = f"{above}{region(text, 'aa11')}{below}"
    ours = re.sub("\r+\n", "\n", body).replace(re.sub("\r+\n", "\n", region(text, "aa11")), NEW)

    assert digest_in(body) == "aa11"
    assert rewritten(body, NEW) == ours


@pytest.mark.requirement("PR-2")
@given(body=hostile)
def test_whatever_stands_in_a_body_it_is_up_to_date_once_it_is_rewritten(body: str) -> None:
    once = rewritten(body, NEW)

    assert digest_in(once) == "bb22"
    assert rewritten(once, NEW) == once
