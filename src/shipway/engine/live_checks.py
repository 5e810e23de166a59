"""How far the gates are, shown on the commit while they run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from shipway.adapters.github import GitHub, Transient, check_runs
from shipway.domain.annotation import Annotation
from shipway.domain.checks import Check
from shipway.domain.facts import Branch, Oid
from shipway.domain.verdict import Verdict
from shipway.engine.gates import GateWatch
from shipway.errors import GitHubError


class LiveChecks:
    """One check run a gate: all are there before the first command starts, each is completed as its gate answers.

    What GitHub does not take while gates run is left to the report at their end.

    Args:
        begun: Gate → node id of check runs that an earlier run left open on this commit; empty for completed ones.
        warn: Told, once, that gates cannot be shown.
    """

    def __init__(
        self,
        github: GitHub,
        repository_id: str,
        commit: Oid,
        begun: Mapping[str, str],
        warn: Callable[[str], None],
    ) -> None:
        self._github, self._repository_id, self._commit = github, repository_id, commit
        self._open = dict(begun)
        self._warn = warn
        self._order: tuple[str, ...] = ()
        self._shown: set[str] = set()

    @property
    def watch(self) -> GateWatch:
        """What gates tell."""
        return GateWatch(queued=self._queued, answered=self._answered)

    @property
    def shown(self) -> frozenset[str]:
        """Gates whose check run says what they answered."""
        return frozenset(self._shown)

    def seen(self, branch: Branch | None) -> Branch | None:
        """The branch with the check runs on it that are still open."""
        rows = (
            Check(f"{check_runs.PREFIX}{gate}", "", node_id=node) for gate, node in self._open.items() if node
        )
        return branch and replace(branch, checks=(*branch.checks, *rows))

    def _queued(self, gates: Mapping[str, float | None]) -> None:
        """Raises `Transient`: nothing has been run yet, so that looking again costs nothing."""
        self._order = tuple(gates)
        missing = [gate for gate in gates if gate not in self._open]
        try:
            if missing:
                created = check_runs.begin(self._github, self._repository_id, self._commit, missing)
                self._open.update(created)
        except Transient:
            raise
        except GitHubError as problem:
            self._warn(not_shown(problem))

    def _answered(self, verdict: Verdict, notes: Sequence[Annotation]) -> None:
        node_id = self._open.get(verdict.gate)
        if not node_id or verdict.reason_code == "not-run":
            return
        following = next(iter(self._order[self._order.index(verdict.gate) + 1 :]), "")
        try:
            check_runs.move_on(
                self._github,
                self._repository_id,
                (node_id, verdict, notes),
                self._open.get(following, "") if verdict.passed else "",
            )
        except GitHubError:
            return  # the report at the end does it
        del self._open[verdict.gate]
        self._shown.add(verdict.gate)


def not_shown(problem: GitHubError) -> str:
    """Say that gates are not shown on the commit, why, and what lifts it."""
    if problem.reason_code != "permission-missing":
        return f"The gates could not be shown on the commit: {problem.message}"
    return (
        "The gates could not be shown on the commit: the token lacks the permission `checks: write`. "
        "Add this line under `permissions:` of the job, or give it to the App: checks: write"
    )
