"""What the commands of a comment are about, where they do not say it: the version of the pull request."""

from dataclasses import replace

from shipway.domain.commands import typed
from shipway.domain.commenting.heard import Pull
from shipway.domain.policy import Policy
from shipway.domain.version import TagFormat, parse_version
from shipway.errors import UsageError

_OF_ITS_VERSION = (typed.Promote, typed.Report)
_OPEN = (typed.Approve, typed.Reject, typed.Cancel, typed.Retry, typed.Why)


def version_of(pull: Pull, policy: Policy) -> str:
    """The version that a pull request releases, by the name of its branch; empty for any other, and for a fork's."""
    if pull.fork:
        return ""
    try:
        return str(parse_version(_in_form(pull.branch, policy.release.branch)))
    except UsageError:
        return ""


def _in_form(branch: str, form: str) -> str:
    """What stands in the place of `{version}`; empty for a branch of another form."""
    before, _, after = form.partition("{version}")
    fits = branch.startswith(before) and branch.endswith(after) and len(branch) > len(before) + len(after)
    return branch[len(before) : len(branch) - len(after)] if fits else ""


def meant(command: typed.Command, pull: Pull, policy: Policy) -> typed.Command:
    """The command with what it left out and the pull request says.

    Only for a release's pull request there is a version to fill in.
    """
    if isinstance(command, typed.Lock) and command.scope == "pr" and not command.pr:
        return replace(command, pr=pull.number)
    version = version_of(pull, policy)
    if isinstance(command, _OF_ITS_VERSION) and not command.version:
        return replace(command, version=version)
    if (
        isinstance(command, _OPEN)
        and not command.version
        and (not command.environment or pull.state != "OPEN")
    ):
        return replace(command, version=version)
    return command


def released_as(ref: str, tags: dict[str, str], form: TagFormat) -> str:
    """The version that a version, tag or whole commit is; empty where nothing released is meant.

    Args:
        ref: As it was written.
        tags: Tag → commit, of those that there are.
        form: Of tags.
    """
    if ref in tags.values():
        named = (form.version(tag) for tag, commit in tags.items() if commit == ref)
        return next((str(version) for version in named if version), "")
    found = form.version(ref)
    try:
        return str(found or parse_version(ref))
    except UsageError:
        return ""


def acts_on_head(command: typed.Command, pull: Pull, policy: Policy) -> bool:
    """Whether a command is about the newest commit of the pull request: one of an open release, or bound to it."""
    if command.sha:
        return True
    release = pull.state == "OPEN" and bool(version_of(pull, policy))
    about = isinstance(command, typed.Approve | typed.Reject | typed.Retry | typed.Cancel)
    return release and about and not getattr(command, "environment", "")
