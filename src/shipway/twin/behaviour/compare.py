"""Two points in history side by side."""

from dataclasses import dataclass

from shipway.twin import git_history
from shipway.twin.errors import not_found
from shipway.twin.git_history import FileChange
from shipway.twin.store import Document
from shipway.twin.world import World


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `head` has beyond `merge_base`, and how far both sides are from each other, in commits."""

    base: str
    head: str
    merge_base: str
    commits: list[str]
    behind: int
    files: list[FileChange]

    @property
    def status(self) -> str:
        """GitHub's word for the relation of head to base."""
        ahead = bool(self.commits)
        if ahead and self.behind:
            return "diverged"
        return "ahead" if ahead else "behind" if self.behind else "identical"


def compare(world: World, repo: Document, base: str, head: str) -> Comparison:
    """Compare two refs; 404 when one is missing or they have no history in common."""
    git = world.git_of(repo)
    ours, theirs = git.resolve(base), git.resolve(head)
    if ours is None or theirs is None:
        raise not_found()
    common = git_history.merge_base(git, ours, theirs)
    if common is None:
        raise not_found(f"No common ancestor between {base} and {head}.")
    return Comparison(
        base=ours,
        head=theirs,
        merge_base=common,
        commits=git_history.commits_between(git, ours, theirs),
        behind=git_history.count_between(git, theirs, ours),
        files=git_history.changed_files(git, common, theirs),
    )
