"""`shipway twin`: serve a small GitHub on this machine."""

import os
import signal
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shipway.cli.extras import needing_twin
from shipway.cli.output import output_option, say, show
from shipway.errors import ShipwayError, UsageError

if TYPE_CHECKING:
    from shipway.twin.server import Twin


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the twin.

    Attributes:
        may: Repository → role in it, of those that were imported.
    """

    login: str
    token: str
    may: dict[str, str]


@click.command(
    "twin",
    short_help="Serve a small GitHub on this machine.",
    epilog="""
Examples:

\b
  shipway twin                                  an empty twin that forgets when it stops
  shipway twin --data ~/twin --port 8080        one that stays as it is
  shipway twin --import octocat/hello=.         with the repository of this directory
  shipway twin --user octocat --user bob --import octocat/hello=.       and with somebody who can approve
""",
)
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Directory to keep it in.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port; a free one when not given.")
@click.option(
    "--user",
    "users",
    multiple=True,
    default=("octocat",),
    metavar="LOGIN",
    help="Whose token is printed; may be repeated, since nobody approves their own pull request.",
)
@click.option("--import", "imports", multiple=True, metavar="OWNER/NAME=PATH", help="Bring a clone in.")
@output_option
def twin_command(
    data: Path | None, port: int, users: tuple[str, ...], imports: tuple[str, ...], output: str
) -> int:
    """Serve a small GitHub: REST, GraphQL and git, on the loopback address, until it is stopped.

    Prints the variables that point GitHub's clients at it, ready for a shell to read, with the token of the first
    user. Each user may write to what is imported, and its owner may do everything.
    """
    sources = [_source(one) for one in imports]
    twin = _start(data, port)
    try:
        for full_name, path in sources:
            _bring_in(twin, full_name, path)
        people = [_person(twin, login, [name for name, _ in sources]) for login in dict.fromkeys(users)]
        variables = twin.environment(people[0].token)
        shown = {"url": twin.url, "variables": variables, "users": [asdict(one) for one in people]}
        show(output, _exports(twin.url, variables, people), shown, masked=False)
        _wait()
    finally:
        twin.stop()
    return 0


def _source(text: str) -> tuple[str, Path]:
    full_name, _, path = text.partition("=")
    if full_name.count("/") != 1 or not Path(path, ".").is_dir() or not path:
        raise UsageError(
            f"--import {text} does not name a repository and a directory.",
            "Write it like `--import octocat/hello=../hello`.",
        )
    return full_name, Path(path)


def _start(data: Path | None, port: int) -> "Twin":
    server = needing_twin("shipway.twin.server")
    try:
        twin: Twin = server.Twin(data, port=port).start()
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise ShipwayError(
            f"The twin cannot start on port {port} with its data in {data or 'memory'}: {why}.",
            "Name a free port and a directory that you may write to: `shipway twin --port 0 --data ~/twin`.",
            reason_code="twin-start",
        ) from error
    return twin


def _bring_in(twin: "Twin", full_name: str, path: Path) -> None:
    from shipway.twin import admin  # noqa: PLC0415 - the twin is an extra

    with twin.world.locked():
        if twin.world.repository(full_name) is None:
            admin.create_repository(twin.world, full_name, from_git=path)


def _person(twin: "Twin", login: str, repositories: list[str]) -> Person:
    """Somebody with a token, who may at least write to these repositories."""
    from shipway.twin import admin  # noqa: PLC0415 - the twin is an extra
    from shipway.twin.behaviour import access  # noqa: PLC0415 - as above

    may = {}
    with twin.world.locked():
        token = admin.token_for(twin.world, login)
        for name in repositories:
            if not access.at_least(
                access.role_of(twin.world, twin.world.repository(name) or {}, login), "write"
            ):
                admin.add_collaborator(twin.world, name, login, "write")
            may[name] = access.role_of(twin.world, twin.world.repository(name) or {}, login)
    return Person(login, token, may)


def _exports(url: str, variables: dict[str, str], people: Sequence[Person]) -> str:
    """Shell commands; gh reaches the twin as the proxy of a host that it speaks plain HTTP to."""
    for_gh = {"GH_HOST": "github.localhost", "GH_TOKEN": variables["GITHUB_TOKEN"], "HTTP_PROXY": url}
    lines = [f"export {name}={value}" for name, value in variables.items()]
    hint = " ".join(f"{name}={value}" for name, value in for_gh.items())
    others = [f"# {one.login}: GITHUB_TOKEN={one.token}{_may(one)}" for one in people[1:]]
    return "\n".join([*lines, f"# gh: {hint} gh …", f"# git: git clone {url}/OWNER/NAME.git", *others])


def _may(person: Person) -> str:
    found = ", ".join(f"{role} in {name}" for name, role in person.may.items())
    return f" ({found})" if found else ""


def _wait() -> None:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    say("Serving until Ctrl-C.")
    stopped.wait()
