"""What an administrator sets up by hand before anybody calls: people, repositories, teams."""

from pathlib import Path

from shipway.twin.behaviour import access
from shipway.twin.git_store import run_git
from shipway.twin.store import Document, Store
from shipway.twin.world import World


def create_user(
    world: World, login: str, *, name: str | None = None, email: str | None = None, kind: str = "User"
) -> Document:
    """Add a user; `kind` is GitHub's type: User, Bot or Organization. Returns the one there is already."""
    existing = world.user(login)
    if existing:
        return existing
    if email:
        world.store.put("email", "", email.lower(), {"login": login})
    user = {
        "id": world.next_id(),
        "login": login,
        "type": "Bot" if login.endswith("[bot]") else kind,
        "name": name,
        "email": email,
        "created_at": world.now(),
    }
    return world.store.put("user", "", login.lower(), user)


def token_for(world: World, login: str) -> str:
    """A token with which a user (made when missing) may do all that their roles allow; the same each time."""
    create_user(world, login)
    for token in world.store.keys("token", ""):
        found = world.store.get("token", "", token)
        unlimited = found and found["permissions"] is None and found["expires_at"] is None
        if found and unlimited and found["login"] == login and found["kind"] == "user":
            return token
    return access.issue_token(world, login)


def create_org(world: World, login: str, members: tuple[str, ...] = ()) -> Document:
    """Add an organisation and its members."""
    org = create_user(world, login, kind="Organization")
    for member in members:
        add_member(world, login, member)
    return org


def add_member(world: World, org: str, login: str, role: str = "member") -> None:
    """Make a user a member (or, by role, `admin`) of an organisation."""
    create_user(world, login)
    world.store.put("member", org.lower(), login.lower(), {"login": login, "role": role})


def create_repository(
    world: World,
    full_name: str,
    *,
    from_git: Path | None = None,
    private: bool = False,
    default_branch: str | None = None,
) -> Document:
    """Add a repository, empty or with the branches and tags of a local clone. Its owner is made too."""
    owner, _, name = full_name.partition("/")
    create_user(world, owner)
    branch = default_branch or (current_branch(from_git) if from_git else "main")
    world.git.create(full_name, branch, from_git)
    repo = {
        "id": world.next_id(),
        "full_name": full_name,
        "name": name,
        "owner": owner,
        "private": private,
        "default_branch": branch,
        "description": None,
        "created_at": world.now(),
        "updated_at": world.now(),
        "pushed_at": world.now(),
        "allow_merge_commit": True,
        "allow_squash_merge": True,
        "allow_rebase_merge": True,
        "allow_auto_merge": False,
        "delete_branch_on_merge": False,
        "squash_merge_commit_title": "COMMIT_OR_PR_TITLE",
        "squash_merge_commit_message": "COMMIT_MESSAGES",
        "merge_commit_title": "MERGE_MESSAGE",
        "merge_commit_message": "PR_TITLE",
    }
    return world.store.put("repository", "", full_name.lower(), repo)


def current_branch(source: Path) -> str:
    """The branch a local repository is on; `main` when it is on none."""
    found = run_git("-C", str(source), "symbolic-ref", "--short", "--quiet", "HEAD", ok=(0, 1))
    return found.decode().strip() or "main"


def add_collaborator(world: World, full_name: str, login: str, role: str = "write") -> None:
    """Give a user a role in a repository: read, triage, write, maintain or admin."""
    create_user(world, login)
    world.store.put("collaborator", full_name, login.lower(), {"login": login, "role": role})


def leave_out_environment_protection(world: World, full_name: str) -> None:
    """Put the owner on a plan whose private repositories have no reviewers and timers of environments."""
    repo = world.repository(full_name) or {}
    world.store.put("repository", "", full_name.lower(), {**repo, "environment_protection": False})


def create_team(
    world: World, org: str, slug: str, members: tuple[str, ...] = (), repos: dict[str, str] | None = None
) -> Document:
    """Add a team with members and its role in repositories (full name to role)."""
    team = {"id": world.next_id(), "slug": slug, "name": slug, "org": org, "privacy": "closed"}
    for member in members:
        add_member(world, org, member)
        scope = f"{org.lower()}/{slug}"
        world.store.put("team_member", scope, member.lower(), {"login": member, "role": "member"})
    for full_name, role in (repos or {}).items():
        world.store.put("team_repository", full_name, slug, {"team": slug, "role": role})
    return world.store.put("team", org.lower(), slug, team)


def copy_world(world: World, data_dir: Path) -> None:
    """Write documents and repositories into a directory that a twin can open."""
    data_dir.mkdir(parents=True, exist_ok=True)
    target = Store(data_dir / "twin.sqlite3")
    world.store.copy_to(target)
    target.close()
    world.git.copy_to(data_dir / "repositories")
