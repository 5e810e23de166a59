"""What must hold before a version may come into an environment: one verdict each, and all of them shown.

They cost nothing, so every one of them answers. The first that fails names the refusal.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from shipway.domain.authority import authority_verdict
from shipway.domain.delivery.asking import approval_policy
from shipway.domain.delivery.claim_policy import claim_policy
from shipway.domain.delivery.command import Attempt, Situation
from shipway.domain.delivery.lock_policy import lock_policy
from shipway.domain.delivery.order import Pipeline, in_a_tag
from shipway.domain.delivery.signing import signature_verdict
from shipway.domain.delivery.steps import FORESEEN
from shipway.domain.delivery.trying import trial_verdicts
from shipway.domain.environments import Protection, diff, merged
from shipway.domain.events import timestamp
from shipway.domain.ledger import Ledger
from shipway.domain.policy import Action
from shipway.domain.span import parse_span, span_text
from shipway.domain.standing import Hold, Verified
from shipway.domain.verdict import Ruling, Verdict
from shipway.errors import ExitCode

LISTED = 100
"""Environments that GitHub gives at once, and that are asked for."""

EXIT_CODES = {
    "order": ExitCode.TRANSITION,
    "version": ExitCode.VERSION_MISSING,
    "verified": ExitCode.TRANSITION,
    "digest": ExitCode.TRANSITION,
    "tag": ExitCode.TAG_EXISTS,
    "trial": ExitCode.TRANSITION,
    "pull-request": ExitCode.TRANSITION,
    "head": ExitCode.TRANSITION,
    "signature": ExitCode.SIGNATURE,
    "lock": ExitCode.LOCKED,
    "hold": ExitCode.TRANSITION,
    "direction": ExitCode.TRANSITION,
    "authority": ExitCode.NOT_AUTHORISED,
    "separation": ExitCode.NOT_AUTHORISED,
    "authorship": ExitCode.NOT_AUTHORISED,
    "last-push": ExitCode.NOT_AUTHORISED,
    "protection": ExitCode.TRANSITION,
    "soak": ExitCode.WAITING,
    "approval": ExitCode.GATE,
    "claim": ExitCode.LOCKED,
}
"""Policy → exit code when it refuses, in the order in which they answer."""


ONCE = frozenset({"authority", "separation", "authorship", "last-push", "soak", "claim"})
"""Policies about who asked and when, which have answered once it was let in; the others answer again."""


def verdicts(situation: Situation) -> tuple[Verdict, ...]:
    """Every policy's answer, those first that say the most about what was asked."""
    return still_asked(situation, _answers(situation))


def still_asked(situation: Attempt, answers: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """The answers that count: fewer once it was let in, for the job and whoever else carries it on."""
    facts, command = situation.facts, situation.command
    claim = facts.ledger.standing(command.target).claim
    let_in = facts.asker.carries_on and claim is not None and claim.id == command.id
    past = ONCE if command.job else ONCE - {"claim"} if let_in else frozenset[str]()
    return tuple(one for one in answers if one.gate not in past)


def _answers(situation: Situation) -> Iterator[Verdict]:
    tried = trial_verdicts(situation.facts.proposal, situation.command, situation.policy)
    yield from tried or _of_a_version(situation)
    yield from signature_verdict(situation.facts.tag, situation.command.target, situation.policy)
    yield lock_policy(situation)
    if not tried:
        yield _hold(situation)
        yield _direction(situation)
    yield from _authority(situation)
    if not tried:
        yield from _separation(situation)
    yield from _authorship(situation)
    yield from _last_push(situation)
    yield from protection_policy(situation)
    yield from _guarded(situation)
    if not tried:
        yield from _soak(situation)
    yield from approval_policy(situation)
    yield claim_policy(situation)


def _of_a_version(situation: Situation) -> Iterator[Verdict]:
    yield _order(situation)
    yield version_policy(situation)
    yield _verified(situation)
    yield _digest(situation)
    yield _tag(situation)


def _passed(policy: str, reason: str, summary: str) -> Verdict:
    return Verdict(policy, Ruling.PASS, reason, summary)


def _failed(policy: str, reason: str, summary: str, who: str) -> Verdict:
    return Verdict(policy, Ruling.FAIL, reason, summary, who)


# --- where from, where to


def path_problem(pipeline: Pipeline, source: str, target: str) -> str:
    """What is wrong with the way from one environment to the other, naming the valid next; empty when it is right."""
    if source == target:
        return f"cannot promote to same environment: {source}"
    if source in pipeline.after.get(target, ()) or not (source or pipeline.after.get(target)):
        return ""
    ahead = pipeline.next_of(source) if source else pipeline.first()
    way = f"invalid promotion path: {source or '(new)'}→{target}"
    if source and (pipeline.leads_to(target, source) or not ahead):
        last = "" if ahead else f", {source} is the last environment"
        valid = f", valid next environment from {source}: {', '.join(ahead)}" if ahead else last
        return f"{way} (backward or invalid promotion not allowed{valid})"
    return f"{way} (valid next environment from {source or 'the start'}: {', '.join(ahead)})"


def _order(situation: Situation) -> Verdict:
    command = situation.command
    problem = path_problem(situation.pipeline, command.source, command.target)
    if problem:
        return _failed("order", "transition-invalid", problem, "whoever asks for the next environment")
    return _passed(
        "order", "transition-valid", f"{command.target} comes after {command.source or 'the release'}"
    )


def version_policy(situation: Attempt) -> Verdict:
    """Whether there is such a version."""
    command, tag = situation.command, situation.facts.tag
    if not tag:
        summary = f"there is no version {command.version}: tag {command.tag} is not on GitHub"
        return _failed("version", "version-unknown", summary, "whoever releases it")
    return _passed("version", "version-known", f"{command.tag} is {tag.commit[:10]}")


def _verified(situation: Situation) -> Verdict:
    """Whether those before hold this very commit, found good and not revoked since: all of them, or any one."""
    before = situation.pipeline.after.get(situation.command.target, ())
    version = situation.command.version
    if not before:
        return _passed("verified", "first-environment", "no environment comes before it")
    missing = [name for name in before if not standing_of(situation, name)]
    either = situation.command.target in situation.pipeline.any_of
    held = [name for name in before if name not in missing]
    if held and situation.command.source in missing and either:
        return _named_another(version, situation.command.source, held)
    if (held and either) or not missing:
        return _passed("verified", "verified-before", f"{version} is verified in {', '.join(held)}")
    where = (" or " if either else " and ").join(missing)
    return _failed(
        "verified", "not-verified", f"{version} is not verified in {where}", "whoever promotes it there"
    )


def _named_another(version: str, named: str, held: list[str]) -> Verdict:
    """Where any environment opens the next one, the one that somebody names has to hold the version."""
    summary = f"{version} is not verified in {named}, but in {', '.join(held)}"
    return _failed("verified", "not-verified", summary, "whoever names where it is")


def standing_of(situation: Situation, environment: str) -> Verified | None:
    """The verification of this very commit in an environment, unless it was taken back."""
    tag, version = situation.facts.tag, situation.command.version
    found = verified_in(situation.facts.ledger, environment, version)
    return found if found and tag and found.commit == tag.commit else None


def verified_in(ledger: Ledger, environment: str, version: str) -> Verified | None:
    """The verification of a version in an environment, as it stands."""
    return ledger.standing(environment).verification(version)


def _digest(situation: Situation) -> Verdict:
    """What goes in is what was verified before it, and what stood here itself under this version."""
    digest, target = situation.facts.digest, situation.command.target
    seen = (standing_of(situation, name) for name in (*situation.pipeline.after.get(target, ()), target))
    other = next((one for one in seen if one and not same_bytes(one, digest)), None)
    if other:
        summary = f"what was verified was {_short(other.digest)}, and now it is {_short(digest)}"
        return _failed("digest", "digest-differs", summary, "whoever changed the files of the release")
    same = "the same commit" if situation.facts.tag else "nothing to compare"
    return _passed("digest", "same-artifact", f"the same bytes: {_short(digest)}" if digest else same)


def same_bytes(verified: Verified, digest: str) -> bool:
    """Whether a digest is that of what was verified; one that is not known says nothing against it."""
    return not (verified.digest and digest) or verified.digest == digest


def _short(digest: str) -> str:
    kind, _, value = digest.rpartition(":")
    return f"{kind}:{value[:12]}" if kind else value[:12]


def environment_tag(tag: str, environment: str) -> str:
    """The tag of a version in an environment, which never moves."""
    return f"{tag}-{in_a_tag(environment)}"


def latest_tag(environment: str) -> str:
    """The tag that moves with what an environment holds."""
    return f"latest-{in_a_tag(environment)}"


def _tag(situation: Situation) -> Verdict:
    name = environment_tag(situation.command.tag, situation.command.target)
    commit, tag = situation.facts.environment_tags.get(name), situation.facts.tag
    if commit and tag and commit != tag.commit:
        summary = f"tag {name} stands on {commit[:10]}, not on {tag.commit[:10]}"
        return _failed("tag", "environment-tag-elsewhere", summary, "whoever set it")
    return _passed("tag", "tag-free", f"tag {name} is {'there already' if commit else 'free'}")


# --- closed doors


def _hold(situation: Situation) -> Verdict:
    command = situation.command
    hold = situation.facts.ledger.standing(command.target).held(command.version)
    if hold is None:
        return _passed("hold", "not-held", f"{command.version} was not rolled back in {command.target}")
    if command.lift_hold:
        return _passed("hold", "hold-lifted", f"the hold of {hold.by} is lifted: {command.reason}")
    return _failed("hold", "held", hold_text(command.target, hold), "whoever may lift the hold")


def hold_text(environment: str, hold: Hold) -> str:
    """Who rolled a version back, when and why."""
    return f"{hold.version} was rolled back in {environment} by {hold.by} at {hold.at}: {hold.reason}"


def _direction(situation: Situation) -> Verdict:
    """A lower version comes back by rollback, which looks at what that means."""
    command = situation.command
    standing = situation.facts.ledger.standing(command.target)
    held = standing.stable.version if standing.stable else "nothing"
    if not standing.holds_higher(command.version):
        return _passed("direction", "forward", f"{command.target} holds {held}")
    summary = f"{command.target} holds {held}, which is higher than {command.version}"
    return _failed("direction", "version-lower", summary, "whoever may roll back")


# --- who, and when


def _authority(situation: Situation) -> Iterator[Verdict]:
    """Who lifts a hold has to be allowed that besides, not in place of, promoting."""
    command = situation.command
    actions: tuple[Action, ...] = ("promote", "lift-hold") if command.lift_hold else ("promote",)
    for action in actions:
        yield authority_verdict(situation.facts.asker, action, command.target, situation.policy)


def _separation(situation: Situation) -> Iterator[Verdict]:
    """Who brought this version into an environment before does not bring it into this one."""
    target, policy = situation.command.target, situation.policy
    settings = policy.environments.get(target)
    if settings is None or not settings.authorize.separation_of_duties:
        return
    asker = situation.facts.asker.login
    before = situation.pipeline.after.get(target, ())
    same = [
        name for name in before if (one := standing_of(situation, name)) and one.by.lower() == asker.lower()
    ]
    if same:
        summary = f"{asker} promoted it to {', '.join(same)}, so somebody else must promote it to {target}"
        yield _failed("separation", "same-person", summary, "anybody else who may promote")
    else:
        yield _passed("separation", "another-person", f"{asker} did not promote it before")


def _authorship(situation: Situation) -> Iterator[Verdict]:
    """Who wrote some of what the environment would get does not bring it there, where that is configured."""
    target, asker = situation.command.target, situation.facts.asker
    settings = situation.policy.environments.get(target)
    if settings is None or settings.authorize.commit_authors:
        return
    commit = asker.authored.get(target)
    if commit is None and _only_foreseen(situation):
        yield _passed("authorship", "asked-later", "GitHub is asked who wrote it once it is merged")
    elif commit is None:
        summary = f"whether {asker.login} wrote some of what {target} would get is not known"
        yield Verdict(
            "authorship", Ruling.INCONCLUSIVE, "authors-unreadable", summary, "whoever configures it"
        )
    elif commit:
        summary = f"{asker.login} wrote {commit[:10]}, so somebody else must promote it to {target}"
        yield _failed("authorship", "author-promotes", summary, "anybody else who may promote")
    else:
        yield _passed(
            "authorship", "not-an-author", f"{asker.login} wrote nothing of what {target} would get"
        )


def _last_push(situation: Situation) -> Iterator[Verdict]:
    """Who had the last word on what was approved does not promote it, where that is configured."""
    target, asker = situation.command.target, situation.facts.asker
    settings = situation.policy.environments.get(target)
    if settings is None or settings.authorize.last_pusher:
        return
    pusher = asker.last_pusher
    if not pusher and _only_foreseen(situation):
        yield _passed("last-push", "asked-later", "GitHub is asked who pushed last once it is merged")
    elif not pusher:
        pull = f"the pull request of {situation.command.version}"
        summary = f"who pushed last to {pull} is not known"
        yield Verdict("last-push", Ruling.INCONCLUSIVE, "last-pusher-unknown", summary, "the next run")
    elif pusher.lower() == asker.login.lower():
        summary = (
            f"{asker.login} pushed last to its pull request, so somebody else must promote it to {target}"
        )
        yield _failed("last-push", "last-pusher-promotes", summary, "anybody else who may promote")
    else:
        yield _passed("last-push", "not-the-last-pusher", f"{pusher} pushed last to its pull request")


def _only_foreseen(situation: Situation) -> bool:
    """Whether the version is one that a plan goes on with as if it were merged."""
    return situation.facts.tag is not None and situation.facts.tag.commit == FORESEEN


def protection_policy(situation: Attempt) -> Iterator[Verdict]:
    """GitHub makes an environment that it lacks from its first deployment, open to every job.

    So it is not asked for one that is to be protected, nor for one whose job is to be held back.

    Where GitHub lists as many as it gives at once, the others are taken to be there.
    """
    target, there = situation.command.target, situation.facts.environments
    settings = situation.policy.environments.get(target)
    if settings is None or not (settings.deploy.workflow or diff(settings.protection, Protection())):
        return
    if target.lower() in map(str.lower, there) or len(there) >= LISTED:
        yield _passed("protection", "environment-there", f"GitHub has the environment {target}")
        return
    by_job = "and the job that deploys would make it, open to every job"
    by_us = "and would make it without the protection that is configured"
    summary = f"GitHub has no environment {target}, {by_job if settings.deploy.workflow else by_us}"
    yield _failed("protection", "environment-missing", summary, "an administrator of the repository")


def _guarded(situation: Situation) -> Iterator[Verdict]:
    """GitHub makes an environment anew that was deleted while its run waited, and lets the job go on.

    What goes back is not kept out by it.
    """
    target = situation.command.target
    settings = situation.policy.environments.get(target)
    wanted = merged(settings.protection, Protection()) if settings else Protection()
    asks = wanted.reviewers or wanted.wait_timer
    if situation.command.job and asks and target.lower() in situation.facts.unguarded:
        summary = f"GitHub has no rule for {target}, so nothing has held back the job that deploys"
        yield _failed("protection", "environment-unguarded", summary, "an administrator of the repository")


def soaked_at(situation: Situation) -> datetime | None:
    """When the version has stayed long enough in the environments before; None where that is not asked, or known."""
    settings = situation.policy.environments.get(situation.command.target)
    if settings is None or not settings.soak:
        return None
    soak = parse_span(settings.soak)
    since = [
        datetime.fromisoformat(one.at)
        for name in situation.pipeline.after.get(situation.command.target, ())
        if (one := standing_of(situation, name))
    ]
    if not since:
        return None
    any_one = situation.command.target in situation.pipeline.any_of
    return (min(since) if any_one else max(since)) + soak


def _soak(situation: Situation) -> Iterator[Verdict]:
    until = soaked_at(situation)
    if until is None:
        return
    span = situation.policy.environments[situation.command.target].soak
    if situation.now >= until:
        yield _passed("soak", "soaked", f"verified for more than {span}")
        return
    more = span_text(until - situation.now)
    summary = f"it must stay {span} in the environment before, {more} more, until {timestamp(until)}"
    yield Verdict("soak", Ruling.INCONCLUSIVE, "soaking", summary, "time")
