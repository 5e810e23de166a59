"""Refs, commits, trees, blobs and tags."""

import base64
from collections.abc import Sequence
from datetime import UTC
from pathlib import PurePosixPath
from typing import Any

from shipway.twin import git_history, node_ids
from shipway.twin.behaviour import commits
from shipway.twin.errors import Refused
from shipway.twin.git_objects import Commit, Signature, Tag, TreeEntry
from shipway.twin.git_store import GitError, GitRepository
from shipway.twin.graphql import people
from shipway.twin.graphql.connections import Connection, connect, in_order
from shipway.twin.graphql.fields import Context, Json, Thing, resolves
from shipway.twin.graphql.repository import repository
from shipway.twin.store import Document

PREFIXES = {"Commit": "C", "Tree": "T", "Blob": "B", "Tag": "TA"}
KINDS = {"commit": "Commit", "tree": "Tree", "blob": "Blob", "tag": "Tag"}
TEXT_LIMIT = 512_000


def git_of(context: Context, thing: Thing) -> GitRepository:
    """The git repository that a thing lives in."""
    return context.world.git_of(thing.data if thing.type == "Repository" else thing.repository)


def commit(repo: Document, sha: str | None) -> Thing | None:
    """A commit by its id; None for None."""
    return Thing("Commit", {"oid": sha}, repo) if sha else None


def git_object(context: Context, repo: Document, sha: str) -> Thing | None:
    """An object of any kind; None when it is not here."""
    kind = context.world.git_of(repo).kind(sha)
    return Thing(KINDS[kind], {"oid": sha}, repo) if kind else None


def ref(context: Context, repo: Document, full_name: str) -> Thing | None:
    """A ref by its full name; None when it does not exist."""
    sha = context.world.git_of(repo).refs.get(full_name)
    return Thing("Ref", {"full_name": full_name, "oid": sha}, repo) if sha else None


def branch(context: Context, repo: Document, name: str) -> Thing | None:
    """A branch as a ref; None when it does not exist."""
    return ref(context, repo, f"refs/heads/{name}")


def moment(signature: Signature) -> str:
    """When, in UTC, as GitHub writes it."""
    return signature.when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# -- finding things in a repository ----------------------------------------------------------------


@resolves("Repository", "defaultBranchRef")
def default_branch(context: Context, repo: Thing) -> Thing | None:
    """The default branch; None while the repository is empty."""
    return branch(context, repo.data, repo["default_branch"])


@resolves("Repository", "ref", needs="contents:read")
def find_ref(context: Context, repo: Thing, qualified_name: str) -> Thing | None:
    """A ref by its full name or by the name of a branch or tag."""
    names = (
        qualified_name,
        f"refs/{qualified_name}",
        f"refs/heads/{qualified_name}",
        f"refs/tags/{qualified_name}",
    )
    found = (ref(context, repo.data, name) for name in names if name.startswith("refs/"))
    return next((one for one in found if one), None)


@resolves("Repository", "refs", needs="contents:read")
def find_refs(
    context: Context,
    repo: Thing,
    ref_prefix: str,
    query: str | None = None,
    order_by: dict[str, str] | None = None,
    direction: str | None = None,
    **page: Json,
) -> Connection:
    """The refs below a prefix whose names contain the query."""
    git = git_of(context, repo)
    prefix = ref_prefix if ref_prefix.endswith("/") else ref_prefix + "/"
    needle = (query or "").lower()
    names = [name for name in git.refs if name.startswith(prefix) and needle in name[len(prefix) :].lower()]
    order = order_by or ({"field": "ALPHABETICAL", "direction": direction} if direction else None)
    names = in_order(names, order, alphabetical=str, tag_commit_date=lambda name: _date(git, git.refs[name]))
    return connect(names, node=lambda name: ref(context, repo.data, name), **page)


def _date(git: GitRepository, sha: str) -> str:
    commit_sha = git.peel(sha)
    return moment(git.commit(commit_sha).committer) if commit_sha else ""


@resolves("Repository", "object", needs="contents:read")
def find_object(
    context: Context, repo: Thing, expression: str | None = None, oid: str | None = None
) -> Thing | None:
    """An object by its id or by an expression such as `main:docs/index.md`."""
    if oid is None and expression is not None:
        oid = _evaluate(git_of(context, repo), repo.data, expression)
    return git_object(context, repo.data, oid) if oid else None


def _evaluate(git: GitRepository, repo: Document, expression: str) -> str | None:
    name, colon, path = expression.partition(":")
    start = _object_of(git, repo["default_branch"] if name in {"", "HEAD"} else name)
    if not colon or start is None:
        return start
    top = git.peel(start)
    entry = git.entry(git.commit(top).tree, path.strip("/")) if top and path.strip("/") else None
    if top and not path.strip("/"):
        return git.commit(top).tree
    return entry.sha if entry else None


def _object_of(git: GitRepository, name: str) -> str | None:
    for full in (name, f"refs/{name}", f"refs/tags/{name}", f"refs/heads/{name}"):
        if full in git.refs:
            return git.refs[full]
    if len(name) == 40 and git.kind(name):
        return name
    try:
        out = git.run("rev-parse", "--verify", "--quiet", "--end-of-options", name, ok=(0, 1, 128))
    except GitError:
        return None
    return out.decode().strip() or None


# -- every git object ------------------------------------------------------------------------------


def _register_objects() -> None:
    for kind, prefix in PREFIXES.items():
        resolves(kind, "id")(
            lambda _, thing, prefix=prefix: node_ids.encode(prefix, thing.repository["id"], thing["oid"])
        )
        resolves(kind, "abbreviatedOid")(lambda _, thing: thing["oid"][:7])
        resolves(kind, "repository")(lambda _, thing: repository(thing.repository))
        resolves(kind, "commitUrl", "url")(_commit_url)
        resolves(kind, "commitResourcePath", "resourcePath")(
            lambda _, thing: f"/{thing.repository['full_name']}/commit/{thing['oid']}"
        )


def _commit_url(context: Context, thing: Thing) -> str:
    return f"{context.world.url}/{thing.repository['full_name']}/commit/{thing['oid']}"


_register_objects()


# -- refs ------------------------------------------------------------------------------------------


@resolves("Ref", "id")
def ref_id(_: Context, thing: Thing) -> str:
    """The node id."""
    return node_ids.encode("REF", thing.repository["id"], thing["full_name"])


def _split(full_name: str) -> tuple[str, str]:
    first, second, name = full_name.split("/", 2)
    return f"{first}/{second}/", name


resolves("Ref", "name")(lambda _, thing: _split(thing["full_name"])[1])
resolves("Ref", "prefix")(lambda _, thing: _split(thing["full_name"])[0])
resolves("Ref", "repository")(lambda _, thing: repository(thing.repository))
resolves("Ref", "target")(lambda context, thing: git_object(context, thing.repository, thing["oid"]))


@resolves("Ref", "compare")
def compare(context: Context, thing: Thing, head_ref: str) -> Thing | None:
    """This ref as base against another."""
    git = git_of(context, thing)
    base, head = git.peel(thing["oid"]), git.resolve(head_ref)
    return Thing("Comparison", {"base": base, "head": head}, thing.repository) if base and head else None


@resolves("Comparison", "id")
def comparison_id(_: Context, thing: Thing) -> str:
    """The node id."""
    return node_ids.encode("CMP", thing.repository["id"], thing["base"], thing["head"])


@resolves("Comparison", "aheadBy")
def ahead_by(context: Context, thing: Thing) -> int:
    """Commits that only the head has."""
    return git_history.count_between(git_of(context, thing), thing["base"], thing["head"])


@resolves("Comparison", "behindBy")
def behind_by(context: Context, thing: Thing) -> int:
    """Commits that only the base has."""
    return git_history.count_between(git_of(context, thing), thing["head"], thing["base"])


@resolves("Comparison", "status")
def comparison_status(context: Context, thing: Thing) -> str:
    """How head and base lie to each other."""
    ahead, behind = ahead_by(context, thing), behind_by(context, thing)
    if ahead and behind:
        return "DIVERGED"
    return "AHEAD" if ahead else "BEHIND" if behind else "IDENTICAL"


@resolves("Comparison", "commits")
def comparison_commits(context: Context, thing: Thing, **page: Json) -> Connection:
    """Commits that only the head has, oldest first."""
    shas = git_history.commits_between(git_of(context, thing), thing["base"], thing["head"])
    emails = {git_of(context, thing).commit(sha).author.email for sha in shas}
    return connect(shas, node=lambda sha: commit(thing.repository, sha), author_count=len(emails), **page)


resolves("Comparison", "baseTarget")(lambda _, thing: commit(thing.repository, thing["base"]))
resolves("Comparison", "headTarget")(lambda _, thing: commit(thing.repository, thing["head"]))


# -- commits ---------------------------------------------------------------------------------------


def parsed(context: Context, thing: Thing) -> Commit:
    """The commit object behind a commit."""
    return git_of(context, thing).commit(thing["oid"])


def headline_and_body(message: str) -> tuple[str, str]:
    """The first paragraph's first line, and what comes after it."""
    headline, _, body = message.strip("\n").partition("\n")
    return headline, body.strip("\n")


def _actor(context: Context, signature: Signature) -> Json:
    login = commits.login_of(context.world, signature.email)
    return {
        "name": signature.name,
        "email": signature.email,
        "date": signature.when.isoformat(),
        "user": people.user(context, login),
    }


@resolves("GitActor", "avatarUrl")
def git_actor_avatar(context: Context, source: Json, **_: Json) -> str:
    """A picture for a name in a commit."""
    return f"{context.world.url}/avatars/{source['email']}"


resolves("Commit", "message")(lambda context, thing: parsed(context, thing).message.rstrip("\n"))
resolves("Commit", "messageHeadline")(
    lambda context, thing: headline_and_body(parsed(context, thing).message)[0]
)
resolves("Commit", "messageBody")(lambda context, thing: headline_and_body(parsed(context, thing).message)[1])
resolves("Commit", "author")(lambda context, thing: _actor(context, parsed(context, thing).author))
resolves("Commit", "committer")(lambda context, thing: _actor(context, parsed(context, thing).committer))
resolves("Commit", "authoredDate")(lambda context, thing: moment(parsed(context, thing).author))
resolves("Commit", "committedDate")(lambda context, thing: moment(parsed(context, thing).committer))
resolves("Commit", "pushedDate")(lambda *_: None)
resolves("Commit", "tree")(
    lambda context, thing: Thing("Tree", {"oid": parsed(context, thing).tree}, thing.repository)
)


@resolves("Commit", "authors")
def authors(context: Context, thing: Thing, **page: Json) -> Connection:
    """The author and everybody named by a `Co-authored-by:` trailer."""
    found = parsed(context, thing)
    lines = [line.partition(":") for line in found.message.splitlines()]
    others = [value for key, _, value in lines if key.strip().lower() == "co-authored-by"]
    signatures = [found.author]
    for value in others:
        name, _, email = value.strip().removesuffix(">").partition(" <")
        signatures.append(Signature(name, email, found.author.when))
    return connect(signatures, node=lambda one: _actor(context, one), **page)


@resolves("Commit", "authoredByCommitter")
def authored_by_committer(context: Context, thing: Thing) -> bool:
    """Whether author and committer are one."""
    found = parsed(context, thing)
    return found.author.email == found.committer.email


@resolves("Commit", "committedViaWeb")
def committed_via_web(context: Context, thing: Thing) -> bool:
    """Whether GitHub made the commit."""
    found = parsed(context, thing).committer
    return (found.name, found.email) == commits.WEB_FLOW


@resolves("Commit", "parents")
def parents(context: Context, thing: Thing, **page: Json) -> Connection:
    """The parents in order."""
    return connect(parsed(context, thing).parents, node=lambda sha: commit(thing.repository, sha), **page)


@resolves("Commit", "signature")
def signature(context: Context, thing: Thing) -> Thing | None:
    """The signature and GitHub's verdict; None for commits without one."""
    verdict = commits.verification(context.world, thing.repository, thing["oid"])
    if not verdict["verified"]:
        return None
    committer = parsed(context, thing).committer
    data = {
        "email": committer.email,
        "is_valid": True,
        "key_id": "B5690EEEBB952194",
        "signature": verdict["signature"],
        "signer": None,
        "state": "VALID",
        "verified_at": verdict["verified_at"],
        "was_signed_by_git_hub": True,
    }
    return Thing("GpgSignature", data)


class _History(Sequence[str]):
    """A log that is read as far as it is looked at."""

    def __init__(self, git: GitRepository, head: str, path: str, filters: tuple[str, ...]) -> None:
        self._git, self._head, self._path, self._filters = git, head, path, filters

    def __len__(self) -> int:
        return git_history.total(self._git, self._head, path=self._path, filters=self._filters)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, int):
            return self[index : index + 1][0]
        start, stop, _ = index.indices(len(self))
        limit = max(0, stop - start)
        return git_history.log(
            self._git, self._head, skip=start, limit=limit, path=self._path, filters=self._filters
        )


@resolves("Commit", "history")
def history(
    context: Context,
    thing: Thing,
    path: str | None = None,
    since: str | None = None,
    until: str | None = None,
    author: dict[str, Json] | None = None,
    **page: Json,
) -> Connection:
    """The commits that lead here, newest first."""
    filters = [f"--{name}={value}" for name, value in (("since", since), ("until", until)) if value]
    filters += [f"--author={email}" for email in (author or {}).get("emails") or ()]
    log = _History(git_of(context, thing), thing["oid"], path or "", tuple(filters))
    return connect(log, node=lambda sha: commit(thing.repository, sha), **page)


def _changes(context: Context, thing: Thing) -> list[git_history.FileChange]:
    before = parsed(context, thing).parents[:1] or (git_history.EMPTY_TREE,)
    return git_history.changed_files(git_of(context, thing), before[0], thing["oid"])


resolves("Commit", "additions")(lambda context, thing: sum(one.additions for one in _changes(context, thing)))
resolves("Commit", "deletions")(lambda context, thing: sum(one.deletions for one in _changes(context, thing)))
resolves("Commit", "changedFilesIfAvailable")(lambda context, thing: len(_changes(context, thing)))
resolves("Commit", "treeUrl")(
    lambda context, thing: f"{context.world.url}/{thing.repository['full_name']}/tree/{thing['oid']}"
)
for _kind in ("zipball", "tarball"):
    resolves("Commit", f"{_kind}Url")(
        lambda context, thing, kind=_kind: (
            f"{context.world.api_url}/repos/{thing.repository['full_name']}/{kind}/{thing['oid']}"
        )
    )


# -- trees and blobs -------------------------------------------------------------------------------


@resolves("Commit", "file")
def file(context: Context, thing: Thing, path: str) -> Thing | None:
    """What lies at a path."""
    found = git_of(context, thing).entry(parsed(context, thing).tree, path.strip("/"))
    return _entry(thing.repository, found, path.strip("/")) if found else None


@resolves("Tree", "entries")
def entries(context: Context, thing: Thing) -> list[Thing]:
    """What lies in a tree."""
    return [_entry(thing.repository, one, one.name) for one in git_of(context, thing).tree(thing["oid"])]


def _entry(repo: Document, found: TreeEntry, path: str) -> Thing:
    data = {
        "name": PurePosixPath(path).name,
        "path": path,
        "path_raw": base64.b64encode(path.encode()).decode(),
        "extension": PurePosixPath(path).suffix,
        "mode": int(found.mode, 8),
        "type": found.type,
        "oid": found.sha,
        "is_generated": False,
    }
    return Thing("TreeEntry", data, repo)


resolves("TreeEntry", "object")(lambda context, thing: git_object(context, thing.repository, thing["oid"]))


@resolves("TreeEntry", "size")
def entry_size(context: Context, thing: Thing) -> int:
    """Bytes of a blob; 0 for anything else."""
    return len(_content(context, thing)) if thing["type"] == "blob" else 0


def _content(context: Context, thing: Thing) -> bytes:
    return git_of(context, thing).read("blob", thing["oid"])


def _is_binary(data: bytes) -> bool:
    return b"\0" in data[:8000]


resolves("Blob", "byteSize")(lambda context, thing: len(_content(context, thing)))
resolves("Blob", "isBinary")(lambda context, thing: _is_binary(_content(context, thing)))
resolves("Blob", "isTruncated")(lambda context, thing: len(_content(context, thing)) > TEXT_LIMIT)


@resolves("Blob", "text")
def text(context: Context, thing: Thing) -> str | None:
    """The content as text, cut where GitHub cuts it; None for binary files."""
    data = _content(context, thing)
    return None if _is_binary(data) else data[:TEXT_LIMIT].decode("utf-8", "replace")


# -- tags ------------------------------------------------------------------------------------------


def _tag(context: Context, thing: Thing) -> Tag:
    return git_of(context, thing).tag(thing["oid"])


resolves("Tag", "name")(lambda context, thing: _tag(context, thing).name)
resolves("Tag", "message")(lambda context, thing: _tag(context, thing).message)


@resolves("Tag", "tagger")
def tagger(context: Context, thing: Thing) -> Json:
    """Who made the tag; None for very old ones."""
    found = _tag(context, thing).tagger
    return _actor(context, found) if found else None


@resolves("Tag", "target")
def tag_target(context: Context, thing: Thing) -> Thing:
    """What the tag points at."""
    found = git_object(context, thing.repository, _tag(context, thing).object)
    if found is None:
        raise Refused(404, "Object does not exist")
    return found
