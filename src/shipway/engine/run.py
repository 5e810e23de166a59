"""The only control flow there is: gather, decide, perform, until done, waiting or refused."""

from dataclasses import replace

from shipway.adapters.github import Transient
from shipway.domain.facts import DeploymentState, Facts
from shipway.domain.merge_rules import STILL_COMPUTING
from shipway.domain.outcome import Outcome, outcome_of, planned
from shipway.domain.plan import Move, Step
from shipway.domain.reconcile import reconciled
from shipway.domain.release import decide, foresee
from shipway.domain.resting import Done, Refusal, Wait
from shipway.engine.context import Context
from shipway.engine.perform import perform

PATIENCE = 6
"""How often in a row a stumbling GitHub is looked at again before the run ends in a resumable state."""

POLL = 15.0
"""Seconds between two looks while a run waits for people (`--wait`)."""


def run(context: Context, *, wait: bool = False) -> Outcome:
    """Carry the release as far as it goes now.

    Args:
        context: What to work with.
        wait: Keep looking while somebody else has to move, instead of ending with "waiting".

    Raises:
        ShipwayError: GitHub refused, or kept stumbling; running again goes on where this stopped.
    """
    facts = _first_look(context)
    done: list[str] = []
    stumbles = 0
    while True:
        move = decide(facts, context.command, context.policy, context.now())
        context.watch(move, facts)
        if isinstance(move, Wait) and (pause := _pause(move, stumbles, wait=wait)):
            context.sleep(pause)
            stumbles = stumbles + 1 if move.reason_code == STILL_COMPUTING else 0
            facts = reconciled(context.gather(), facts)
            continue
        if isinstance(move, Wait | Refusal | Done):
            return outcome_of(move, facts, context.command, context.policy, tuple(done))
        try:
            facts = perform(move, facts, context)
        except Transient as problem:
            stumbles += 1
            if stumbles >= PATIENCE:
                raise
            seconds = problem.retry_after if problem.retry_after is not None else 2.0**stumbles
            context.stumbled(problem, seconds)
            context.sleep(seconds)
            facts = reconciled(context.gather(), facts)
        else:
            stumbles = 0
            done.append(str(move))


def _pause(move: Wait, looks: int, *, wait: bool) -> float:
    """Seconds until the next look; 0 to end the run."""
    if move.reason_code == STILL_COMPUTING and looks < PATIENCE:
        return 2.0
    return POLL if wait else 0.0


def dry_run(context: Context) -> Outcome:
    """Everything that would be done, to the end; nothing is."""
    facts = _first_look(context)
    moves = tuple(foresee(facts, context.command, context.policy, context.now()))
    return planned(moves, facts, context.command, context.policy, tuple(_lines(moves)))


def _lines(moves: tuple[Move, ...]) -> list[str]:
    """Steps and waits as people read them; how it ends is the outcome's to say."""
    return [
        f"wait for {move.who or 'GitHub'}" if isinstance(move, Wait) else str(move)
        for move in moves
        if isinstance(move, Wait | Step)
    ]


def _first_look(context: Context) -> Facts:
    """The facts at the start; deployments that failed before now may be tried again."""
    facts = context.gather()
    failed = {d.id for d in facts.deployments if d.state in {DeploymentState.FAILURE, DeploymentState.ERROR}}
    return replace(facts, tried_before=frozenset(failed))
