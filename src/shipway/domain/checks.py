"""What the checks on a commit say together: reruns, several Apps with one name, and what cannot be trusted.

A check is known by who reports it and by its name. Of its reruns on one commit the newest counts. Where several
report under one name all of them must have succeeded, as on GitHub, unless one App is named.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from shipway.domain.gate_policy import WantedCheck
from shipway.domain.verdict import Ruling, Verdict

AWAITED = frozenset({"checks-absent", "checks-running", "checks-untrusted"})
"""Reason codes of verdicts that need nobody to change anything: what is missing may still come."""

_WHO = "the authors of the change"


@dataclass(frozen=True, slots=True)
class Check:
    """One run of a check, or a commit status.

    Attributes:
        conclusion: Lower case; empty while it runs (``success``, ``failure``, ``neutral``, ``skipped`` …).
        node_id: Of a check run; empty for a commit status.
        app: Slug of the App that reported it; empty for a commit status.
        app_id: Of that App; 0 for a commit status, of which GitHub does not say it.
        workflow: Workflow and event that it is a job of; empty where it is none.
        number: Of a check run; a later run has a higher one. 0 for a commit status.
        external_id: By which its reporter knows it; empty where it gave none.
        began: When it started, or was posted, as GitHub writes times; empty when that is not known.
    """

    name: str
    conclusion: str
    required: bool = False
    url: str = ""
    node_id: str = ""
    app: str = ""
    app_id: int = 0
    workflow: str = ""
    number: int = 0
    began: str = ""
    external_id: str = ""

    @property
    def source(self) -> tuple[str, str, str]:
        """Who reports it and under which name: the same for reruns."""
        return self.name, self.app, self.workflow

    @property
    def age(self) -> tuple[int, str, bool, str]:
        """The greater, the newer; of two looks at one run the one that shows how it ended."""
        return self.number, self.began, bool(self.conclusion), self.conclusion


@dataclass(frozen=True, slots=True)
class RequiredCheck:
    """A check that a branch demands.

    Attributes:
        app_id: Of the one App whose word counts; 0 where anybody's does.
    """

    name: str
    app_id: int = 0

    def __str__(self) -> str:
        return f"{self.name} by App {self.app_id}" if self.app_id else self.name

    def answered_by(self, check: Check) -> bool:
        """Whether this reports it. Whose a commit status is only GitHub knows, and says when asked to merge."""
        return check.name == self.name and (not self.app_id or check.app_id in {0, self.app_id})


@dataclass(frozen=True, slots=True)
class Observed:
    """The checks on a commit as far as GitHub showed them.

    Attributes:
        doubt: Why that cannot be trusted to be all of them; empty when it can.
    """

    checks: tuple[Check, ...] = ()
    doubt: str = ""


NOTHING_OBSERVED = Observed()
"""Of a commit without checks."""


class State(StrEnum):
    """What a wanted check comes to, worst first."""

    FAILED = "failed"
    BROKEN = "ended without a result"
    ABSENT = "never reported"
    RUNNING = "still running"
    SKIPPED = "skipped"
    SUCCEEDED = "succeeded"


_STATES: Mapping[str, State] = {
    "": State.RUNNING,
    "success": State.SUCCEEDED,
    "neutral": State.SKIPPED,
    "skipped": State.SKIPPED,
    "failure": State.FAILED,
    "error": State.FAILED,
}
"""Conclusion → state; every other conclusion is no result: cancelled, stale, timed out, action required …"""

_WORST_FIRST = list(State)


def newest(checks: Iterable[Check]) -> tuple[Check, ...]:
    """The newest run of every check, by name."""
    found: dict[tuple[str, str, str], Check] = {}
    for check in checks:
        known = found.get(check.source)
        if known is None or check.age > known.age:
            found[check.source] = check
    return tuple(found[source] for source in sorted(found))


def state_of(check: Check) -> State:
    """What one run of a check comes to."""
    return _STATES.get(check.conclusion, State.BROKEN)


def reports_of(wanted: WantedCheck, checks: Iterable[Check]) -> tuple[Check, ...]:
    """The newest runs that answer for a wanted check."""
    return tuple(
        check for check in newest(checks) if check.name == wanted.name and wanted.app in {"", check.app}
    )


def state_of_wanted(wanted: WantedCheck, checks: Iterable[Check]) -> State:
    """What a wanted check comes to: the worst of those that report under its name."""
    states = map(state_of, reports_of(wanted, checks))
    return min(states, key=_WORST_FIRST.index, default=State.ABSENT)


def check_verdict(gate: str, wanted: Iterable[WantedCheck], observed: Observed) -> Verdict:
    """Whether every wanted check has succeeded; the worst state is the answer, with the names that are in it."""
    if observed.doubt:
        summary = f"GitHub's answer cannot be relied on: {observed.doubt}"
        return Verdict(gate, Ruling.INCONCLUSIVE, "checks-untrusted", summary, "GitHub")
    states = {one: state_of_wanted(one, observed.checks) for one in wanted}
    if not states:
        return Verdict(gate, Ruling.INCONCLUSIVE, "no-data", "no check is demanded", "")
    for state, ruling, code in (
        (State.FAILED, Ruling.FAIL, "checks-failed"),
        (State.BROKEN, Ruling.ERROR, "checks-broken"),
        (State.ABSENT, Ruling.INCONCLUSIVE, "checks-absent"),
        (State.RUNNING, Ruling.INCONCLUSIVE, "checks-running"),
        (State.SKIPPED, Ruling.INCONCLUSIVE, "checks-skipped"),
    ):
        there = [one for one, found in states.items() if found is state]
        if there:
            names = tuple(_named(one, state, observed.checks) for one in there)
            return Verdict(gate, ruling, code, f"{state.value}: {', '.join(names)}", _WHO, names)
    return Verdict(gate, Ruling.PASS, "checks-succeeded", "all checks succeeded")


def _named(wanted: WantedCheck, state: State, checks: Iterable[Check]) -> str:
    """The name; with how it ended, where the state does not say it."""
    ends = sorted({check.conclusion for check in reports_of(wanted, checks) if state_of(check) is state})
    return f"{wanted} ({', '.join(ends)})" if state is State.BROKEN else str(wanted)
