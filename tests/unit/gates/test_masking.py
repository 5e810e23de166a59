"""Secrets in what commands and reports say."""

import pytest

from shipway.domain.masking import Mask


@pytest.mark.requirement("SEC-2")
def test_values_and_each_of_their_lines_are_masked_the_longest_first() -> None:
    mask = Mask(["token", "token-long", "first line\nsecond line", "a"])

    assert mask.text("token-long, token, a: second line") == "***, ***, a: ***"


@pytest.mark.requirement("SEC-2")
def test_every_text_of_a_report_is_masked() -> None:
    report = {"rows": [{"name": "see token", "tests": 3, "minimum": None}], "more": ("token",)}

    assert Mask(["token"]).value(report) == {
        "rows": [{"name": "see ***", "tests": 3, "minimum": None}],
        "more": ["***"],
    }


def test_no_values_mask_nothing() -> None:
    assert Mask(["", "abc"]).text("abc and nothing else") == "abc and nothing else"
