"""Who asks, where the token is not theirs: GitHub says who started the workflow run, and which teams they are in.

Variables of the process are only compared with that: anybody who can run a step can set them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import urlsplit

import jwt
import requests

from shipway.adapters.github.client import GitHub, Refused, Transient
from shipway.domain.authority import ROLES
from shipway.errors import ExitCode, GitHubError

AUDIENCE = "shipway"
"""Whom the identity token is for: one that was made for somebody else is not taken."""

PAGES = 10
"""Of a hundred commits each, when it is asked who wrote them."""


@dataclass(frozen=True, slots=True)
class RunClaim:
    """What the process says of the workflow run that it is a part of.

    Attributes:
        run_id: Number of the run; empty outside one.
        actor: Who started it.
        attempt: How often it was started.
        token_url: Where the job gets identity tokens; empty where it may not (`id-token: write`).
        token: For that address.
        issuer: Who signs identity tokens of this GitHub.
    """

    run_id: str = ""
    actor: str = ""
    token_url: str = ""
    token: str = field(default="", repr=False)
    issuer: str = ""
    attempt: int = 1

    @classmethod
    def read(cls, env: Mapping[str, str], server_url: str) -> "RunClaim":
        """From the variables that GitHub sets in workflows."""
        return cls(
            run_id=env.get("GITHUB_RUN_ID", ""),
            actor=env.get("GITHUB_TRIGGERING_ACTOR") or env.get("GITHUB_ACTOR", ""),
            token_url=env.get("ACTIONS_ID_TOKEN_REQUEST_URL", ""),
            token=env.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", ""),
            issuer=issuer_of(server_url),
            attempt=int(given) if (given := env.get("GITHUB_RUN_ATTEMPT", "")).isdecimal() else 1,
        )


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks.

    Attributes:
        login: Empty for whom the token belongs to.
        source: How that is known, for the ledger.
        role: In the repository, where GitHub has said it already; None where it has to be asked.
    """

    login: str = ""
    source: str = "token"
    role: str | None = None


def issuer_of(server_url: str) -> str:
    """Who signs the identity tokens of jobs, by GitHub's "OpenID Connect reference"."""
    host = urlsplit(server_url).netloc
    if host == "github.com":
        return "https://token.actions.githubusercontent.com"
    if host.endswith(".ghe.com"):
        return f"https://token.actions.{host}"
    return f"{server_url}/_services/token"


def person_of(github: GitHub, claim: RunClaim) -> Person:
    """Who asks: a person by their own token, at no cost; else who started the run, as GitHub says.

    Raises:
        GitHubError: `identity-differs`, `identity-unknown`.
    """
    if not github.installation_token:
        return Person()
    if claim.token_url and claim.token:
        claims = _verified_claims(github, claim)
        if str(claims.get("run_attempt")) == "1":
            return _same(claim, Person(str(claims["actor"]), "OIDC"), {str(claims["actor"])})
        return _from_run(github, claim, "OIDC")  # who started it again is not in the token
    return _from_run(github, claim, "workflow run") if claim.run_id else Person("", "app")


def _from_run(github: GitHub, claim: RunClaim, source: str) -> Person:
    if not claim.run_id.isdecimal():
        _unknown(f"GITHUB_RUN_ID is {claim.run_id!r}, which is no run")
    try:
        run = github.get(f"/actions/runs/{claim.run_id}")
    except Transient:
        raise
    except GitHubError as problem:
        _unknown(f"GitHub does not show run {claim.run_id} to this token", problem)
    if run["status"] == "completed":
        _differs(f"Run {claim.run_id} is over, so nobody asks from it.")
    started = run["triggering_actor"]["login"]
    return _same(claim, Person(started, source), {started, run["actor"]["login"]})


def _same(claim: RunClaim, person: Person, names: set[str]) -> Person:
    if claim.actor and claim.actor.lower() not in {name.lower() for name in names}:
        _differs(f"The run says that {claim.actor} started it, and GitHub says {person.login}.")
    return person


def _verified_claims(github: GitHub, claim: RunClaim) -> dict[str, Any]:
    """The claims of the job's identity token, once signature, issuer, audience, expiry, repository and run hold."""
    token = _fetched(f"{claim.token_url}&audience={AUDIENCE}", claim.token)["value"]
    keys = _fetched(f"{claim.issuer}/.well-known/jwks")
    try:
        key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(token)["kid"]]
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=AUDIENCE,
            issuer=claim.issuer,
            options={"require": ["exp", "iat", "iss", "aud", "repository", "run_id", "actor"]},
        )
    except (jwt.PyJWTError, KeyError) as problem:
        _differs(f"The identity token of the job does not hold: {problem.__class__.__name__}.", problem)
    said = (str(claims["repository"]).lower(), str(claims["run_id"]))
    if said != (f"{github.owner}/{github.name}".lower(), claim.run_id):
        _differs(f"The identity token is that of run {said[1]} in {said[0]}.")
    return claims


def _fetched(url: str, token: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = requests.get(url, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.json()
    except (requests.RequestException, ValueError) as problem:
        _unknown(f"GitHub's identity token cannot be had: {problem.__class__.__name__}", problem)


def _differs(message: str, cause: Exception | None = None) -> NoReturn:
    raise GitHubError(
        message,
        "Leave GITHUB_ACTOR, GITHUB_TRIGGERING_ACTOR and GITHUB_RUN_ID as the runner sets them, or use your own "
        "token: GITHUB_TOKEN=$(gh auth token) shipway status",
        reason_code="identity-differs",
        exit_code=ExitCode.NOT_AUTHORISED,
    ) from cause


def _unknown(message: str, cause: Exception | None = None) -> NoReturn:
    raise GitHubError(
        f"Who asks cannot be found out: {message}.",
        "Add this line under `permissions:` of the job: actions: read",
        reason_code="identity-unknown",
        exit_code=ExitCode.NOT_AUTHORISED,
    ) from cause


def role_of(github: GitHub, login: str) -> str | None:
    """Somebody's role in the repository, of a custom one the role that it is made from; None where it is hidden."""
    try:
        row = github.get(f"/collaborators/{login}/permission")
    except Transient:
        raise
    except Refused as problem:
        return "" if problem.status == 404 else None
    except GitHubError:
        return None
    role = str(row["role_name"])
    return role if role in ROLES else str(row["permission"]).replace("none", "")


def teams_of(github: GitHub, login: str, teams: Sequence[str]) -> frozenset[str] | None:
    """Those of these teams (`org/team`) that somebody is in, up to the first; None where GitHub does not say.

    One request for each team, and a second one for each that they are not in: GitHub answers the same of a team
    that the token cannot see.
    """
    seen = True
    for team in teams:
        org, _, slug = team.partition("/")
        path = f"/orgs/{org}/teams/{slug}"
        row = _outside(github, f"{path}/memberships/{login}")
        if row and row["state"] == "active":
            return frozenset({team})
        seen = seen and row is not False and bool(row or _outside(github, path))
    return frozenset() if seen else None


def _outside(github: GitHub, path: str) -> Any:
    """A resource outside of the repository; None where there is none, False where the token may not look."""
    try:
        return github.get_outside(path)
    except Transient:
        raise
    except Refused as problem:
        return None if problem.status == 404 else False
    except GitHubError:
        return False


def approvers(github: GitHub, run_id: str, environments: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Who approved the run for each environment that it waited at, as GitHub recorded it. One request."""
    found: dict[str, dict[str, None]] = {name: {} for name in environments}
    for row in github.get(f"/actions/runs/{run_id}/approvals"):
        for name in {one["name"] for one in row["environments"]} & found.keys():
            found[name] |= {row["user"]["login"]: None} if row["state"] == "approved" else {}
    return {name: tuple(logins) for name, logins in found.items()}


def commit_by(github: GitHub, login: str, before: str, after: str) -> str | None:
    """A commit of somebody's that one commit has and another lacks; empty where there is none.

    One request for each hundred commits; one where there is nothing before.

    Returns:
        None where there are more commits than are looked at, or none in common.
    """
    if not before:
        rows = github.get("/commits", sha=after, author=login, per_page=1)
        return str(rows[0]["sha"]) if rows else ""
    for page in range(1, PAGES + 1):
        try:
            answer = github.get(f"/compare/{before}...{after}", per_page=100, page=page)
        except Refused:
            return None
        authors = {
            ((row["author"] or {}).get("login") or "").lower(): row["sha"] for row in answer["commits"]
        }
        if login.lower() in authors:
            return str(authors[login.lower()])
        if answer["total_commits"] <= page * 100:
            return ""
    return None


def last_pusher(github: GitHub, number: int) -> str:
    """Who brought a pull request's branch to its newest commit, or to the merged one, by GitHub's record of branches.

    The author of that commit says nothing of it: anybody can push commits of others. Two requests.

    Returns:
        Empty where the record does not go back that far, or the token may not read it.
    """
    try:
        pull = github.get(f"/pulls/{number}")
        head = pull["head"]
        rows = github.get("/activity", ref=f"refs/heads/{head['ref']}", per_page=100)
    except Transient:
        raise
    except GitHubError:
        return ""
    until = pull["merged_at"] or ""  # who restores the branch afterwards has pushed nothing
    before = (row for row in rows if not until or row["timestamp"] <= until)
    moves = (row for row in before if row["after"] == head["sha"])
    return str(((next(moves, None) or {}).get("actor") or {}).get("login", ""))
