"""Which workflow of a repository carries hotfixes on."""

from pathlib import Path

import pytest

from shipway.domain.hotfix.workflow import hotfix_workflow

pytestmark = pytest.mark.requirement("HOT-1", "FACE-1")

SHIPPED = {path.name: path.read_text() for path in (Path(__file__).parents[3] / "workflows").glob("*.yml")}
STARTED = "on:\n  workflow_dispatch:\njobs:\n  fix:\n    steps:\n"


def test_of_those_that_are_shipped_it_is_the_button() -> None:
    assert hotfix_workflow(SHIPPED) == "hotfix-button.yml"
    assert hotfix_workflow({name: text for name, text in SHIPPED.items() if "hotfix" not in name}) == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (STARTED + "      - uses: octo-org/shipway@v1\n        with:\n          command: hotfix\n", True),
        (STARTED + "      - uses: octo-org/shipway@v1\n        with:\n          command: release\n", False),
        (STARTED + "      - run: echo command: hotfix\n", False),
        (STARTED.replace("workflow_dispatch", "push") + "        with:\n          command: hotfix\n", False),
        ("on:\n  workflow_dispatch:\njobs:\n  a:\n    uses: o/s/.github/workflows/hotfix.yml@v1\n", True),
        ("on:\n  workflow_dispatch:\njobs:\n  a:\n    uses: o/s/.github/workflows/release.yml@v1\n", False),
    ],
)
def test_another_one_is_found_by_what_it_calls(text: str, found: bool) -> None:
    assert hotfix_workflow({"ci.yml": "on: push\n", "mine.yml": text}) == ("mine.yml" if found else "")
