"""The newest commit of a pull request in an environment whose workflow deploys, before it is merged."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from integration.comments.conversation import BOT, PEOPLE, Conversation
from integration.delivery.rollback_world import ended_process
from integration.deploy.journey_world import permissions
from integration.deploy.stage import CONFIGURATION, Stage, stage
from integration.release.command_line import call
from integration.release.ledger_view import end_of
from integration.release.world import NAME, NOON, World, git
from shipway.adapters.git_repo import Clone
from shipway.bootstrap.environment import connect
from shipway.bootstrap.status import look, status_of
from shipway.domain.outcome import Decision
from shipway.domain.status_view import environment_table, notes
from shipway.domain.trial import Trial
from shipway.errors import ExitCode, UsageError
from shipway.twin import admin

pytestmark = pytest.mark.requirement("SEC-1", "DEP-1", "DEP-5")

TRYING = CONFIGURATION.replace(
    "dev: {deploy: {workflow: deploy.yml}}",
    "dev: {unreleased: true, deploy: {workflow: deploy.yml, command: [sh, -c, "
    "'echo $SHIPWAY_VERSION $SHIPWAY_TAG >> ../deployed']}}",
)
"""As in production, dev is deployed to by a command in the job of a workflow."""


@dataclass(slots=True)
class Trying:
    """A pull request with one commit, and 1.0.0 verified in dev."""

    play: Stage
    trial: Trial

    @property
    def name(self) -> str:
        """The trial, where a version is named."""
        return str(self.trial)

    @property
    def words(self) -> str:
        """The trial, for people."""
        return f"a trial of #1 at {self.trial.commit[:10]}"

    def push(self) -> str:
        """Another commit on the branch; gives its name."""
        world = self.play.world
        git(world.clone, "checkout", "--quiet", "topic")
        world.commit("fix: say it otherwise", {"otherwise.txt": "otherwise\n"})
        git(world.clone, "checkout", "--quiet", "main")
        return git(world.clone, "rev-parse", "topic")

    def started(self) -> int:
        """The trial is asked for; gives the run that GitHub starts."""
        asked = self.play.promote("dev", version=self.name)
        assert (asked.reason_code, asked.exit_code) == ("dispatched", ExitCode.WAITING), asked.message
        return int(asked.facts["run"]["id"])

    def tried(self) -> int:
        """The trial is in dev; gives its run."""
        run = self.started()
        done = self.play.played("dev", run)
        assert done.exit_code == 0, done.message
        return run

    def last_deployed(self) -> str:
        """What the command was told last."""
        return (self.play.world.clone.parent / "deployed").read_text().splitlines()[-1]

    def verified(self) -> list[str]:
        """Versions that dev knows as good."""
        return [one["version"] for one in self.play.standing("dev")["verified"]]


def proposed(play: Stage) -> str:
    """A pull request with one commit; gives its name."""
    clone = play.world.clone
    git(clone, "checkout", "--quiet", "-B", "topic", "origin/main")
    play.world.commit("feat: say more", {"more.txt": "more\n"})
    git(clone, "checkout", "--quiet", "main")
    play.world.request("POST", "/pulls", {"title": "feat: say more", "head": "topic", "base": "main"})
    return git(clone, "rev-parse", "topic")


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Trying]:
    """A pull request, and nothing tried yet."""
    with stage(tmp_path, configuration=TRYING) as play:
        play.into_dev()
        yield Trying(play, Trial(1, proposed(play)))


def test_its_job_tries_it_and_nothing_is_verified(at: Trying) -> None:
    asked = at.play.promote("dev", version=at.name)
    run = int(asked.facts["run"]["id"])
    title = at.play.world.request("GET", f"/actions/runs/{run}")["display_title"]
    done = at.play.played("dev", run)

    assert asked.message.startswith(f"A{at.words[1:]} is on its way into dev: run ")
    assert title == f"Deploy {at.name} to dev ({asked.id})"
    assert (done.decision, done.message) == (Decision.DONE, f"A{at.words[1:]} is in dev.")
    assert done.facts["trial"] == {"pull_request": 1, "sha": at.trial.commit}
    assert at.last_deployed() == f"{at.name} {at.trial.commit}"
    assert at.play.kinds(at.name) == ["promotion-started", "dispatched", "adopted", "deployed", "tried"]
    assert "claim" not in at.play.standing("dev")
    assert at.verified() == ["1.0.0"]
    assert end_of(at.play.world).whole.count('"flaws": []') == 1
    again = at.play.promote("dev", version=at.name)
    assert (again.decision, again.steps) == (Decision.DONE, ())


def test_nothing_is_promoted_from_it(at: Trying) -> None:
    at.tried()
    onward = at.play.promote("production", "dev", at.name)
    released = at.play.promote("production", "dev", dry_run=True)

    assert (onward.reason_code, onward.exit_code) == ("production-unreleased", ExitCode.TRANSITION)
    assert (
        onward.message == f"A{at.words[1:]} cannot go to production: production takes released versions only."
    )
    assert onward.next_step == "Merge and release it, then bring that version in: shipway release minor"
    assert released.message == "1.0.0 would go to production."


def test_its_job_is_started_again_once_it_is_there(at: Trying) -> None:
    run = at.tried()
    delivery = at.play.events(at.name)[0]["detail"]["id"]
    at.play.world.request("POST", f"/actions/runs/{run}/rerun")
    at.play.enter(run, "dev")
    done = at.play.deploy(run, delivery, attempt=2)

    assert (done.exit_code, done.message) == (ExitCode.OK, f"A{at.words[1:]} is in dev.")


def test_somebody_pushes_before_its_job_begins(at: Trying) -> None:
    run = at.started()
    newer = at.push()
    refused = at.play.played("dev", run)

    assert (refused.reason_code, refused.exit_code) == ("head-moved", ExitCode.TRANSITION)
    assert refused.message == (
        f"A{at.words[1:]} cannot go to dev: the newest commit of #1 is {newer[:10]} by now, "
        f"not {at.trial.commit[:10]}."
    )
    assert refused.next_step == "Look at that commit, and try it: /deploy dev in #1"
    assert "claim" not in at.play.standing("dev")
    assert at.last_deployed() == "1.0.0 v1.0.0"


def test_it_is_merged_before_its_job_begins(at: Trying) -> None:
    run = at.started()
    at.play.world.request("PUT", "/pulls/1/merge", {})
    refused = at.play.played("dev", run)

    assert refused.reason_code == "not-proposed"
    assert refused.message == f"A{at.words[1:]} cannot go to dev: #1 is merged."
    assert refused.next_step == "Merge and release it, then bring that version in: shipway release minor"


def test_a_commit_that_never_was_its_newest(at: Trying) -> None:
    other = git(at.play.world.clone, "rev-parse", "main")
    refused = at.play.promote("dev", version=str(Trial(1, other)))

    assert (refused.reason_code, refused.steps) == ("head-moved", ("record promotion-refused in the ledger",))


def test_going_back_from_it(at: Trying) -> None:
    at.tried()
    asked = at.play.roll_back(environment="dev")
    assert asked.reason_code == "dispatched", asked.message
    done = at.play.played("dev", asked.facts["run"]["id"])

    assert (done.exit_code, done.message) == (ExitCode.OK, "dev is back on 1.0.0.")
    assert at.last_deployed() == "1.0.0 v1.0.0"
    assert at.verified() == ["1.0.0"]
    assert "holds" not in at.play.standing("dev")
    assert at.play.kinds(at.name)[5:] == ["rollback-started", "dispatched", "adopted", "rolled-back"]
    assert (done.facts["rollback_tag"], done.facts["incident"]) == ("", "")
    assert at.started()  # and once more


def test_the_version_that_stood_there_is_promoted_again(at: Trying) -> None:
    at.tried()
    asked = at.play.promote("dev")
    assert asked.reason_code == "dispatched", asked.message
    done = at.play.played("dev", asked.facts["run"]["id"])

    assert (done.exit_code, done.message) == (ExitCode.OK, "1.0.0 is in dev.")
    assert at.last_deployed() == "1.0.0 v1.0.0"


def test_the_next_version_takes_its_place(at: Trying) -> None:
    at.tried()
    asked = at.play.promote("dev", version="1.1.0")
    at.play.played("dev", asked.facts["run"]["id"])
    back = at.play.roll_back(environment="dev", dry_run=True)

    assert at.verified() == ["1.0.0", "1.1.0"]
    assert back.message == "dev would go back from 1.1.0 to 1.0.0."


def test_its_runner_is_lost_twice_and_the_sweep_ends_it(at: Trying) -> None:
    run = at.started()
    at.play.enter(run, "dev")
    with at.play.dying_at("Deploy"):
        at.play.deploy(run, at.play.delivery("dev"))
    at.play.end(run, "failure")
    assert at.play.sweep().message == "Looked after 1: 1 under way."
    deployment = at.play.enter(run, "dev")
    at.play.end(run, "failure")
    swept = at.play.sweep()

    (row,) = swept.facts["deliveries"]
    assert (row["became"], row["reason_code"], row["version"]) == ("closed", "deploy-run-failed", at.name)
    assert row["message"] == f"A{at.words[1:]} did not come into dev: the deploy run failed."
    assert at.play.states(deployment)[-1] == "failure"
    assert "claim" not in at.play.standing("dev")
    back = at.play.roll_back(environment="dev", dry_run=True)
    assert back.message == f"dev would go back from {at.words} to 1.0.0."


def test_its_job_dies_after_its_last_word(at: Trying) -> None:
    run = at.started()
    deployment = at.play.enter(run, "dev")
    assert at.play.deploy(run, at.play.delivery("dev")).exit_code == 0
    at.play.end(run, "failure")
    assert at.play.states(deployment)[-1] == "failure"
    swept = at.play.sweep()

    assert [row["became"] for row in swept.facts["deliveries"]] == ["finished"]
    assert at.play.states(deployment)[-1] == "success"


def test_who_asked_for_it_dies_before_its_workflow_starts(at: Trying) -> None:
    with at.play.dying_at("Dispatch"):
        at.play.promote("dev", version=at.name, holder=ended_process())
    swept = at.play.sweep()

    assert [row["reason_code"] for row in swept.facts["deliveries"]] == ["run-lost"]
    assert at.tried()


def test_what_github_shows_of_it_says_what_it_is(tmp_path: Path) -> None:
    there = "dev: {unreleased: true, deploy: {command: ['true']}}"
    with stage(tmp_path, configuration=f"environments: {{{there}}}") as play:
        head = proposed(play)
        done = play.promote("dev", version=str(Trial(1, head)))
        (made,) = play.world.request("GET", "/deployments")
        nothing = play.roll_back(environment="dev")

    payload = made["payload"] if isinstance(made["payload"], dict) else json.loads(made["payload"])
    assert done.exit_code == 0, done.message
    assert (made["sha"], made["ref"]) == (head, head)
    assert made["description"] == f"a trial of #1 at {head[:10]} to dev"
    assert payload["trial"] == {"pull_request": 1, "sha": head}
    assert nothing.reason_code == "nothing-before"
    assert nothing.message == (
        f"dev cannot be rolled back: no version was verified in dev before a trial of #1 at {head[:10]}."
    )


def test_a_name_that_is_nearly_one(at: Trying) -> None:
    with pytest.raises(UsageError):
        at.play.promote("dev", version=f"pr-1-{at.trial.commit[:12]}")


def test_how_the_environment_is_shown(at: Trying) -> None:
    at.tried()
    github = connect(at.play.world.environment(), Clone(at.play.world.clone))
    row, other = status_of(look(github, "", NOON, lambda _: None))["environments"]

    assert (row["version"], row["state"], row["verified"]) == (at.name, "tried", "1.0.0")
    assert row["trial"] == {"pull_request": 1, "sha": at.trial.commit}
    assert other["trial"] is None
    head, cells, _ = environment_table([row, other], NOON)
    assert dict(zip(head, cells, strict=True))["version"] == at.words
    assert notes([row], NOON) == [
        f"A{at.words[1:]} stands in dev; back to 1.0.0: shipway rollback dev --reason '…'"
    ]


STEPWISE = """
gates:
  errors: {command: [sh, -c, 'case $SHIPWAY_VERSION in pr-*) exit 1;; esac'], stages: [canary]}
environments:
  dev:
    unreleased: true
    deploy: {command: [sh, -c, 'echo $SHIPWAY_VERSION $SHIPWAY_WEIGHT >> ../deployed']}
    strategy: {canary: [5, 100]}
"""


def test_it_is_found_bad_on_its_way_and_goes_back_by_itself(tmp_path: Path) -> None:
    with stage(tmp_path, configuration=STEPWISE) as play:
        assert play.promote("dev").exit_code == 0
        head = proposed(play)
        bad = play.promote("dev", version=str(Trial(1, head)))

        assert bad.reason_code == "verification-failed"
        assert bad.message == (
            f"A trial of #1 at {head[:10]} does not stay in dev: errors did not pass at 5 %: "
            "the command failed with exit code 1. dev is back on 1.0.0."
        )
        assert bad.next_step == "Push what mends it, and try that: /deploy dev in #1"
        deployed = (tmp_path / "deployed").read_text().splitlines()
        assert deployed[2:] == [f"{Trial(1, head)} 5", "1.0.0 100"]
        standing = play.standing("dev")
        assert [one["version"] for one in standing["verified"]] == ["1.0.0"]
        assert not {"holds", "claim", "advance", "reverting"} & {*standing}


def by_hand(play: Stage, *arguments: str) -> tuple[int, str, str]:
    """Run `shipway deploy` on the command line; gives exit code, standard output and standard error."""
    variables = {**os.environ, **play.world.twin.environment(play.world.token), "GITHUB_REPOSITORY": NAME}
    return call(["deploy", *arguments], play.world.clone, variables)


def test_it_is_tried_by_hand(tmp_path: Path) -> None:
    there = "dev: {unreleased: true, deploy: {command: ['true']}}"
    with stage(tmp_path, configuration=f"environments: {{{there}}}") as play:
        head = proposed(play)
        code, out, err = by_hand(play, "dev", "--pull-request", "1", "--sha", head)
        assert (code, f"A trial of #1 at {head[:10]} is in dev." in out) == (0, True), err
        code, out, err = by_hand(play, "dev", "--pull-request", "1", "--sha", head[:10])

    assert (code, out) == (2, "")
    assert err.startswith(
        "error[usage]: What is to be deployed is either --delivery, or ENVIRONMENT with --pull-request and the "
        "whole --sha.\n  In the job of a workflow: shipway deploy --delivery ID. "
    )


@pytest.fixture
def talk(at: Trying) -> Conversation:
    """The pull request, in which alice comments."""
    world = at.play.world
    with world.twin.world.locked():
        for login, role in PEOPLE.items():
            admin.create_user(world.twin.world, login)
            admin.add_collaborator(world.twin.world, NAME, login, role)
    return Conversation(
        world, number=1, token=world.token_of(BOT, permissions=permissions("deploy.yml"), kind="actions")
    )


def obeyed(talk: Conversation, body: str) -> tuple[Stage, int]:
    """Alice comments, and a workflow is started; gives its jobs, with the token of one, and the run."""
    talk.say(body)
    assert talk.obey().to_json()["reason_code"] == "dispatched"
    jobs = Stage(World(talk.twin, talk.world.clone, talk.token), count=99)
    return jobs, int(jobs.runs()[0]["id"])


def shown(talk: Conversation) -> str:
    """The comment that says where the trial stands, as people read it."""
    text = re.sub(r"http\S+/runs/\d+", "RUN", talk.said_by_us("status pr-1 "))
    return "\n".join(line for line in text.replace("\\", "").splitlines() if line and "---" not in line)


@pytest.mark.requirement("FACE-1")
def test_the_pull_request_shows_where_it_stands_once_its_job_has_ended(
    at: Trying, talk: Conversation
) -> None:
    jobs, run = obeyed(talk, "/deploy dev")
    assert f"⏳ A{at.words[1:]} is on its way into dev: run RUN is queued." in shown(talk)
    jobs.played("dev", run)
    assert shown(talk).splitlines()[:6] == [
        f"### A{at.words[1:]}",
        "| Environment | Holds |",
        f"| dev | ✅ **{at.words}** |",
        "| production | — |",
        f"✅ A{at.words[1:]} is in dev.",
        "<sub>`shipway deploy`, 2026-11-21 12:00 UTC · [run](RUN)</sub>",
    ]

    jobs, run = obeyed(talk, "/deploy main dev --reason seen enough")
    jobs.played("dev", run)
    assert "| dev | 1.0.0 |\n| production | — |\n✅ dev is back on 1.0.0.\n" in shown(talk)
    back = [one for one in at.play.events(at.name) if one["kind"] == "rollback-started"]
    assert [one["detail"]["reason"] for one in back] == ["seen enough"]


DEATHS = [
    ("command", "Record", ""),
    ("command", "Dispatch", ""),
    ("command", "Record", "Dispatch"),
    ("job", "Adopt", ""),
    ("job", "Deploy", ""),
    ("job", "Conclude", ""),
]
"""In which of the two runs, before which step, and after which one."""


@pytest.mark.requirement("FAIL-1", "LED-1")
@pytest.mark.parametrize(("where", "step", "after"), DEATHS)
def test_whatever_dies_the_same_again_tries_it_once(at: Trying, where: str, step: str, after: str) -> None:
    holder = ended_process()
    if where == "command":
        with at.play.dying_at(step, after):
            at.play.promote("dev", version=at.name, holder=holder)
    run = at.started()
    if where == "job":
        at.play.enter(run, "dev")
        with at.play.dying_at(step):
            at.play.deploy(run, at.play.delivery("dev"))
        done = at.play.deploy(run, at.play.delivery("dev"))
        at.play.end(run)
    else:
        done = at.play.played("dev", run)

    assert (done.exit_code, done.message) == (ExitCode.OK, f"A{at.words[1:]} is in dev.")
    assert len([one for one in at.play.runs() if at.name in one["display_title"]]) == 1
    assert at.play.kinds(at.name)[-3:] == ["adopted", "deployed", "tried"]
    assert "claim" not in at.play.standing("dev")
    assert at.play.sweep().facts["deliveries"] == []
    assert '"flaws": []' in end_of(at.play.world).whole


GUARDED = """
environments:
  dev:
    unreleased: true
    deploy: {command: ["true"]}
    signature: enforce
    authorize: {commit-authors: false, last-pusher: false}
"""


@pytest.mark.requirement("AUTH-2")
def test_who_wrote_and_pushed_it_and_who_signed_it_counts_as_for_a_version(tmp_path: Path) -> None:
    with stage(tmp_path, configuration=GUARDED) as play:
        assert play.promote("dev", dry_run=True).reason_code == "unsigned"
        refused = play.promote("dev", version=str(Trial(1, proposed(play))))

        found = {row["gate"]: (row["ruling"], row["reason_code"]) for row in refused.verdicts}
        assert refused.reason_code == "unsigned"
        assert found["signature"] == ("fail", "unsigned")
        assert found["last-push"] == ("fail", "last-pusher-promotes")
        assert found["authorship"][0] != "inconclusive"
        assert not {"order", "version", "verified", "digest", "tag", "hold", "direction", "soak"} & {*found}


CHECKED = """
gates:
  ci: {checks: [build], stages: [promotion]}
environments:
  dev: {unreleased: true, deploy: {command: ["true"]}}
"""


def test_its_own_checks_have_to_be_green_where_a_gate_asks_for_them(tmp_path: Path) -> None:
    with stage(tmp_path, configuration=CHECKED) as play:
        head = proposed(play)
        waiting = play.promote("dev", version=str(Trial(1, head)))
        play.world.request("POST", f"/statuses/{head}", {"state": "success", "context": "build"})
        done = play.promote("dev", version=str(Trial(1, head)))

    assert (waiting.reason_code, waiting.exit_code) == ("checks-absent", ExitCode.WAITING)
    assert waiting.message.startswith(f"A trial of #1 at {head[:10]} waits for checks before dev: ")
    assert (done.exit_code, done.message) == (ExitCode.OK, f"A trial of #1 at {head[:10]} is in dev.")


def test_one_of_a_pull_request_that_there_is_not(tmp_path: Path) -> None:
    with stage(tmp_path, configuration=CHECKED) as play:
        refused = play.promote("dev", version=str(Trial(7, proposed(play))))

    assert (refused.reason_code, refused.exit_code) == ("not-proposed", ExitCode.TRANSITION)
    assert refused.next_step == "Once it is open in this repository: /deploy dev in #7"
