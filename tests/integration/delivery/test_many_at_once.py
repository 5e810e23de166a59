"""Many who promote and lock at the same time, each with a connection of its own: one wins, nothing is lost.

What each of them was told is compared with what GitHub and the ledger say afterwards; nobody waits, and no time is
measured. The numbers are said at the end of the run.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from integration.delivery.commands import Command, before_anything
from integration.release.world import NOON, World
from shipway.adapters.git_repo import Clone
from shipway.bootstrap.audit import audit
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.ledger import Event
from shipway.errors import ExitCode, ShipwayError
from shipway.twin.server import Twin
from shipway.twin.world import Clock

MANY = 50
Note = Callable[[str, object], None]
Told = DeliveryOutcome | ShipwayError

pytestmark = pytest.mark.requirement("PRO-7", "LED-1")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Versions 1.0.0 and 1.0.1, and nothing in any environment."""
    with Twin(clock=Clock(NOON)) as twin:
        token = before_anything(twin, tmp_path / "clone")
        yield World(twin, tmp_path / "clone", token)


def promote(version: str = "1.0.0", environment: str = "dev") -> Command:
    return Command("promote", {"version": version, "target": environment})


def lock(environment: str, reason: str) -> Command:
    return Command("lock", {"environment": environment, "reason": reason})


def at_once(world: World, commands: Sequence[Command]) -> list[Told]:
    """Run all of them at the same time, each as another run on another machine."""
    environment = world.environment()

    def run(number: int) -> Told:
        holder = f"process:machine-{number}:1"
        try:
            return commands[number].run(world.clone, replace(environment, holder=holder), number + 1, NOON)
        except ShipwayError as problem:
            return problem

    with ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(run, range(len(commands))))


def events(world: World) -> list[Event]:
    """The ledger, in which nothing is wrong and no number is missing."""
    found = audit(world.environment(), Clone(world.clone))
    assert found.flaws == ()
    assert [entry.sequence for entry in found.ledger.entries] == [*range(1, len(found.ledger.entries) + 1)]
    return [entry.event for entry in found.ledger.entries]


def sites(world: World, number: int) -> list[str]:
    """Configure so many environments, which all come after one that holds 1.0.0."""
    names = [f"site-{one}" for one in range(number)]
    rows = "".join(f"  {name}: {{after: base, deploy: {{command: ['true']}}}}\n" for name in names)
    configuration = f"environments:\n  base: {{deploy: {{command: ['true']}}}}\n{rows}"
    world.commit("chore: other environments", {".github/shipway.yml": configuration})
    assert promote("1.0.0", "base").run(world.clone, world.environment(), 999, NOON).exit_code is ExitCode.OK
    return names


def lost(told: Sequence[Told], commands: Sequence[Command], happened: Sequence[Event]) -> int:
    """How many were told that something is done of which the ledger says nothing."""
    said = {(event.kind, event.detail.get("environment"), event.detail.get("reason")) for event in happened}
    done = (command for command, one in zip(commands, told, strict=True) if one.exit_code is ExitCode.OK)
    return sum(_entry(command) not in said for command in done)


def _entry(command: Command) -> tuple[str, object, object]:
    asked = command.asked
    if command.name == "lock":
        return "locked", asked["environment"], asked["reason"]
    return "promotion-started", asked["target"], ""


def told_as(told: Sequence[Told]) -> Counter[str]:
    """Reason code → how many were told it."""
    return Counter(str(one.reason_code) for one in told)


def of_kind(happened: Sequence[Event], *kinds: str) -> list[Event]:
    """The entries of these kinds."""
    return [event for event in happened if event.kind in kinds]


def deployments(world: World) -> int:
    """How many GitHub has."""
    return len(world.request("GET", "/deployments?per_page=100"))


def test_of_many_promoters_of_one_version_one_deploys(world: World, record_property: Note) -> None:
    commands = [promote()] * MANY
    told = at_once(world, commands)
    happened = events(world)
    codes, missing = told_as(told), lost(told, commands, happened)
    assert set(codes) <= {"done", "promotion-under-way"}
    assert all(one.exit_code is ExitCode.LOCKED for one in told if one.reason_code == "promotion-under-way")
    assert [event.kind for event in happened] == ["promotion-started", "deployed", "verified"]
    assert (deployments(world), missing) == (1, 0)
    refused = codes["promotion-under-way"]
    record_property(
        "counted",
        f"{MANY} promoters of one version: 1 deployed, {codes['done'] - 1} found it there, {refused} refused; "
        f"{missing} entries lost",
    )


def test_of_two_versions_one_comes_in_after_the_other_or_not_at_all(
    world: World, record_property: Note
) -> None:
    commands = [promote(("1.0.0", "1.0.1")[number % 2]) for number in range(MANY)]
    told = at_once(world, commands)
    happened = events(world)
    codes, missing = told_as(told), lost(told, commands, happened)
    assert set(codes) <= {"done", "promotion-under-way", "version-lower"}
    begun = of_kind(happened, "promotion-started", "verified")
    assert [event.kind for event in begun] == ["promotion-started", "verified"] * (len(begun) // 2)
    assert sorted({event.version for event in begun}) == [event.version for event in begun[::2]]
    assert (deployments(world), missing) == (len(begun) // 2, 0)
    record_property(
        "counted",
        f"{MANY} promoters of two versions: {len(begun) // 2} deployed one after the other, "
        f"{MANY - codes['done']} refused; {missing} entries lost",
    )


def test_nothing_comes_in_after_a_lock(world: World, record_property: Note) -> None:
    commands = [promote() if number % 2 else lock("dev", f"reason {number}") for number in range(MANY)]
    told = at_once(world, commands)
    happened = events(world)
    codes, missing = told_as(told), lost(told, commands, happened)
    locks = of_kind(happened, "locked")
    assert codes["locked"] >= len(locks) == MANY // 2
    assert set(codes) <= {"done", "promotion-under-way", "locked"}
    begun = [number for number, event in enumerate(happened) if event.kind == "promotion-started"]
    assert all(number < happened.index(locks[0]) for number in begun)
    assert (deployments(world), missing) == (len(begun), 0)
    record_property(
        "counted",
        f"{MANY // 2} lockers and {MANY // 2} promoters: {len(locks)} locks, {len(begun)} deployed, none after a "
        f"lock; {missing} entries lost",
    )


def test_many_lock_many(world: World, record_property: Note) -> None:
    names = sites(world, 10)
    commands = [lock(names[number % 10], f"reason {number}") for number in range(MANY)]
    told = at_once(world, commands)
    happened = events(world)
    missing = lost(told, commands, happened)
    assert told_as(told) == {"locked": MANY}
    assert (len(of_kind(happened, "locked")), missing) == (MANY, 0)
    record_property(
        "counted", f"{MANY} lockers of 10 environments: {MANY} locks recorded; {missing} entries lost"
    )


def test_versions_and_locks_are_recorded_side_by_side(world: World, record_property: Note) -> None:
    names = sites(world, 20)
    promoters = [Command("promote", {"version": "1.0.0", "source": "base", "target": name}) for name in names]
    commands = [*promoters, *(lock(f"site-{19 - number}", "moving") for number in range(20))]
    told = at_once(world, commands)
    happened = events(world)
    codes, missing = told_as(told), lost(told, commands, happened)
    begun, done = (of_kind(happened, kind)[1:] for kind in ("promotion-started", "verified"))
    assert set(codes) <= {"done", "locked"}
    assert len(of_kind(happened, "locked")) == 20
    assert [*sorted(one.detail["environment"] for one in begun)] == [
        *sorted(one.detail["environment"] for one in done)
    ]
    assert (deployments(world) - 1, codes["done"], missing) == (len(done), len(done), 0)
    record_property(
        "counted",
        f"20 promoters into 20 environments beside 20 lockers: {len(done)} deployed, {20 - len(done)} locked out, "
        f"20 locks recorded; {missing} entries lost",
    )
