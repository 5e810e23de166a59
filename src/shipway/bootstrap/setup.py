"""Puts together `shipway init`: looks at a clone, and at GitHub where there is a token."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from shipway import __version__
from shipway.adapters.git_repo import Clone
from shipway.adapters.github.environments import read_environments
from shipway.adapters.shipped import shipped_workflows
from shipway.adapters.work_tree import text_in, write_in
from shipway.bootstrap.environment import Environment, connect, repository_of
from shipway.config import PATH, read_policy
from shipway.domain.setup.callers import Caller, proposed_workflows
from shipway.domain.setup.configuration import configuration_text
from shipway.domain.setup.findings import Findings, found_in
from shipway.domain.setup.proposed_files import ProposedFile, proposed_files
from shipway.domain.setup.repository import OWN, Repository
from shipway.errors import ShipwayError, UsageError

Warn = Callable[[str], None]

UNKNOWN_OWNER = "OWNER"
"""Stands in the workflows where nothing says whose copy of Shipway they call."""


UNRELEASED = "0.0.0"
"""The version of a clone of Shipway between releases, of which there is no tag."""


@dataclass(frozen=True, slots=True)
class Setup:
    """A clone, and what was found in it.

    Attributes:
        owner: Whose copy of Shipway the workflows call; `UNKNOWN_OWNER` where nothing says it.
        gate: Whether the tests are run before a release, as it stands in the configuration, or as is proposed
            where there is none.
        configured: Whether there is a configuration already.
    """

    clone: Clone
    found: Findings
    owner: str
    gate: bool
    configured: bool

    def files(self, *, gate: bool) -> tuple[ProposedFile, ...]:
        """What is proposed, beside what is there."""
        caller = Caller(self.owner, "" if __version__ == UNRELEASED else __version__)
        wanted = {PATH: configuration_text(self.found, gate=gate)}
        wanted |= proposed_workflows(self.found, shipped_workflows(), caller)
        there = {path: self._text(path) for path in wanted if (self.clone.root / path).exists()}
        return proposed_files(wanted, there)

    def write(self, one: ProposedFile) -> None:
        """Write a file as it is proposed.

        Raises:
            InputError: `file-not-written`.
        """
        write_in(self.clone.root, one.path, one.after)

    def _text(self, path: str) -> str:
        return text_in(self.clone.root, path)


def setup_of(environment: Environment, clone: Clone, owner: str, warn: Warn) -> Setup:
    """Look at a clone, and ask GitHub for its environments where there is a token.

    Args:
        owner: Whose copy of Shipway the workflows are to call; empty to find out.
        warn: Told what could not be asked.
    """
    found = found_in(_looked_at(environment, clone, warn))
    text = found.repository.read(PATH) if PATH in found.repository.files else ""
    return Setup(
        clone,
        found,
        owner or _called(found.repository) or found.repository.name.partition("/")[0] or UNKNOWN_OWNER,
        gate=_gated(text, found, warn),
        configured=bool(text),
    )


def _looked_at(environment: Environment, clone: Clone, warn: Warn) -> Repository:
    root = clone.root
    return Repository(
        name=_name(environment, clone),
        branches=clone.known_branches,
        default=clone.known_default,
        tags=tuple(clone.local_tags()),
        files=frozenset(clone.work_files),
        read=lambda path: text_in(root, path),
        environments=_environments(environment, clone, warn),
    )


def _name(environment: Environment, clone: Clone) -> str:
    """`owner/name`; an `origin` that is a folder says nothing of GitHub."""
    remote = re.match(r"(https?|ssh|git)://|[\w.-]+@[\w.-]+:", clone.origin)
    name = repository_of(environment, clone) if environment.repository or remote else ""
    return name if re.fullmatch(r"[\w.-]+/[\w.-]+", name) else ""


def _environments(environment: Environment, clone: Clone, warn: Warn) -> tuple[str, ...]:
    if not (environment.token and _name(environment, clone)):
        return ()
    try:
        return tuple(read_environments(connect(environment, clone), {}).found)
    except ShipwayError as problem:
        warn(f"GitHub's environments are not known: {problem.message}")
        return ()


def _called(repository: Repository) -> str:
    """Whose copy the workflows call that were written before."""
    texts = (repository.read(path) for path in sorted(repository.files) if path.startswith(OWN))
    found = (re.search(r"uses: ([\w-]+)/shipway[/@]", text) for text in texts)
    return next((match[1] for match in found if match and match[1] != UNKNOWN_OWNER), "")


def _gated(text: str, found: Findings, warn: Warn) -> bool:
    if not text:
        return found.tests is not None and found.tests.ready
    try:
        return bool(read_policy(text).gates)
    except UsageError as problem:
        warn(problem.message)
        return False
