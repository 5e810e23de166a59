"""A run of the workflow that deploys, as GitHub shows it, and the address by which a deployment names its run."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowRun:
    """One run of a workflow.

    Attributes:
        id: Its number; 0 where only GitHub can give it.
        delivery: Id of the promotion or rollback that it was started for.
        status: `queued`, `waiting`, `in_progress`, `completed` and others of GitHub's.
        conclusion: How it ended; empty while it goes on.
        attempt: How often it was started.
        url: Where it can be watched.
        waiting_for: Logins, and `org/team`, of whom one has to approve before it goes on.
        rejected_by: Who rejected it, where somebody did.
        told_to_end: Whether this run of ours has asked GitHub to cancel it.
    """

    id: int
    status: str
    delivery: str = ""
    conclusion: str = ""
    attempt: int = 1
    url: str = ""
    waiting_for: tuple[str, ...] = ()
    rejected_by: str = ""
    told_to_end: bool = False

    @property
    def completed(self) -> bool:
        """Whether it goes on no more, unless somebody starts it again."""
        return self.status == "completed"


def run_in(log_url: str, repository: str) -> int:
    """Number of the run of this repository whose log is there; 0 where it is the log of something else."""
    found = re.match(rf"{re.escape(repository)}/actions/runs/(\d+)(?:/|$)", log_url)
    return int(found[1]) if found else 0
