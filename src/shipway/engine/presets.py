"""Runs the commands of a preset, one after the other, until one does not succeed."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from shipway.domain.gate import CommandResult
from shipway.domain.preset import Command

Run = Callable[[Sequence[str], float], CommandResult]
"""Runs an argument list for at most so many seconds."""


def run_all(commands: Sequence[Command], run: Run, timeout: float) -> CommandResult:
    """How they ended together; as the first that did not succeed, where there is one.

    Args:
        commands: What to run, in this order.
        run: Runs one of them.
        timeout: Seconds for all of them.
    """
    spent = 0.0
    answers: dict[str, str] = {}
    for command in commands:
        left = timeout - spent
        if left <= 0:
            return CommandResult(124, timed_out=True, duration=spent, tail="")
        result = run(command.knowing(answers).run, left)
        spent += result.duration
        if result.timed_out or result.exit_code:
            return replace(result, duration=spent)
        if command.gives:
            answer = command.answer(result.tail)
            if answer is None:
                problem = f"the command `{command.run[0]}` did not answer with a number"
                return CommandResult(1, timed_out=False, duration=spent, tail=result.tail, problem=problem)
            answers[command.gives] = answer
    return CommandResult(0, timed_out=False, duration=spent, tail="")
