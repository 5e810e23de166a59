"""The people that a release waits for, played on a twin: they approve, and report the checks that are demanded."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from shipway.cli.playground import REVIEWER, Playground
from shipway.domain.facts import DeliveryFacts
from shipway.domain.plan import Move
from shipway.domain.policy import ReleasePolicy
from shipway.domain.resting import Wait
from shipway.errors import ShipwayError
from shipway.twin import admin
from shipway.twin.behaviour import checks, codeowners, protection, pulls, requirements, reviews
from shipway.twin.identity import SYSTEM, Identity

PATIENCE = 8
"""How often in a row nobody may have anything to do before the play ends."""

MOMENT = 0.05
"""Seconds between two looks at a twin that is still computing."""


class People:
    """Plays everybody on a playground.

    Args:
        place: Where they are.
        tell: Told what they do, a line each.
    """

    def __init__(self, place: Playground, tell: Callable[[str], None]) -> None:
        self._place, self._tell = place, tell
        self._world = place.twin.world
        self._idle = 0
        self._waiting = ""
        self._approvals = 1

    def expect(self, policy: ReleasePolicy) -> None:
        """Take in whom a policy asks for."""
        self._approvals = policy.approvals
        self.invite(policy.reviewers)

    def invite(self, names: Iterable[str]) -> None:
        """Make accounts for people, and teams as `org/team`, who may then review."""
        repository = self._place.site.repository
        owner = repository.partition("/")[0]
        with self._world.locked():
            for name in names:
                organisation, slash, team = name.partition("/")
                if not slash and name != self._place.site.viewer:
                    admin.add_collaborator(self._world, repository, name, "write")
                elif slash and organisation.lower() == owner.lower():
                    admin.create_team(self._world, owner, team, (REVIEWER,), {repository: "write"})

    def invite_code_owners(self) -> None:
        """Make accounts for everybody whom CODEOWNERS names by login or team."""
        site = self._place.site
        with self._world.locked():
            lines = codeowners.rules(self._world, self._place.document, site.default_branch)
        self.invite({owner for line in lines for owner in line.owners if "@" not in owner})

    def watch(self, move: Move, facts: DeliveryFacts) -> None:  # noqa: ARG002 - the engine tells both
        """Remember what the release waits for."""
        self._waiting = move.summary if isinstance(move, Wait) else ""

    def sleep(self, seconds: float) -> None:
        """What a release does while it waits: everybody does what is theirs to do.

        Raises:
            ShipwayError: `rehearsal-stuck`, when there is nothing that anybody can do any more.
        """
        if self._act():
            self._idle = 0
            return
        self._idle += 1
        if self._idle >= PATIENCE:
            raise ShipwayError(
                f"Nobody on the twin can move the release on. {self._waiting}".rstrip(),
                "Look at what it waits for with: shipway release auto --dry-run",
                reason_code="rehearsal-stuck",
            )
        time.sleep(min(seconds, MOMENT))

    def _act(self) -> bool:
        with self._world.locked():
            repo = self._place.document
            ready = [pull for pull in pulls.listed(self._world, repo) if not pull["draft"]]
        done = [self._review(repo, pull) | self._report(repo, pull) for pull in ready]
        return any(done)

    def _review(self, repo: dict[str, Any], pull: dict[str, Any]) -> bool:
        world = self._world
        wanted = max(requirements.of_branch(world, repo, pull["base_ref"]).approvals, self._approvals)
        wanted -= len(set(pull["requested_users"]) - {pull["user"]})
        names = [REVIEWER, *(f"{REVIEWER}-{number}" for number in range(2, wanted + 1))][: max(wanted, 0)]
        opinions = reviews.latest_opinions(world, repo, pull["number"])
        approved = {one["user"] for one in opinions if one["commit_id"] == pull["head_sha"]}
        missing = [
            one
            for one in dict.fromkeys([*pull["requested_users"], *names])
            if one not in approved | {pull["user"]}
        ]
        self.invite(name for name in missing if name in names)
        for login in missing:
            with world.locked(Identity(login)):
                reviews.create(world, repo, pulls.find(world, repo, pull["number"]), "APPROVE")
            self._tell(f"{login} approves pull request #{pull['number']}")
        return bool(missing)

    def _report(self, repo: dict[str, Any], pull: dict[str, Any]) -> bool:
        world, head = self._world, pull["head_sha"]
        demanded = [name for name, _ in requirements.of_branch(world, repo, pull["base_ref"]).checks]
        missing = protection.missing_checks(world, repo, head, demanded)
        for name in missing:
            with world.locked(SYSTEM):
                checks.create_status(world, repo, head, "success", name, "assumed in a rehearsal")
            self._tell(f"check {name} is assumed to succeed")
        return bool(missing)


def both(*watchers: Callable[[Move, DeliveryFacts], None]) -> Callable[[Move, DeliveryFacts], None]:
    """One watcher that tells several."""

    def watch(move: Move, facts: DeliveryFacts) -> None:
        for one in watchers:
            one(move, facts)

    return watch
