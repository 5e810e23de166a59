"""Merging pull requests in GitHub's three ways, at once, when they are ready, or through a queue."""

from dataclasses import dataclass

from shipway.twin import git_history
from shipway.twin.behaviour import commits, issues, protection, pulls, refs, requirements
from shipway.twin.behaviour.events import Happened
from shipway.twin.errors import Refused, not_found, unprocessable
from shipway.twin.git_objects import ZERO, Signature
from shipway.twin.identity import Identity
from shipway.twin.store import Document
from shipway.twin.world import World, reacts_to

_ALLOWED = {
    "merge": ("allow_merge_commit", "Merge commits are not allowed on this repository."),
    "squash": ("allow_squash_merge", "Squash merges are not allowed on this repository."),
    "rebase": ("allow_rebase_merge", "Rebase merges are not allowed on this repository."),
}
_QUEUED = "Changes must be made through the merge queue"
_WAKES = {"check_run", "status", "pull_request_review", "pull_request", "pull_request_review_thread", "push"}


@dataclass(frozen=True, slots=True)
class Wish:
    """How to merge: method, and title and message of the commit where GitHub's own are not wanted."""

    method: str = "merge"
    title: str | None = None
    message: str | None = None


def merge(
    world: World, repo: Document, pull: Document, wish: Wish | None = None, *, head: str | None = None
) -> str:
    """Merge and return the commit; 405 when something forbids it, 409 when `head` is not the head any more."""
    wish = wish or Wish()
    if head is not None and head != pull["head_sha"]:
        raise Refused(409, "Head branch was modified. Review and try the merge again.")
    _check(world, repo, pull, wish.method)
    return _carry_out(world, repo, pull, wish)


def _check(world: World, repo: Document, pull: Document, method: str, *, queued: bool = False) -> None:
    if pull["state"] != "open" or not requirements.mergeable(world, repo, pull):
        raise Refused(405, "Pull Request is not mergeable")
    if pull["draft"]:
        raise Refused(405, "Pull Request is still a draft")
    demands = requirements.of_branch(world, repo, pull["base_ref"], bypass=True)
    if demands.queue and not queued:
        raise Refused(405, f"Repository rule violations found\n\n{_QUEUED}\n\n")
    if method not in _ALLOWED:
        raise unprocessable(f"Invalid request.\n\n{method} is not a member of {list(_ALLOWED)}.")
    allowed, refusal = _ALLOWED[method]
    if not repo[allowed] or method not in demands.methods or (demands.linear and method == "merge"):
        raise Refused(405, refusal)
    barriers = list(protection.barriers(world, repo, pull["base_ref"]))
    found = [one.message for one in barriers] + requirements.problems(world, repo, pull, demands)
    if demands.strict and not queued and requirements.behind(world, repo, pull):
        found.append("The head branch is not up to date with the base branch.")
    if found:
        text = " ".join(found)
        rulesets = demands.rulesets or any(one.ruleset for one in barriers)
        raise Refused(405, f"Repository rule violations found\n\n{text}\n\n" if rulesets else text)


def _carry_out(world: World, repo: Document, pull: Document, wish: Wish) -> str:
    base = refs.branch(world, repo, pull["base_ref"])
    make = {"merge": _merge_commit, "squash": _squash, "rebase": _rebase}[wish.method]
    sha = make(world, repo, pull, base, wish)
    pulls.finish(world, repo, pull, sha, world.actor.login)
    refs.move(world, repo, f"refs/heads/{pull['base_ref']}", base, sha)
    head = f"refs/heads/{pull['head_ref']}"
    own = pull["head_repo"] == repo["full_name"]
    if repo["delete_branch_on_merge"] and own and world.git_of(repo).refs.get(head) == pull["head_sha"]:
        refs.move(world, repo, head, pull["head_sha"], ZERO)
    return sha


def _merged_tree(world: World, repo: Document, pull: Document, base: str) -> str:
    tree = git_history.merge_trees(world.git_of(repo), base, pull["head_sha"])
    if tree is None:
        raise Refused(405, "Pull Request is not mergeable")
    return tree


def _merge_commit(world: World, repo: Document, pull: Document, base: str, wish: Wish) -> str:
    owner = pull["head_repo"].partition("/")[0]
    default = f"Merge pull request #{pull['number']} from {owner}/{pull['head_ref']}"
    if repo["merge_commit_title"] == "PR_TITLE":
        default = f"{pull['title']} (#{pull['number']})"
    bodies = {"PR_TITLE": pull["title"], "PR_BODY": pull["body"] or "", "BLANK": ""}
    message = _joined(wish, default, bodies[repo["merge_commit_message"]])
    tree = _merged_tree(world, repo, pull, base)
    return commits.write_commit(world, repo, tree, [base, pull["head_sha"]], message)


def _joined(wish: Wish, title: str, body: str) -> str:
    title = title if wish.title is None else wish.title
    body = body if wish.message is None else wish.message
    return f"{title}\n\n{body}" if body else title


def _squash(world: World, repo: Document, pull: Document, base: str, wish: Wish) -> str:
    brought = [world.git_of(repo).commit(sha) for sha in pulls.commits(world, repo, pull)]
    brought = [one for one in brought if len(one.parents) < 2] or brought
    title, body = pull["title"], pull["body"] or ""
    first = brought[0].message.strip().partition("\n")
    if len(brought) == 1 and repo["squash_merge_commit_title"] == "COMMIT_OR_PR_TITLE":
        title = first[0]
    if repo["squash_merge_commit_message"] == "COMMIT_MESSAGES":
        body = first[2].strip() if len(brought) == 1 else _listed([one.message for one in brought])
    elif repo["squash_merge_commit_message"] == "BLANK":
        body = ""
    author = commits.signature_of(world, pull["user"])
    others = [one.author for one in brought if one.author.email != author.email]
    message = _with_authors(_joined(wish, f"{title} (#{pull['number']})", body), others)
    tree = _merged_tree(world, repo, pull, base)
    return commits.write_commit(world, repo, tree, [base], message, author=author)


def _listed(messages: list[str]) -> str:
    return "\n\n".join(f"* {message.strip()}" for message in messages)


def _with_authors(message: str, others: list[Signature]) -> str:
    lines = dict.fromkeys(f"Co-authored-by: {one.name} <{one.email}>" for one in others)
    new = [line for line in lines if line not in message]
    return "\n".join([message, "", *new]) if new else message


def _rebase(world: World, repo: Document, pull: Document, base: str, _: Wish) -> str:
    git, tip = world.git_of(repo), base
    for sha in pulls.commits(world, repo, pull):
        commit = git.commit(sha)
        if len(commit.parents) > 1:
            continue
        tree = git_history.replay(git, sha, tip)
        if tree is None:
            raise Refused(405, "This branch can't be rebased")
        tip = commits.write_commit(world, repo, tree, [tip], commit.message, author=commit.author)
    return tip


def update_branch(world: World, repo: Document, pull: Document, expected_head: str | None = None) -> str:
    """Merge the base branch into the head branch and return the new head."""
    if expected_head is not None and expected_head != pull["head_sha"]:
        raise unprocessable("expected head sha didn't match current head ref.")
    source = world.repository(pull["head_repo"])
    if source is None or source["full_name"] != repo["full_name"]:
        raise unprocessable("The head repository cannot be updated.")
    if not requirements.behind(world, repo, pull):
        raise unprocessable("There are no new commits on the base branch.")
    message = f"Merge branch '{pull['base_ref']}' into {pull['head_ref']}"
    base = refs.branch(world, repo, pull["base_ref"])
    try:
        return str(commits.merge(world, repo, pull["head_ref"], base, message))
    except Refused as refused:
        if refused.status != 409:
            raise
        raise unprocessable("merge conflict between base and head") from None


# -- later: auto-merge and the queue ---------------------------------------------------------------


def enable_auto_merge(world: World, repo: Document, pull: Document, wish: Wish) -> None:
    """Merge as soon as the requirements are met."""
    if not repo["allow_auto_merge"]:
        raise unprocessable("Auto merge is not allowed for this repository")
    state = requirements.merge_state(world, repo, pull)
    if state == "clean":
        raise unprocessable("Pull request is in clean status")
    pull["auto_merge"] = {
        "enabled_by": world.actor.login,
        "enabled_at": world.now(),
        "merge_method": wish.method,
        "commit_title": wish.title,
        "commit_message": wish.message,
    }
    issues.save(world, repo, pull)
    world.record("pull.auto_merge_enabled", repo["full_name"], f"#{pull['number']}")
    issues.tell(world, repo, pull, "auto_merge_enabled")


def disable_auto_merge(world: World, repo: Document, pull: Document) -> None:
    """Do not merge by itself after all."""
    if not pull["auto_merge"]:
        raise unprocessable("Can't disable auto-merge for this pull request.")
    pull["auto_merge"] = None
    issues.save(world, repo, pull)
    world.record("pull.auto_merge_disabled", repo["full_name"], f"#{pull['number']}")
    issues.tell(world, repo, pull, "auto_merge_disabled", reason="disabled by a user")


def enqueue(world: World, repo: Document, pull: Document, expected_head: str | None = None) -> Document:
    """Put a pull request into the merge queue of its base; the twin merges it when it may."""
    if expected_head is not None and expected_head != pull["head_sha"]:
        raise Refused(409, "Head branch was modified. Review and try again.", graphql_type="STALE_DATA")
    if not requirements.of_branch(world, repo, pull["base_ref"]).queue:
        raise unprocessable(f"The base branch {pull['base_ref']} does not have a merge queue enabled.")
    if pull["draft"] or pull["state"] != "open" or not requirements.mergeable(world, repo, pull):
        raise unprocessable("Pull request is not mergeable")
    known = entry_of(world, repo, pull["number"])
    if known:
        return known
    entry: Document = {
        "id": world.next_id(),
        "pull": pull["number"],
        "base": pull["base_ref"],
        "head_sha": pull["head_sha"],
        "state": "AWAITING_CHECKS",
        "enqueuer": world.actor.login,
        "enqueued_at": world.now(),
    }
    world.store.put("queue_entry", repo["full_name"], pull["number"], entry)
    world.record("pull.enqueued", repo["full_name"], f"#{pull['number']}")
    issues.tell(world, repo, pull, "enqueued")
    return entry


def dequeue(world: World, repo: Document, pull: Document, reason: str = "MANUAL") -> Document:
    """Take a pull request out of the queue; 404 when it is not in it."""
    entry = entry_of(world, repo, pull["number"])
    if entry is None:
        raise not_found()
    world.store.delete("queue_entry", repo["full_name"], pull["number"])
    world.record("pull.dequeued", repo["full_name"], f"#{pull['number']}", reason=reason)
    issues.tell(world, repo, pull, "dequeued", reason=reason)
    return entry


def entry_of(world: World, repo: Document, number: int) -> Document | None:
    """The place of a pull request in the queue."""
    return world.store.get("queue_entry", repo["full_name"], number)


def queue(world: World, repo: Document, branch: str) -> list[Document]:
    """The entries for a branch, first come first."""
    return world.store.find("queue_entry", repo["full_name"], base=branch)


@reacts_to(Happened)
def _wake(world: World, happened: Happened) -> None:
    """Look again, after the answer, at what waits to be merged."""
    if happened.event not in _WAKES:
        return
    waiting = world.store.count("queue_entry", happened.repo)
    if waiting or any(pull["auto_merge"] for pull in world.store.all("pull", happened.repo)):
        world.defer(lambda: _advance(world, happened.repo))


def _advance(world: World, full_name: str) -> None:
    with world.locked():
        repo = world.repository(full_name)
        if repo is None:
            return
        for entry in world.store.all("queue_entry", full_name):
            pull = pulls.find(world, repo, entry["pull"])
            if pull["state"] != "open" or pull["head_sha"] != entry["head_sha"]:
                dequeue(world, repo, pull, "CHANGED" if pull["state"] == "open" else "MERGE")
            else:
                _try(world, repo, pull, Wish(), entry["enqueuer"], queued=True)
        for pull in world.store.find("pull", full_name, state="open"):
            auto = pull["auto_merge"]
            if auto:
                wish = Wish(auto["merge_method"], auto["commit_title"], auto["commit_message"])
                _try(world, repo, pull, wish, auto["enabled_by"])


def _try(
    world: World, repo: Document, pull: Document, wish: Wish, login: str, *, queued: bool = False
) -> None:
    kind = "installation" if login.endswith("[bot]") else "user"
    with world.locked(Identity(login, kind)):
        try:
            _check(world, repo, pull, wish.method, queued=queued)
        except Refused:
            return
        if queued:
            dequeue(world, repo, pull, "MERGE")
        _carry_out(world, repo, pull, wish)
