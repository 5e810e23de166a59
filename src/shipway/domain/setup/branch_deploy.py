"""What a workflow that uses branch-deploy says, by the inputs of its Action (github/branch-deploy, v12)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_DEFAULT = "production,development,staging"
"""Its own `environment_targets`."""


@dataclass(frozen=True, slots=True)
class BranchDeploy:
    """What it knows of environments, in our words.

    Attributes:
        environments: Names, in the order that it enforces, where it enforces one.
        ordered: Whether it does.
        production: Those that people depend on.
        urls: Environment → its address.
        notes: What of its settings has no counterpart, or asks people to do something; a sentence each.
    """

    environments: tuple[str, ...]
    ordered: bool
    production: tuple[str, ...]
    urls: Mapping[str, str]
    notes: tuple[str, ...]


def from_branch_deploy(workflow: str) -> BranchDeploy:
    """Read the inputs of the step; those that are expressions count as not given."""
    said = _inputs(workflow)
    order, targets = (
        _names(said.get("enforced_deployment_order")),
        _names(said.get("environment_targets", _DEFAULT)),
    )
    pairs = (entry.partition("|") for entry in said.get("environment_urls", "").split(","))
    return BranchDeploy(
        environments=tuple(dict.fromkeys((*order, *targets))),
        ordered=bool(order),
        production=_names(said.get("production_environments", "production")),
        urls={name.strip(): url.strip() for name, _, url in pairs if re.match(r"https?://\S+$", url.strip())},
        notes=tuple(_notes(said)),
    )


def _inputs(workflow: str) -> dict[str, str]:
    step = re.search(
        r"uses:\s*[\"']?github/branch-deploy@.*?(?=^\s*-\s|\Z)", workflow, re.MULTILINE | re.DOTALL
    )
    lines = re.finditer(r"^\s+(\w+):[ \t]*[\"']?([^\"'#\n]*)", step[0] if step else "", re.MULTILINE)
    return {match[1]: match[2].strip() for match in lines if match[2].strip() and "${{" not in match[2]}


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(filter(None, (name.strip() for name in (text or "").split(","))))


_SAID: Mapping[str, str] = {
    "admins": "Its admins deployed without a review; `environments.NAME.authorize` says who may do what.",
    "permissions": "`permissions` becomes roles of `environments.NAME.authorize`.",
    "checks": "`checks` becomes a gate with `checks`.",
    "required_contexts": "`required_contexts` becomes a gate with `checks`.",
    "sticky_locks": "Locks always stay until somebody unlocks, or until the end that `--for` gives them.",
    "stable_branch": "`stable_branch`: releases are cut from the default branch; `release.source` names another.",
}
"""Input → what people are told who set it."""

_LIKE_OURS = {
    *("environment_targets", "environment_urls", "environment_url_in_comment", "production_environments"),
    *("enforced_deployment_order", "github_token", "environment", "with", "uses", "id", "name", "if", "env"),
}
"""What needs no word: it is taken over, or is no setting."""

_OFF = {"", "false", "disabled"}


def _notes(said: Mapping[str, str]) -> Iterator[str]:
    yield from (text for key, text in _SAID.items() if said.get(key, "") not in _OFF)
    others = [key for key, value in said.items() if value not in _OFF and key not in {*_SAID, *_LIKE_OURS}]
    if others:
        yield f"Has no counterpart: {', '.join(others)}."
