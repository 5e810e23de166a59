"""What people are told of a promotion: why it cannot go on, and what would lift that, with an example."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from shipway.domain.authority import can_run
from shipway.domain.delivery.claim_policy import unconcluded
from shipway.domain.delivery.command import Promotion, Situation
from shipway.domain.delivery.lock_policy import opening
from shipway.domain.delivery.order import comes_from
from shipway.domain.delivery.policies import environment_tag, verified_in
from shipway.domain.facts import PullRequestState
from shipway.domain.verdict import Verdict

LIFTING = " --lift-hold --reason '…'"
"""What lets a version back in that was rolled back."""


def again(command: Promotion) -> str:
    """The command that goes on with this promotion."""
    if command.trial:
        return command.trial.again(command.target)
    if command.automatic:
        return f"shipway release {command.version}"
    source = f" --from {command.source}" if command.source else ""
    return f"shipway promote {command.version}{source} --to {command.target}"


def sentence(command: Promotion, verdict: Verdict, yet: str = "") -> str:
    """Why it cannot go there; where that ends by itself or by what people say, not `yet`."""
    return f"{command.version} cannot go to {command.target}{yet}: {verdict.summary}."


def next_step(situation: Situation, verdict: Verdict) -> str:
    """What would lift a refusal, with an example."""
    if advice := _ADVICE.get(verdict.gate):
        return advice(situation)
    lifting = LIFTING if situation.command.lift_hold else ""
    return can_run(verdict.who, again(situation.command) + lifting)


def _the_next(situation: Situation) -> str:
    command, pipeline = situation.command, situation.pipeline
    source = command.source or _furthest(situation)
    ahead = pipeline.next_of(source) if source else pipeline.first()
    if not ahead:
        return "There is nowhere further to go."
    return f"Promote it to the next one: {again(replace(command, source=source, target=ahead[0]))}"


def _furthest(situation: Situation) -> str:
    """The last environment in which the version is verified and from which it can go on; empty for none."""
    ledger, pipeline, version = situation.facts.ledger, situation.pipeline, situation.command.version
    held = [name for name in pipeline.names if pipeline.next_of(name) and verified_in(ledger, name, version)]
    return held[-1] if held else ""


def _back_or_forward(situation: Situation) -> str:
    """By rollback to what was good there; what was never there cannot come back."""
    version, target = situation.command.version, situation.command.target
    if verified_in(situation.facts.ledger, target, version):
        return f"Go back by: shipway rollback {target} --to {version} --reason '…'"
    return "Release what you want there as a higher version: shipway release patch"


def _of_the_authors(situation: Situation) -> str:
    """Where GitHub cannot compare the histories, or they are too far apart, it is as unknown of anybody else."""
    command, target = situation.command, situation.command.target
    if situation.facts.asker.authored.get(target) is not None:
        return can_run("anybody else who may promote", again(command))
    return (
        "Bring in a version between them first; where GitHub finds no history in common, let authors promote: "
        f"`commit-authors: true` under `environments: {target}: authorize:`."
    )


def _of_the_last_push(situation: Situation) -> str:
    """A release learns of it only in a run that begins after the merge."""
    command = again(situation.command)
    if situation.facts.asker.last_pusher:
        return can_run("anybody else who may promote", command)
    return f"Once its pull request is merged: {command}; for a version without one: `last-pusher: true`."


def _released(_: Situation) -> str:
    return "Merge and release it, then bring that version in: shipway release minor"


_ADVICE: Mapping[str, Callable[[Situation], str]] = {
    "trial": _released,
    "pull-request": lambda s: (
        _released(s)
        if s.facts.proposal and s.facts.proposal.state == PullRequestState.MERGED
        else f"Once it is open in this repository: {again(s.command)}"
    ),
    "head": lambda s: f"Look at that commit, and try it: {again(s.command)}",
    "order": _the_next,
    "version": lambda s: f"Release it first: shipway release {s.command.version}",
    "verified": lambda s: _from_where_it_is(s) or f"Promote it there first: {again(_one_before(s))}",
    "digest": lambda _: "Release the changed files as a version of their own: shipway release patch",
    "tag": lambda s: (
        "Find out who set it; if it is wrong: git push --delete origin "
        f"{environment_tag(s.command.tag, s.command.target)}"
    ),
    "signature": lambda s: (
        "Release a commit that GitHub finds signed, such as one that it merged itself, "
        "or let it in unsigned: `signature: warn`."
        if s.facts.tag and s.facts.tag.signature
        else f"Run it again, so that GitHub is asked: {again(s.command)}"
    ),
    "lock": opening,
    "claim": lambda s: (
        f"Look how it ended: shipway sweep. Then: {again(s.command)}"
        if unconcluded(s)
        else f"Look how far they are, then try again: shipway status --env {s.command.target}"
    ),
    "hold": lambda s: f"When its cause is mended: {again(s.command)}{LIFTING}",
    "authorship": _of_the_authors,
    "last-push": _of_the_last_push,
    "protection": lambda s: (
        f"Make it as configured: shipway environments apply. Then go on: {again(s.command)}"
    ),
    "direction": _back_or_forward,
    "approval": lambda s: (
        f"Who rejected it may approve it after all; what came too late is asked again by: {again(s.command)}"
    ),
}
"""Policy → what would lift its refusal."""


def _from_where_it_is(situation: Situation) -> str:
    """The same from an environment that holds it, where any one is enough; empty where that is none."""
    command, pipeline = situation.command, situation.pipeline
    source = comes_from(pipeline, situation.facts.ledger.standings, command.version, command.target)
    if command.target not in pipeline.any_of or not verified_in(
        situation.facts.ledger, source, command.version
    ):
        return ""
    return f"Bring it in from there: {again(replace(command, source=source))}"


def _one_before(situation: Situation) -> Promotion:
    """The promotion that is missing: into the first environment before this one that lacks the version."""
    command, pipeline, ledger = situation.command, situation.pipeline, situation.facts.ledger
    before = pipeline.after[command.target]
    target = next((name for name in before if not verified_in(ledger, name, command.version)), before[0])
    source = next(iter(pipeline.after.get(target, ())), "")
    return replace(command, source=source, target=target)
