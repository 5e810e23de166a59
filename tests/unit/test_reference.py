"""The reference pages say what the code does."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from shipway.config import read_policy
from shipway.errors import ExitCode

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "reference"
EXAMPLE = (FOLDER / "shipway.example.yml").read_text()
SCHEMA = json.loads((FOLDER / "shipway.schema.json").read_text())

sys.path.insert(0, str(ROOT / "scripts"))
import reference  # noqa: E402 - a script, found once its folder is known
from reason_remedies import FINE, LIFTED  # noqa: E402 - likewise
from reasons import COMPOSED, Reason, Source, says_something  # noqa: E402 - likewise


@pytest.fixture(scope="module")
def found() -> tuple[Reason, ...]:
    """Every place of the source that gives a reason code."""
    return reference.reasons()


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """The pages as they have to be."""
    return reference.pages()


@pytest.mark.parametrize(
    "name", ["configuration.md", "shipway.schema.json", "exit-codes.md", "reason-codes.md", "doctor.md"]
)
def test_the_page_is_up_to_date(name: str, pages: dict[str, str]) -> None:
    assert (FOLDER / name).read_text() == pages[name], "run `make reference` and read the difference"


def test_what_is_shipped_of_reason_codes_is_up_to_date() -> None:
    assert reference.SHIPPED.read_text() == reference.reasons_shipped(), "run `make reference`"


def test_the_example_can_be_used_as_it_is() -> None:
    policy = read_policy(EXAMPLE)

    assert policy.pipeline == ("staging", "qa", "demo", "preview", "live")
    assert [*policy.gates] == ["unit", "security", "ci", "done", "smoke", "errors", "vitals"]


def test_the_example_shows_every_key() -> None:
    keys = {key for part in [*SCHEMA["$defs"].values(), SCHEMA] for key in part["properties"]}

    assert keys <= {*keys_of(yaml.safe_load(EXAMPLE))}


def keys_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_of(inner)
    for item in value if isinstance(value, list) else ():
        yield from keys_of(item)


def test_the_schema_accepts_the_example_and_refuses_unknown_keys() -> None:
    validator = jsonschema_rs.validator_for(SCHEMA)

    assert validator.is_valid(yaml.safe_load(EXAMPLE))
    assert not validator.is_valid({"relase": {}})
    assert not validator.is_valid({"gates": {"unit": {"cover": 1}}})


@pytest.mark.parametrize("record", reference.RECORDS.values(), ids=lambda record: record.__name__)
def test_every_key_is_explained(record: type) -> None:
    assert {*reference.attributes(record)} == {field.name for field in fields(record)}


@pytest.mark.requirement("CLI-1")
def test_every_exit_code_is_explained() -> None:
    assert reference.EXIT_CODES.keys() == {*ExitCode}


@pytest.mark.requirement("CLI-1")
def test_the_exit_codes_that_others_rely_on() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "OK": 0,
        "FAILURE": 1,
        "USAGE": 2,
        "WAITING": 3,
        "SIGNATURE": 6,
        "GATE": 8,
        "TRANSITION": 9,
        "TAG_EXISTS": 10,
        "VERSION_MISSING": 11,
        "NOT_AUTHORISED": 12,
        "LOCKED": 13,
    }


PASSED_ON = re.compile(r"code|reason|\w+(\[\d+\])?\.reason_code")
"""Where a code that was given elsewhere is handed on."""


@pytest.mark.requirement("FAIL-4")
def test_every_reason_code_is_listed(found: tuple[Reason, ...]) -> None:
    page = (FOLDER / "reason-codes.md").read_text()
    assert [one for one in found if not one.code and not PASSED_ON.fullmatch(one.written)] == []
    assert [one.code for one in found if one.code and f"| `{one.code}` |" not in page] == []
    assert {"done", "still-computing", "source-branch-missing", "no-tests"} <= {one.code for one in found}


@pytest.mark.requirement("FAIL-4")
def test_every_reason_code_says_something_and_no_sentence_is_kept_that_the_code_has(
    found: tuple[Reason, ...],
) -> None:
    shipped = json.loads(reference.SHIPPED.read_text())
    silent = {code for code, one in shipped.items() if not says_something(one["sentence"])}
    said = {one.code for one in found if says_something(one.sentence)}

    assert silent == set()
    assert {*COMPOSED} & said == set()
    assert {*COMPOSED} <= shipped.keys()


@pytest.mark.requirement("FAIL-4")
def test_every_reason_code_says_what_lifts_it_or_stops_nothing() -> None:
    shipped = json.loads(reference.SHIPPED.read_text())
    lifted = {code for code, one in shipped.items() if says_something(one["lifted"])}

    assert shipped.keys() - lifted - FINE == set()
    assert lifted & FINE == set()
    assert FINE | LIFTED.keys() <= shipped.keys()


def test_a_code_is_followed_to_where_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text('LATE = "too-late"\n')
    (tmp_path / "two.py").write_text(
        "def told(summary, reason='by-default'):\n"
        "    return Refusal(reason, summary)\n"
        "told('x', 'by-argument')\n"
        "for state, code in (('a', 'in-a-table'),):\n"
        "    Refusal(code, state)\n"
        "Wait(one.LATE, f'{who} is late')\n"
        "Error('Oh', reason_code={1: 'by-key'}[role])\n"
        "Error('Oh', reason_code=unknown())\n"
    )
    found = [(one.code, one.sentence) for one in Source(tmp_path).reasons()]
    assert sorted(found) == [
        ("", ""),
        ("by-argument", ""),
        ("by-default", ""),
        ("by-key", "Oh"),
        ("in-a-table", ""),
        ("too-late", "… is late"),
    ]
