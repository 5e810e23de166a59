"""Commits, trees, blobs and tags made by the API rather than by a push."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shipway.twin import git_history, git_objects
from shipway.twin.behaviour import protection, refs
from shipway.twin.behaviour.protection import Change
from shipway.twin.errors import Refused, not_found, unprocessable
from shipway.twin.git_objects import TREE_MODE, Signature, TreeEntry
from shipway.twin.store import Document, Json
from shipway.twin.world import World

FILE_MODE = "100644"
_MODES = {FILE_MODE: "blob", "100755": "blob", "120000": "blob", TREE_MODE: "tree", "160000": "commit"}
_NOREPLY = re.compile(r"(?:\d+\+)?([^@+]+)@users\.noreply\.github\.com")
WEB_FLOW = ("GitHub", "noreply@github.com")


def signature_of(world: World, login: str) -> Signature:
    """How GitHub signs a commit for a user who gave no name: with the noreply address."""
    user = world.user(login) or {"id": 0, "login": login, "name": None, "email": None}
    email = user["email"] or f"{user['id']}+{user['login']}@users.noreply.github.com"
    return Signature(user["name"] or user["login"], email, world.clock.now())


def login_of(world: World, email: str) -> str | None:
    """The account behind an address in a commit."""
    found = _NOREPLY.fullmatch(email)
    if found:
        return found[1] if world.user(found[1]) else None
    known = world.store.get("email", "", email.lower())
    return known["login"] if known else None


def web_flow(world: World) -> Signature:
    """The committer of what GitHub commits by itself."""
    return Signature(*WEB_FLOW, world.clock.now())


def write_commit(
    world: World,
    repo: Document,
    tree: str,
    parents: Sequence[str],
    message: str,
    *,
    author: Signature | None = None,
    committer: Signature | None = None,
) -> str:
    """Store a commit and journal it. By default the actor is author, and GitHub commits and so signs."""
    author = author or signature_of(world, world.actor.login)
    committer = committer or web_flow(world)
    data = git_objects.format_commit(tree, parents, author, committer, message)
    sha = world.git_of(repo).write("commit", data)
    if (committer.name, committer.email) == WEB_FLOW:
        world.store.put("verified", repo["full_name"], sha, {"at": world.now()})
    world.record("commit.created", repo["full_name"], message.partition("\n")[0], sha=sha)
    return sha


def verification(world: World, repo: Document, sha: str) -> Document:
    """GitHub's verdict on the signature of a commit."""
    found = world.store.get("verified", repo["full_name"], sha)
    if found:
        signature = "-----BEGIN PGP SIGNATURE-----\n\ntwin\n-----END PGP SIGNATURE-----"
        return {
            "verified": True,
            "reason": "valid",
            "signature": signature,
            "payload": sha,
            "verified_at": found["at"],
        }
    names = ("signature", "payload", "verified_at")
    return {"verified": False, "reason": "unsigned", **dict.fromkeys(names)}


@dataclass(frozen=True, slots=True)
class FileChanges:
    """What one commit does: contents by path, and paths that go."""

    additions: Mapping[str, bytes]
    deletions: Sequence[str] = ()


def commit_on_branch(
    world: World, repo: Document, branch: str, expected_head: str, message: str, changes: FileChanges
) -> str:
    """GitHub's `createCommitOnBranch`: one verified commit, only if the branch is where the caller thinks."""
    git = world.git_of(repo)
    head = git.branch(branch)
    if head is None:
        raise Refused(404, f"Could not resolve to a Ref with the name '{branch}'.", graphql_type="NOT_FOUND")
    if head != expected_head:
        text = f'Expected branch to point to "{expected_head}" but it did not.  Pull and try again.'
        raise Refused(409, text, graphql_type="STALE_DATA")
    base = git.commit(head).tree
    for path in changes.deletions:
        if git.entry(base, path) is None:
            text = f"A path was requested for deletion which does not exist as of commit oid `{head}`."
            raise Refused(422, text, graphql_type="UNPROCESSABLE")
    tree = git.edit_tree(base, _edits(world, repo, base, changes)) or git.write_tree([])
    sha = write_commit(world, repo, tree, [head], message)
    ref = f"refs/heads/{branch}"
    protection.refuse(world, repo, Change(ref, head, sha))
    refs.move(world, repo, ref, head, sha)
    return sha


def _edits(world: World, repo: Document, base: str, changes: FileChanges) -> dict[str, TreeEntry | None]:
    git = world.git_of(repo)
    edits: dict[str, TreeEntry | None] = dict.fromkeys(changes.deletions)
    for path, content in changes.additions.items():
        check_path(path)
        old = git.entry(base, path)
        mode = old.mode if old and old.type == "blob" else FILE_MODE
        edits[path] = TreeEntry(mode, path, git.write("blob", content))
    return edits


def check_path(path: str) -> None:
    """Refuse paths that git cannot hold or that leave the tree."""
    names = path.split("/")
    if "" in names or {".", "..", ".git"} & {name.lower() for name in names} or "\0" in path:
        raise unprocessable(f"path contains a malformed path component: {path}")


def create_blob(world: World, repo: Document, content: str, encoding: str) -> str:
    """Store a blob given as `utf-8` or `base64` text."""
    return world.git_of(repo).write("blob", decoded(content, encoding))


def decoded(content: str, encoding: str) -> bytes:
    """The bytes of base64 or plain text; 422 when it is not what it says."""
    if encoding != "base64":
        return content.encode()
    try:
        return base64.b64decode(content)
    except (binascii.Error, ValueError):
        raise unprocessable("content is not valid Base64") from None


def create_tree(world: World, repo: Document, entries: Sequence[Json], base: str | None) -> str:
    """Store a tree from GitHub's list of entries on top of another tree (or commit)."""
    git = world.git_of(repo)
    if base is not None:
        kind = git.kind(base)
        if kind not in {"tree", "commit"}:
            raise unprocessable("base_tree is not a valid tree oid")
        base = git.commit(base).tree if kind == "commit" else base
    edits = {str(entry["path"]): _tree_entry(world, repo, entry) for entry in entries}
    return git.edit_tree(base, edits) or git.write_tree([])


def _tree_entry(world: World, repo: Document, entry: Json) -> TreeEntry | None:
    path, mode = str(entry["path"]), entry.get("mode") or FILE_MODE
    check_path(path)
    if mode not in _MODES:
        raise unprocessable("tree.mode is not valid")
    if "content" in entry:
        return TreeEntry(mode, path, world.git_of(repo).write("blob", str(entry["content"]).encode()))
    sha = entry.get("sha")
    if sha is None:
        return None
    if mode != "160000" and world.git_of(repo).kind(sha) != _MODES[mode]:
        raise unprocessable(f"tree.sha {sha} is not a valid {_MODES[mode]}")
    return TreeEntry(mode, path, sha)


def create_commit(
    world: World,
    repo: Document,
    message: str,
    tree: str,
    parents: Sequence[str],
    signatures: tuple[Document | None, Document | None],
) -> str:
    """Store a commit from its parts; `signatures` are author and committer as the caller gave them.

    GitHub signs it only for bots that name neither.
    """
    author, committer = signatures
    git = world.git_of(repo)
    if git.kind(tree) != "tree":
        raise unprocessable("Tree SHA does not exist")
    if any(git.kind(one) != "commit" for one in parents):
        raise unprocessable("Parent SHA does not exist or is not a commit object")
    writer = given_signature(world, author)
    by_bot = world.actor.kind != "user" and not author and not committer
    if by_bot:
        return write_commit(world, repo, tree, parents, message)
    signer = given_signature(world, committer) if committer else writer
    return write_commit(world, repo, tree, parents, message, author=writer, committer=signer)


def given_signature(world: World, given: Document | None) -> Signature:
    """A name, address and date as the caller wrote them, completed by the actor's own."""
    own = signature_of(world, world.actor.login)
    if not given:
        return own
    date = given.get("date")
    try:
        when = datetime.fromisoformat(date) if date else own.when
    except ValueError:
        raise unprocessable(f"Invalid request.\n\n{date} is not a valid date-time.") from None
    return Signature(given.get("name") or own.name, given.get("email") or own.email, when)


def create_tag(
    world: World, repo: Document, name: str, message: str, target: tuple[str, str], tagger: Document | None
) -> str:
    """Store an annotated tag object for a target (its id and type); the ref is made apart."""
    git = world.git_of(repo)
    sha, kind = target
    if git.kind(sha) != kind:
        raise unprocessable(f"{sha} is not a valid {kind}")
    data = git_objects.format_tag(sha, kind, name, given_signature(world, tagger), message)
    world.record("tag.created", repo["full_name"], name)
    return git.write("tag", data)


def merge(world: World, repo: Document, base: str, head: str, message: str | None) -> str | None:
    """Merge one branch (or commit) into a branch; None when there is nothing to merge, 409 on conflicts."""
    git = world.git_of(repo)
    ours, theirs = git.branch(base), git.resolve(head)
    if ours is None or theirs is None:
        raise not_found("Base does not exist" if ours is None else "Head does not exist")
    if git_history.is_ancestor(git, theirs, ours):
        return None
    tree = git_history.merge_trees(git, ours, theirs)
    if tree is None:
        raise Refused(409, "Merge conflict")
    sha = write_commit(world, repo, tree, [ours, theirs], message or f"Merge {head} into {base}")
    ref = f"refs/heads/{base}"
    protection.refuse(world, repo, Change(ref, ours, sha), status=403)
    refs.move(world, repo, ref, ours, sha)
    return sha
