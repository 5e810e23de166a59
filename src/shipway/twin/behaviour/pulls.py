"""Pull requests: opening, changing, and following the branches they are about."""

from collections.abc import Iterator

from shipway.twin import git_history
from shipway.twin.behaviour import issues, requirements, reviews, workflows
from shipway.twin.errors import Refused, invalid, not_found
from shipway.twin.git_history import FileChange
from shipway.twin.git_objects import ZERO
from shipway.twin.store import Document
from shipway.twin.world import Pushed, World, reacts_to

DISMISSED_BY_PUSH = "The pull request was changed after this review."


def find(world: World, repo: Document, number: int) -> Document:
    """A pull request by its number; 404 when there is none."""
    pull = world.store.get("pull", repo["full_name"], number)
    if pull is None:
        raise not_found()
    return pull


def listed(
    world: World,
    repo: Document,
    *,
    state: str = "open",
    head: str | None = None,
    base: str | None = None,
) -> list[Document]:
    """Pull requests, oldest first, by state (open, closed, all), head (`owner:branch`) and base branch."""
    found = world.store.all("pull", repo["full_name"])
    if head:
        owner, colon, branch = head.partition(":")
        found = [one for one in found if colon and label(one).lower() == f"{owner}:{branch}".lower()]
    return [
        one for one in found if state in {"all", one["state"]} and (base is None or one["base_ref"] == base)
    ]


def label(pull: Document) -> str:
    """The head as `owner:branch`."""
    return f"{pull['head_repo'].partition('/')[0]}:{pull['head_ref']}"


def create(
    world: World,
    repo: Document,
    title: str,
    head: str,
    base: str,
    body: str | None = None,
    *,
    draft: bool = False,
) -> Document:
    """Open a pull request from `branch` or `owner:branch` of a fork."""
    workflows.refuse_token(world, repo)
    source, branch, head_sha = _source(world, repo, head)
    base_sha = world.git_of(repo).branch(base)
    if base_sha is None:
        raise invalid("PullRequest", "base", "invalid")
    _check_new(world, repo, f"{source['owner']}:{branch}", head_sha, base, base_sha)
    pull = issues.new_thread(world, repo, "pull", title, body) | {
        "head_repo": source["full_name"],
        "head_ref": branch,
        "head_sha": head_sha,
        "base_ref": base,
        "base_sha": base_sha,
        "draft": draft,
        "pushed_by": world.actor.login,
        "merged_at": None,
        "merged_by": None,
        "merge_commit_sha": None,
        "requested_users": [],
        "requested_teams": [],
        "auto_merge": None,
        "maintainer_can_modify": False,
    }
    issues.save(world, repo, pull)
    details = {"title": title, "head": branch, "base": base, "draft": draft}
    world.record("pull.opened", repo["full_name"], f"#{pull['number']}", **details)
    issues.tell(world, repo, pull, "opened")
    if not draft:
        reviews.request_owners(world, repo, pull, requirements.changed_paths(world, repo, pull))
    _keep_head(world, repo, pull)
    return pull


def _source(world: World, repo: Document, head: str) -> tuple[Document, str, str]:
    """Repository, branch and commit of a head; the objects of a fork are brought in."""
    owner, colon, branch = head.rpartition(":")
    own = not colon or owner.lower() == repo["owner"].lower()
    source = repo if own else world.repository(f"{owner}/{repo['name']}")
    sha = world.git_of(source).branch(branch) if source else None
    if source is None or sha is None:
        raise invalid("PullRequest", "head", "invalid")
    if not own:
        origin = str(world.git_of(source).path)
        world.git_of(repo).run("fetch", "--quiet", "--", origin, f"refs/heads/{branch}")
    return source, branch, sha


def _check_new(world: World, repo: Document, head: str, head_sha: str, base: str, base_sha: str) -> None:
    git, branch = world.git_of(repo), head.partition(":")[2]
    if git_history.merge_base(git, base_sha, head_sha) is None:
        raise _custom(f"The {branch} branch has no history in common with {base}")
    if git_history.is_ancestor(git, head_sha, base_sha):
        raise _custom(f"No commits between {base} and {branch}")
    if listed(world, repo, head=head, base=base):
        raise _custom(f"A pull request already exists for {head}.")


def _custom(message: str) -> Refused:
    error = {"resource": "PullRequest", "code": "custom", "message": message}
    return Refused(422, "Validation Failed", errors=[error])


def _keep_head(world: World, repo: Document, pull: Document) -> None:
    """Let `refs/pull/N/head` follow, by which anybody can fetch it even after the branch is gone."""
    git, ref = world.git_of(repo), f"refs/pull/{pull['number']}/head"
    git.update_refs([(ref, pull["head_sha"], git.refs.get(ref, ZERO))])


def update(
    world: World,
    repo: Document,
    pull: Document,
    *,
    title: str | None = None,
    body: str | None = None,
    state: str | None = None,
    base: str | None = None,
) -> Document:
    """Change what is given."""
    if base and base != pull["base_ref"]:
        retarget(world, repo, pull, base)
    issues.edit(world, repo, pull, title=title, body=body)
    if state == "open" and pull["state"] == "closed":
        _check_reopen(world, pull)
    if state in {"open", "closed"}:
        issues.set_state(world, repo, pull, state)
    elif state is not None:
        raise invalid("PullRequest", "state", "invalid")
    return pull


def retarget(world: World, repo: Document, pull: Document, base: str) -> None:
    """Aim an open pull request at another base branch."""
    base_sha = world.git_of(repo).branch(base)
    if pull["state"] == "closed":
        raise _custom("Cannot change the base branch of a closed pull request.")
    if base_sha is None:
        raise invalid("PullRequest", "base", "invalid")
    _check_new(world, repo, label(pull), pull["head_sha"], base, base_sha)
    before = {"ref": {"from": pull["base_ref"]}, "sha": {"from": pull["base_sha"]}}
    pull |= {"base_ref": base, "base_sha": base_sha}
    issues.save(world, repo, pull)
    world.record("pull.edited", repo["full_name"], f"#{pull['number']}", base=base)
    issues.tell(world, repo, pull, "edited", changes={"base": before})


def _check_reopen(world: World, pull: Document) -> None:
    source = world.repository(pull["head_repo"])
    tip = world.git_of(source).branch(pull["head_ref"]) if source else None
    if pull["merged_at"]:
        raise invalid(
            "PullRequest", "state", "invalid", "state cannot be changed. The pull request is merged."
        )
    if tip is None:
        text = f"state cannot be changed. The {pull['head_ref']} branch has been deleted."
        raise invalid("PullRequest", "state", "invalid", text)
    if tip != pull["head_sha"]:
        text = f"state cannot be changed. The {pull['head_ref']} branch was force-pushed or recreated."
        raise invalid("PullRequest", "state", "invalid", text)


def set_draft(world: World, repo: Document, pull: Document, *, draft: bool) -> None:
    """Make a draft ready for review, which asks the code owners, or turn it back."""
    if pull["draft"] == draft:
        return
    pull["draft"] = draft
    issues.save(world, repo, pull)
    action = "converted_to_draft" if draft else "ready_for_review"
    world.record(f"pull.{action}", repo["full_name"], f"#{pull['number']}")
    issues.tell(world, repo, pull, action)
    if not draft:
        reviews.request_owners(world, repo, pull, requirements.changed_paths(world, repo, pull))


def commits(world: World, repo: Document, pull: Document) -> list[str]:
    """The commits a pull request brings, oldest first."""
    return git_history.commits_between(world.git_of(repo), pull["base_sha"], pull["head_sha"])


def files(world: World, repo: Document, pull: Document) -> list[FileChange]:
    """The files it changes, against the common ancestor."""
    git = world.git_of(repo)
    base = git_history.merge_base(git, pull["base_sha"], pull["head_sha"]) or git_history.EMPTY_TREE
    return git_history.changed_files(git, base, pull["head_sha"])


def of_commit(world: World, repo: Document, sha: str) -> list[Document]:
    """Pull requests that brought a commit into the repository, or (open ones) would.

    A merge or squash commit belongs to its pull request too.
    """
    found = []
    for pull in world.store.all("pull", repo["full_name"]):
        merged_as = pull["merge_commit_sha"] if pull["merged_at"] else None
        if sha in {pull["head_sha"], merged_as} or sha in commits(world, repo, pull):
            found.append(pull)
    return found


# -- following branches ----------------------------------------------------------------------------


@reacts_to(Pushed)
def follow(world: World, push: Pushed) -> None:
    """Keep open pull requests in step with a branch that moved or went."""
    repo = world.repository(push.repo)
    if repo is None or not push.ref.startswith("refs/heads/"):
        return
    branch = push.ref.removeprefix("refs/heads/")
    for pull in list(_open(world, repo, branch)):
        target = world.repository(pull["repo"])
        if target is None:
            continue
        if pull["repo"] == push.repo and pull["base_ref"] == branch:
            _base_moved(world, target, pull, push)
        else:
            _head_moved(world, target, pull, push)


def _open(world: World, repo: Document, branch: str) -> Iterator[Document]:
    place = (repo["full_name"], branch)
    for pull in world.store.find("pull", None, state="open"):
        if place in {(pull["repo"], pull["base_ref"]), (pull["head_repo"], pull["head_ref"])}:
            yield pull


def _head_moved(world: World, repo: Document, pull: Document, push: Pushed) -> None:
    if push.new == ZERO:
        issues.set_state(world, repo, pull, "closed")
        return
    git = world.git_of(repo)
    if pull["head_repo"] != pull["repo"]:
        git.run("fetch", "--quiet", "--", str(world.git[pull["head_repo"]].path), push.ref)
    base = git.branch(pull["base_ref"]) or pull["base_sha"]
    pull |= {"head_sha": push.new, "base_sha": base, "pushed_by": push.actor}
    issues.save(world, repo, pull)
    world.record("pull.synchronized", repo["full_name"], f"#{pull['number']}", head=push.new)
    issues.tell(world, repo, pull, "synchronize", before=push.old, after=push.new)
    if git_history.is_ancestor(git, push.new, base):
        issues.set_state(world, repo, pull, "closed")
    elif requirements.of_branch(world, repo, pull["base_ref"]).dismiss_stale:
        reviews.dismiss_approvals(world, repo, pull, DISMISSED_BY_PUSH)
    if not pull["draft"] and pull["state"] == "open":
        reviews.request_owners(world, repo, pull, requirements.changed_paths(world, repo, pull))
    _keep_head(world, repo, pull)


def _base_moved(world: World, repo: Document, pull: Document, push: Pushed) -> None:
    if push.new == ZERO:
        merged = [
            one
            for one in world.store.find("pull", repo["full_name"], head_ref=pull["base_ref"])
            if one["merged_at"]
        ]
        if merged and world.git_of(repo).branch(merged[-1]["base_ref"]):
            retarget(world, repo, pull, merged[-1]["base_ref"])
        else:
            issues.set_state(world, repo, pull, "closed")
        return
    git = world.git_of(repo)
    if push.old != ZERO and pull["head_sha"] in git_history.commits_between(git, push.old, push.new):
        finish(world, repo, pull, _merge_commit(world, repo, pull, push), push.actor)


def _merge_commit(world: World, repo: Document, pull: Document, push: Pushed) -> str:
    git = world.git_of(repo)
    for sha in git_history.commits_between(git, push.old, push.new):
        if pull["head_sha"] in git.commit(sha).parents[1:]:
            return sha
    return str(pull["head_sha"])


def finish(world: World, repo: Document, pull: Document, sha: str, login: str) -> None:
    """Mark a pull request as merged by a commit."""
    pull |= {"merged_at": world.now(), "merged_by": login, "merge_commit_sha": sha, "auto_merge": None}
    pull |= {"state": "closed", "closed_at": world.now(), "closed_by": login}
    issues.save(world, repo, pull)
    world.record("pull.merged", repo["full_name"], f"#{pull['number']}", sha=sha)
    issues.tell(world, repo, pull, "closed")
