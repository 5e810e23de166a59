"""Whether the commit of a version is signed by somebody whom GitHub knows."""

from collections.abc import Iterable, Iterator

from shipway.domain.delivery.steps import FORESEEN
from shipway.domain.facts import VALID, Tag
from shipway.domain.policy import EnvironmentPolicy, Policy
from shipway.domain.verdict import Ruling, Verdict


def signature_verdict(tag: Tag | None, environment: str, policy: Policy) -> Iterator[Verdict]:
    """What GitHub finds of the signature, and whether that keeps the version out of this environment.

    Nothing where there is no tag.
    """
    if tag is None:
        return
    mode = policy.environments.get(environment, EnvironmentPolicy()).signature
    verdict = _found(tag)
    if verdict.passed or mode == "enforce":
        yield verdict
    else:
        summary = f"{verdict.summary}; {environment} does not demand it"
        yield Verdict("signature", Ruling.PASS, "signature-not-demanded", summary, warning=mode == "warn")


def deciding(answers: Iterable[Verdict], environment: str, policy: Policy) -> tuple[Verdict, ...]:
    """Without what is only shown: a signature that nothing follows from is not asked for in every run."""
    shown = policy.environments.get(environment, EnvironmentPolicy()).signature == "off"
    return tuple(one for one in answers if one.gate != "signature" or not shown)


def _found(tag: Tag) -> Verdict:
    commit, found = f"commit {tag.commit[:10]}", tag.signature
    who = "whoever releases a signed commit"
    if tag.commit == FORESEEN:
        later = "GitHub is asked who signed it once it is merged"
        return Verdict("signature", Ruling.PASS, "asked-later", later)
    if found is None:
        summary = f"whether {commit} is signed is not known in this run"
        return Verdict("signature", Ruling.INCONCLUSIVE, "signature-unread", summary, "the next run")
    if found.state == VALID:
        summary = f"{commit} is signed{f' by {found.by}' if found.by else ''}, as GitHub finds"
        return Verdict("signature", Ruling.PASS, "signature-valid", summary)
    if found.state == "unsigned":
        return Verdict("signature", Ruling.FAIL, "unsigned", f"{commit} is not signed", who)
    summary = f"the signature of {commit} is not valid, as GitHub finds: {found.state}"
    return Verdict("signature", Ruling.FAIL, "signature-invalid", summary, who)
