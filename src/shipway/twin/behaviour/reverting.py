"""Pull requests that take back what another one brought."""

from collections.abc import Container

from shipway.twin import git_history
from shipway.twin.behaviour import commits, pulls, refs
from shipway.twin.errors import Refused
from shipway.twin.store import Document
from shipway.twin.world import World


def revert(
    world: World, repo: Document, pull: Document, title: str | None, body: str | None, *, draft: bool
) -> Document:
    """Open a pull request from a new branch on which a merged one is taken back."""
    if not pull["merged_at"]:
        raise Refused(422, "Pull request must be merged in order to be reverted.")
    git = world.git_of(repo)
    base = refs.branch(world, repo, pull["base_ref"])
    merged = pull["merge_commit_sha"]
    tree = git_history.undo(git, merged, _before(world, repo, pull), base)
    if tree is None or tree == git.commit(base).tree:
        raise Refused(422, "This pull request could not be reverted automatically.")
    name = f'Revert "{pull["title"]}"'
    made = commits.write_commit(world, repo, tree, [base], f"{name}\n\nThis reverts commit {merged}.")
    branch = _free(git.refs, f"revert-{pull['number']}-{pull['head_ref']}")
    refs.create(world, repo, f"refs/heads/{branch}", made)
    text = f"Reverts {repo['full_name']}#{pull['number']}" if body is None else body
    return pulls.create(world, repo, title or name, branch, pull["base_ref"], text, draft=draft)


def _before(world: World, repo: Document, pull: Document) -> str:
    """What the base branch stood at before the pull request came in: below each of its commits if it was rebased."""
    git, tip = world.git_of(repo), str(pull["merge_commit_sha"])
    first = git.commit(tip).parents[0]
    if len(git.commit(tip).parents) > 1:
        return first
    brought = pulls.commits(world, repo, pull)
    rebased = git.commit(tip).message == git.commit(brought[-1]).message and len(brought) > 1
    for _ in brought[1:] if rebased else ():
        first = git.commit(first).parents[0]
    return first


def _free(taken: Container[str], name: str) -> str:
    """The name, or the first with a number after it that is free."""
    names = (name, *(f"{name}-{number}" for number in range(1, 1000)))
    return next(one for one in names if f"refs/heads/{one}" not in taken)
