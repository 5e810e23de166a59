"""Read how a repository is set up: what its branches demand, its environments, and who is asking."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shipway.adapters.github.client import GitHub, document_text
from shipway.adapters.github.ledger_head import head_of
from shipway.adapters.github.reading import target_rules
from shipway.domain.repository import TargetRules


@dataclass(frozen=True, slots=True)
class OpenPull:
    """The open pull request of a release that is under way.

    Attributes:
        version: Of the release.
        milestone: Its title; empty for none.
    """

    version: str
    number: int
    title: str
    body: str
    draft: bool
    head: str
    base: str
    labels: tuple[str, ...]
    milestone: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a private copy of the repository has to be set up with.

    Attributes:
        rules: Branch → what it demands of pull requests; branches that demand nothing are left out.
        merge_methods: Ways in which pull requests may be merged: `merge`, `squash`, `rebase`.
        open_releases: Versions of releases that have begun and not ended.
        pulls: Those of them whose pull request is open.
    """

    viewer: str
    default_branch: str
    merge_methods: tuple[str, ...]
    deletes_merged: bool
    rules: Mapping[str, TargetRules]
    environments: tuple[str, ...]
    milestones: tuple[str, ...]
    open_releases: tuple[str, ...]
    pulls: tuple[OpenPull, ...] = ()


def read_settings(github: GitHub) -> Settings:
    """Ask for everything in one request."""
    data = github.query(document_text("settings"))
    row = data["repository"]
    default = row["defaultBranchRef"]
    branches = [*([default] if default else []), *row["refs"]["nodes"]]
    rules = {branch["name"]: target_rules(branch) for branch in branches}
    allowed = {"merge": "mergeCommitAllowed", "squash": "squashMergeAllowed", "rebase": "rebaseMergeAllowed"}
    versions = tuple(head_of((row["ledger"] or {}).get("target")).open_releases)
    return Settings(
        viewer=data["viewer"]["login"],
        default_branch=default["name"] if default else "",
        merge_methods=tuple(method for method, name in allowed.items() if row[name]),
        deletes_merged=row["deleteBranchOnMerge"],
        rules={name: one for name, one in rules.items() if one != TargetRules()},
        environments=tuple(node["name"] for node in row["environments"]["nodes"]),
        milestones=tuple(node["title"] for node in row["milestones"]["nodes"]),
        open_releases=versions,
        pulls=tuple(pull for node in row["pullRequests"]["nodes"] for pull in _pulls(node, versions)),
    )


def _pulls(node: Mapping[str, Any], versions: Collection[str]) -> Iterator[OpenPull]:
    """The pull request, if it is that of one of these releases, by the label that Shipway gave it."""
    labels = tuple(label["name"] for label in node["labels"]["nodes"])
    version = next((one for one in versions if f"version:{one}" in labels), "")
    if version and not node["isCrossRepository"]:
        yield OpenPull(
            version=version,
            number=node["number"],
            title=node["title"],
            body=node["body"],
            draft=node["isDraft"],
            head=node["headRefName"],
            base=node["baseRefName"],
            labels=labels,
            milestone=(node["milestone"] or {}).get("title", ""),
        )
