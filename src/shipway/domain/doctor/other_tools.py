"""Tools beside Shipway: their workflows, and the locks that they left."""

import re
from collections.abc import Iterator

from shipway.domain.doctor.finding import Finding, finding
from shipway.domain.doctor.picture import Picture
from shipway.domain.foreign_lock import EVERYWHERE, SUFFIX

_USED = re.compile(
    r"^[\s-]*uses:\s*[\"']?[\w.-]+/(?P<tool>release-please|branch-deploy)(?:-action)?@", re.MULTILINE
)


def tools_beside(picture: Picture) -> Iterator[Finding]:
    """Workflows that release or deploy past Shipway, in a repository that has it."""
    for path, text in picture.workflows.items() if picture.configuration else ():
        for tool in dict.fromkeys(_USED.findall(text)):
            yield finding("workflows", "tool-beside", f"{path} still runs {tool}.", name=tool)


def locks_beside(picture: Picture) -> Iterator[Finding]:
    """Locks of branch-deploy, each of which is a branch with a file."""
    for lock in picture.foreign_locks:
        whose = f" by {lock.by}" if lock.by else ""
        why = f": {lock.reason}" if lock.reason else "."
        if picture.policy.comments.dialect:
            what = f"branch-deploy's lock {lock.branch}{whose} stands, and Shipway holds to it{why}"
            name = "--all" if lock.branch == EVERYWHERE else lock.branch.removesuffix(SUFFIX)
            yield finding("under way", "foreign-lock-counts", what, name=name)
            continue
        what = f"branch-deploy's lock {lock.branch}{whose} stands, and Shipway does not hold to it{why}"
        yield finding("under way", "foreign-lock", what, name=lock.branch)
