"""Requests to GitHub: the only file that imports PyGithub.

Reads are repeated here when GitHub stumbles. Writes are never repeated blindly: a write that may or may not have
happened raises `Transient`, and the engine looks again before it does anything.
"""

import re
from collections.abc import Callable, Collection, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import requests
from github import Auth, Github, GithubException
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from shipway.domain.ledger_store import LedgerMoved
from shipway.domain.masking import Mask
from shipway.errors import ExitCode, GitHubError

T = TypeVar("T")

ATTEMPTS = 5
"""How often a read is tried before giving up."""

LONGEST_PAUSE = 120.0
"""Seconds; a rate limit that lasts longer ends the run in a resumable state instead."""

API_VERSION = "2022-11-28"


class Transient(GitHubError):
    """GitHub stumbled; the same request may succeed later. Whether a write took place is unknown.

    Attributes:
        retry_after: Seconds that GitHub asked to wait; None when it did not say.
    """

    reason_code = "github-unavailable"
    retryable = True

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message, "Run the same command again; it goes on where it stopped.")
        self.retry_after = retry_after


class RateLimited(GitHubError):
    """GitHub answers nothing for longer than a run waits; also what could be done without stops the run then.

    Args:
        pause: Seconds until GitHub answers again.
    """

    reason_code = "rate-limited"
    retryable = True

    def __init__(self, pause: float) -> None:
        super().__init__(
            f"GitHub's rate limit is reached and lasts another {round(pause / 60)} minutes.",
            "Run the same command again after that; it goes on where it stopped.",
        )


class Stale(Transient, LedgerMoved):
    """Somebody else wrote first; look again."""

    reason_code = "changed-meanwhile"


class GitHub:
    """A connection to one repository.

    Args:
        sleep: Waits for so many seconds between repeated reads.
        now: Unix time in seconds, to work out when a rate limit ends.
        mask: Keeps secrets out of all that is written. Files are left as they are: who writes them masks.
    """

    def __init__(
        self,
        repository: str,
        token: str,
        api_url: str,
        *,
        sleep: Callable[[float], None],
        now: Callable[[], float],
        timeout: int = 30,
        mask: Mask | None = None,
    ) -> None:
        self.mask = mask or Mask()
        self.owner, _, self.name = repository.partition("/")
        self._now = now
        self._sleep = sleep
        self._token = token
        client = Github(
            auth=Auth.Token(token),
            base_url=api_url,
            timeout=timeout,
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
            user_agent="shipway",
        )
        self._requester = client.requester

    @property
    def installation_token(self) -> bool:
        """Whether the token belongs to a GitHub App, as a workflow's own does; only these may write check runs."""
        return self._token.startswith("ghs_")

    def query(self, document: str, optional: Collection[str] = (), **variables: Any) -> dict[str, Any]:
        """Ask GraphQL; repeated while GitHub stumbles.

        Args:
            document: What is asked.
            optional: Fields that are null where GitHub refuses them or what is in them, in place of the whole answer.
            **variables: Of the document; those of the repository are known.

        Raises:
            GitHubError: GitHub refused, or kept stumbling.
        """
        answer: dict[str, Any] = self.repeated(lambda: self._graphql(document, variables, optional))
        return answer

    def repeated(self, request: Callable[[], T]) -> T:
        """Do what may be done twice, such as reading; again while GitHub stumbles, five times at most.

        Raises:
            GitHubError: GitHub refused, or kept stumbling.
        """
        retrying = Retrying(
            retry=retry_if_exception_type(Transient),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_pause,
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(request)

    def mutate(self, document: str, **variables: Any) -> dict[str, Any]:
        """Write with GraphQL, once.

        Raises:
            Stale: Somebody else wrote first.
            Transient: Whether it happened is unknown.
            GitHubError: GitHub refused.
        """
        return self._graphql(document, _masked(variables, self.mask))

    def get(self, path: str, **parameters: Any) -> Any:
        """Read a REST resource of the repository; repeated while GitHub stumbles."""
        return self.repeated(lambda: self._rest("GET", path, None, parameters))

    def get_outside(self, path: str, **parameters: Any) -> Any:
        """Read a REST resource by its whole path, such as a team; repeated while GitHub stumbles."""
        return self.repeated(lambda: self._requested("GET", path, None, parameters)[1])

    def send(self, verb: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Write a REST resource of the repository, once.

        Raises:
            Transient: Whether it happened is unknown.
            GitHubError: GitHub refused; `status` and `data` tell how.
        """
        return self._rest(verb, path, body and _masked(body, self.mask), {})

    def upload(self, release: int, name: str, content: bytes, media_type: str) -> None:
        """Attach a file to a release, once."""
        base = urlsplit(self._requester.base_url)
        host = "uploads.github.com" if base.netloc == "api.github.com" else base.netloc
        path = f"/repos/{self.owner}/{self.name}/releases/{release}/assets?name={quote(name, safe='')}"
        prefix = "" if base.netloc == "api.github.com" else base.path
        prefix = prefix.replace("/api/v3", "/api/uploads")
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": media_type,
            "X-GitHub-Api-Version": API_VERSION,
            "User-Agent": "shipway",
        }
        try:
            answer = requests.post(
                f"{base.scheme}://{host}{prefix}{path}", data=content, headers=headers, timeout=300
            )
        except requests.RequestException as problem:
            message = f"GitHub could not be reached: {problem.__class__.__name__}."
            raise Transient(message) from problem
        if answer.status_code >= 400:
            raise self._translated(answer.status_code, _json_of(answer), dict(answer.headers), "POST", path)

    def _rest(
        self, verb: str, path: str, body: Mapping[str, Any] | None, parameters: Mapping[str, Any]
    ) -> Any:
        url = f"/repos/{self.owner}/{self.name}{path}"
        return self._requested(verb, url, dict(body) if body is not None else None, dict(parameters))[1]

    def _graphql(
        self, document: str, variables: Mapping[str, Any], optional: Collection[str] = ()
    ) -> dict[str, Any]:
        whole = {"owner": self.owner, "name": self.name, **variables}
        used = {name: value for name, value in whole.items() if f"${name}" in document}
        body = {"query": document, "variables": used}
        headers, answer = self._requested("POST", self._requester.graphql_url, body, {})
        errors = [one for one in answer.get("errors", ()) if not {*optional} & {*(one.get("path") or ())}]
        if errors:
            raise self._graphql_error(errors, headers, document)
        data: dict[str, Any] = answer["data"]
        return data

    def _requested(
        self, verb: str, url: str, body: dict[str, Any] | None, parameters: dict[str, Any]
    ) -> tuple[dict[str, Any], Any]:
        try:
            headers, data = self._requester.requestJsonAndCheck(
                verb,
                url,
                parameters=parameters or None,
                input=body,
                headers={"X-GitHub-Api-Version": API_VERSION},
            )
        except GithubException as problem:
            headers = {name.lower(): value for name, value in (problem.headers or {}).items()}
            raise self._translated(problem.status, problem.data, headers, verb, url) from problem
        except requests.RequestException as problem:
            message = f"GitHub could not be reached: {problem.__class__.__name__}."
            raise Transient(message) from problem
        return headers, data

    def _translated(
        self, status: int, data: Any, headers: Mapping[str, Any], verb: str, url: str
    ) -> GitHubError:
        message = str(data.get("message", "")) if isinstance(data, dict) else str(data or "")
        limited = _rate_limit_pause(status, message, headers, self._now())
        if limited is not None:
            return _limited(limited)
        if status >= 500:
            return Transient(f"GitHub answered {status} to {verb} {url}.")
        if status == 401:
            return GitHubError(
                "GitHub does not accept the token.",
                "Pass a valid one in GITHUB_TOKEN, for example: GITHUB_TOKEN=$(gh auth token) shipway status",
                reason_code="bad-credentials",
                exit_code=ExitCode.NOT_AUTHORISED,
            )
        if status in {403, 404} and (wanted := _wanted_permission(message, headers, verb)):
            return _missing_permission(wanted, f"{verb} {url}")
        if _RULES.search(message):
            return _forbidden(f"{verb} {url}", message, status, data)
        return Refused(f"GitHub refused {verb} {url}: {_explained(message, data)}", status, data)

    def _graphql_error(
        self, errors: list[dict[str, Any]], headers: Mapping[str, Any], document: str
    ) -> GitHubError:
        first = errors[0]
        message, kind = str(first.get("message", "")), str(first.get("type", ""))
        if kind == "STALE_DATA" or "Expected branch to point to" in message:
            return Stale(f"Somebody else changed it first: {message}")
        if kind == "RATE_LIMITED":
            return _limited(_rate_limit_pause(403, "rate limit", headers, self._now()) or 60)
        if not kind and "something went wrong" in message.lower():
            return Transient("GitHub could not answer a GraphQL request.")
        if kind == "FORBIDDEN":
            path = [str(part) for part in first.get("path", ())]
            return _missing_permission(_graphql_permission(path, document), ".".join(path))
        if _RULES.search(message):
            return _forbidden(".".join(map(str, first.get("path", ()))), message, 200, {"errors": errors})
        return Refused(f"GitHub refused: {message}", 200, {"errors": errors})


GITHUBS_WORDS = "The words are GitHub's; docs/reference/permissions.md has what the token needs."


class Refused(GitHubError):
    """GitHub understood and said no.

    Attributes:
        status: HTTP status; 200 for GraphQL errors.
        data: The body of the answer.
    """

    reason_code = "github-refused"

    def __init__(self, message: str, status: int, data: Any, next_step: str = "", **more: Any) -> None:
        super().__init__(message, next_step or GITHUBS_WORDS, **more)
        self.status = status
        self.data = data


@cache
def document_text(*names: str) -> str:
    """A GraphQL document of `documents/`, followed by the fragments that it uses, each a file of its own."""
    folder = files(__package__) / "documents"
    return "".join((folder / f"{name}.graphql").read_text("utf-8") for name in names)


FILES = frozenset({"additions", "content", "tree"})
"""Parts of requests that carry files, or name them."""


def _masked(value: Any, mask: Mask) -> Any:
    """What is written, without secrets."""
    if isinstance(value, Mapping):
        return {name: each if name in FILES else _masked(each, mask) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(each, mask) for each in value]
    return mask.value(value)


def _pause(state: RetryCallState) -> float:
    problem = state.outcome.exception() if state.outcome else None
    asked = problem.retry_after if isinstance(problem, Transient) else None
    return asked if asked is not None else float(2 ** (state.attempt_number - 1))


def _limited(pause: float) -> GitHubError:
    if pause <= LONGEST_PAUSE:
        return Transient("GitHub's rate limit is reached.", pause)
    return RateLimited(pause)


def _rate_limit_pause(status: int, message: str, headers: Mapping[str, Any], now: float) -> float | None:
    """Seconds to wait, after GitHub's "Rate limits for the REST API"; None when this is no rate limit."""
    if status not in {403, 429}:
        return None
    if "retry-after" in headers:
        return float(headers["retry-after"])
    if str(headers.get("x-ratelimit-remaining")) == "0":
        return max(1.0, float(headers.get("x-ratelimit-reset", now + 60)) - now)
    return 60.0 if "rate limit" in message.lower() else None


def _wanted_permission(message: str, headers: Mapping[str, Any], verb: str) -> str:
    """What GitHub says that the request needs; empty when the refusal is about something else."""
    forbidden = "not accessible by" in message or "Must have" in message or "permission" in message.lower()
    if not forbidden:
        return ""
    accepted = str(headers.get("x-accepted-github-permissions", "")).split(";")[0].split(",")[0].strip()
    if accepted:
        return accepted.replace("=", ": ")
    return "contents: read" if verb == "GET" else "contents: write"


def _graphql_permission(path: list[str], document: str) -> str:
    """What a refused field needs, by its name, as GitHub does not say it for GraphQL.

    Whatever is looked at for a release will also be written: naming that at once saves a second refusal.
    """
    name = path[-1] if path else ""
    aliased = re.search(rf"\b{re.escape(name)}: (\w+)\(", document)
    field = (aliased[1] if aliased else name).lower()
    permission = next((one for word, one in _PERMISSIONS.items() if word in field), "contents")
    reads = path[:1] == ["repository"] and not document.startswith("query Release(")
    return f"{permission}: {'read' if reads else 'write'}"


_PERMISSIONS = {
    "pullrequest": "pull_requests",
    "deployment": "deployments",
    "check": "checks",
    "status": "statuses",
    "project": "organization_projects",
    "milestone": "issues",
    "comment": "pull_requests",
    "reaction": "pull_requests",
    "issue": "issues",
}
"""Part of a GraphQL field's name → the permission that it needs."""


def _missing_permission(wanted: str, request: str) -> GitHubError:
    name, _, level = wanted.partition(": ")
    return GitHubError(
        f"The token lacks the permission `{wanted}`, which {request} needs.",
        f"Add this line under `permissions:` of the job, or give it to the App: {name.replace('_', '-')}: {level}",
        reason_code="permission-missing",
        exit_code=ExitCode.NOT_AUTHORISED,
    )


_RULES = re.compile(
    r"rule violations|must be made through|locked branch|protected ref|protected branch|authorized to push"
)
"""Words of GitHub's refusals by branch protection and rulesets."""


def _forbidden(request: str, message: str, status: int, data: Any) -> Refused:
    rule = message.removeprefix("Repository rule violations found").strip().replace("\n", " ")
    return Refused(
        f"The rules of the repository forbid {request}: {rule}",
        status,
        data,
        "Let the account of the token bypass the rule (Settings, Rules), or make it leave out what Shipway writes: "
        "release branches, tags and shipway-ledger.",
        reason_code="rules-forbid",
        exit_code=ExitCode.NOT_AUTHORISED,
    )


def _explained(message: str, data: Any) -> str:
    errors = data.get("errors", []) if isinstance(data, dict) else []
    details = [
        str(error.get("message") or f"{error.get('field')} {error.get('code')}")
        for error in errors
        if isinstance(error, dict)
    ]
    return "; ".join([message, *details]) if details else message


def _json_of(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return {"message": answer.text[:200]}
