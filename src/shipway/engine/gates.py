"""Run gates and deployments in the clone: commands, report files, checks, checklists, metrics."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from shipway.adapters.command_runner import HARMLESS_VARIABLES, in_shell, run_command, scrubbed
from shipway.adapters.git_repo import Clone
from shipway.adapters.metric import measured
from shipway.adapters.report_files import read_report
from shipway.domain.annotation import Annotation, RepositoryPaths, annotations_of
from shipway.domain.checklist import items_of
from shipway.domain.coverage import Coverage
from shipway.domain.delivery.steps import Deploy, RunStageGates
from shipway.domain.facts import DeployResult, GateResults, Oid, Surroundings
from shipway.domain.findings import Findings
from shipway.domain.gate import CommandResult, Evidence, awaits, evidence_of, judge, looked_enough
from shipway.domain.gate_policy import GatePolicy, MetricPolicy, pause_of, retries_of, seconds_for
from shipway.domain.masking import Mask
from shipway.domain.metric import Measured
from shipway.domain.override import after_overrides
from shipway.domain.plan import RunGates
from shipway.domain.policy import DeployPolicy, Policy
from shipway.domain.preset import expanded
from shipway.domain.report import TestReport
from shipway.domain.report_view import report_view
from shipway.domain.stages import OF_DEPLOYMENTS
from shipway.domain.tracing import NOWHERE, Tracer
from shipway.domain.verdict import Ruling, Verdict
from shipway.engine.calls import deployed_by_call
from shipway.engine.presets import run_all
from shipway.errors import InputError
from shipway.preset_files import preset_named

Report = TestReport | Coverage | Findings
Stamps = Mapping[Path, tuple[int, int]]
"""Report file → when it was written, in nanoseconds, and its inode: another pair is another writing."""


@dataclass(frozen=True, slots=True)
class GateWatch:
    """Who is told while gates run.

    Attributes:
        queued: Given every gate that will run, and the seconds that its command may take; None without a command.
        started: A gate begins.
        answered: A gate has answered, with notes on lines of files.
    """

    queued: Callable[[Mapping[str, float | None]], None] = lambda gates: None  # noqa: ARG005 - told, and silent
    started: Callable[[str], None] = lambda gate: None  # noqa: ARG005 - told, and silent
    answered: Callable[[Verdict, Sequence[Annotation]], None] = lambda verdict, notes: None  # noqa: ARG005 - likewise


@dataclass(frozen=True, slots=True)
class Pace:
    """How time passes.

    Attributes:
        clock: Seconds that only go up, to time commands with.
        sleep: Waits so many seconds, before a command that took too long is run again, and between looks at signals.
        now: The time of day.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    now: Callable[[], datetime]


class Gates:
    """Runs what the policy names.

    Args:
        clone: Where commands run.
        watch: Told what happens.
        echo: Given each line that a command writes, which is untrusted text.
        tracer: Takes note of them; commands are handed its trace.
        environment: Variables; commands see the harmless ones, those that the policy names, and what Shipway adds.
    """

    def __init__(
        self,
        clone: Clone,
        policy: Policy,
        *,
        watch: GateWatch,
        echo: Callable[[str], None],
        pace: Pace,
        tracer: Tracer = NOWHERE,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._pace = pace
        self._tracer = tracer
        self._clone = clone
        self._policy = policy
        self._watch = watch
        self._environment = os.environ if environment is None else environment
        self.mask = Mask(self._secrets(), emails=policy.privacy.emails == "mask")
        self._echo = echo
        self._about: tuple[Oid, str, str, int] = ("", "", "", 0)
        self._known: dict[str, Evidence] = {}
        self._end: float | None = None

    def _hidden(self) -> Callable[[str], None]:
        """Shows the lines of one command without secrets."""
        hide = self.mask.stream()
        return lambda line: self._echo(hide(line))

    def _secrets(self) -> list[str]:
        """Values of the variables that the policy names; those that every command sees are none."""
        of_gates = [name for gate in self._policy.gates.values() for name in (*gate.env, *_headers(gate))]
        of_deploys = [name for one in self._policy.environments.values() for name in _named(one.deploy)]
        named = {*of_gates, *of_deploys} - HARMLESS_VARIABLES
        return [self._environment.get(name, "") for name in named]

    def run(
        self, step: RunGates | RunStageGates, around: Surroundings, also: GateWatch = GateWatch()
    ) -> GateResults:
        """Run the gates in order; what comes after the first that does not pass is not run, and says so.

        A gate that only awaits checks on GitHub or ticks of people holds up nobody; asked again about the same
        commit and stage, and point of a strategy, it goes by what it found before and by the checks and ticks of now.
        """
        point = step.point if isinstance(step, RunStageGates) else 0
        about = (step.commit, step.stage, step.environment, point)
        if about != self._about:
            self._about, self._known = about, {}
        within = step.within if isinstance(step, RunGates) else 0
        self._end = self._pace.clock() + within if within else None
        watches = (self._watch, also)
        for watch in watches:
            watch.queued({name: self._budget(name) for name in step.gates})
        with self._verifying(step):
            verdicts, notes = self._answers(step, around, watches)
        evidence = {name: self._known[name] for name in step.gates if name in self._known}
        report = report_view(evidence, self._policy.gates, around.previous_report, self._find)
        return GateResults(step.commit, tuple(verdicts), self.mask.value(report), notes)

    def _answers(
        self, step: RunGates | RunStageGates, around: Surroundings, watches: Sequence[GateWatch]
    ) -> tuple[list[Verdict], dict[str, tuple[Annotation, ...]]]:
        verdicts: list[Verdict] = []
        notes: dict[str, tuple[Annotation, ...]] = {}
        for name in step.gates:
            stopped = next((v.gate for v in verdicts if not (v.passed or awaits(v))), "")
            if stopped:
                verdict = Verdict(
                    name, Ruling.INCONCLUSIVE, "not-run", f"not run, because {stopped} did not pass"
                )
            else:
                for watch in watches:
                    watch.started(name)
                before = {verdict.gate: verdict.ruling for verdict in verdicts}
                verdict, notes[name] = self._answer(name, step, around, before)
            for watch in watches:
                watch.answered(verdict, notes.get(name, ()))
            verdicts.append(verdict)
        return verdicts, notes

    def _verifying(self, step: RunGates | RunStageGates) -> AbstractContextManager[object]:
        """The gates that look at what was deployed are one piece of work."""
        if step.stage not in OF_DEPLOYMENTS:
            return nullcontext()
        return self._tracer.span("verify", environment=step.environment, **_deployment(step.variables))

    def _budget(self, name: str) -> float | None:
        policy = self._policy.gates[name]
        return seconds_for(name, policy) if policy.command else None

    def _answer(
        self, name: str, step: RunGates | RunStageGates, around: Surroundings, before: Mapping[str, Ruling]
    ) -> tuple[Verdict, tuple[Annotation, ...]]:
        with self._tracer.span("gate", gate=name, stage=step.stage, environment=step.environment) as span:
            verdict, notes = self._judged(name, step, around, before)
            span.set(ruling=verdict.ruling.value, reason_code=verdict.reason_code)
            if verdict.duration is not None:
                span.set(duration=verdict.duration)
        return verdict, notes

    def _judged(
        self, name: str, step: RunGates | RunStageGates, around: Surroundings, before: Mapping[str, Ruling]
    ) -> tuple[Verdict, tuple[Annotation, ...]]:
        policy = self._policy.gates[name]
        evidence = self._known.get(name) or self._gathered(name, policy, step)
        evidence = replace(evidence, checks=around.checks, ticked=around.ticked, before=before)
        self._known[name] = evidence
        verdict = after_overrides(judge(name, policy, evidence), step.overrides)
        details = self.mask.lines(verdict.details)
        notes = annotations_of(evidence.tests, evidence.findings, policy, self._find)
        return (
            replace(verdict, summary=self.mask.text(verdict.summary), details=details),
            tuple(
                replace(note, title=self.mask.text(note.title), message=self.mask.text(note.message))
                for note in notes
            ),
        )

    def _find(self, reported: str) -> str | None:
        return self._paths.find(reported)

    @cached_property
    def _paths(self) -> RepositoryPaths:
        return RepositoryPaths(self._clone.files(self._clone.head))

    def _gathered(self, name: str, policy: GatePolicy, step: RunGates | RunStageGates) -> Evidence:
        before = self._stamps(policy.report) if policy.command else {}
        attempts = self._attempts(name, policy, step) if policy.command else []
        after = self._stamps(policy.report)
        fresh = [path for path, stamp in after.items() if before.get(path) != stamp]
        reports, unreadable = self._reports(name, fresh)
        stale = [self._shown(path) for path in after if path not in fresh]
        found = evidence_of(
            name, reports, command=attempts[-1] if attempts else None, unreadable=unreadable, stale=stale
        )
        return replace(
            found,
            timed_out=tuple(one.duration for one in attempts[:-1]),
            metric=self._measured(policy.metric, step) if policy.metric else None,
            looks=self._looks(policy, step),
            files=self._matching(policy),
        )

    def _measured(self, metric: MetricPolicy, step: RunGates | RunStageGates) -> Measured:
        since = step.since if isinstance(step, RunStageGates) else ""
        before = datetime.fromisoformat(since).timestamp() if since else None
        return measured(metric, self._environment, self._pace.now().timestamp(), before)

    def _looks(
        self, policy: GatePolicy, step: RunGates | RunStageGates
    ) -> tuple[Mapping[str, Measured], ...]:
        """Signals are looked at until that tells enough."""
        looks: list[Mapping[str, Measured]] = []
        while policy.signals and not looked_enough(policy, looks):
            if looks:
                self._wait("not all signals are good, and they are looked at again", policy.signals.every)
            looks.append({name: self._measured(one, step) for name, one in policy.signals.metrics.items()})
        return tuple(looks)

    def _matching(self, policy: GatePolicy) -> frozenset[str]:
        """Globs of the checklist that match files; only what is committed is part of the version."""
        globs = {item.automatic.file for item in items_of(policy) if item.automatic and item.automatic.file}
        files = self._clone.files(self._clone.head) if globs else ()
        return frozenset(glob for glob in globs if any(PurePosixPath(path).match(glob) for path in files))

    def _attempts(self, name: str, policy: GatePolicy, step: RunGates | RunStageGates) -> list[CommandResult]:
        """Runs of the command: again only after it took too long, as often as the policy says."""
        command = in_shell(*policy.command) if policy.shell else policy.command
        about = {"SHIPWAY_STAGE": step.stage, "SHIPWAY_ENVIRONMENT": step.environment}
        env = {**scrubbed(self._environment, policy.env), **step.variables, **about}
        tries = 1 + retries_of(name, policy)
        attempts: list[CommandResult] = []
        with self._changed(step.variables.get("SHIPWAY_PREVIOUS_TAG", "")) as changed:
            while len(attempts) < tries and all(one.timed_out for one in attempts):
                if attempts:
                    self._wait("it took too long, and is run again", pause_of(name, policy))
                attempts.append(self._run(command, {**env, **changed}, self._left(name, policy)))
        return attempts

    def _wait(self, why: str, seconds: float) -> None:
        """What was slow or bad for a moment gets a moment."""
        self._echo(f"{why} in {seconds:g} s")
        self._pace.sleep(seconds)

    def _left(self, name: str, policy: GatePolicy) -> float:
        """Seconds that the command may take: its own, or less where all gates together have no more."""
        own = seconds_for(name, policy)
        return own if self._end is None else max(min(own, self._end - self._pace.clock()), 0.001)

    @contextmanager
    def _changed(self, tag: str) -> Iterator[Mapping[str, str]]:
        """Names a file that lists what differs from a version, for commands that test only what is affected."""
        before = f"refs/tags/{tag}"
        if not (tag and self._clone.has(before)):
            yield {}
            return
        with TemporaryDirectory(prefix="shipway-") as folder:
            listed = Path(folder, "changed")
            paths = self._clone.changed(before, self._clone.head)
            listed.write_text("".join(f"{path}\n" for path in paths), "utf-8", errors="surrogateescape")
            yield {"SHIPWAY_CHANGED": str(listed)}

    def _run(self, command: Sequence[str], env: Mapping[str, str], timeout: float) -> CommandResult:
        try:
            return run_command(
                command,
                cwd=self._clone.root,
                env={**env, "TRACEPARENT": self._tracer.here.header},
                timeout=timeout,
                echo=self._hidden(),
                clock=self._pace.clock,
            )
        except InputError as problem:
            return CommandResult(127, timed_out=False, duration=0.0, tail="", problem=problem.message)

    def _reports(self, name: str, paths: Iterable[Path]) -> tuple[list[Report], list[str]]:
        reports: list[Report] = []
        unreadable: list[str] = []
        for path in paths:
            try:
                reports.append(read_report(path, kind=name, name=self._shown(path)))
            except InputError as problem:
                unreadable.append(problem.message)
        return reports, unreadable

    def _shown(self, path: Path) -> str:
        return path.relative_to(self._clone.root).as_posix()

    def _stamps(self, globs: Iterable[str]) -> Stamps:
        found = (path for pattern in globs for path in sorted(self._clone.root.glob(pattern)))
        return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in found if path.is_file()}

    def deploy(self, step: Deploy) -> DeployResult:
        """Run a deploy command, which also sees what is deployed where, or call the address that deploys."""
        settings = self._policy.environments[step.environment].deploy
        env = {**scrubbed(self._environment, settings.env), **step.variables}
        with self._tracer.span("deploy", environment=step.environment, **_deployment(step.variables)) as span:
            if settings.call:
                done = deployed_by_call(step, settings.call, self._environment)
                span.set(succeeded=done.succeeded, timed_out=done.timed_out)
                return replace(done, description=self.mask.text(done.description))
            result = self._deployed(step, env)
            succeeded = not result.timed_out and result.exit_code == 0
            span.set(succeeded=succeeded, timed_out=result.timed_out, duration=result.duration)
        description = _how_it_went(result, step.timeout)
        return DeployResult(succeeded, description, result.duration, timed_out=result.timed_out)

    def _deployed(self, step: Deploy, env: Mapping[str, str]) -> CommandResult:
        settings = self._policy.environments[step.environment].deploy
        if not settings.preset:
            return self._run(step.command, env, step.timeout)
        preset = preset_named(settings.preset)
        try:
            commands = expanded(preset, settings.with_, step.variables, step.timeout)
        except InputError as problem:
            return CommandResult(1, timed_out=False, duration=0.0, tail="", problem=problem.message)
        return run_all(commands, lambda command, left: self._run(command, env, left), step.timeout)


def _deployment(variables: Mapping[str, str]) -> dict[str, str]:
    """What a span says of the deployment that it is about."""
    known = {"deployment": variables.get("SHIPWAY_DEPLOYMENT"), "version": variables.get("SHIPWAY_VERSION")}
    return {name: value for name, value in known.items() if value}


def _named(deploy: DeployPolicy) -> Iterable[str]:
    """Variables whose values a deployer gets."""
    return (*deploy.env, *(deploy.call.headers.values() if deploy.call else ()))


def _headers(gate: GatePolicy) -> Iterable[str]:
    """Variables whose values are sent as headers."""
    return [variable for metric in gate.metrics.values() for variable in metric.headers.values()]


def _how_it_went(result: CommandResult, timeout: float) -> str:
    if result.problem:
        return result.problem
    if result.timed_out:
        return f"stopped after {timeout:g} s; what it began may still be going on"
    if result.exit_code:
        return f"failed with exit code {result.exit_code}"
    return f"done in {result.duration:.1f} s"
