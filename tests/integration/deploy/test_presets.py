"""Presets run: programs of their tools' names write down what they were given."""

import os
import time
from pathlib import Path

import pytest

from integration.delivery.commands import EVENING, Command
from integration.deploy.strategy_world import good_before, promote
from integration.release.world import World, git
from shipway.adapters.git_repo import Clone
from shipway.config import read_policy
from shipway.domain.delivery.steps import Deploy
from shipway.domain.facts import DeployResult
from shipway.engine.gates import Gates, GateWatch, Pace
from shipway.twin.server import Twin
from shipway.twin.world import Clock

PROGRAM = """#!/bin/sh
{{ printf '%s' "${{0##*/}}"; printf ' | %s' "$@"; echo; }} >> '{record}'
case "$*" in
  *publish-version*) echo "a warning"; cat '{answer}';;
  *{breaks}*) exit 3;;
esac
"""
IMAGE = "image: 'ghcr.example/octo/web:{version}'"
WITH = {
    "argo-rollouts": f"rollout: web, container: app, {IMAGE}",
    "azure": f"app: web, group: octo, {IMAGE}",
    "cloud-run": f"service: web, project: octo, region: europe-west1, {IMAGE}",
    "ecs": "cluster: main, service: web, task-definition: 'web-{slug}'",
    "fly": f"app: web, {IMAGE}",
    "helm": "release: web, chart: ./chart",
    "kubectl": f"deployment: web, container: app, {IMAGE}",
    "lambda": f"function: web, alias: live, {IMAGE}",
}
GOLDEN = Path(__file__).parents[2] / "unit" / "presets.golden"


class Tools:
    """Programs on PATH that record their arguments."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.record, self.answer = place / "record", place / "answer"
        self._bin = place / "bin"
        self._bin.mkdir()
        self.answer.write_text("7\n")
        self.break_at("nothing breaks")
        monkeypatch.setenv("PATH", f"{self._bin}:{os.environ['PATH']}")

    def break_at(self, words: str) -> None:
        """Let commands fail that have these words."""
        for name in ("aws", "az", "fly", "gcloud", "helm", "kubectl"):
            program = self._bin / name
            quoted = words.replace(" ", "\\ ")
            program.write_text(PROGRAM.format(record=self.record, answer=self.answer, breaks=quoted))
            program.chmod(0o755)

    def ran(self) -> list[str]:
        """What was run, in order."""
        return self.record.read_text().splitlines() if self.record.exists() else []


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    return Tools(tmp_path, monkeypatch)


def deployed(name: str, place: Path, version: str = "1.2.3", **told: str) -> DeployResult:
    """Deploy by a preset."""
    policy = read_policy(f"environments: {{live: {{deploy: {{preset: {name}, with: {{{WITH[name]}}}}}}}}}")
    git(place, "init", "--quiet")
    pace = Pace(time.monotonic, lambda _: None, lambda: EVENING)
    gates = Gates(Clone(place), policy, watch=GateWatch(), echo=lambda _: None, pace=pace)
    return gates.deploy(Deploy(1, "live", (), 300, {"SHIPWAY_VERSION": version, **told}))


def golden(name: str) -> list[str]:
    """What a preset runs where a version takes over at once."""
    return GOLDEN.read_text().split(f"[{name}: at once]\n")[1].split("\n[")[0].splitlines()


def named(line: str) -> list[str]:
    """The words of a command without the values that differ from those of the written lists."""
    return [word.partition("=")[0] for word in line.partition(" -> ")[0].split(" | ")]


@pytest.mark.requirement("DEP-2")
@pytest.mark.parametrize("name", sorted(WITH))
def test_each_preset_runs_its_commands_in_order(name: str, tools: Tools, tmp_path: Path) -> None:
    done = deployed(name, tmp_path)

    assert done.succeeded, done.description
    assert [named(line) for line in tools.ran()] == [named(line) for line in golden(name)]
    assert not any("{" in line and "Weights" not in line for line in tools.ran())


def test_a_number_that_a_command_gives_is_taken_up(tools: Tools, tmp_path: Path) -> None:
    assert deployed("lambda", tmp_path, SHIPWAY_STEP="shift", SHIPWAY_WEIGHT="25").succeeded
    assert tools.ran()[-1].endswith('--routing-config={"AdditionalVersionWeights": {"7": 0.25}}')


@pytest.mark.parametrize("answer", ["", "None\n", "7; id\n", "-1\n"])
def test_an_answer_that_is_no_number_is_not_taken_up(answer: str, tools: Tools, tmp_path: Path) -> None:
    tools.answer.write_text(answer)
    done = deployed("lambda", tmp_path)

    assert (done.succeeded, done.description) == (False, "the command `aws` did not answer with a number")
    assert "publish-version" in tools.ran()[-1]


def test_the_first_command_that_fails_is_the_last(tools: Tools, tmp_path: Path) -> None:
    tools.break_at("set image")
    done = deployed("kubectl", tmp_path)

    assert (done.succeeded, done.description) == (False, "failed with exit code 3")
    assert len(tools.ran()) == 1


def test_a_version_that_cannot_stand_there_runs_nothing(tools: Tools, tmp_path: Path) -> None:
    done = deployed("helm", tmp_path, version="1.2.3+linux")

    assert (done.succeeded, tools.ran()) == (False, [])
    assert done.description == (
        "`value` of the preset helm would be '1.2.3+linux', and must be a word such as {version}."
    )


@pytest.mark.requirement("DEP-2", "DEP-3")
def test_a_canary_by_a_preset_goes_all_the_way(tools: Tools, tmp_path: Path) -> None:
    settings = f"deploy: {{preset: cloud-run, with: {{{WITH['cloud-run']}}}}}, strategy: {{canary: [5, 100]}}"
    (tmp_path / "at").mkdir()
    clone = tmp_path / "at" / "clone"
    with Twin(clock=Clock(EVENING)) as twin:
        configuration = f"environments: {{production: {{{settings}}}}}"
        token = good_before(twin, clone, EVENING, configuration)
        tools.record.unlink()
        done = promote("1.0.1").run(clone, World(twin, clone, token).environment(), 1)

    assert done.message == "1.0.1 is in production."
    place = "--project=octo | --region=europe-west1 | --quiet"
    image = "--image=ghcr.example/octo/web:1.0.1"
    traffic = "gcloud | run | services | update-traffic | web"
    assert tools.ran() == [
        f"gcloud | run | deploy | web | {image} | --no-traffic | --tag=v1-0-1 | {place}",
        f"{traffic} | --to-tags=v1-0-1=5 | {place}",
        f"{traffic} | --to-tags=v1-0-1=100 | {place}",
    ]


@pytest.mark.requirement("DEP-2", "RBK-2")
def test_a_rollback_by_a_preset_deploys_what_comes_back(tools: Tools, tmp_path: Path) -> None:
    (tmp_path / "at").mkdir()
    clone = tmp_path / "at" / "clone"
    with Twin(clock=Clock(EVENING)) as twin:
        settings = f"deploy: {{preset: kubectl, with: {{{WITH['kubectl']}}}}}"
        token = good_before(twin, clone, EVENING, f"environments: {{production: {{{settings}}}}}")
        environment = World(twin, clone, token).environment()
        assert promote("1.0.1").run(clone, environment, 1).message == "1.0.1 is in production."
        tools.record.unlink()
        back = Command("roll back", {"environment": "production", "reason": "errors"})
        done = back.run(clone, environment, 2)

    assert done.message == "production is back on 1.0.0."
    assert tools.ran() == [
        "kubectl | set | image | deployment/web | app=ghcr.example/octo/web:1.0.0 | --namespace=default",
        "kubectl | rollout | status | deployment/web | --namespace=default | --timeout=300s",
    ]
