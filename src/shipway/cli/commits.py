"""`shipway explain` and `shipway lint`: what commit messages say, and how to say it better."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

from shipway.adapters import git_refs
from shipway.adapters.git_log import GitLog, decode
from shipway.adapters.reason_codes import Reason, near, reasons
from shipway.cli.history import repo_option
from shipway.cli.output import output_option, show
from shipway.cli.reading import configured
from shipway.cli.reason_text import reason_data, reason_text
from shipway.domain.commit import Change, Message
from shipway.domain.commit.lint import Finding, Severity, lint
from shipway.domain.commit.message import read_message
from shipway.domain.commit.rules import RULES
from shipway.domain.log import Commit
from shipway.engine.history import since_last_release
from shipway.errors import ExitCode, InputError, UsageError

message_option = click.option(
    "--message-file", type=click.File("rb"), help="Read the message from a file; `-` is standard input."
)

_CODE = re.compile(r"[a-z]+(-[a-z]+)*")


@click.command(
    "explain",
    short_help="Say what a commit message or a reason code means.",
    epilog="Examples:  shipway explain HEAD   ·   shipway explain --message-file -   ·   shipway explain soaking",
)
@click.argument("sha", default="", metavar="[SHA|CODE]")
@message_option
@repo_option
@output_option
def explain_command(sha: str, message_file: BinaryIO | None, repo: Path, output: str) -> None:
    """Say which changes a commit message holds, what each asks for, and by which rule.

    The rules have the numbers of docs/reference/commits.md. A reason CODE of a result is explained likewise; a
    word that is also a revision is taken for that.
    """
    reason = None if message_file else _reason(sha, repo)
    if reason:
        show(output, reason_text(reason), reason_data(reason))
        return
    commit = _given(sha, message_file, repo)
    message = read_message(
        commit.message, configured(repo, optional=True).messages, f"{commit.name} {commit.email}"
    )
    show(output, _explained(message), _explain_data(message))


def _reason(word: str, repo: Path) -> Reason | None:
    """The reason code that a word names, unless it names a revision too.

    Raises:
        InputError: It names neither; with what was probably meant.
    """
    if not _CODE.fullmatch(word):
        return None
    known = reasons().get(word)
    try:
        git_refs.resolve(git_refs.find_repository(repo), word)
    except InputError as problem:
        if known:
            return known
        raise _or_a_code(problem, word) from problem
    if known:
        click.echo(f"{word!r} is a revision and a reason code; this explains the revision.", err=True)
    return None


def _or_a_code(problem: InputError, word: str) -> InputError:
    """The same refusal of a revision, with the reason codes that may have been meant."""
    codes = " or ".join(near(word))
    if not codes:
        return problem
    revision = f"{problem.next_step} Or" if problem.next_step.startswith("Did you mean") else "Did you mean"
    return InputError(
        f"{word!r} is neither a revision nor a reason code.",
        f"{revision} the reason code {codes}?",
        reason_code="unknown-ref",
    )


def _given(sha: str, message_file: BinaryIO | None, repo: Path) -> Commit:
    if message_file is None:
        head = git_refs.resolve(git_refs.find_repository(repo), sha)
        return next(iter(GitLog(repo, head.sha, count=1)))
    if sha:
        raise UsageError(
            "A commit and --message-file were both given.",
            "Give one of them, for example `shipway explain HEAD`.",
        )
    return Commit("", "", "", "", "", decode(message_file.read()))


def _explain_data(message: Message) -> dict[str, object]:
    return {
        "bump": message.forced or str(message.level),
        "rule": message.rule,
        "why": RULES[message.rule],
        "header": message.header,
        "changes": [_change_data(change) for change in message.changes],
    }


def _change_data(change: Change) -> dict[str, object]:
    return {
        "type": change.type,
        "scope": change.scope or None,
        "breaking": change.breaking,
        "description": change.description,
        "notes": list(change.notes),
        "references": list(change.references),
        "rule": change.rules[0],
        "rules": list(change.rules),
        "bump": str(change.level),
        "pull_request": change.pull_request,
    }


def _explained(message: Message) -> str:
    lines = [f"{message.forced or message.level}: {RULES[message.rule]} (rule {message.rule})"]
    for change in message.changes:
        scope = f"({change.scope})" if change.scope else ""
        numbers = ", ".join(str(number) for number in change.rules)
        lines.append(f"  {change.level}  {change.type}{scope}: {change.description}  [rules {numbers}]")
        lines += [f"    breaks: {note}" for note in change.notes]
    return "\n".join(lines)


@click.command(
    "lint",
    short_help="Check commit messages, and say how to write them.",
    epilog="Examples:  shipway lint   ·   shipway lint main..HEAD   ·   shipway lint --message-file -",
)
@click.argument("range", default="", metavar="[RANGE]")
@message_option
@repo_option
@output_option
def lint_command(range: str, message_file: BinaryIO | None, repo: Path, output: str) -> int:  # noqa: A002 - click names the argument
    """Check commit messages or a pull request's title, and say how to write them instead.

    RANGE is a commit or `A..B`; the commits since the last release when nothing is given. Ends with 1 when a
    message does not say what was probably meant.
    """
    rules = configured(repo, optional=True).messages
    commits = [_given("", message_file, repo)] if message_file else list(_commits(range, repo))
    found = [(one, finding) for one in commits for finding in lint(one.message, rules)]
    show(output, "\n".join(_finding_text(*pair) for pair in found), _lint_data(len(commits), found))
    return ExitCode.FAILURE if any(one.severity is Severity.ERROR for _, one in found) else ExitCode.OK


def _commits(span: str, repo: Path) -> Iterator[Commit]:
    folder = git_refs.find_repository(repo)
    if not span:
        found = since_last_release(repo, configured(repo))
        first, last = found.last_tag, found.head
    else:
        first, dots, last = span.rpartition("..")
        if not dots:
            yield _given(span, None, repo)
            return
    excluded = git_refs.resolve(folder, first).sha if first else ""
    yield from GitLog(folder.root, git_refs.resolve(folder, last).sha, excluded)


def _finding_text(commit: Commit, finding: Finding) -> str:
    where = f"{commit.sha[:10]}:{finding.line}" if commit.sha else f"line {finding.line}"
    return f"{where}: {finding.severity}: {finding.message} [{finding.code}]\n  write: {finding.suggestion}"


def _lint_data(count: int, found: list[tuple[Commit, Finding]]) -> dict[str, object]:
    findings = [
        {
            "sha": commit.sha or None,
            "line": one.line,
            "code": one.code,
            "severity": str(one.severity),
            "message": one.message,
            "suggestion": one.suggestion,
        }
        for commit, one in found
    ]
    return {"messages": count, "findings": findings}
