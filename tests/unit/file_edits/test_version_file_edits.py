"""Golden pairs: one folder per kind of version file, `before` and `after` byte for byte."""

import json
from pathlib import Path
from typing import Any

import pytest

from shipway.domain.file_edits import Kind, VersionFile, bump, current_version
from shipway.errors import InputError, UsageError

SCENARIOS = Path(__file__).parents[2] / "scenarios" / "file_edits"
CASES = sorted(SCENARIOS.glob("*/case.json"), key=str)
REFUSED = json.loads((SCENARIOS / "refused.json").read_text())
VARIANTS = {
    "as written": lambda text: text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "BOM": lambda text: "\ufeff" + text,
    "no newline at the end": lambda text: text.removesuffix("\n"),
}


def version_file(given: dict[str, Any]) -> VersionFile:
    packages, pattern = tuple(given.get("packages", ())), given.get("pattern", "")
    return VersionFile(given["path"], Kind(given["kind"]), packages, pattern)


def load(case: Path) -> tuple[VersionFile, str, str, str]:
    given = json.loads(case.read_text())
    before, after = (case.with_name(name).read_bytes().decode() for name in ("before", "after"))
    return version_file(given), before, after, given["version"]


def test_every_kind_has_a_golden_pair() -> None:
    assert {load(case)[0].kind for case in CASES} == set(Kind)


@pytest.mark.requirement("CHG-5")
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.parent.name)
def test_only_the_version_changes(case: Path, variant: str) -> None:
    file, before, after, version = load(case)
    vary = VARIANTS[variant]

    edited = bump(file, vary(before), version)

    assert edited == vary(after)
    assert bump(file, edited, version) == edited
    assert current_version(file, vary(before)) == "1.4.2"


@pytest.mark.parametrize("version", ["0.0.1", "10.20.30", "1.0.0-alpha.1", "1.0.0+build.5"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.parent.name)
def test_any_version_can_be_written_and_read_again(case: Path, version: str) -> None:
    file, before, _, _ = load(case)
    spelled = {"1.0.0-alpha.1": "1.0.0a1"}.get(version, version) if file.kind is Kind.UV_LOCK else version

    assert current_version(file, bump(file, before, version)) == spelled


@pytest.mark.requirement("CHG-5")
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case['kind']}: {case['text']}")
def test_what_cannot_be_edited_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(InputError) as refused:
        bump(version_file(case), case["text"], "3.0.0")

    assert str(refused.value) == case["message"]


def test_nesting_that_would_exhaust_the_stack_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        bump(VersionFile("package.json", Kind.PACKAGE_JSON), "[" * 100_000, "3.0.0")

    assert str(refused.value) == (
        "package.json: not valid JSON: nested too deeply. Correct the file and run the command again."
    )


@pytest.mark.parametrize("version", ["", "v1.0.0", '1.0.0"', "1.0.0\n", "1 0", "1.0.0</version>"])
def test_a_version_that_could_break_out_of_its_place_is_refused(version: str) -> None:
    with pytest.raises(UsageError) as refused:
        bump(VersionFile("VERSION", Kind.PLAIN), "1.0.0\n", version)

    assert str(refused.value) == f"{version!r} cannot be written as a version. Use a version such as 1.2.3."
