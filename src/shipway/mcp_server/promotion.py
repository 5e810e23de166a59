"""The tool `promote-release`: what it checks, in which order, with which words, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shipway.bootstrap.delivery import Setting
from shipway.bootstrap.promoting import PromotionAsked
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.delivery.policies import path_problem
from shipway.domain.policy import Policy
from shipway.errors import ExitCode, ShipwayError, UsageError


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments, trimmed."""

    app: str
    version: str
    from_env: str
    to_env: str

    @classmethod
    def of(cls, **given: str) -> "Asked":
        """The arguments in their order.

        Raises:
            UsageError: One of them is empty.
        """
        for name, text in given.items():
            if not text.strip():
                raise UsageError(
                    f"{name} cannot be empty", f"Say it, for example: {name}: {_EXAMPLES[name]!r}"
                )
        return cls(**{name: text.strip() for name, text in given.items()})


_EXAMPLES = {"app": "web-api", "version": "1.2.3", "from_env": "dev", "to_env": "staging"}


def request(asked: Asked, at: Setting, confirm: str) -> PromotionAsked:
    """What is asked of the engine, with environments by their own names.

    Raises:
        UsageError: An environment is unknown, the way is none, or production is not confirmed.
    """
    source, target = at.pipeline.find(asked.from_env), at.pipeline.find(asked.to_env)
    if source == target:
        raise _no_way("cannot promote to same environment", at, source)
    if problem := path_problem(at.pipeline, source, target):
        ahead = at.pipeline.next_of(source)
        backward = f"invalid promotion path: {source}→{target} (backward or invalid promotion not allowed)"
        raise _no_way(problem if ahead else backward, at, source)
    check_confirmed(at.policy, target, confirm)
    return PromotionAsked(
        version=asked.version, source=source, target=target, component=asked.app, repo=at.clone.root
    )


def _no_way(message: str, at: Setting, source: str) -> UsageError:
    ahead = " or ".join(at.pipeline.next_of(source))
    next_step = f"Promote to the next one: to_env: {ahead!r}" if ahead else "There is nowhere further to go."
    return UsageError(message, next_step, reason_code="transition-invalid", exit_code=ExitCode.TRANSITION)


def check_confirmed(policy: Policy, environment: str, confirm: str) -> None:
    """Refuse what reaches people before somebody has said that it shall.

    Raises:
        UsageError: `confirmation-missing`, with what to pass.
    """
    if policy.is_production(environment):
        need_confirmation(environment, confirm)


def need_confirmation(environment: str, confirm: str) -> None:
    """Refuse until the environment is named once more.

    Raises:
        UsageError: `confirmation-missing`, with what to pass.
    """
    if confirm.strip() not in {environment, *(("production",) if environment == "prod" else ())}:
        raise UsageError(
            f"{environment} is not touched without a confirmation.",
            f'Ask whoever is responsible, and pass: confirm: "{environment}"',
            reason_code="confirmation-missing",
        )


def result(
    asked: Asked, done: DeliveryOutcome, lines: Sequence[str], seconds: float, at: str
) -> Mapping[str, Any]:
    """The fields of the answer.

    Args:
        asked: What was asked.
        done: How it ended.
        lines: What was said meanwhile.
        seconds: How long it took.
        at: Time of day when it was asked, ISO 8601.
    """
    return {
        "promotion": {
            "app": asked.app,
            "version": done.version,
            "from_env": done.facts["from"],
            "to_env": done.environment,
            "cli_output": done.message,
            "cli_stderr": "\n".join(lines),
            "execution_time_seconds": seconds,
        },
        "production_deployment": bool(done.facts["production"]),
        "timestamp": at,
        "promotion_id": done.id,
        "reason_code": done.reason_code,
        "next_step": done.next_step,
        "exit_code": int(done.exit_code),
        "deployment": done.deployment,
        "verdicts": list(done.verdicts),
        "warnings": list(done.warnings),
        "trace_id": done.trace_id,
    }


def as_failure(problem: ShipwayError) -> ShipwayError:
    """The same error as the tool words what went wrong after it had begun."""
    return ShipwayError(
        f"Promotion failed: {problem.message}",
        problem.next_step,
        reason_code=problem.reason_code,
        exit_code=problem.exit_code,
        retryable=problem.retryable,
    )
