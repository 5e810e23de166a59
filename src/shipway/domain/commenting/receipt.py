"""Whether a comment is obeyed: one verdict for each thing that could speak against it, and all of them shown."""

from collections.abc import Iterator

from shipway.domain.authority import ROLES, Asker, authority_verdict, rule_verdict
from shipway.domain.commands import typed
from shipway.domain.commands.table import actions_of, spec_of
from shipway.domain.commenting.heard import Heard, Said
from shipway.domain.delivery.approvals import approvers
from shipway.domain.policy import Policy
from shipway.domain.verdict import Ruling, Verdict

NEW = frozenset({"created", "submitted"})
"""Actions of the events that tell of something new."""


def heeded(heard: Heard) -> bool:
    """Whether the event is one that commands: what was deleted, dismissed or never changed its text does not."""
    return heard.action in NEW or (heard.action == "edited" and heard.before != heard.body)


def comment_verdicts(heard: Heard, said: Said, policy: Policy) -> tuple[Verdict, ...]:
    """What holds for every command of a comment."""
    return (_new(heard), _unchanged(heard, said), _author(heard, said, policy), _reviewed(heard, said))


def _passed(gate: str, code: str, summary: str) -> Verdict:
    return Verdict(gate, Ruling.PASS, code, summary)


def _failed(gate: str, code: str, summary: str, who: str) -> Verdict:
    return Verdict(gate, Ruling.FAIL, code, summary, who)


def _new(heard: Heard) -> Verdict:
    if heard.action in NEW:
        return _passed("new", "comment-new", "it is a new comment")
    summary = "commands are taken from new comments, and this one was edited"
    return _failed("new", "comment-edited", summary, f"{heard.author}, by a new comment")


def _unchanged(heard: Heard, said: Said) -> Verdict:
    """What was said is what stands there."""
    if heard.body == said.body and not (said.edited and heard.action in NEW):
        return _passed("unchanged", "comment-unchanged", "it reads as it was written")
    summary = "it was edited after it was written"
    return _failed("unchanged", "comment-changed", summary, f"{said.author}, by a new comment")


def _author(heard: Heard, said: Said, policy: Policy) -> Verdict:
    if said.author.lower() != heard.author.lower():
        return _failed("author", "author-differs", f"GitHub says that {said.author} wrote it", "nobody")
    if not said.bot or said.author.lower() in {one.lower() for one in policy.comments.bots}:
        return _passed("author", "author-known", f"{said.author} wrote it")
    summary = f"{said.author} is a bot that the configuration does not name"
    return _failed("author", "bot-not-allowed", summary, "whoever adds it to `comments: {bots: […]}`")


def _reviewed(heard: Heard, said: Said) -> Verdict:
    if not heard.commit or heard.commit == said.pull.head:
        return _passed("reviewed", "head-reviewed", f"the newest commit is {said.pull.head[:10]}")
    summary = f"the review is of {heard.commit[:10]}, and the newest commit is {said.pull.head[:10]}"
    return _failed("reviewed", "head-moved", summary, f"{said.author}, by a review of the newest commit")


def command_verdicts(
    command: typed.Command, said: Said, policy: Policy, pushed_at: str | None = None
) -> tuple[Verdict, ...]:
    """What holds for one command, before it is run.

    Args:
        command: With what it left out filled in.
        said: The comment.
        policy: Who may.
        pushed_at: When the newest commit came, where the command is about that one; empty where nobody knows.
    """
    return tuple(_answers(command, said, policy, pushed_at))


def _answers(command: typed.Command, said: Said, policy: Policy, pushed_at: str | None) -> Iterator[Verdict]:
    yield _permission(command, said, policy)
    yield _fork(command, said)
    if command.sha:
        yield _bound(command, said)
    elif pushed_at is not None:
        yield _not_moved(said, pushed_at)


def changes(command: typed.Command) -> bool:
    """Whether anything is different afterwards."""
    return spec_of(command).changes and not command.dry_run


def _permission(command: typed.Command, said: Said, policy: Policy) -> Verdict:
    """Whoever may write is judged by the rules of the environment, when it is run; all others here."""
    spec, role = spec_of(command), said.role
    if spec.role == "read" or (role in ROLES and ROLES.index(role) >= ROLES.index("write")):
        return _passed("permission", "role-suffices", f"{said.author} has the role {role or 'of a reader'}")
    names = (getattr(command, "environment", ""), getattr(command, "target", ""))
    environment = next((name for name in names if name in policy.environments), "")
    asker = Asker(said.author, role, teams=None)
    verdicts = [authority_verdict(asker, action, environment, policy) for action in actions_of(command)]
    if environment and isinstance(command, typed.Approve | typed.Reject):
        verdicts = [rule_verdict(asker, approvers(environment, policy, escalated=True), spec.name)]
    if verdicts and all(one.ruling is not Ruling.FAIL for one in verdicts) and role is not None:
        return _passed("permission", "judged-by-rules", f"the rules of {environment} say who may")
    wrong = next((one for one in verdicts if not one.passed), None)
    who = wrong.who if wrong else f"someone with the role {spec.who}"
    summary = f"{said.author} has {f'the role {role}' if role else 'no role'} here, and may not command this"
    return _failed("permission", "not-authorised", summary, who)


def _fork(command: typed.Command, said: Said) -> Verdict:
    if not said.pull.fork:
        return _passed("fork", "own-branch", "its branch is in this repository")
    if not changes(command):
        return _passed("fork", "changes-nothing", "its branch is in a fork, and the command changes nothing")
    summary = "its branch is in a fork, where only commands are obeyed that change nothing"
    return _failed("fork", "fork", summary, "whoever gives the command in a pull request of this repository")


def _bound(command: typed.Command, said: Said) -> Verdict:
    head = said.pull.head
    if head.startswith(command.sha):
        return _passed("head", "head-equal", f"@{command.sha} is the newest commit")
    summary = f"it is bound to @{command.sha}, and the newest commit is {head[:10]}"
    return _failed("head", "head-differs", summary, f"{said.author}, by a command for the newest commit")


def _not_moved(said: Said, pushed_at: str) -> Verdict:
    """The newest commit is the one that the author saw; by GitHub's clock, as dates of commits can be made up."""
    head = said.pull.head[:10]
    if not pushed_at:
        summary = f"when {head} was pushed cannot be found out"
        return Verdict(
            "head", Ruling.INCONCLUSIVE, "push-unknown", summary, f"{said.author}, by naming it: @{head}"
        )
    if pushed_at <= said.created_at:
        return _passed("head", "head-seen", f"{head} was there when the comment was written")
    summary = f"{head} was pushed after the comment was written"
    return _failed("head", "head-moved", summary, f"{said.author}, by a new comment")
