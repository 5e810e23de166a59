"""The workflows that call Shipway: which of those that it ships are proposed, and what is put into them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shipway.domain.setup.findings import Findings
from shipway.domain.setup.repository import OWN
from shipway.domain.setup.yaml_text import scalar

Condition = Callable[[Findings], bool]


@dataclass(frozen=True, slots=True)
class Caller:
    """Where Shipway's Action and reusable workflows are taken from.

    Attributes:
        owner: Whose copy of it.
        version: Which release of it, such as `0.1.0`; empty for the one that stands in the shipped files.
    """

    owner: str
    version: str


def _always(found: Findings) -> bool:  # noqa: ARG001 - a condition
    return True


def _never(found: Findings) -> bool:  # noqa: ARG001 - a condition
    return False


def _released_on_push(found: Findings) -> bool:
    return found.route.follow


def _with_environments(found: Findings) -> bool:
    return bool(found.environments)


DEPLOYS = f"{OWN.rpartition('/')[2]}deploy.yml"
"""The name of the workflow that deploys, as it is written; the configuration has to call it so."""

PROPOSED: Mapping[str, tuple[Condition, str]] = {
    "release-button": (_always, "always"),
    "release-on-push": (_released_on_push, "unless the flow freezes what it releases, as git-flow does"),
    "release-reuse": (_never, "never: it does what release-button does, in another way"),
    "promote-": (_with_environments, "with environments"),
    "rollback-": (_with_environments, "with environments"),
    "lock-": (_with_environments, "with environments"),
    "deploy": (_with_environments, "with environments"),
    "sweep": (_with_environments, "with environments"),
    "comments": (_always, "always"),
}
"""How the name of a shipped workflow begins → when it is proposed; the others always are."""

_USES = re.compile(r"\bOWNER/shipway(?P<path>[\w./-]*)@v(?P<version>\d+\.\d+\.\d+)")
_COPY = re.compile(r"^#[^\n]*\bOWNER\b[^\n]*\n|^# Copy to [^\n]*\n", re.MULTILINE)
_ITSELF = re.compile(r"(?<=workflow: )deploy\.yml")
_MAIN = re.compile(r"branches: \[main\]")


def proposed_workflows(found: Findings, shipped: Mapping[str, str], caller: Caller) -> dict[str, str]:
    """Path in the repository → text of the workflows that fit it.

    Args:
        shipped: Name of a file → its text.
    """
    fitting = {name: text for name, text in shipped.items() if _fits(name, found)}
    return {f"{OWN}{name}": filled_in(text, found.route.source, caller) for name, text in fitting.items()}


def _fits(name: str, found: Findings) -> bool:
    beginning = next((one for one in PROPOSED if name.startswith(one)), "")
    return PROPOSED[beginning][0](found) if beginning else True


def filled_in(text: str, branch: str, caller: Caller) -> str:
    """A shipped workflow with the owner, the version and the branch in their places."""
    pin = caller.version or r"\g<version>"
    used = _USES.sub(rf"{caller.owner}/shipway\g<path>@v{pin}", _COPY.sub("", text))
    called = _ITSELF.sub(DEPLOYS, used)
    return _MAIN.sub(lambda _: f"branches: [{scalar(branch)}]", called)
