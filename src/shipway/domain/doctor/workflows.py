"""The workflows of a repository that call Shipway, and what they may do."""

import re
from collections.abc import Iterator
from datetime import datetime

from shipway.domain.doctor.finding import Finding, finding
from shipway.domain.doctor.other_tools import tools_beside
from shipway.domain.doctor.picture import Picture

AREA = "workflows"

_CALLS = re.compile(r"^[\s-]*uses:\s*[\"']?[\w.-]+/shipway(?:/[\w./-]*)?@(?P<pin>[\w./-]+)", re.MULTILINE)
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_TOKEN = re.compile(r"^\s+token:", re.MULTILINE)


def look_at_workflows(picture: Picture, _: datetime) -> Iterator[Finding]:
    """Which Shipway they call, and whether their own token is enough."""
    callers = {path: text for path, text in picture.workflows.items() if _CALLS.search(text)}
    for path, text in callers.items():
        yield from _pins(path, text, picture.version)
    own_token = any(not _TOKEN.search(text) for text in callers.values())
    if own_token and picture.may_open_pulls is False:
        what = "Workflows may not open pull requests with their own token."
        yield finding(AREA, "pull-requests-forbidden", what)
    target = picture.care(picture.target)
    if own_token and target and target.checked:
        what = f"{picture.target} demands checks, and the release workflow uses its own token."
        yield finding(AREA, "checks-not-started", what)
    yield from tools_beside(picture)


def _pins(path: str, text: str, version: str) -> Iterator[Finding]:
    for pin in dict.fromkeys(_CALLS.findall(text)):
        called, this = _VERSION.fullmatch(pin), _VERSION.fullmatch(version)
        if not called and not _COMMIT.fullmatch(pin):
            yield finding(AREA, "workflow-unpinned", f"{path} calls Shipway by the name {pin}, which moves.")
        elif called and this and [*map(int, called.groups())] < [*map(int, this.groups())]:
            yield finding(AREA, "workflow-outdated", f"{path} calls Shipway {pin}; this is {version}.")
