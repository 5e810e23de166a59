"""Tags of environments: whatever GitHub lets an environment be called, git takes the tag."""

import subprocess

import pytest

from shipway.domain.delivery.policies import environment_tag, latest_tag
from shipway.domain.delivery.rollback import tag_stem

NAMES = {
    "staging": "staging",
    "eu.staging": "eu.staging",
    "review/pr-7": "review/pr-7",
    "Production EU": "Production-EU",
    "../x y": "---x-y",
    "a..b": "a--b",
    "a//b/": "a--b-",
    "what?*[~^:\\": "what-------",
    "main@{1}": "main--1-",
    "store.lock": "store-lock",
    ".hidden": "-hidden",
    "tab\tand\x7f": "tab-and-",
    "größe": "größe",
}


@pytest.mark.requirement("PRO-2", "RBK-5")
@pytest.mark.parametrize("name", NAMES)
def test_git_takes_the_tags_of_an_environment_of_any_name(name: str) -> None:
    tags = environment_tag("v1.2.3", name), latest_tag(name), f"{tag_stem('v1.2.3', name)}1"

    taken = [
        subprocess.run(["git", "check-ref-format", f"refs/tags/{tag}"], check=False).returncode
        for tag in tags
    ]

    fit = NAMES[name]
    assert tags == (f"v1.2.3-{fit}", f"latest-{fit}", f"v1.2.3-{fit}-rollback-1")
    assert taken == [0, 0, 0]
