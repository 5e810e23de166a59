"""What the commands of a comment are about where they do not say it: the pull request's version, or what is open."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from shipway.domain.commands import typed
from shipway.domain.commenting.heard import Pull
from shipway.domain.delivery.order import Pipeline
from shipway.domain.facts import Deployment
from shipway.domain.policy import Policy
from shipway.domain.release_command import Stage
from shipway.domain.standing import Standing, Standings
from shipway.domain.version import TagFormat, parse_version
from shipway.errors import UsageError

_OF_ITS_VERSION = (typed.Promote, typed.Report)
_OPEN = (typed.Approve, typed.Reject, typed.Cancel, typed.Retry, typed.Why)


def version_of(pull: Pull, policy: Policy) -> str:
    """The version that a pull request releases, by the name of its branch; empty for any other, and for a fork's."""
    return _versioned(pull, policy.release.branch) or _versioned(pull, policy.hotfix.branch)


def stage_of(pull: Pull, policy: Policy) -> Stage:
    """What a pull request releases its version as."""
    return "hotfix" if _versioned(pull, policy.hotfix.branch) else "release"


def _versioned(pull: Pull, form: str) -> str:
    try:
        return "" if pull.fork else str(parse_version(_in_form(pull.branch, form)))
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


def version_meant(ref: str, pull: Pull, policy: Policy, tags: Mapping[str, str]) -> tuple[str, str]:
    """What is to be deployed, and the version that it is; the latter is empty where nothing released is meant.

    Without a name it is the version of the pull request, else its newest commit.
    """
    named = ref or version_of(pull, policy) or pull.head
    return named, released_as(named, tags, TagFormat(policy.release.tag))


def trial_meant(command: typed.Deploy | typed.Plan, pull: Pull, policy: Policy) -> bool:
    """Whether the newest commit of the pull request is meant, where it may be tried before it is merged.

    One that is released counts as that; a pull request that releases a version is about that version.
    """
    head = command.ref == pull.head or not (command.ref or version_of(pull, policy))
    return head and policy.takes_trials(command.environment)


def released_as(ref: str, tags: Mapping[str, str], form: TagFormat) -> str:
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
    if command.sha or (isinstance(command, typed.Deploy) and trial_meant(command, pull, policy)):
        return True
    release = pull.state == "OPEN" and bool(version_of(pull, policy))
    about = isinstance(command, typed.Approve | typed.Reject | typed.Retry | typed.Cancel)
    return release and about and not getattr(command, "environment", "")


@dataclass(frozen=True, slots=True)
class Places:
    """How the environments stand, for what a command leaves out.

    Attributes:
        deployments: Newest first.
        tags: Names of all tags.
        form: Of the tags of versions.
    """

    pipeline: Pipeline
    standings: Standings
    deployments: tuple[Deployment, ...]
    tags: tuple[str, ...]
    form: TagFormat

    def standing(self, environment: str) -> Standing:
        """How one stands."""
        return self.standings.get(environment, Standing())

    def waiting_for(self, environment: str) -> str:
        """The version that is to come into an environment: asked about, under way, or tried; empty for none."""
        standing = self.standing(environment)
        open_one = standing.question or standing.claim
        if open_one:
            return open_one.version
        newest = next((one for one in self.deployments if one.environment == environment), None)
        stable = standing.stable.version if standing.stable else ""
        return newest.version if newest and newest.version != stable else ""

    def coming_next(self, environment: str) -> str:
        """The version that would come next: the one before that environment, else the highest; empty for none."""
        before = (self.standing(name).stable for name in self.pipeline.after.get(environment, ()))
        released = (self.form.version(tag) for tag in self.tags)
        highest = max((one for one in released if one), default=None)
        return next((one.version for one in before if one), str(highest or ""))

    def lacking(self, version: str) -> str:
        """The first environment in which a version is not verified; the last, where it is verified in all."""
        names = self.pipeline.names
        return next((name for name in names if not self.standing(name).verification(version)), names[-1])


def open_version(command: typed.Retry | typed.Why, places: Places) -> str:
    """The version that `/retry` goes on with in an environment, or `/why` asks about; empty for none."""
    found = places.waiting_for(command.environment)
    return found or (places.coming_next(command.environment) if isinstance(command, typed.Why) else "")
