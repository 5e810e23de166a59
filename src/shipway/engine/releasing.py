"""Carries a release on, or tells what would be done."""

from shipway.domain.facts import Facts
from shipway.domain.outcome import Outcome, outcome_of, planned
from shipway.domain.plan import Step
from shipway.domain.reconcile import reconciled
from shipway.domain.release import decide, foresee
from shipway.domain.resting import Refusal, Wait
from shipway.engine.askers import version_commit
from shipway.engine.context import Context
from shipway.engine.perform import perform
from shipway.engine.run import Course, first_look, lines, run, warned_of_debts


def _course(context: Context) -> Course[Facts, Step]:
    return Course(
        gather=context.gather,
        decide=lambda facts, now: decide(facts, context.command, context.policy, now),
        perform=lambda step, facts: _performed(step, facts, context),
        reconciled=reconciled,
    )


def _performed(step: Step, facts: Facts, context: Context) -> Facts:
    """Does it; a merge makes a commit, of which is asked who wrote what before somebody may deploy it."""
    after = perform(step, facts, context)
    return after if version_commit(after) == version_commit(facts) else context.look_again(after)


def release(context: Context, *, wait: bool = False) -> Outcome:
    """Carry the release as far as it goes now.

    Args:
        context: What to work with.
        wait: Keep looking while somebody else has to move, instead of ending with "waiting".

    Raises:
        ShipwayError: GitHub refused, or kept stumbling; running again goes on where this stopped.
    """
    rest = run(_course(context), context, wait=wait)
    warned_of_debts(rest.facts, context, but=context.command.version)
    return outcome_of(rest.move, rest.facts, context.command, context.policy, rest.steps)


def dry_run(context: Context) -> Outcome:
    """Everything that would be done, to the end; nothing is."""
    facts = first_look(_course(context))
    moves = tuple(foresee(facts, context.command, context.policy, context.now()))
    return planned(moves, facts, context.command, context.policy, lines(moves))


def what_holds_it(context: Context) -> Outcome:
    """The first thing that it waits for or is refused for, with every verdict about that; nothing is done."""
    facts = first_look(_course(context))
    moves = tuple(foresee(facts, context.command, context.policy, context.now()))
    first = next((move for move in moves if isinstance(move, Wait | Refusal)), None)
    if first is None:
        return planned(moves, facts, context.command, context.policy, lines(moves))
    return outcome_of(first, facts, context.command, context.policy, ())
