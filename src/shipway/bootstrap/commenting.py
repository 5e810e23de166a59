"""Puts together what a comment sets going: hear, judge, carry out each command, answer."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from shipway.adapters.git_repo import Clone
from shipway.adapters.github import GitHub, comments, identity
from shipway.adapters.payloads import heard_in
from shipway.adapters.templates import Templates
from shipway.bootstrap.commanding import Commander
from shipway.bootstrap.environment import Chance, Environment, Watchers, connect, policy_of, source_of
from shipway.bootstrap.status_comments import status_texts
from shipway.domain.commands import typed
from shipway.domain.commands.branch_deploy import Dialect
from shipway.domain.commands.parsing import Names
from shipway.domain.commands.reading import Reading, read_comment
from shipway.domain.commenting.dependence import hindered_by
from shipway.domain.commenting.heard import Heard, Said
from shipway.domain.commenting.pages import reply_mark, reply_view, status_views
from shipway.domain.commenting.receipt import changes, command_verdicts, comment_verdicts, heeded
from shipway.domain.commenting.results import (
    CommentOutcome,
    Result,
    crash_result,
    error_result,
    hindered_result,
    refused_result,
    unclear_result,
)
from shipway.domain.commenting.subject import acts_on_head, meant
from shipway.domain.facts import DeliveryFacts, Facts, Oid
from shipway.domain.hotfix.steps import PickCommits
from shipway.domain.plan import CutBranch, Move, Step, UpdateBranch
from shipway.domain.policy import Policy
from shipway.domain.safe_text import safe_line
from shipway.engine.source import Source
from shipway.errors import ExitCode, InputError, ShipwayError


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentAsked:
    """What is to be done about the comment that started the workflow run.

    Attributes:
        config: Path of a configuration file; None for the one of the default branch.
    """

    repo: Path = Path()
    config: Path | None = None


@dataclass(slots=True)
class _Run:
    """One comment on its way.

    Attributes:
        results: So far, in the order of the comment.
        crash: What nobody foresaw; raised again once people are answered.
    """

    asked: CommentAsked
    environment: Environment
    watchers: Watchers
    sleep: Callable[[float], None]
    chance: Chance
    github: GitHub
    heard: Heard
    results: list[Result] = field(default_factory=list)
    crash: Exception | None = None


def run_comment(
    asked: CommentAsked,
    environment: Environment,
    watchers: Watchers,
    *,
    sleep: Callable[[float], None] = time.sleep,
    chance: Chance = Chance(),  # noqa: B008 - frozen
) -> CommentOutcome:
    """Obey the comment or review that started this workflow run, and answer it.

    Raises:
        ShipwayError: It could neither be judged nor answered.
    """
    heard = heard_in(environment.event_name, Path(environment.event_path))
    if heard is None or not heeded(heard) or not _commanding(heard):
        return CommentOutcome(ignored="Nothing in it is meant for Shipway.")
    github = connect(environment, Clone(asked.repo), sleep)
    run = _Run(asked, environment, watchers, sleep, chance, github, heard)
    try:
        said = comments.ask(github, heard)
        if said is None or said.own:
            return CommentOutcome(ignored="The comment is gone." if said is None else "It is our own.")
        comments.react(github, heard.node_id, "EYES")
    except ShipwayError as problem:
        with suppress(ShipwayError):  # what went wrong first is what is told
            comments.plain_reply(github, heard.number, _unread_reply(problem))
        raise
    return _judged(run, said)


def _unread_reply(problem: ShipwayError) -> str:
    text = f"💥 Shipway could not look at this: {safe_line(problem.message)}"
    return f"{text}\n\n{safe_line(problem.next_step)}\n\n<sub>`{problem.reason_code}`</sub>"


def _commanding(heard: Heard) -> bool:
    """Whether anything in it may be a command, in whatever dialect; an edit that changes none says nothing new."""
    reading = read_comment(heard.body, dialect=Dialect())
    before = read_comment(heard.before, dialect=Dialect()) if heard.before else Reading()
    return bool(reading) and (heard.action != "edited" or _lines(reading) != _lines(before))


def _lines(reading: Reading) -> tuple[object, ...]:
    return tuple(one.text for one in reading.commands), tuple(one.message for one in reading.mistakes)


def _judged(run: _Run, said: Said) -> CommentOutcome:
    """Judge the comment, carry out its commands one after the other, and answer, whatever happens."""
    ignored = ""
    templates = Templates()
    try:
        source = source_of(run.environment, Clone(run.asked.repo), run.github)
        templates = Templates(source.clone.root)
        ignored = _carried_out(run, said, source)
    except ShipwayError as problem:
        run.results.append(error_result(None, problem))
    except Exception as problem:  # noqa: BLE001 - people are answered, and then it is raised again
        run.crash = problem
        run.results.append(crash_result(None, type(problem).__name__))
    outcome = CommentOutcome(tuple(run.results), ignored)
    outcome = _answered(run, said, outcome, templates)
    if run.crash:
        raise run.crash
    return outcome


def _carried_out(run: _Run, said: Said, source: Source) -> str:
    """Fill the results; gives why nothing is to be answered, where that is so."""
    policy = policy_of(source, run.asked.config)
    reading = read_comment(said.body, _names(policy), Dialect() if policy.comments.dialect else None)
    if not reading:
        return "Nothing in it is meant for Shipway."
    verdicts = comment_verdicts(run.heard, said, policy)
    if not all(one.passed for one in verdicts):
        run.results.extend(refused_result(one, verdicts) for one in reading.commands[:1] or [_unread(said)])
        return ""
    if said.role is None:
        said = replace(said, role=identity.role_of(run.github, said.author))
    run.results.extend(unclear_result(one, said.body) for one in reading.mistakes)
    _one_after_the_other(run, said, source, policy, reading)
    return ""


def _unread(said: Said) -> typed.Command:
    """Stands for a comment in which no line is understood."""
    return typed.Help(text=said.body.strip().split("\n", 1)[0][:80])


def _names(policy: Policy) -> Names:
    return Names(policy.pipeline, tuple(policy.gates))


def _one_after_the_other(run: _Run, said: Said, source: Source, policy: Policy, reading: Reading) -> None:
    undone: list[typed.Command] = []
    for given in reading.commands:
        command = meant(given, said.pull, policy)
        if reading.mistakes and changes(command):
            run.results.append(hindered_result(command))
            continue
        before = hindered_by(command, undone)
        results = _results(run, command, said, source, policy)
        found = [hindered_result(command, before)] if before else list(results)
        run.results.extend(found)
        if any(one.decision not in {"done", "planned"} for one in found):
            undone.append(command)
        if run.crash:
            return


def _results(
    run: _Run, command: typed.Command, said: Said, source: Source, policy: Policy
) -> Iterator[Result]:
    """What became of one command; whatever goes wrong is a result too."""
    on_head = acts_on_head(command, said.pull, policy)
    try:
        verdicts = command_verdicts(
            command, said, policy, _pushed_at(run, said, command) if on_head else None
        )
        if not all(one.passed for one in verdicts):
            yield refused_result(command, verdicts)
            return
        guarded = on_head or _of_the_pull_request(command, source)
        yield from _commander(run, said, source, policy, guarded=guarded).results(command)
    except ShipwayError as problem:
        yield error_result(command, problem)
    except Exception as problem:  # noqa: BLE001 - people are answered, and then it is raised again
        run.crash = problem
        yield crash_result(command, type(problem).__name__)


def _pushed_at(run: _Run, said: Said, command: typed.Command) -> str | None:
    """When the newest commit came; not asked where the command names the commit itself."""
    return None if command.sha else comments.pushed_at(run.github, said.pull.branch, said.pull.head)


def _of_the_pull_request(command: typed.Command, source: Source) -> bool:
    """Whether it takes over commits that are not on the default branch; named by itself, each may be old."""
    picks = command.pick if isinstance(command, typed.Hotfix) else ()
    return any(not source.on_default_branch(commit) for commit in picks)


def _commander(run: _Run, said: Said, source: Source, policy: Policy, *, guarded: bool) -> Commander:
    person = identity.Person(said.author, run.heard.kind, said.role)
    guard = HeadGuard(
        lambda: comments.head_of(run.github, said.pull.number), said.pull.head, run.watchers.move
    )
    return Commander(
        said=said,
        environment=replace(
            run.environment, person=person, asked_in=said.pull.number, run=identity.RunClaim()
        ),
        watchers=replace(run.watchers, move=guard) if guarded else run.watchers,
        sleep=run.sleep,
        chance=run.chance,
        github=run.github,
        source=source,
        policy=policy,
        repo=run.asked.repo,
        config=run.asked.config,
        look=guard.look if guarded else lambda: None,
    )


class HeadGuard:
    """Looks at the head of the pull request again before every effect, and stops where somebody has moved it.

    Args:
        head: Asks GitHub for it.
        bound: Where it stood when the command was received.
        move: Told of each move that may go on.
    """

    def __init__(
        self, head: Callable[[], Oid], bound: Oid, move: Callable[[Move, DeliveryFacts], None]
    ) -> None:
        self._head, self._allowed, self._move = head, {bound}, move
        self._moving = False

    def __call__(self, move: Move, facts: DeliveryFacts) -> None:
        """Look before a step.

        Raises:
            InputError: `head-moved`.
        """
        if self._moving and isinstance(facts, Facts) and facts.pull_request:
            self._allowed.add(facts.pull_request.head_oid)  # moved by ourselves
        if self._moving and isinstance(facts, Facts) and facts.release_branch:
            self._allowed.add(facts.release_branch.oid)
        merged = isinstance(facts, Facts) and facts.merged  # what is merged moves no more
        if isinstance(move, Step) and not merged:
            self.look()
        self._moving = isinstance(move, UpdateBranch | CutBranch | PickCommits)
        self._move(move, facts)

    def look(self) -> None:
        """Look whether it stands where it may.

        Raises:
            InputError: `head-moved`.
        """
        if self._head() not in self._allowed:
            raise InputError(
                "The pull request has a newer commit than the one that the command was given for.",
                "Look at it, and give the command again.",
                reason_code="head-moved",
                exit_code=ExitCode.TRANSITION,
            )


def _answered(run: _Run, said: Said, outcome: CommentOutcome, templates: Templates) -> CommentOutcome:
    """Answer, by our own templates where those of the repository cannot be used; gives what was answered."""
    if not outcome.results:
        return outcome
    try:
        given = _answer(run, outcome, templates)
    except InputError as problem:
        outcome = replace(outcome, results=(*outcome.results, error_result(None, problem)))
        given = _answer(run, outcome, Templates())
    comments.answer(run.github, said.pull, given)
    return outcome


def _answer(run: _Run, outcome: CommentOutcome, templates: Templates) -> comments.Answer:
    """Reply, status comments, and reaction; for a bot that is not obeyed only the last."""
    url = run.environment.run_url
    silent = any(one.reason_code == "bot-not-allowed" for one in outcome.results)
    reply = "" if silent else templates.render("comment_reply.md.j2", **reply_view(outcome, url))
    views = status_views(outcome, run.chance.now(), url)
    return comments.Answer(
        comment=run.heard.node_id,
        reaction=outcome.reaction,
        reply=reply,
        reply_mark=reply_mark(run.heard.node_id),
        statuses=status_texts(views, templates),
    )


__all__ = ["CommentAsked", "HeadGuard", "run_comment"]
