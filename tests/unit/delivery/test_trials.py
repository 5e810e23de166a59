"""What is tried before it is merged: its name, what has to hold, and what it changes of how an environment stands."""

import pytest

from shipway.config import read_policy
from shipway.domain.delivery.command import Promotion
from shipway.domain.delivery.policies import EXIT_CODES
from shipway.domain.delivery.trying import trial_verdicts
from shipway.domain.ledger import Event
from shipway.domain.policy import EnvironmentPolicy, Policy
from shipway.domain.standing import Claim, Hold, Standing, Verified
from shipway.domain.standings import standings_after
from shipway.domain.trial import Proposal, Trial, in_sentences, in_words, trial_of
from shipway.domain.version import parse_version
from shipway.errors import UsageError

COMMIT, OTHER = "a1" * 20, "b2" * 20
TRIAL = Trial(12, COMMIT)
NAME = f"pr-12-{COMMIT}"
POLICY = Policy(
    environments={
        "dev": EnvironmentPolicy(),
        "staging": EnvironmentPolicy(unreleased=True),
        "live": EnvironmentPolicy(unreleased=True),
    }
)
OPEN = Proposal(12, COMMIT, "OPEN", fork=False)


def test_its_name_is_that_of_nothing_else() -> None:
    assert str(TRIAL) == NAME
    assert trial_of(NAME) == TRIAL
    assert trial_of(f"pr-12-{'c' * 64}") == Trial(12, "c" * 64)
    for other in (
        "1.0.0",
        f"{NAME}0",
        f"pr-0-{COMMIT}",
        f"pr-12-{COMMIT[:39]}",
        f"pr-12-{COMMIT.upper()}",
        "",
    ):
        assert trial_of(other) is None
    with pytest.raises(UsageError):
        parse_version(NAME)


def test_people_read_what_it_is_of() -> None:
    words = "a trial of #12 at a1a1a1a1a1"

    assert in_words(f"{NAME} is in staging, not {NAME}.") == f"{words} is in staging, not {words}."
    assert in_sentences(f"{NAME} failed. {NAME} goes: {NAME}") == (
        f"A{words[1:]} failed. A{words[1:]} goes: {words}"
    )
    assert in_sentences("1.0.0 is in dev.") == "1.0.0 is in dev."


def command(target: str, version: str = NAME) -> Promotion:
    """Somebody asks for it."""
    return Promotion(version=version, tag="", source="", target=target, id="1", holder="run:1")


@pytest.mark.requirement("SEC-1")
@pytest.mark.parametrize(
    ("target", "proposal", "gate", "reason", "summary", "who"),
    [
        (
            "dev",
            OPEN,
            "trial",
            "deploy-unreleased",
            "dev takes released versions only",
            "`environments.dev.unre",
        ),
        (
            "live",
            OPEN,
            "trial",
            "production-unreleased",
            "live takes released versions only",
            "whoever releases",
        ),
        (
            "staging",
            None,
            "pull-request",
            "not-proposed",
            "there is no pull request #12",
            "whoever opens one",
        ),
        (
            "staging",
            Proposal(12, COMMIT, "MERGED", fork=False),
            "pull-request",
            "not-proposed",
            "#12 is merged",
            "whoever releases what is merged",
        ),
        (
            "staging",
            Proposal(12, COMMIT, "CLOSED", fork=False),
            "pull-request",
            "not-proposed",
            "#12 is closed",
            "whoever opens it again",
        ),
        (
            "staging",
            Proposal(12, COMMIT, "OPEN", fork=True),
            "pull-request",
            "fork",
            "the branch of #12 is in a fork",
            "whoever brings it into this repository",
        ),
        (
            "staging",
            Proposal(12, OTHER, "OPEN", fork=False),
            "head",
            "head-moved",
            "the newest commit of #12 is b2b2b2b2b2 by now, not a1a1a1a1a1",
            "whoever looks at that one, and tries it",
        ),
    ],
)
def test_what_keeps_it_out(
    target: str, proposal: Proposal | None, gate: str, reason: str, summary: str, who: str
) -> None:
    wrong = next(one for one in trial_verdicts(proposal, command(target), POLICY) if not one.passed)

    assert (wrong.gate, wrong.reason_code, wrong.summary) == (gate, reason, summary)
    assert who in wrong.who
    assert wrong.gate in EXIT_CODES


def test_what_lets_it_in() -> None:
    answers = trial_verdicts(OPEN, command("staging"), POLICY)

    assert [(one.gate, one.reason_code) for one in answers if one.passed] == [
        ("trial", "trial-taken"),
        ("pull-request", "proposed"),
        ("head", "head-equal"),
    ]
    assert trial_verdicts(OPEN, command("staging", "1.0.0"), POLICY) == ()


GOOD = Verified("1.0.0", OTHER, "", "2026-11-21T11:00:00Z", "alice", 1)


def after(kind: str, before: Standing, **detail: object) -> Standing:
    """How staging stands once this has happened to the trial."""
    said = {"environment": "staging", "id": "7", "deployment": 2, "commit": COMMIT, **detail}
    event = Event(kind, kind, "", NAME, "alice", "2026-11-21T12:00:00Z", said)
    return standings_after({"staging": before}, [event])["staging"]


def test_it_frees_the_environment_and_verifies_nothing() -> None:
    claim = Claim("7", NAME, "alice", "run:1", "2026-11-21T12:00:00Z", "2026-11-21T13:00:00Z")

    assert after("tried", Standing(claim=claim, verified=(GOOD,))) == Standing(verified=(GOOD,))


def test_going_back_from_it_holds_nothing() -> None:
    hold = Hold("0.9.0", "bad", "bob", "2026-11-21T10:00:00Z")
    back = {"from": NAME, "to": "1.0.0", "reason": "over", "holder": "run:2", "until": "2026-11-21T13:00:00Z"}
    going = after("rollback-started", Standing(verified=(GOOD,), holds=(hold,)), **back)

    assert (going.holds, going.verified) == ((hold,), (GOOD,))
    bad = {"trigger": "gate", "reason": "smoke", "asks": False}
    assert after("reverting", Standing(verified=(GOOD,)), **bad).holds == ()


@pytest.mark.requirement("SEC-1")
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "environments:\n  prod:\n    unreleased: true\n",
            "3:5: `environments.prod.unreleased`: prod counts as production, which takes released versions only",
        ),
        (
            "environments:\n  eu:\n    production: true\n    unreleased: true\n",
            "4:5: `environments.eu.unreleased`: eu counts as production, which takes released versions only",
        ),
        (
            "environments:\n  qa:\n    unreleased: true\n    deploy: {workflow: deploy.yml, ref: tag}\n",
            "3:5: `environments.qa.unreleased`: what is not released has no tag for `deploy.ref: tag`",
        ),
    ],
)
def test_where_nothing_may_be_tried(text: str, complaint: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_policy(text, "f.yml")

    assert refused.value.message == f"f.yml cannot be used:\n  f.yml:{complaint}"
