"""The HTTP application: what every request passes on its way to a handler and back."""

import asyncio
import base64
import hashlib
import json
import logging
import os
import re
import signal
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shipway.twin import smart_http
from shipway.twin.behaviour import access
from shipway.twin.errors import Refused, not_found
from shipway.twin.faults import Fault
from shipway.twin.identity import ANONYMOUS, Identity
from shipway.twin.journal import Asked
from shipway.twin.rest.meta import VERSIONS
from shipway.twin.routing import Call, Reply, Route, as_reply, find_route
from shipway.twin.store import Json, Store
from shipway.twin.world import World

_LOG = logging.getLogger(__name__)
_GIT = re.compile(r"/([^/]+/[^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)")
_UNAVAILABLE = {500: "Server Error", 502: "Server Error", 503: "Service unavailable", 504: "Gateway timeout"}


@dataclass(slots=True)
class Incoming:
    """A request as it came in. `kind` is rest, graphql, git, control (of the twin itself) or page."""

    kind: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    operations: str = ""

    @property
    def writes(self) -> bool:
        """Whether it may change anything."""
        if self.kind == "graphql":
            return "mutation" in self.operations
        return self.method not in {"GET", "HEAD", "OPTIONS"} and not self.path.endswith("git-upload-pack")

    @property
    def token(self) -> str | None:
        """The token of the Authorization header, in any of the forms that GitHub takes."""
        scheme, _, rest = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() in {"bearer", "token"}:
            return rest.strip()
        if scheme.lower() == "basic":
            try:
                user, _, second = base64.b64decode(rest).decode("utf-8", "replace").partition(":")
            except ValueError:
                return rest  # no token that anybody has, so bad credentials
            return second if second not in {"", "x-oauth-basic"} else user
        return None


Observer = Callable[[Incoming, str, Reply], None]
OBSERVERS: list[Observer] = []
"""Told of every request, its route's template and the reply, by every twin of this process."""


@dataclass(slots=True)
class App:
    """The ASGI application of one twin. `hold` bounds a timeout fault, in seconds."""

    world: World
    transports: dict[tuple[str, int], asyncio.Transport] = field(default_factory=dict)
    hold: float = 60.0
    _past: tuple[Store, dict[str, dict[str, str]]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        incoming = await _read(request)
        fault = None
        if incoming.kind != "control":
            fault = self.world.faults.take(incoming.method, incoming.path, incoming.operations)
        reply = await self._before(fault, incoming, request)
        if reply is None and not _gone(fault, "before"):
            if incoming.writes:
                self._keep_past()
            if fault is not None and fault.kind == "reset-during":
                incoming.body = incoming.body[: len(incoming.body) // 2]
            if incoming.kind == "git":
                reply = await self._git(incoming)
            else:
                reply = self.answer(incoming, stale=fault is not None and fault.kind == "stale-read")
            reply = self._after(fault, reply)
        if reply is None:
            self._reset(scope)
            return
        reply.headers["date"] = format_datetime(self.world.clock.now(), usegmt=True)
        response = Response(_bytes(reply.body), reply.status, reply.headers, reply.media_type)
        await response(scope, receive, send)

    # -- faults ------------------------------------------------------------------------------------

    async def _before(self, fault: Fault | None, incoming: Incoming, request: Request) -> Reply | None:
        if fault is None:
            return None
        if fault.kind == "timeout":
            await _disconnected(request, self.hold)
        if fault.kind == "kill-before" and fault.pid:
            os.kill(fault.pid, signal.SIGKILL)
        if fault.kind in {"error-before", "rate-limit", "secondary-rate-limit"}:
            reply = self._failure(fault, incoming)
            self._count(incoming, incoming.path, reply)
            return reply
        return None

    def _failure(self, fault: Fault, incoming: Incoming) -> Reply:
        if fault.kind == "secondary-rate-limit":
            message = (
                "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            )
            refused = Refused(403, message, headers={"retry-after": str(fault.retry_after)})
            return Reply(_limited(fault), refused.body(), refused.headers)
        if fault.kind == "rate-limit":
            reset = int(self.world.clock.now().timestamp()) + fault.retry_after
            refused = Refused(403, "API rate limit exceeded for installation ID 1.")
            headers = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-used": "5000"}
            headers |= {"x-ratelimit-reset": str(reset), "x-ratelimit-resource": _resource(incoming)}
            return Reply(_limited(fault), refused.body(), headers)
        return Reply(fault.status, {"message": _UNAVAILABLE.get(fault.status, "Server Error")})

    def _after(self, fault: Fault | None, reply: Reply) -> Reply | None:
        if fault is None:
            return reply
        if fault.kind == "kill-after" and fault.pid:
            os.kill(fault.pid, signal.SIGKILL)
        if _gone(fault, "after"):
            return None
        if fault.kind == "error-after":
            return Reply(fault.status, {"message": _UNAVAILABLE.get(fault.status, "Server Error")})
        return reply

    def _reset(self, scope: Scope) -> None:
        transport = self.transports.get(tuple(scope["client"]))
        if transport is None:
            return
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        transport.abort()

    def close(self) -> None:
        """Let go of the copy of the past, if one is kept."""
        if self._past:
            self._past[0].close()
            self._past = None

    def _keep_past(self) -> None:
        self.close()
        if not self.world.faults.stale_reads:
            return
        with self.world.store.lock:
            store = Store()
            self.world.store.copy_to(store)
            self._past = (store, self.world.git.refs())

    # -- answering ---------------------------------------------------------------------------------

    def answer(self, incoming: Incoming, *, stale: bool = False) -> Reply:
        """The reply to a request that nothing disturbs."""
        who, found = ANONYMOUS, find_route(incoming.method.replace("HEAD", "GET"), incoming.path)
        template = found[0].template if found else incoming.path
        try:
            who = self._identify(incoming)
            if incoming.kind != "control":
                self.world.limits.spend(who, _resource(incoming), self.world.clock.now())
            reply = self._handle(incoming, who, found, stale=stale)
        except Refused as refused:
            reply = Reply(refused.status, refused.body(), refused.headers)
        except Exception:  # noqa: BLE001 - a bug of the twin is logged and answered as GitHub answers its own
            _LOG.exception("%s %s", incoming.method, template)
            reply = Reply(500, {"message": _UNAVAILABLE[500]})
        if found and found[0].needs:
            reply.headers["x-accepted-github-permissions"] = found[0].needs.replace(":", "=")
        if incoming.kind != "control":
            self._finish(incoming, reply, who)
            self._count(incoming, template, reply)
            for observer in OBSERVERS:
                observer(incoming, template, reply)
        return reply

    def _identify(self, incoming: Incoming) -> Identity:
        if incoming.kind == "control":
            return ANONYMOUS
        version = incoming.headers.get("x-github-api-version")
        if version and version not in VERSIONS:
            raise Refused(400, f"The API version {version!r} is not supported.")
        with self.world.store.lock:
            return access.authenticate(self.world, incoming.token)

    def _handle(
        self, incoming: Incoming, who: Identity, found: tuple[Route, dict[str, str]] | None, *, stale: bool
    ) -> Reply:
        if found is None:
            raise not_found()
        world = self.world.as_of(*self._past) if stale and self._past else self.world
        query = dict(parse_qsl(incoming.query, keep_blank_values=True))
        call = Call(world, who, *found, query, incoming.headers, incoming.body, incoming.path)
        try:
            with world.locked(who):
                _authorise(call)
                return as_reply(call.route.handler(call))
        finally:
            if world is not self.world:
                world.git.close()

    def _finish(self, incoming: Incoming, reply: Reply, who: Identity) -> None:
        number = len(self.world.journal.requests) + 1
        reply.headers["x-github-request-id"] = f"{number:04X}:TWIN"
        reply.headers["x-github-media-type"] = "github.v3; format=json"
        version = incoming.headers.get("x-github-api-version", VERSIONS[0])
        reply.headers["x-github-api-version-selected"] = version
        limits = self.world.limits.headers(who, _resource(incoming), self.world.clock.now())
        reply.headers = limits | reply.headers
        if incoming.kind == "rest" and incoming.method in {"GET", "HEAD"} and reply.status == 200:
            tag = f'W/"{hashlib.sha256(_bytes(reply.body)).hexdigest()}"'
            reply.headers["etag"] = tag
            if incoming.headers.get("if-none-match") == tag:
                reply.status, reply.body = 304, None
                self.world.limits.give_back(who, _resource(incoming), self.world.clock.now())

    def _count(self, incoming: Incoming, route: str, reply: Reply) -> None:
        agent = incoming.headers.get("user-agent", "")
        operation = incoming.operations or None
        self.world.journal.requests.append(
            Asked(incoming.kind, incoming.method, route, incoming.path, reply.status, agent, operation)
        )

    async def _git(self, incoming: Incoming) -> Reply:
        found = _GIT.fullmatch(incoming.path)
        try:
            if found is None:
                raise not_found()
            who = access.authenticate(self.world, incoming.token)
            query = dict(parse_qsl(incoming.query))
            call = smart_http.GitCall(found[1], found[2], query, incoming.headers, incoming.body)
            reply = await asyncio.to_thread(smart_http.serve, self.world, who, call)
        except Refused as refused:
            reply = Reply(refused.status, refused.message.encode(), refused.headers, "text/plain")
        self._count(incoming, found[2] if found else incoming.path, reply)
        return reply


async def _read(request: Request) -> Incoming:
    kind, path = _kind(request.headers.get("host", ""), request.scope["path"])
    body = await request.body()
    query = request.scope["query_string"].decode()
    incoming = Incoming(kind, request.method, path, query, request.headers, body)
    if kind == "graphql":
        incoming.operations = _operations(body)
    return incoming


def _kind(host: str, path: str) -> tuple[str, str]:
    """Tell the parts of the twin apart; both GitHub's and GitHub Enterprise Server's layout are served."""
    if path.startswith("http://"):  # a client that was told to use the twin as its proxy
        path = f"/{path.removeprefix('http://').partition('/')[2]}"
    if path.startswith("/_twin/"):
        return "control", path
    if path in {"/api/graphql", "/graphql"}:
        return "graphql", "/graphql"
    for prefix in ("/api/v3", "/api/uploads"):
        if path.startswith(prefix + "/") or path == prefix:
            return "rest", path.removeprefix(prefix).rstrip("/") or "/"
    if host.startswith("api."):
        return "rest", path
    return ("git", path) if _GIT.fullmatch(path) else ("page", f"/_web{path}")


def _operations(body: bytes) -> str:
    """The names in a GraphQL request that faults and counts go by: kind, operation and first fields."""
    try:
        request = json.loads(body)
        document = str(request["query"])
    except (ValueError, KeyError, TypeError):
        return ""
    kind = "mutation" if re.search(r"^\s*mutation\b", document, re.MULTILINE) else "query"
    names = [kind, request.get("operationName") or "", *re.findall(r"[{\s](\w+)\s*[({]", document)]
    return " ".join(dict.fromkeys(name for name in names if name))


def _authorise(call: Call) -> None:
    if call.route.needs and "repo" in call.values and "owner" in call.values:
        access.require(call.world, call.who, call.repo, call.route.needs, call.route.role)


async def _disconnected(request: Request, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return


def _gone(fault: Fault | None, when: str) -> bool:
    """Whether the connection ends without an answer, before or after the handler."""
    if fault is None:
        return False
    if fault.kind == "reset-during":
        return when == "after"
    return fault.kind in {f"reset-{when}", f"kill-{when}"} or (fault.kind == "timeout" and when == "before")


def _limited(fault: Fault) -> int:
    """GitHub limits with 403 or 429; a fault says which by its status."""
    return fault.status if fault.status == 429 else 403


def _resource(incoming: Incoming) -> str:
    if incoming.kind == "graphql":
        return "graphql"
    return "search" if incoming.path.startswith("/search/") else "core"


def _bytes(body: Json) -> bytes:
    if body is None:
        return b""
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
