"""`shipway twin`: serve a small GitHub on this machine."""

import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shipway.cli.extras import needing_twin
from shipway.cli.output import output_option, say, show
from shipway.errors import ShipwayError, UsageError

if TYPE_CHECKING:
    from shipway.twin.server import Twin


@click.command(
    "twin",
    short_help="Serve a small GitHub on this machine.",
    epilog="""
Examples:

\b
  shipway twin                                  an empty twin that forgets when it stops
  shipway twin --data ~/twin --port 8080        one that stays as it is
  shipway twin --import octocat/hello=.         with the repository of this directory
""",
)
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Directory to keep it in.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port; a free one when not given.")
@click.option("--user", default="octocat", show_default=True, help="Login the printed token belongs to.")
@click.option("--import", "imports", multiple=True, metavar="OWNER/NAME=PATH", help="Bring a clone in.")
@output_option
def twin_command(data: Path | None, port: int, user: str, imports: tuple[str, ...], output: str) -> int:
    """Serve a small GitHub: REST, GraphQL and git, on the loopback address, until it is stopped.

    Prints the variables that point GitHub's clients at it, ready for a shell to read.
    """
    sources = [_source(one) for one in imports]
    twin = _start(data, port)
    try:
        for full_name, path in sources:
            _bring_in(twin, full_name, path)
        variables = twin.environment(_token(twin, user))
        show(output, _exports(twin.url, variables), {"url": twin.url, "variables": variables}, masked=False)
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


def _token(twin: "Twin", login: str) -> str:
    from shipway.twin import admin  # noqa: PLC0415 - the twin is an extra

    with twin.world.locked():
        return admin.token_for(twin.world, login)


def _exports(url: str, variables: dict[str, str]) -> str:
    """Shell commands; gh reaches the twin as the proxy of a host that it speaks plain HTTP to."""
    for_gh = {"GH_HOST": "github.localhost", "GH_TOKEN": variables["GITHUB_TOKEN"], "HTTP_PROXY": url}
    lines = [f"export {name}={value}" for name, value in variables.items()]
    hint = " ".join(f"{name}={value}" for name, value in for_gh.items())
    return "\n".join([*lines, f"# gh: {hint} gh …", f"# git: git clone {url}/OWNER/NAME.git"])


def _wait() -> None:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    say("Serving until Ctrl-C.")
    stopped.wait()
