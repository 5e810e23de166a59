"""What goes with a version: commits, pull requests, tickets, migrations, other environments; and our own time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.config import read_policy
from shipway.domain.delivery.impact import SHOWN, Difference, GoingCommit, Impact, impact_of, standing_on
from shipway.domain.globs import matching
from shipway.domain.rollback_policy import MIGRATIONS, RollbackPolicy
from shipway.domain.standing import Standing, Verified
from shipway.engine.rolling_back import OwnTime
from shipway.errors import UsageError

pytestmark = pytest.mark.requirement("RBK-4")

COMMITS = (
    GoingCommit("a" * 40, "feat: orders (#12)\n\nRefs: OPS-7, #3"),
    GoingCommit("b" * 40, "Merge pull request #13 from octocat/topic\n\nfix: totals"),
    GoingCommit("c" * 40, "fix: totals [OPS-9]", pull_request=13),
    GoingCommit("d" * 40, "docs: UTF-8 is no ticket"),
)


def test_commits_pull_requests_and_tickets() -> None:
    found = impact_of(Difference(COMMITS), RollbackPolicy(), ("staging",))
    assert (found.commit_count, found.pull_requests, found.environments) == (4, (12, 13), ("staging",))
    assert found.tickets == ("OPS-7", "#3", "OPS-9")
    assert found.commits[0] == "aaaaaaaaaa feat: orders (#12)"


def test_tickets_by_patterns_of_ones_own() -> None:
    found = impact_of(Difference(COMMITS), RollbackPolicy(tickets=(r"OPS-\d+", r"UTF-\d")), ())
    assert found.tickets == ("OPS-7", "OPS-9", "UTF-8")


def test_all_are_counted_and_some_are_listed() -> None:
    many = tuple(GoingCommit(f"{number:040x}", "fix: it") for number in range(SHOWN + 1))
    found = impact_of(Difference(many), RollbackPolicy(), ())
    assert (found.commit_count, len(found.commits)) == (SHOWN + 1, SHOWN)


@pytest.mark.parametrize(
    ("path", "migration"),
    [
        ("db/migrations/7.py", True),
        ("migrations/7.py", True),
        ("db/migrate/7.rb", True),
        ("alembic/versions/a1.py", True),
        ("sql/orders.sql", True),
        ("orders.sql", True),
        ("src/migrations.py", False),
        ("docs/my-migrations/a.md", False),
        ("orders.sqlite", False),
        ("db/migrations", False),
    ],
)
def test_what_counts_as_a_migration(path: str, migration: bool) -> None:
    assert (matching([path], MIGRATIONS) == (path,)) is migration


@given(st.text(alphabet="ab/.*?[]{}$^\n", max_size=12), st.text(alphabet="ab/.[]{}$^\n", max_size=12))
def test_globs_match_names_of_themselves_and_bear_any_text(glob: str, path: str) -> None:
    assert matching([path], ["**"]) == (path,)
    plain = not set(glob) & set("*?")
    assert not plain or matching([path, glob], [glob]) == ((glob, glob) if path == glob else (glob,))


def test_what_is_recorded_is_read_again() -> None:
    found = impact_of(Difference(COMMITS, ("a.sql",), "GitHub lists 4 of 9"), RollbackPolicy(), ("dev",))
    assert Impact.from_json(found.to_json()) == found


def test_other_environments_on_the_version() -> None:
    on = {
        name: Standing(verified=(Verified(v, "", "", "", "", 1),))
        for name, v in (("a", "2"), ("b", "1"), ("c", "2"))
    }
    assert standing_on({**on, "d": Standing()}, "2", "c") == ("a",)


@pytest.mark.parametrize(
    ("environment", "version", "lost"),
    [
        ("production", "2.4.0", ()),
        ("production", "2.4.0-rc.1", ("shop needs 2.4.0",)),
        ("production", "2.3.9", ("shop needs 2.4.0",)),
        ("production", "2.1.0", ("shop needs 2.4.0", "billing needs 2.2.0")),
        ("staging", "2.1.0", ("shop needs 2.4.0",)),
        ("production", "nightly", ()),
    ],
)
def test_what_comes_back_may_be_too_old_for_what_depends_on_it(
    environment: str, version: str, lost: tuple[str, ...]
) -> None:
    policy = read_policy(
        "rollback:\n  dependants:\n    shop: {needs: 2.4.0}\n"
        "    billing: {needs: 2.2.0, environments: [production]}\n"
        "environments: {staging: {}, production: {}}\n"
    ).rollback
    assert policy.dependants_lost(environment, version) == lost
    assert impact_of(Difference(), policy, (), lost).dependants == lost


@pytest.mark.parametrize(
    ("dependant", "place", "problem"),
    [
        ("{needs: new}", "4:12", "has no version in `needs` of `shop`, such as 2.4.0: new"),
        (
            "{needs: 2.4.0, environments: [prod]}",
            "4:41",
            "has no environment `prod` for `shop`; there are staging, production",
        ),
    ],
)
def test_a_dependant_that_means_nothing_is_refused_with_its_place(
    dependant: str, place: str, problem: str
) -> None:
    text = f"environments: {{staging: {{}}, production: {{}}}}\nrollback:\n  dependants:\n    shop: {dependant}\n"
    with pytest.raises(UsageError) as caught:
        read_policy(text)
    assert f"{place}: `rollback.dependants` {problem}" in str(caught.value)


def test_an_impact_from_before_there_were_dependants_is_read() -> None:
    row = Impact(tickets=("OPS-7",)).to_json()
    del row["dependants"]
    assert Impact.from_json(row) == Impact(tickets=("OPS-7",))


def test_a_pattern_that_is_none_is_refused_with_its_place() -> None:
    with pytest.raises(UsageError) as caught:
        read_policy("rollback:\n  tickets: ['OPS-(']\n")
    assert "2:13: `rollback.tickets` is no regular expression: missing ), unterminated subpattern" in str(
        caught.value
    )


@pytest.mark.requirement("RBK-2")
def test_time_of_others_is_kept_apart() -> None:
    ticks = iter(range(0, 100, 10))
    own = OwnTime(lambda: float(next(ticks)))  # began at 0
    assert own.apart(lambda text: text.upper())("done") == "DONE"  # from 10 to 20
    assert own.seconds == 20.0  # at 30
