"""What a workflow that uses branch-deploy becomes."""

from typing import Any

import pytest

from shipway.config import read_policy
from shipway.domain.setup.branch_deploy import from_branch_deploy
from shipway.domain.setup.configuration import configuration_text
from shipway.domain.setup.findings import found_in
from unit.setup.samples import Sample

pytestmark = pytest.mark.requirement("FACE-2")

WORKFLOW = """\
on: {issue_comment: {types: [created]}}
jobs:
  deploy:
    steps:
      - uses: actions/checkout@v5
        with:
          ref: main
      - uses: github/branch-deploy@v12.0.0
        id: branch-deploy
        with:
INPUTS      - run: ./deploy
        env:
          checks: all
"""


def workflow(**inputs: str) -> str:
    """A workflow with these inputs of the Action."""
    lines = (f'          {key}: "{value}" # said\n' for key, value in inputs.items())
    return WORKFLOW.replace("INPUTS", "".join(lines))


@pytest.mark.parametrize(
    ("inputs", "environments"),
    [
        (
            {},
            {
                "development": {},
                "staging": {"after": ("development",)},
                "production": {"after": ("staging",)},
            },
        ),
        (
            {"environment_targets": "dev, prd", "production_environments": "prd"},
            {"dev": {}, "prd": {"after": ("dev",), "production": True}},
        ),
        (
            {"environment_targets": "live,qa", "production_environments": "other"},
            {"qa": {}, "live": {"after": ("qa",), "production": False}},
        ),
        (
            {"environment_targets": "eu,us", "enforced_deployment_order": "us,eu"},
            {"us": {}, "eu": {"after": ("us",)}},
        ),
        (
            {
                "environment_targets": "staging",
                "environment_urls": "staging|https://staging.example.test,production|disabled",
            },
            {"staging": {"url": "https://staging.example.test"}},
        ),
    ],
)
def test_its_environments_are_ours(inputs: dict[str, str], environments: dict[str, dict[str, Any]]) -> None:
    files = {".github/workflows/deploy.yml": workflow(**inputs)}
    policy = read_policy(configuration_text(found_in(Sample(files).repository), gate=False))
    seen = {
        name: {"after": one.after, "production": one.production, "url": one.deploy.url}
        for name, one in policy.environments.items()
    }
    usual = {"after": (), "production": None, "url": ""}
    assert [*seen.items()] == [(name, {**usual, **wanted}) for name, wanted in environments.items()]
    assert [one.unreleased for one in policy.environments.values()] == [
        not policy.is_production(name) for name in policy.environments
    ]
    assert policy.comments.dialect == "branch-deploy"


@pytest.mark.parametrize(
    ("inputs", "notes"),
    [
        ({}, []),
        ({"environment": "staging", "github_token": "${{ github.token }}"}, []),
        ({"sticky_locks": "false", "update_branch": "disabled"}, []),
        (
            {"admins": "octocat"},
            ["Its admins deployed without a review; `environments.NAME.authorize` says who may do what."],
        ),
        ({"trigger": ".ship", "skip_ci": "development"}, ["Has no counterpart: trigger, skip_ci."]),
        (
            {"checks": "build", "stable_branch": "trunk"},
            [
                "`checks` becomes a gate with `checks`.",
                "`stable_branch`: releases are cut from the default branch; `release.source` names another.",
            ],
        ),
    ],
)
def test_what_has_no_counterpart_is_said(inputs: dict[str, str], notes: list[str]) -> None:
    assert [*from_branch_deploy(workflow(**inputs)).notes] == notes
