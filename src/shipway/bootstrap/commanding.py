"""Carries out one command of a comment, by the same functions as the command line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from shipway.adapters.github import GitHub, records, status, writing
from shipway.adapters.github.identity import Person
from shipway.adapters.templates import Templates
from shipway.bootstrap.approving import ApprovalAsked, run_approval
from shipway.bootstrap.environment import Chance, Environment, Watchers
from shipway.bootstrap.handing_over import gone_on_elsewhere
from shipway.bootstrap.locking import LockAsked, run_lock
from shipway.bootstrap.promoting import PromotionAsked, run_promotion
from shipway.bootstrap.release import Asked, run_release
from shipway.bootstrap.rollback import RollbackAsked, run_rollback
from shipway.bootstrap.status import look, status_of
from shipway.config import PATH
from shipway.domain.commands import typed
from shipway.domain.commands.help_text import help_text
from shipway.domain.commands.table import spec_of
from shipway.domain.commands.typed import own_fields
from shipway.domain.commenting.heard import Pull, Said
from shipway.domain.commenting.pages import folded, status_page
from shipway.domain.commenting.results import Result, answer_result, done_result, outcome_result, page_result
from shipway.domain.commenting.subject import (
    Places,
    open_version,
    stage_of,
    trial_meant,
    version_meant,
    version_of,
)
from shipway.domain.delivery.adopting import bound_to
from shipway.domain.delivery.approving import Answer
from shipway.domain.delivery.order import Pipeline, comes_from, pipeline_of
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.delivery.way_back import on_trial
from shipway.domain.ledger import Ledger
from shipway.domain.outcome import Decision, Outcome
from shipway.domain.policy import Policy
from shipway.domain.record import entries_path
from shipway.domain.release_command import Stage
from shipway.domain.release_overrides import asked_past
from shipway.domain.release_report import report_view
from shipway.domain.standing import Question
from shipway.domain.trial import Trial, trial_of
from shipway.domain.version import TagFormat
from shipway.engine.source import Source
from shipway.errors import ExitCode, InputError, UsageError

SHOWN = 3
"""Versions that are named to who names none, the newest first."""


@dataclass(frozen=True)
class Commander:
    """Carries out commands in the name of a comment's author.

    Attributes:
        environment: With the author as who asks.
        source: The clone with its remote.
        config: Path of a configuration file; None for the one of the default branch.
        look: Looks once more whether the pull request is what the command was given for.
    """

    said: Said
    environment: Environment
    watchers: Watchers
    sleep: Callable[[float], None]
    chance: Chance
    github: GitHub
    source: Source
    policy: Policy
    repo: Path
    config: Path | None
    look: Callable[[], None]

    def results(self, command: typed.Command) -> Iterator[Result]:
        """What became of a command, and of what it set going.

        Raises:
            ShipwayError: It was refused or failed, with what to do.
        """
        match command:
            case typed.Help() | typed.Status() | typed.Report():
                yield page_result(command, self._page(command))
            case typed.Approve():
                yield from self._approved(command)
            case typed.Cancel() if not command.environment:
                yield self._cancelled_release(command)
            case typed.Why():
                yield answer_result(command, self._outcome(command).to_json())
            case _:
                outcome = self._outcome(command)
                yield outcome_result(command, outcome.to_json(), outcome.exit_code)

    # --- what changes something

    def _outcome(self, command: typed.Command) -> Outcome | DeliveryOutcome:
        """How a command ended that is run as on the command line."""
        match command:
            case typed.Release() | typed.Hotfix():
                return self._versioned(command)
            case typed.Promote() | typed.Deploy() | typed.Plan():
                return self._brought(command)
            case typed.Rollback():
                asked = RollbackAsked(**self._reasoned(command), **self._shared, dry_run=command.dry_run)
                return run_rollback(
                    asked, self.environment, self.watchers, sleep=self.sleep, chance=self.chance
                )
            case typed.Lock() | typed.Unlock():
                return self._locked(command)
            case typed.Reject():
                return self._answered("reject", command)
            case typed.Cancel():
                return self._answered("cancel", command)
            case typed.Retry() | typed.Why():
                return self._gone_on(command)
            case typed.Override():
                return self._overridden(command)
            case _:
                raise NotImplementedError(type(command).__name__)

    def _versioned(self, command: typed.Release | typed.Hotfix) -> Outcome:
        asked = {**own_fields(command), "dry_run": command.dry_run}
        if isinstance(command, typed.Release):
            return self._release("release", **asked)
        own = () if self.said.pull.fork else (self.said.pull.head,)
        return self._release("hotfix", **asked, pick_only=own)

    def _release(self, stage: Stage | None = None, whose: Environment | None = None, **asked: Any) -> Outcome:
        """As what the pull request releases it, unless that is said."""
        own = asked["version"] == version_of(self.said.pull, self.policy)
        found = stage_of(self.said.pull, self.policy) if own else "release"
        outcome = run_release(
            Asked(stage=stage or found, **asked, **self._shared),
            whose or self.environment,
            self.watchers,
            sleep=self.sleep,
            chance=self.chance,
        )
        return gone_on_elsewhere(outcome, self.github, self.source, asked.get("target", ""), self.look)

    def _promotion(self, environment: Environment | None = None, **asked: Any) -> DeliveryOutcome:
        target = self._pipeline.find(asked["target"])
        standings = self._now.standings if target in self._pipeline.any_of else {}
        source = asked.pop("source", "") or comes_from(self._pipeline, standings, asked["version"], target)
        wanted = PromotionAsked(**asked, source=source, **self._shared)
        whose = environment or self.environment
        return run_promotion(wanted, whose, self.watchers, sleep=self.sleep, chance=self.chance)

    def _brought(self, command: typed.Promote | typed.Deploy | typed.Plan) -> DeliveryOutcome:
        """A version into an environment: deploying is bringing in what is released already, and nothing else."""
        if isinstance(command, typed.Promote):
            if not command.version:
                raise self._no_version(command, f"/promote {{version}} {command.target}")
            return self._promotion(**own_fields(command), dry_run=command.dry_run)
        _no_parameters(command)
        dry_run = command.dry_run or isinstance(command, typed.Plan)
        if command.environment and command.ref in {"main", self.source.remote.default}:
            return self._untried(command, dry_run=dry_run)
        version = self._meant(command)
        target = command.environment or self._places.lacking(version)
        return self._promotion(version=version, target=target, reason=_reason_of(command), dry_run=dry_run)

    def _meant(self, command: typed.Deploy | typed.Plan) -> str:
        """The version that is to come in, or the name of the trial of this pull request's newest commit."""
        pull, environment = self.said.pull, command.environment
        ref, version = version_meant(command.ref, pull, self.policy, self.source.remote.tags)
        if version:
            return version
        if trial_meant(command, pull, self.policy):
            return str(Trial(pull.number, pull.head))
        raise _unreleased(ref, pull, environment, self.policy)

    def _untried(self, command: typed.Deploy | typed.Plan, *, dry_run: bool) -> DeliveryOutcome:
        """The version that was verified last in the place of what is tried; nothing to do where that is nothing."""
        environment, now = command.environment, self._now
        stable = self._places.standing(environment).stable
        if stable is None:
            raise UsageError(
                f"No version was verified in {environment} yet, so none can come back there.",
                f"Bring in one that is released: /deploy 2.5.0 {environment}",
                reason_code="nothing-before",
                exit_code=ExitCode.VERSION_MISSING,
            )
        tried = on_trial(bound_to(now.standings, now.deployments, now.url), environment)
        if tried is None:
            return self._promotion(version=stable.version, target=environment, dry_run=dry_run)
        back = RollbackAsked(
            environment=environment,
            reason=_reason_of(command) or f"the trial is over, see {self.said.url}",
            gone=tried.version,
            dry_run=dry_run,
            **self._shared,
        )
        return run_rollback(back, self.environment, self.watchers, sleep=self.sleep, chance=self.chance)

    def _locked(self, command: typed.Lock | typed.Unlock) -> DeliveryOutcome:
        unlock = isinstance(command, typed.Unlock)
        asked = LockAsked(**self._reasoned(command), unlock=unlock, dry_run=command.dry_run, **self._shared)
        return run_lock(asked, self.environment, self.watchers, sleep=self.sleep, chance=self.chance)

    def _reasoned(self, command: typed.Rollback | typed.Lock | typed.Unlock) -> dict[str, Any]:
        """What was asked; the comment stands for a reason that is left out, but not where force undoes a lock."""
        asked = own_fields(command)
        if not command.reason and not asked.get("force"):
            asked["reason"] = f"no reason given, see {self.said.url}"
        return asked

    def _approved(self, command: typed.Approve) -> Iterator[Result]:
        """An approval; with the last one that is needed, what waited for it goes on, for who had asked for it."""
        question = self._question(command.environment)
        outcome = self._answered("approve", command)
        yield outcome_result(command, outcome.to_json(), outcome.exit_code)
        if outcome.decision is not Decision.DONE or question is None or question.version != outcome.version:
            return
        asker = Person(question.by, "comment")
        on: Outcome | DeliveryOutcome
        if command.environment:
            on = self._asked_for(question, command.environment, asker)
        else:
            on = self._release(version=question.version, whose=replace(self.environment, person=asker))
        yield outcome_result(_asked_before(question, command.environment), on.to_json(), on.exit_code)

    def _asked_for(
        self, question: Question, target: str, who: Person | None = None, *, dry_run: bool = False
    ) -> DeliveryOutcome:
        """What people are asked about, in the name of who asked, or of the author."""
        environment = replace(self.environment, person=who) if who else self.environment
        if question.action == "rollback":
            back = RollbackAsked(
                environment=target,
                to=question.version,
                reason=question.reason,
                dry_run=dry_run,
                **self._shared,
            )
            return run_rollback(back, environment, self.watchers, sleep=self.sleep, chance=self.chance)
        return self._promotion(
            environment,
            version=question.version,
            target=target,
            source=question.source,
            override=question.gates,
            expires=question.lasting,
            reason=question.reason,
            lift_hold=question.lift_hold,
            dry_run=dry_run,
        )

    def _answered(
        self, answer: Answer, command: typed.Approve | typed.Reject | typed.Cancel
    ) -> DeliveryOutcome:
        question = self._question(command.environment)
        version = command.version or (question.version if question else "")
        if not version:
            where = command.environment or next(reversed(self.policy.pipeline), "production")
            raise self._no_version(command, f"/{answer} {where} {{version}}")
        asked = ApprovalAsked(
            version=version,
            environment=command.environment,
            about=question if question and question.version == version else None,
            answer=answer,
            reason=command.reason,
            head="" if command.environment else question.commit if question else self.said.pull.head,
            said_at=self.said.url,
            dry_run=command.dry_run,
            **self._shared,
        )
        return run_approval(asked, self.environment, self.watchers, sleep=self.sleep, chance=self.chance)

    def _cancelled_release(self, command: typed.Cancel) -> Result:
        """The release of this pull request ends with it; running it once more records that."""
        version = version_of(self.said.pull, self.policy)
        if self.said.pull.state != "OPEN" or not version:
            raise _nothing_open("in this pull request")
        if not command.dry_run:
            writing.close_pull_request(self.github, self.said.pull.node_id)
            self._release(version=version)
        would = "would be" if command.dry_run else "is"
        return done_result(
            command,
            version,
            f"{version} {would} cancelled, and its pull request closed.",
            "To go on with it after all, open the pull request again, then: /retry",
        )

    def _gone_on(self, command: typed.Retry | typed.Why) -> Outcome | DeliveryOutcome:
        """Run again what is open, or only say what holds it up."""
        why = isinstance(command, typed.Why)
        if not command.environment:
            if not command.version:
                raise _nothing_open("in this pull request")
            return self._release(version=command.version, why=why, dry_run=command.dry_run)
        question = self._question(command.environment)
        if question and command.version in {"", question.version}:
            return self._asked_for(question, command.environment, dry_run=why or command.dry_run)
        version = command.version or open_version(command, self._places)
        if not version:
            raise _nothing_open(f"for {command.environment}")
        return self._promotion(version=version, target=command.environment, dry_run=why or command.dry_run)

    def _overridden(self, command: typed.Override) -> Outcome | DeliveryOutcome:
        """Let past and go on at once: the environment's version, or the release of this pull request."""
        past: dict[str, Any] = {
            "override": (command.gate,),
            "expires": command.expires,
            "reason": command.reason,
            "dry_run": command.dry_run,
        }
        own = version_of(self.said.pull, self.policy)
        if not command.environment and own:
            return self._release(version=own, **past)
        version = own or self._places.waiting_for(command.environment)
        if not version:
            where = command.environment or "production"
            past_it = f"--override {command.gate} --expires 2h --reason …"
            raise self._no_version(command, f"/promote {{version}} {where} {past_it}")
        return self._promotion(version=version, target=command.environment, **past)

    # --- what is only told

    def _page(self, command: typed.Help | typed.Status | typed.Report) -> str:
        match command:
            case typed.Help():
                return help_text(command.command)
            case typed.Status():
                warnings: list[str] = []
                now = self.chance.now()
                data = status_of(look(self.github, command.environment, now, warnings.append))
                return status_page(data, warnings, now)
            case _:
                return self._report(command)

    def _report(self, command: typed.Report) -> str:
        if not command.version:
            raise self._no_version(command, "/report {version}")
        found = records.release_entries(self.github, entries_path(command.version))
        if not found.entries:
            raise InputError(
                f"The ledger has no release {command.version}.",
                f"It knows: {', '.join(found.versions[-5:]) or 'none'}.",
                reason_code="release-unknown",
                exit_code=ExitCode.VERSION_MISSING,
            )
        view = report_view(found.entries, repository_url=found.repository_url)
        text = Templates(self.source.clone.root).render("release_report.md.j2", **view)
        return folded(f"Report of {command.version}", text)

    # --- what is looked up

    @property
    def _shared(self) -> dict[str, Any]:
        return {"repo": self.repo, "config": self.config}

    @cached_property
    def _now(self) -> status.Now:
        return status.read_now(self.github, PATH)

    @cached_property
    def _pipeline(self) -> Pipeline:
        return pipeline_of(self.policy, () if self.policy.environments else self._now.environments)

    @cached_property
    def _places(self) -> Places:
        now, tags = self._now, tuple(self.source.remote.tags)
        form = TagFormat(self.policy.release.tag)
        return Places(self._pipeline, now.standings, now.deployments, tags, form)

    def _no_version(self, command: typed.Command, example: str) -> UsageError:
        """Which version is meant is not said; `example` has its place."""
        form = TagFormat(self.policy.release.tag)
        released = form.versions(self.source.remote.tags).values()
        newest = [str(one) for one in sorted({*released}, reverse=True)[:SHOWN]]
        known = f" Released are {', '.join(newest)}." if newest else " Nothing is released yet."
        return UsageError(
            f"It is not clear which version `{command.text}` means: this pull request releases none.{known}",
            f"Name it, for example: {example.replace('{version}', next(iter(newest), '1.0.0'))}",
            reason_code="version-unclear",
        )

    def _question(self, environment: str) -> Question | None:
        return self._places.standing(environment).question if environment else self._asked_past()

    def _asked_past(self) -> Question | None:
        """What others are asked of the gates of the release of this pull request, as it is now."""
        pull = self.said.pull
        version = version_of(pull, self.policy)
        if not version or not self.policy.release.override_approvals:
            return None
        found = records.release_entries(self.github, entries_path(version))
        past = asked_past(Ledger(entries=found.entries), pull.head if pull.state == "OPEN" else "")
        return past.question if past and past.open(self.chance.now()) else None


def _asked_before(question: Question, target: str) -> typed.Command:
    """What waited for people, as it could have been written."""
    version = question.version
    if question.action == "rollback":
        return typed.Rollback(environment=target, to=version, text=f"/rollback {target} --to {version}")
    if not target:
        return typed.Retry(version=version, text=f"/retry {version}")
    said = f"/deploy {target}" if trial_of(version) else f"/promote {version} {target}"
    return typed.Promote(version=version, target=target, text=said)


def _nothing_open(where: str) -> UsageError:
    return UsageError(
        f"Nothing is open {where}.",
        "What stands where is told by: /status",
        reason_code="nothing-open",
        exit_code=ExitCode.TRANSITION,
    )


def _reason_of(command: typed.Deploy | typed.Plan) -> str:
    return command.reason if isinstance(command, typed.Deploy) else ""


def _unreleased(ref: str, pull: Pull, environment: str, policy: Policy) -> UsageError:
    """Nothing that is released is meant, nor what may be tried there."""
    if policy.takes_trials(environment):
        head = pull.head[:10]
        return UsageError(
            f"{ref} is not released, nor is it the newest commit of #{pull.number}, which is {head}.",
            f"To try that one: /deploy {environment}",
            reason_code="deploy-unreleased",
        )
    trying = f"; to try what is not merged there: `environments.{environment}.unreleased: true`"
    takes = "" if not environment or policy.is_production(environment) else trying
    return UsageError(
        f"{ref} is not released, and only versions are deployed.",
        f"Release it first, then name the version: /release minor{takes}",
        reason_code="deploy-unreleased",
    )


def _no_parameters(command: typed.Deploy | typed.Plan) -> None:
    if command.parameters:
        without = " ".join(filter(None, (f"/{spec_of(command).name}", command.ref, command.environment)))
        raise UsageError(
            "Deployments take no parameters from comments: what runs is what the configuration says.",
            f"Leave them out: {without}",
            reason_code="deploy-parameters",
        )
