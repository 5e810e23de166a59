"""A repository as `shipway init` looks at it, before anything is concluded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

OWN = ".github/workflows/shipway-"
"""How the paths of the workflows begin that `shipway init` writes; they say nothing about the repository."""

WORKFLOWS = ".github/workflows/"


@dataclass(frozen=True, slots=True)
class Repository:
    """What there is to look at.

    Attributes:
        name: `owner/name`; empty where nothing says it.
        branches: Names, also of the remote.
        default: The default branch.
        tags: Names of the tags that are here.
        files: Paths in the working tree, with forward slashes.
        read: Gives the text of one of them; empty when it is no text.
        environments: Names that GitHub has; none where GitHub was not asked.
    """

    name: str
    branches: tuple[str, ...]
    default: str
    tags: tuple[str, ...]
    files: frozenset[str]
    read: Callable[[str], str]
    environments: tuple[str, ...] = ()

    def first(self, *paths: str) -> str:
        """The first of these that is there; empty when none is."""
        return next((path for path in paths if path in self.files), "")

    @property
    def workflows(self) -> Mapping[str, str]:
        """Path → text of the workflows that `shipway init` did not write."""
        paths = sorted(path for path in self.files if path.startswith(WORKFLOWS))
        return {
            path: self.read(path)
            for path in paths
            if path.endswith((".yml", ".yaml")) and not path.startswith(OWN)
        }
