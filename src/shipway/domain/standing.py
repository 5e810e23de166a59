"""How an environment stands: locked, held, claimed, and which versions were verified there."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from shipway.domain.version import parse_version
from shipway.errors import UsageError


@dataclass(frozen=True, slots=True)
class Lock:
    """Nobody brings anything into the environment, but for whom the scope exempts.

    Attributes:
        by: Login of who locked it.
        at: Since when, ISO 8601 in UTC.
        until: When it ends by itself; empty when only `unlock` ends it.
        scope: Whom it lets through: `user`, `pr` or `release`; empty lets nobody through.
        subject: The login, pull request or version that the scope names.
    """

    by: str
    reason: str
    at: str
    until: str = ""
    scope: str = ""
    subject: str = ""

    def holds_at(self, now: str) -> bool:
        """Whether it has not run out."""
        return not self.until or now < self.until

    @property
    def exempts(self) -> str:
        """Whom it lets through, as people read it; empty for nobody."""
        return f"pull request #{self.subject}" if self.scope == "pr" else self.subject


@dataclass(frozen=True, slots=True)
class Hold:
    """A version was rolled back here and does not come back by itself."""

    version: str
    reason: str
    by: str
    at: str


def row_of(one: Lock | Hold) -> dict[str, Any]:
    """A lock or hold for programs outside: who set it is called as everywhere there; the ledger says `by`."""
    row = asdict(one)
    return {"actor" if name == "by" else name: value for name, value in row.items()}


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody is bringing a version in; for one at a time.

    Attributes:
        id: Of the promotion or rollback.
        holder: The run that works on it.
        until: When it counts as given up.
        replaces: Version that a rollback takes out; empty for a promotion.
        dispatched: Number of the workflow run that brings it in; 0 where GitHub did not name it, None where no
            workflow does.
        asked_in: Pull request in a comment of which it was asked for; 0 where none did.
    """

    id: str
    version: str
    by: str
    holder: str
    at: str
    until: str
    run: str = ""
    replaces: str = ""
    dispatched: int | None = None
    asked_in: int = 0


Approved = Literal["", "rollback", "override"]
"""What people approve besides that a version comes in."""


@dataclass(frozen=True, slots=True)
class Question:
    """A version waits for approvals before it may come in.

    Attributes:
        by: Who wants to bring it in.
        until: When no answer counts as a no.
        source: Environment that holds the version; empty for none.
        action: `rollback` or `override`; empty where a version is to come in by itself.
        replaces: Version that a rollback takes out.
        reason: Why they want it; may be empty.
        gates: Gates that are to be let past.
        lasting: For how long these are let past.
        lift_hold: Whether a version that was rolled back is to come back.
    """

    version: str
    commit: str
    by: str
    at: str
    until: str
    source: str = ""
    action: Approved = ""
    replaces: str = ""
    reason: str = ""
    gates: tuple[str, ...] = ()
    lasting: str = ""
    lift_hold: bool = False

    def to_json(self) -> dict[str, Any]:
        """As plain JSON, without what is empty."""
        row = {name: value for name, value in asdict(self).items() if value or name == "source"}
        return row | ({"gates": list(self.gates)} if self.gates else {})

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Question":
        """From `to_json`."""
        return cls(**{**row, "gates": tuple(row.get("gates", ()))})


@dataclass(frozen=True, slots=True)
class Verified:
    """A version that was deployed here and found good."""

    version: str
    commit: str
    digest: str
    at: str
    by: str
    deployment: int
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Advance:
    """How far a version has come that takes over step by step.

    Attributes:
        deployment: By which it comes.
        strategy: `canary`, `rolling` or `blue-green`.
        passed: How many points of its plan it has passed.
        of: How many there are.
        weight: Percent of traffic or instances that have it.
        colour: Where it is, for blue-green.
        at: Since when.
    """

    deployment: int
    version: str
    strategy: str
    passed: int
    of: int
    weight: int
    at: str
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Reverting:
    """A version was found bad here, and the environment is to go back by itself.

    Attributes:
        deployment: By which it came.
        trigger: What found it bad: `gate`, `deploy` or `limit`.
        asks: Whether a person is asked first.
    """

    version: str
    deployment: int
    trigger: str
    reason: str
    by: str
    at: str
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a claim that a comment asked for, of which people are told in its pull request.

    Attributes:
        id: Of the promotion or rollback.
        replaces: Version that a rollback takes out; empty for a promotion.
        reason: Reason code for which it did not come in; empty where it was found good.
    """

    id: str
    version: str
    at: str
    asked_in: int
    replaces: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Owed:
    """A rollback that is owed somewhere."""

    environment: str
    one: Reverting


@dataclass(frozen=True, slots=True)
class Adopted:
    """A deployment that GitHub made for the job of a workflow, and the delivery that it is.

    Attributes:
        id: Of the promotion or rollback.
        release: Id of the release that it belongs to; empty for a rollback.
        state: How it ended, as recorded; empty while it goes on.
        run: Number of the workflow run for a job of which GitHub made it; 0 where the ledger names none.
    """

    deployment: int
    id: str
    version: str
    commit: str
    digest: str
    by: str
    release: str = ""
    replaces: str = ""
    state: str = ""
    run: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """One environment.

    Attributes:
        colour: Which place has the traffic, for blue-green; empty before that is known.
        ended: The newest claim that a comment asked for and that has ended.
    """

    lock: Lock | None = None
    holds: tuple[Hold, ...] = ()
    claim: Claim | None = None
    verified: tuple[Verified, ...] = ()
    adopted: tuple[Adopted, ...] = ()
    question: Question | None = None
    advance: Advance | None = None
    reverting: Reverting | None = None
    colour: str = ""
    ended: Ended | None = None

    @property
    def stable(self) -> Verified | None:
        """The version that was verified here last."""
        return self.verified[-1] if self.verified else None

    def held(self, version: str) -> Hold | None:
        """The hold on a version; None where it may come in."""
        return next((one for one in self.holds if one.version == version), None)

    def verification(self, version: str) -> Verified | None:
        """That of a version, as it stands."""
        return next((one for one in self.verified if one.version == version), None)

    def half_way(self, version: str) -> bool:
        """Whether a version takes over step by step, or is to be taken out again."""
        steps = (self.advance, self.reverting)
        return any(one is not None and one.version == version for one in steps)

    def holds_higher(self, version: str) -> bool:
        """Whether the version that was verified here last comes after another."""
        if self.stable is None:
            return False
        try:
            return parse_version(self.stable.version) > parse_version(version)
        except UsageError:  # a tag that is no version has no order
            return False

    def to_json(self) -> dict[str, Any]:
        """As plain JSON, without what is empty."""
        row = {name: value for name, value in asdict(self).items() if value}
        if self.question:
            row["question"] = self.question.to_json()
        if self.claim and self.claim.dispatched is None:
            del row["claim"]["dispatched"]
        if self.claim and not self.claim.asked_in:
            del row["claim"]["asked_in"]
        for one in row.get("verified", ()):
            if not one["colour"]:
                del one["colour"]
        return row

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Standing":
        """From `to_json`."""
        return cls(
            lock=Lock(**row["lock"]) if row.get("lock") else None,
            holds=tuple(Hold(**one) for one in row.get("holds", ())),
            claim=Claim(**row["claim"]) if row.get("claim") else None,
            verified=tuple(Verified(**one) for one in row.get("verified", ())),
            adopted=tuple(Adopted(**one) for one in row.get("adopted", ())),
            question=Question.from_json(row["question"]) if row.get("question") else None,
            advance=Advance(**row["advance"]) if row.get("advance") else None,
            reverting=Reverting(**row["reverting"]) if row.get("reverting") else None,
            colour=row.get("colour", ""),
            ended=Ended(**row["ended"]) if row.get("ended") else None,
        )


Standings = Mapping[str, Standing]
"""Environment → how it stands."""


def rollback_owed(standings: Standings, version: str) -> Owed | None:
    """The first environment that is to go back from a version; None for none."""
    bad = ((name, one.reverting) for name, one in standings.items())
    return next((Owed(name, one) for name, one in bad if one and one.version == version), None)
