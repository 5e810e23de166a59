"""Which commands of a comment go on when one before them is not done.

Each stands for itself, but for one that brings a version somewhere: not after another one that was to change the
same environment, or concerns the same version.
"""

from collections.abc import Iterable

from shipway.domain.commands import typed
from shipway.domain.commenting.receipt import changes

_EVERYTHING = "every environment"
_BRINGING = (
    typed.Release,
    typed.Hotfix,
    typed.Promote,
    typed.Deploy,
    typed.Rollback,
    typed.Retry,
    typed.Override,
)


def hindered_by(command: typed.Command, undone: Iterable[typed.Command]) -> typed.Command | None:
    """The one of those not done which this one builds upon; None where it stands for itself."""
    if not (isinstance(command, _BRINGING) and changes(command)):
        return None
    mine = _touched(command)
    return next((one for one in undone if changes(one) and _meet(mine, _touched(one))), None)


def _touched(command: typed.Command) -> frozenset[str]:
    named = {getattr(command, name, "") for name in ("environment", "target")} - {""}
    if isinstance(command, typed.Release | typed.Hotfix) or getattr(command, "every", False):
        named = {_EVERYTHING}
    version = getattr(command, "version", "")
    return frozenset({*named, f"version {version}"} if version else named)


def _meet(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one & other) or _EVERYTHING in one | other
