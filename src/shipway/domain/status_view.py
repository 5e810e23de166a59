"""What runs where, as people and programs see it: from deployments, the ledger, and what environments say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from shipway.domain.delivery.progress import (
    APPROVAL,
    DECISION,
    RESUMPTION,
    REVIEW,
    TIME,
    Progress,
    Scene,
    progress_of,
)
from shipway.domain.events import timestamp
from shipway.domain.facts import Deployment, DeploymentState
from shipway.domain.foreign_lock import ForeignLock, closing
from shipway.domain.policy import Policy
from shipway.domain.span import span_text
from shipway.domain.standing import Lock, Standing, Standings, row_of
from shipway.domain.trial import in_sentences, in_words, trial_of

Row = dict[str, Any]

SHORTEST_COMMIT = 7
"""Digits of a commit that are enough to know it by."""


@dataclass(frozen=True, slots=True)
class Health:
    """What an environment says itself.

    Attributes:
        version: Untrusted text.
        problem: Why it says nothing; empty where it does.
    """

    version: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """What is true of the environments.

    Attributes:
        deployments: Newest first.
        health: Environment → what it says itself, where it is asked.
        held: Ids of deployments whose job GitHub holds back.
        reviewers: Environment → who may let such a job go on.
        repository: Its address.
        foreign_locks: Of branch-deploy, where they count.
    """

    deployments: Sequence[Deployment]
    standings: Standings = field(default_factory=dict)
    health: Mapping[str, Health] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    held: frozenset[int] = frozenset()
    reviewers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    repository: str = ""
    foreign_locks: tuple[ForeignLock, ...] = ()


def environment_rows(names: Iterable[str], situation: Situation, now: datetime) -> list[Row]:
    """One row for each environment, as plain JSON."""
    return [_environment_row(name, situation, now) for name in names]


def _environment_row(name: str, situation: Situation, now: datetime) -> Row:
    here = [one for one in situation.deployments if one.environment == name]
    newest = here[0] if here else None
    running = next((one for one in here if one.state is DeploymentState.SUCCESS), None)
    standing = situation.standings.get(name, Standing())
    lock, claim = _lock(name, situation, now), standing.claim
    return {
        "environment": name,
        "version": running.version if running else "",
        "trial": _trial_row(running),
        "sha": running.commit if running else "",
        "state": _state(newest, running, standing),
        "attempted": newest.version if newest and newest is not running else "",
        "at": when(newest) if newest else "",
        "actor": who(newest) if newest else "",
        "foreign": bool(newest and not _ours(newest)),
        "verified": standing.stable.version if standing.stable else "",
        "lock": row_of(lock) if lock else None,
        "holds": [row_of(hold) for hold in standing.holds],
        "under_way": claim.version if claim and timestamp(now) < claim.until else "",
        "progress": _progress_row(progress_of(_scene(name, here, situation, now))),
        "colour": standing.colour,
        "health": _health_row(situation.health.get(name), running),
    }


def _lock(name: str, situation: Situation, now: datetime) -> Lock | None:
    """Ours, or the one by which branch-deploy closes it."""
    ours = situation.standings.get(name, Standing()).lock
    theirs = closing(situation.foreign_locks, name)
    return ours if ours and ours.holds_at(timestamp(now)) else theirs[0].lock if theirs else None


def _scene(name: str, here: Sequence[Deployment], situation: Situation, now: datetime) -> Scene:
    return Scene(
        environment=name,
        standing=situation.standings.get(name, Standing()),
        deployments=tuple(here),
        now=now,
        policy=situation.policy,
        held=situation.held,
        reviewers=situation.reviewers.get(name, ()),
        repository=situation.repository,
    )


def _progress_row(progress: Progress | None) -> Row | None:
    return {**asdict(progress), "waiting_for": [*progress.waiting_for]} if progress else None


def _state(newest: Deployment | None, running: Deployment | None, standing: Standing) -> str:
    if newest is None:
        return "never deployed"
    if newest.state.failed:
        return "failed"
    if not newest.state.settled:
        return "deploying"
    if running is None:
        return "inactive"
    if trial_of(running.version):
        return "tried"
    stable = standing.stable
    good = stable is not None and (stable.version, stable.commit) == (running.version, running.commit)
    return "verified" if good else "deployed"


def _trial_row(running: Deployment | None) -> Row | None:
    trial = trial_of(running.version) if running else None
    return trial.to_json() if trial else None


def _health_row(health: Health | None, running: Deployment | None) -> Row | None:
    if health is None:
        return None
    if health.problem:
        return {"state": "unknown", "version": "", "problem": health.problem}
    same = running is not None and is_version(health.version, running.version, running.commit)
    return {"state": "ok" if same else "drift", "version": health.version, "problem": ""}


def is_version(said: str, version: str, commit: str) -> bool:
    """Whether an environment means a version, by its number with or without `v`, or by its commit."""
    by_commit = len(said) >= SHORTEST_COMMIT and commit.startswith(said.lower())
    return by_commit or (bool(version) and said.removeprefix("v") == version.removeprefix("v"))


def history_rows(deployments: Iterable[Deployment]) -> list[Row]:
    """One row for each deployment, newest first, also those that others made."""
    return [
        {
            "deployment": one.id,
            "environment": one.environment,
            "version": one.version,
            "sha": one.commit,
            "state": one.state.value,
            "at": when(one),
            "actor": who(one),
            "foreign": not _ours(one),
            "url": one.url,
        }
        for one in deployments
    ]


def _ours(deployment: Deployment) -> bool:
    """Whether it belongs to a release, a promotion or a rollback."""
    return bool(deployment.release_id or deployment.delivery)


def when(deployment: Deployment) -> str:
    """When it came to its state."""
    return deployment.updated_at or deployment.created_at


def who(deployment: Deployment) -> str:
    """Who asked for it."""
    return deployment.actor or deployment.creator


def ago(at: str, now: datetime) -> str:
    """How long ago a moment is, such as `2h 5m ago`; empty for none."""
    if not at:
        return ""
    return f"{span_text(now - datetime.fromisoformat(at))} ago"


COLUMNS = ("environment", "version", "sha", "state", "when", "by")
HISTORY_COLUMNS = ("deployment", "environment", "version", "sha", "state", "when", "by", "made by")
RARE_COLUMNS = ("progress", "colour", "lock", "holds", "health")
"""Shown only where some environment has anything there."""


def environment_table(rows: Sequence[Row], now: datetime) -> list[list[str]]:
    """The rows as people read them, under a row of headings."""
    cells = [_cells(row, now) for row in rows]
    columns = [*COLUMNS, *(name for name in RARE_COLUMNS if any(one[name] for one in cells))]
    return [columns, *([one[name] or "—" for name in columns] for one in cells)]


def _cells(row: Row, now: datetime) -> dict[str, str]:
    lock, holds, health = row["lock"], row["holds"], row["health"]
    attempted = in_words(row["attempted"]) if row["state"] in {"failed", "deploying"} else ""
    state = f"{row['state']} ({attempted})" if attempted else row["state"]
    return {
        "environment": row["environment"],
        "version": in_words(row["version"]),
        "by": row["actor"],
        "sha": row["sha"][:7],
        "state": f"{state}, foreign" if row["foreign"] else state,
        "when": ago(row["at"], now),
        "lock": f"by {lock['actor']}" if lock else "",
        "holds": f"against {', '.join(hold['version'] for hold in holds)}" if holds else "",
        "health": _health_text(health),
        "progress": _progress_text(row["progress"]) if row["progress"] else "",
        "colour": row["colour"],
    }


def _progress_text(progress: Row) -> str:
    """How far it is; empty where there is nothing more to say than that it is on its way."""
    if progress["goes_back"]:
        return "goes back"
    waits = {
        TIME: f"paused until {progress['until']}",
        REVIEW: "waits for review",
        APPROVAL: "waits for approval",
        RESUMPTION: "waits to go on",
    }
    return ", ".join(filter(None, (_share(progress), waits.get(progress["waits_for"], ""))))


def _share(progress: Row) -> str:
    """Such as `canary 25 %`; empty where it takes over at once."""
    if not progress["strategy"]:
        return ""
    place = f" in {progress['colour']}" if progress["colour"] else ""
    return f"{progress['strategy']} {progress['weight']} %{place}"


def _health_text(health: Row | None) -> str:
    if health is None:
        return ""
    return f"drift: says {health['version']}" if health["state"] == "drift" else str(health["state"])


def history_table(rows: Sequence[Row], now: datetime) -> list[list[str]]:
    """The history as people read it, under a row of headings."""
    cells = [
        [
            str(row["deployment"]),
            row["environment"],
            in_words(row["version"]) or "—",
            row["sha"][:7],
            row["state"],
            ago(row["at"], now),
            row["actor"] or "—",
            "foreign" if row["foreign"] else "Shipway",
        ]
        for row in rows
    ]
    return [list(HISTORY_COLUMNS), *cells]


def notes(rows: Iterable[Row], now: datetime) -> list[str]:
    """What stands behind locks, holds, versions on their way and unknown health, one sentence each."""
    return [in_sentences(note) for row in rows for note in _notes(row, now)]


def _notes(row: Row, now: datetime) -> Iterable[str]:
    name, lock, health = row["environment"], row["lock"], row["health"]
    if lock:
        until = f" until {lock['until']}" if lock["until"] else ""
        since = f", {ago(lock['at'], now)}" if lock["at"] else ""
        yield f"{name} is locked{until} by {lock['actor']}{since}{_scope(lock)}: {lock['reason']}"
    for hold in row["holds"]:
        since = f"since {hold['actor']} rolled it back"
        yield f"{hold['version']} does not come back to {name} {since}: {hold['reason']}"
    if row["foreign"] and row["verified"]:
        whose = "is not Shipway's, or of a run that was started again"
        look = f"shipway status --env {name} --history 5"
        yield f"the newest deployment to {name} {whose}; {row['verified']} was verified there last: {look}"
    if row["trial"]:
        yield _trial_note(name, row)
    if row["progress"]:
        yield _progress_note(name, row["progress"], now)
    if health and health["problem"]:
        yield f"{name} {health['problem']}, so its health is unknown"


def _trial_note(name: str, row: Row) -> str:
    back = f"back to {row['verified']}: shipway rollback {name} --reason '…'"
    return (
        f"{row['version']} stands in {name}; {back if row['verified'] else 'no version was verified there'}"
    )


def _progress_note(name: str, progress: Row, now: datetime) -> str:
    """What is on its way, who brought it, how far it is, and what has to happen next."""
    version, by = progress["version"], f"by {progress['actor']}, {ago(progress['at'], now)}"
    if progress["goes_back"]:
        return f"{name} is to go back from {version}: {progress['goes_back']}{_next(name, progress)}"
    if progress["waits_for"] == APPROVAL:
        return f"{version} waits for approval until {progress['until']} to come into {name}, asked for {by}"
    share = f": {_share(progress)}" if progress["strategy"] else ""
    if progress["replaces"]:
        return f"{name} is going back from {progress['replaces']} to {version}, {by}{share}{_next(name, progress)}"
    return f"{version} is on its way into {name}, {by}{share}{_next(name, progress)}"


def _next(name: str, progress: Row) -> str:
    """What has to happen before it goes on, or where one can watch it."""
    run = progress["run"]
    who = f"by {' or '.join(progress['waiting_for'])}" if progress["waiting_for"] else "on GitHub"
    follows = {
        TIME: f", paused until {progress['until']}",
        REVIEW: f"; waits for review {who}: {run}",
        DECISION: f"; a person decides: shipway rollback {name} --reason '…'",
        RESUMPTION: "; goes on when somebody runs the command again, or shipway sweep",
    }
    return follows.get(progress["waits_for"], f": {run}" if run else "")


def _scope(lock: Row) -> str:
    """Whom a lock lets through."""
    match lock["scope"]:
        case "pr":
            return f", open to pull request #{lock['subject']}"
        case "user" | "release":
            return f", open to {lock['subject']}"
        case _:
            return ""
