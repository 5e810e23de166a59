"""`shipway audit` on the twin: whoever may push to the branch cannot change what it says without being found."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from integration.release.test_refusals_cli import shipway
from integration.release.world import World
from shipway.adapters.git_repo import Clone
from shipway.bootstrap.audit import audit
from shipway.domain import record
from shipway.domain.branch_files import README, README_PATH, stamped
from shipway.domain.ledger import Event, Ledger

pytestmark = pytest.mark.requirement("LED-1")

LEDGER = "shipway-ledger"
BOOK = "releases/1.1.0.jsonl"


def flaws_of(world: World) -> list[str]:
    return [str(flaw) for flaw in audit(world.environment(), Clone(world.clone)).flaws]


@pytest.fixture
def released(world: World) -> World:
    """A release that was published and deployed, so that others quote the ledger."""
    world.release()
    world.approve()
    world.release()
    world.git("fetch", "--quiet", "origin")
    return world


def push(world: World, change: Callable[[], None], message: str = "tidy up") -> str:
    """Commit to the ledger by hand and push, by force if need be."""
    world.git("checkout", "--quiet", "-B", LEDGER, f"origin/{LEDGER}")
    change()
    world.git("add", "--all")
    world.git("commit", "--quiet", "--allow-empty", "--message", message)
    world.git("push", "--quiet", "--force", "origin", LEDGER)
    commit = world.git("rev-parse", "HEAD")
    world.git("checkout", "--quiet", "main")
    return commit


def test_what_was_written_is_intact(released: World) -> None:
    code, out, err = shipway(released, "audit", "verify")

    assert (code, err) == (0, "")
    assert re.fullmatch(r"\d{2} entries are intact; \d of them quoted outside the ledger\.\n", out)


def test_entries_taken_off_the_end_with_all_that_tells_of_them_are_quoted(released: World) -> None:
    """The branch is set back to an earlier commit, which was right by itself."""
    earlier = released.git("rev-parse", f"origin/{LEDGER}~1")
    released.git("push", "--quiet", "--force", "origin", f"{earlier}:refs/heads/{LEDGER}")

    assert [flaw for flaw in flaws_of(released) if "no entry tells how it ended" in flaw]
    first = released.git("rev-list", "--max-parents=0", earlier)
    released.git("push", "--quiet", "--force", "origin", f"{first}:refs/heads/{LEDGER}")
    assert [flaw for flaw in flaws_of(released) if "it is missing; " in flaw]


def test_another_ledger_in_its_place_is_found(released: World) -> None:
    """Everything is computed anew, in one commit without a past; only others remember."""

    def forge() -> None:
        events = [
            Event(
                "initiated", "initiated", "r", "1.1.0", "mallory", "2026-11-21T12:00:00Z", {"source": "main"}
            ),
            *(Event(f"n{n}", "noted", "r", "1.1.0", "mallory", "2026-11-21T12:00:00Z") for n in range(11)),
        ]
        other = record.after(Ledger(book=BOOK), events)
        pages = {README_PATH: README, "docs/releases/v1.1.0.md": stamped("# Fine\n", other.head)}
        released.git("checkout", "--quiet", "--orphan", "forged")
        released.git("rm", "-r", "--quiet", "--force", ".")
        for path, text in {**record.ledger_files(other), **pages}.items():
            (released.clone / path).parent.mkdir(parents=True, exist_ok=True)
            (released.clone / path).write_text(text)

    released.git("checkout", "--quiet", "-B", LEDGER, f"origin/{LEDGER}")
    forge()
    released.git("add", "--all")
    released.git("commit", "--quiet", "--message", "1.1.0: initiated")
    released.git("push", "--quiet", "--force", "origin", f"forged:{LEDGER}")
    released.git("checkout", "--quiet", "main")

    found = flaws_of(released)

    assert any("it was different when release v1.1.0 quoted it" in flaw for flaw in found)


def test_a_branch_that_was_rewritten_since_it_was_fetched_is_found_without_quotations(world: World) -> None:
    world.release()
    assert flaws_of(world) == []
    before = world.git("rev-parse", "refs/shipway/heads/shipway-ledger")
    world.git("fetch", "--quiet", "origin")
    world.git("checkout", "--quiet", "-B", LEDGER, f"origin/{LEDGER}")
    world.git("commit", "--quiet", "--amend", "--no-edit", "--date", "2026-11-21T13:00:00Z", "--reset-author")
    world.git("push", "--quiet", "--force", "origin", LEDGER)
    world.git("checkout", "--quiet", "main")

    assert flaws_of(world)[-1:] == [
        f"the branch: it was rewritten: {before[:10]}, fetched here before, is not in it"
    ]
    world.git("push", "--quiet", "origin", f":{LEDGER}")
    assert flaws_of(world)[-1].startswith("the branch: it is gone; it stood at ")


def test_what_was_cut_off_beyond_the_newest_quotation_is_found_from_any_clone(
    released: World, tmp_path: Path
) -> None:
    """Nothing quotes a lock, and a fresh clone has seen nothing before: GitHub remembers who moved the branch."""
    for _ in range(2):
        assert shipway(released, "lock", "production", "--reason", f"moving {tmp_path.name}")[0] == 0
        assert shipway(released, "unlock", "production", "--reason", "moved")[0] == 0
    released.git("fetch", "--quiet", "origin")
    whole = released.git("rev-parse", f"origin/{LEDGER}")
    fresh = tmp_path / "fresh"
    released.git("clone", "--quiet", released.git("remote", "get-url", "origin"), str(fresh))

    def found() -> list[str]:
        return [str(flaw) for flaw in audit(released.environment(), Clone(fresh)).flaws]

    released.git("push", "--quiet", "--force", "origin", f"{whole}~2:refs/heads/{LEDGER}")
    (cut,) = found()
    assert re.fullmatch(
        rf"the branch: it was rewritten by \w+ at \S+, and {whole[:10]} was lost \(cut \d+\)", cut
    )
    released.git("push", "--quiet", "origin", f":{LEDGER}")
    assert any(
        re.fullmatch(r"the branch: it was deleted by \w+ at \S+, and \w+ was lost \(cut \d+\)", one)
        for one in found()
    )
    released.git("push", "--quiet", "origin", f"{whole}:refs/heads/{LEDGER}")
    assert [one for one in found() if "was lost" in one] == []


@pytest.mark.parametrize(
    ("path", "text", "flaw"),
    [
        ("releases/9.9.9.jsonl", "", "releases/9.9.9.jsonl: Shipway did not write it"),
        (
            "docs/releases/v1.1.0.md",
            "# Fine\n",
            "docs/releases/v1.1.0.md: it was changed after it was written",
        ),
        ("docs/audit/releases.log", "", "docs/audit/releases.log: it says something else than the entries"),
        ("head.json", "{}\n", "head.json: it says something else than the entries"),
    ],
)
def test_files_beside_the_entries_are_checked(released: World, path: str, text: str, flaw: str) -> None:
    commit = push(released, lambda: (released.clone / path).write_text(text) and None)

    found = flaws_of(released)

    assert flaw in found
    assert found[-1] == f"commit {commit[:10]}: it adds no entry"


def test_a_merge_into_the_branch_is_found(released: World) -> None:
    commit = push(
        released,
        lambda: (
            released.git("merge", "--quiet", "--allow-unrelated-histories", "-s", "ours", "main") and None
        ),
    )

    assert [flaw for flaw in flaws_of(released) if "does not follow" in flaw]
    assert commit


def test_quotations_older_than_a_hundred_are_compared(released: World) -> None:
    for number in range(101):
        body = {"ref": "main", "environment": f"e{number % 3}", "auto_merge": False, "required_contexts": []}
        released.request("POST", "/deployments", body)

    quoted = audit(released.environment(), Clone(released.clone)).quoted

    assert [one.place.split()[0] for one in quoted] == ["release", "deployment", "deployment"]
    assert released.calls().count("POST /graphql") >= 2


def test_entries_are_listed_by_what_is_asked(released: World) -> None:
    def rows(*options: str) -> list[str]:
        code, out, err = shipway(released, "audit", "show", *options)
        assert (code, err) == (0, "")
        return out.splitlines()

    everything = rows()
    assert everything[0].split() == ["#", "at", "version", "environment", "kind", "by"]
    assert len(everything) > 10
    assert len({line.index("releaser") for line in everything if line.endswith(" releaser")}) == 1
    assert max(map(len, everything)) <= 80
    below = everything[next(n for n, line in enumerate(everything) if " gates " in line) + 1]
    assert below.startswith("      1 pass")
    assert {line.split()[3] for line in rows("--env", "production")[1:] if line[0] != " "} == {"production"}
    assert rows("--env", " Prod ") == rows("--env", "production")
    assert rows("--env", "nowhere") == ["No such entries. Environments of the ledger: production, staging."]
    assert [line.split()[4] for line in rows("--kind", "tagged", "--version", "v1.1.0")[1:2]] == ["tagged"]
    assert rows("--kind", "unlocked") == ["No such entries."]
    assert shipway(released, "audit", "show", "--kind", "deploid")[2] == (
        "error[usage]: --kind cannot be 'deploid'.\n"
        "  Did you mean deployed? See `shipway audit show --help`; for example: shipway audit show --env production "
        "--since 2026-11-01\n"
    )
    assert rows("--version", "9.9.9") == ["No such entries."]
    assert rows("--since", "2999-01-01") == ["No such entries."]
    assert rows("--actor", "RELEASER", "--since", "2026-01-01")[0] == everything[0]
    whole = json.loads(shipway(released, "audit", "show", "--output", "json")[1])
    numbered = [line for line in everything[1:] if line[0] != " "]
    assert (whole["schema"], [entry["seq"] for entry in whole["entries"]]) == (
        1, list(range(1, len(numbered) + 1))
    )  # fmt: skip
    assert shipway(released, "audit", "show", "--since", "soon")[2] == (
        "error[usage]: --since cannot be 'soon': that is no date.\n"
        "  Write a day or a moment: shipway audit show --since 2026-11-21T12:00:00Z\n"
    )
