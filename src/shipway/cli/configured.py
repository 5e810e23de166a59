"""The configuration that a command goes by: a file that was named, or that of the default branch on GitHub."""

from pathlib import Path

import click

from shipway.adapters.github.client import GitHub, document_text
from shipway.config import PATH, read_policy
from shipway.domain.policy import Policy
from shipway.errors import UsageError

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
    try:
        return read_policy(config.read_text("utf-8"), str(config))
    except OSError as problem:
        raise UsageError(
            f"{config} cannot be read: {problem.strerror}.",
            "Name a file that exists: --config .github/shipway.yml",
            reason_code="configuration",
        ) from problem
