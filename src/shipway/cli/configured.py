"""The configuration that a command goes by: a file that was named, or that of the default branch on GitHub."""

from pathlib import Path

import click

from shipway.adapters.github.client import GitHub, document_text
from shipway.bootstrap.environment import policy_in
from shipway.config import PATH, read_policy
from shipway.domain.policy import Policy

config_option = click.option(
    "--config", type=click.Path(path_type=Path), help="Configuration in place of the default branch's."
)


def configured(github: GitHub, config: Path | None) -> Policy:
    """Read the configuration; one request unless a file was named.

    Raises:
        UsageError: It cannot be read, or is no configuration.
    """
    if config is None:
        row = github.query(document_text("configuration"), path=PATH)["repository"]
        commit = (row["defaultBranchRef"] or {}).get("target") or {}
        return read_policy(((commit.get("file") or {}).get("object") or {}).get("text") or "")
    return policy_in(config)
