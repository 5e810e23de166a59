"""A hotfix in full: which branch it takes, who lets it in, which step comes next, and what becomes of its debts."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from release_world import COMMAND, NOW, RELEASE_ID, at_the_beginning, content, oid

from shipway.domain.authority import Asker
from shipway.domain.debts import BACKPORT, OWED, PAID
from shipway.domain.delivery.steps import Record, RunStageGates
from shipway.domain.facts import (
    Backport,
    Branch,
    Facts,
    GateResults,
    Picked,
    PullRequest,
    PullRequestState,
    Tag,
)
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.hotfix import ladder
from shipway.domain.hotfix.approval import counts
from shipway.domain.hotfix.base import Base
from shipway.domain.hotfix.steps import BringBack, OpenBackport, PickCommits, StartBranch
from shipway.domain.hotfix.target import Lines, target_of
from shipway.domain.ledger import Entry, Event, Ledger
from shipway.domain.plan import (
    CutBranch,
    LabelPullRequest,
    MergePullRequest,
    OpenPullRequest,
    RewritePullRequest,
    RunGates,
)
from shipway.domain.policy import AuthorityRule, Flow, HotfixPolicy, Policy
from shipway.domain.release import decide
from shipway.domain.release_command import Repair, Situation
from shipway.domain.resting import Wait
from shipway.domain.verdict import Ruling, Verdict
from shipway.domain.version import Version
from shipway.errors import UsageError

FOLDER = Path(__file__).parents[2] / "scenarios" / "hotfix"
REPAIR = Repair("v1.2.0", oid(1), oid(1), "main", ("e2e",))
HOTFIX = replace(COMMAND, version="1.2.1", tag="v1.2.1", branch="hotfix/1.2.1", stage="hotfix", repair=REPAIR)
POLICY = Policy(gates={"unit": GatePolicy(command=("make",)), "e2e": GatePolicy(command=("make", "e2e"))})
BEGINNING = Event(
    "initiated", "initiated", RELEASE_ID, "1.2.1", "octocat", "2026-03-01T12:00:00Z", {"kind": "hotfix"}
)
BEGUN = Ledger(entries=(Entry(1, BEGINNING, "", ""),))


def held(name: str, lines: list[str]) -> None:
    """Compare with the table that is kept, or keep it."""
    path, text = FOLDER / name, "".join(f"{line}\n" for line in lines)
    if os.environ.get("WRITE_SCENARIOS"):
        path.write_text(text)
    assert path.read_text() == text


# --- which branch

FLOWS: tuple[Flow, ...] = ("github-flow", "git-flow", "trunk")
AHEAD = {"": None, "level": 0, "ahead": 2}


@pytest.mark.requirement("HOT-1", "REL-5")
def test_the_branch_that_it_is_merged_into() -> None:
    table = []
    for flow, production, maintenance, asked in product(FLOWS, ("level", "ahead"), AHEAD, AHEAD | {"new": 0}):
        found = _target(flow, production, maintenance, asked)
        line = f"production {production}, maintenance {maintenance or 'missing'}, --to {asked or 'none'}"
        table.append(f"{flow}: {line}: {found}")
        assert "AHEAD" not in found
    held("targets.txt", table)


def _target(flow: Flow, production: str, maintenance: str, asked: str) -> str:
    """Where it goes; a branch that holds more than was released is named in capitals if it is ever taken."""
    main = "master" if flow == "git-flow" else "main"
    line = "release/1.2" if flow == "trunk" else "1.2.x"
    surplus = {main: AHEAD[production], line: AHEAD[maintenance], "level": 0, "ahead": 2, "develop": 2}
    heads = {name: name for name, count in surplus.items() if count is not None}
    lines = Lines(flow, heads, "develop" if flow == "git-flow" else main)
    base = Base("v1.2.0", Version(1, 2, 0), oid(1))
    try:
        name = target_of(asked, base, lines, lambda commit: surplus[commit] or 0)
    except UsageError as refused:
        return refused.reason_code
    return f"{name}{' AHEAD' if surplus.get(name) else ''}{'' if name in heads else ', made from the tag'}"


# --- who lets it in

PULL = PullRequest(
    number=7,
    node_id="PR_7",
    url="",
    state=PullRequestState.OPEN,
    draft=False,
    title="fix",
    body="",
    head_oid=oid(9),
    base="1.2.x",
    merge_state="CLEAN",
    mergeable="MERGEABLE",
)
RULES = {
    "nobody named": AuthorityRule(),
    "a user": AuthorityRule(users=("Alice",)),
    "a team": AuthorityRule(teams=("octo-org/on-call",)),
    "a role": AuthorityRule(roles=("admin",)),
}
ROLES = ("read", "write", "maintain", "admin", None)


@pytest.mark.requirement("HOT-1", "APR-1")
@pytest.mark.parametrize("rule", RULES)
def test_whose_approval_counts(rule: str) -> None:
    policy = HotfixPolicy(approvers=RULES[rule])
    for login, role, teams, initiator in product(
        ("alice", "bob"), ROLES, (("octo-org/on-call",), (), None), ("ALICE", "octocat")
    ):
        may = {
            "nobody named": role in {"maintain", "admin"},
            "a user": login == "alice",
            "a team": bool(teams),
            "a role": role == "admin",
        }[rule]
        asker = Asker(login, role=role, teams=frozenset(teams) if teams is not None else None)
        assert counts(asker, initiator, policy) == (may and login.upper() != initiator), (asker, initiator)


@pytest.mark.requirement("HOT-1", "APR-1")
def test_what_is_merged_has_been_let_in() -> None:
    table = []
    for approved, may, auto, changes, demanded in product(
        ((), ("alice",)), ((), ("alice",), ("bob",)), (False, True), ((), ("carol",)), (0, 1)
    ):
        facts = at_the_end(
            pull_request=replace(PULL, approvals=approved, changes_requested_by=changes),
            emergency_approvals=frozenset(may),
        )
        facts = facts.having(rules=replace(facts.rules, required_approvals=demanded))
        move = after_words(facts, replace(POLICY, hotfix=HotfixPolicy(auto_approve=auto)))
        name = "merged" if isinstance(move, MergePullRequest) else getattr(move, "reason_code", str(move))
        asked = f"{'auto-approve, ' if auto else ''}GitHub demands {demanded}"
        table.append(
            f"{asked}; approved by {one(approved)}, who may: {one(may)}, changes requested by {one(changes)}: {name}"
        )
        let_in = auto or {*approved} & {*may}
        assert (name == "merged") == bool(let_in and not changes and len(approved) >= demanded), table[-1]
    held("approvals.txt", table)


def one(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nobody"


def at_the_end(**changes: Any) -> Facts:
    """All is done but the merge."""
    return at_the_beginning(
        ledger=BEGUN,
        target=Branch("1.2.x", oid(1)),
        source=Branch(HOTFIX.branch, oid(9)),
        release_branch=Branch(HOTFIX.branch, oid(9)),
        release_branch_digest=content().digest,
        gates=PASSED,
        reported_gates=frozenset({"unit"}),
        **changes,
    )


PASSED = GateResults(oid(9), (Verdict("unit", Ruling.PASS, "passed", "fine"),))


def after_words(facts: Facts, policy: Policy = POLICY) -> Any:
    """The next move, once everything is written down and told."""
    while isinstance(
        move := decide(facts, HOTFIX, policy, NOW), Record | RewritePullRequest | LabelPullRequest
    ):
        facts = move.foreseen(facts)
    return move


# --- which step comes next


@pytest.mark.requirement("HOT-1")
def test_the_first_thing_that_is_missing_comes_next() -> None:
    for branch, picks, commits, line, committed, here, gates in product((False, True), repeat=7):
        picked = None if picks else Picked(oid(5), (oid(4),))
        facts = at_the_beginning(
            ledger=BEGUN,
            target=Branch("1.2.x", oid(1) if line else ""),
            release_branch=Branch(HOTFIX.branch, oid(9)) if branch else None,
            release_branch_digest=content().digest if committed else "",
            content=replace(content(), commits=1 if commits else 0),
            picked=picked,
            elsewhere="" if here else oid(9),
            gates=PASSED if gates else None,
            reported_gates=frozenset({"unit"}),
        )
        wanted = next(
            (
                name
                for there, name in zip(
                    (branch, picks, commits, line, committed, here, gates), NEXT, strict=True
                )
                if not there
            ),
            "OpenPullRequest",
        )
        assert _named(after_words(facts)) == wanted


NEXT = (
    *("StartBranch hotfix/1.2.1", "PickCommits", "fix-missing", "StartBranch 1.2.x", "CutBranch"),
    *("clone-elsewhere", "RunGates"),
)


def _named(move: Any) -> str:
    match move:
        case StartBranch():
            return f"StartBranch {move.branch}"
        case Wait():
            return move.reason_code
        case PickCommits() | CutBranch() | RunGates() | OpenPullRequest():
            return type(move).__name__
    raise AssertionError(move)


# --- what it owes


def situation(facts: Facts) -> Situation:
    return Situation(facts, HOTFIX, POLICY, NOW)


def owing(*debts: str, paid: tuple[str, ...] = (), due: timedelta = timedelta(hours=1)) -> Ledger:
    """The ledger of a hotfix that owes something."""
    events = [
        *(_event(OWED, debt, due=(NOW + due).isoformat(timespec="seconds")) for debt in debts),
        *(_event(PAID, debt) for debt in paid),
    ]
    return Ledger(entries=(*BEGUN.entries, *(Entry(2, event, "", "") for event in events)))


def _event(kind: str, debt: str, **detail: str) -> Event:
    at = NOW.isoformat(timespec="seconds")
    return Event(f"{kind}:{debt}", kind, RELEASE_ID, "1.2.1", "octocat", at, {"debt": debt, **detail})


@pytest.mark.requirement("HOT-2", "HOT-3")
def test_what_is_owed_is_what_was_left_out_and_the_way_back() -> None:
    for left_out, development, known in product(
        ((), ("e2e",), ("done", "e2e")), ("main", "1.2.x"), ((), ("e2e",), (BACKPORT,))
    ):
        command = replace(HOTFIX, repair=replace(REPAIR, left_out=left_out, development=development))
        facts = at_the_beginning(ledger=owing(*known), target=Branch("1.2.x", oid(1)))
        move = ladder.debts_noted(Situation(facts, command, POLICY, NOW))
        noted = [event.detail["debt"] for event in move.events] if isinstance(move, Record) else []
        all_of_it = (*left_out, *(() if development == "1.2.x" else (BACKPORT,)))
        assert noted == [debt for debt in all_of_it if debt not in known]


def ways_back() -> Iterator[Backport]:
    """Every combination that can be seen of it."""
    for state, contained, found, head in product(
        (None, *PullRequestState), (False, True), ("clean", "conflicts", "settled", "refused"), ("", oid(7))
    ):
        yield Backport(
            "main",
            "backport/1.2.1",
            way_head=head,
            contained=contained,
            pull=7 if state else 0,
            state=state,
            conflicts=("greet.py",) if found == "conflicts" else (),
            settled=("CHANGELOG.md",) if found == "settled" else (),
            merged=oid(8) if found == "settled" else "",
            refused="protected" if found == "refused" else "",
        )


@pytest.mark.requirement("HOT-3")
def test_the_way_back_in_full() -> None:
    table = []
    for back in ways_back():
        facts = at_the_beginning(ledger=owing(BACKPORT), backport=back, tag=Tag("v1.2.1", oid(9)))
        move = ladder.brought_back(situation(facts))
        table.append(f"{_seen(back)}: {_what(move)}")
        nothing_else = not (back.conflicts or back.settled or back.refused)
        if isinstance(move, BringBack):
            assert nothing_else
        assert isinstance(move, Record) == back.over
    held("way-back.txt", table)
    settled = at_the_beginning(ledger=owing(BACKPORT, paid=(BACKPORT,)), backport=back)
    assert ladder.brought_back(situation(settled)) is None


def _seen(back: Backport) -> str:
    found = (
        "conflicts"
        if back.conflicts
        else "settled"
        if back.settled
        else "refused"
        if back.refused
        else "clean"
    )
    where = "arrived" if back.contained else f"merge {found}"
    pull = f"pull request {back.state.value.lower()}" if back.state else "no pull request"
    return f"{where}, {pull}, {'its branch is there' if back.way_head else 'no branch'}"


def _what(move: Any) -> str:
    match move:
        case Record():
            return f"paid, {move.events[0].detail['how']}"
        case BringBack():
            return "merge it"
        case StartBranch():
            return f"push the {'merge' if move.here else 'tag'} to {move.branch}"
        case OpenBackport():
            return "open the pull request"
    assert move is None
    return "nothing, people have it"


@pytest.mark.requirement("HOT-2")
def test_gates_that_are_owed_run_until_they_pass() -> None:
    for paid, ruling, due in product(
        (False, True), (None, *Ruling), (timedelta(hours=1), -timedelta(hours=1))
    ):
        ledger = owing("e2e", paid=("e2e",) if paid else (), due=due)
        results = (
            {("release", ""): GateResults(oid(9), (Verdict("e2e", ruling, "said", "so"),))} if ruling else {}
        )
        facts = at_the_beginning(ledger=ledger, tag=Tag("v1.2.1", oid(9)), stage_gates=results)
        ran, rest = ladder.debts_worked_off(situation(facts)), ladder.nothing_owed(situation(facts))
        if paid:
            assert (ran, rest) == (None, None)
            continue
        assert isinstance(rest, Wait)
        assert rest.reason_code == ("debts-open" if due > timedelta() else "debts-overdue")
        if ruling is None:
            assert isinstance(ran, RunStageGates)
            assert (ran.gates, ran.commit) == (("e2e",), oid(9))
        elif ruling is Ruling.PASS:
            assert isinstance(ran, Record)
            assert [event.key for event in ran.events] == [f"{PAID}:e2e"]
        else:
            assert ran is None
