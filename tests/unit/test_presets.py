"""Presets: the argument lists of each at each step, and what is refused."""

import tomllib
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from shipway.config import read_policy
from shipway.domain.policy import DeployPolicy
from shipway.domain.preset import FORMS, expanded
from shipway.errors import InputError, UsageError
from shipway.preset_files import PRESETS, preset_named

NAMES = sorted(name for name in get_args(get_type_hints(DeployPolicy)["preset"]) if name)
GOLDEN = Path(__file__).parent / "presets.golden"
GIVEN = {
    "argo-rollouts": {"rollout": "web", "container": "app", "image": "ghcr.example/octo/web:{version}"},
    "azure": {"app": "web", "group": "octo", "image": "ghcr.example/octo/web:{version}"},
    "cloud-run": {
        "service": "web",
        "project": "octo",
        "region": "europe-west1",
        "image": "ghcr.example/octo/web@{digest}",
    },
    "ecs": {"cluster": "main", "service": "web", "task-definition": "web-{slug}"},
    "fly": {"app": "web", "image": "ghcr.example/octo/web:{tag}"},
    "helm": {"release": "web", "chart": "./chart"},
    "kubectl": {"deployment": "web", "container": "app", "image": "ghcr.example:5000/octo/web:{sha}"},
    "lambda": {"function": "web", "alias": "live", "image": "ghcr.example/octo/web:{version}"},
}
VERSION = {
    "SHIPWAY_VERSION": "1.2.3",
    "SHIPWAY_TAG": "v1.2.3",
    "SHIPWAY_SHA": "a" * 40,
    "SHIPWAY_DIGEST": f"sha256:{'b' * 64}",
}
STEPS = {
    "canary": (("deploy", "5"), ("shift", "25"), ("finish", "100"), ("back", "100")),
    "blue-green": (("deploy", "0"), ("switch", "100"), ("back", "100")),
}


def listed(name: str) -> list[str]:
    """All argument lists of a preset, a line each, under the step that they belong to."""
    preset = preset_named(name)
    steps = [("at once", "", "")]
    steps += [(f"{kind} {step} {to}", step, to) for kind in preset.strategies for step, to in STEPS[kind]]
    lines = []
    for title, step, weight in steps:
        told = {**VERSION, **({"SHIPWAY_STEP": step, "SHIPWAY_WEIGHT": weight} if step else {})}
        lines.append(f"[{name}: {title}]")
        for command in expanded(preset, GIVEN[name], told, 300):
            answer = f" -> {command.gives}" if command.gives else ""
            lines.append(f"{' | '.join(command.run)}{answer}")
    return lines


@pytest.mark.requirement("DEP-2")
def test_what_each_preset_runs_at_each_step() -> None:
    assert [line for name in NAMES for line in listed(name)] == GOLDEN.read_text().splitlines()


def test_each_file_is_a_preset_and_names_its_pages() -> None:
    files = sorted(Path(str(PRESETS)).glob("*.toml"))

    assert [file.stem for file in files] == NAMES
    for file in files:
        written = tomllib.loads(file.read_text())
        assert all(page.startswith("https://") for page in written["documentation"])
        assert {one["form"] for one in written["parameters"].values()} <= {*FORMS}


EVIL = ["x; reboot", "$(id)", "`id`", "--kubeconfig=/tmp/x", "-x", "a b", "a\nb", "a\n"]
EVIL += ["a=b", "a,b", "{other}", "", "ä"]


@pytest.mark.requirement("DEP-2")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", EVIL)
def test_values_that_are_more_than_a_value_are_refused(name: str, value: str) -> None:
    for parameter in preset_named(name).parameters:
        with pytest.raises(InputError) as refused:
            expanded(preset_named(name), {**GIVEN[name], parameter: value}, VERSION, 300)
        assert refused.value.reason_code == "command-not-started"


@pytest.mark.parametrize("version", ["1.2.3+build", "1.2.3 --force", "$(id)", "{sha}"])
def test_versions_that_are_more_than_a_version_are_refused(version: str) -> None:
    with pytest.raises(InputError) as refused:
        expanded(preset_named("helm"), GIVEN["helm"], {**VERSION, "SHIPWAY_VERSION": version}, 300)

    assert refused.value.message == (
        f"`value` of the preset helm would be {version!r}, and must be a word such as {{version}}."
    )


KUBECTL = "preset: kubectl, with: {deployment: web, container: app, image: 'web:{version}'}"


@pytest.mark.requirement("DEP-2", "DEP-3")
@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (
            "deploy: {preset: kubectl, with: {deployment: web, container: app, imag: web}}",
            (
                "`{}.deploy.with` needs `image` for kubectl: container image\n"
                "`{}.deploy.with.imag` is no parameter of kubectl; did you mean `image`?"
            ),
        ),
        (
            "deploy: {preset: fly, with: {app: web, image: '-f x'}}",
            "`{}.deploy.with.image` must be an image such as registry.example/web:{{version}}, not '-f x'",
        ),
        (
            "deploy: {preset: fly, with: {app: web, image: 'web:{versoin}'}}",
            "`{}.deploy.with.image` must be an image such as registry.example/web:{{version}}, not 'web:{{versoin}}'",
        ),
        (
            f"deploy: {{command: [./deploy], {KUBECTL}}}".replace("{version}", "{{version}}"),
            "`{}.deploy.preset` stands beside a command; name one of them",
        ),
        (
            "deploy: {command: [./deploy], call: {url: 'https://deploy.example'}}",
            "`{}.deploy.call` stands beside a command; name one of them",
        ),
        (
            f"deploy: {{{KUBECTL}, call: {{url: 'https://deploy.example'}}}}".replace(
                "{version}", "{{version}}"
            ),
            "`{}.deploy.call` stands beside a preset; name one of them",
        ),
        (
            "deploy: {event: true, workflow: deploy.yml}",
            "`{}.deploy.event` stands beside a workflow; name one of them",
        ),
        (
            "deploy: {event: true}, strategy: {canary: []}",
            ("`{}.strategy` needs something that takes its steps, such as `deploy: {{command: [./deploy]}}`"),
        ),
        (
            "deploy: {event: true, command: [./deploy]}",
            "`{}.deploy.event` stands beside a command; name one of them",
        ),
        (
            "deploy: {with: {app: web}}",
            "`{}.deploy.with` is for a preset; name one, such as `preset: kubectl`",
        ),
        (
            f"deploy: {{{KUBECTL}}}, strategy: {{canary: []}}",
            (
                "`{}.strategy` with canary cannot be done by kubectl: Kubernetes gives a Deployment's pods "
                "their traffic in equal shares and replaces them by itself"
            ),
        ),
        (
            "deploy: {preset: docker}",
            (
                "`{}.deploy.preset` must be one of '', 'kubectl', 'helm', 'argo-rollouts', 'ecs', 'lambda', "
                "'cloud-run', 'azure' or 'fly', not \"docker\""
            ),
        ),
    ],
)
def test_what_is_refused_in_the_configuration(written: str, complaint: str) -> None:
    written = written.replace("{{version}}", "{version}")
    with pytest.raises(UsageError) as refused:
        read_policy(f"environments: {{live: {{{written}}}}}")

    found = [line.split(": ", 1)[1] for line in refused.value.message.splitlines()[1:]]
    assert sorted(found) == sorted(complaint.format(*["environments.live"] * 2).splitlines())


@pytest.mark.parametrize("name", NAMES)
def test_each_preset_takes_the_strategies_that_it_names(name: str) -> None:
    preset = preset_named(name)
    given = ", ".join(f"{key}: '{value}'" for key, value in GIVEN[name].items())
    for kind, settings in (("canary", "[]"), ("rolling", "[]"), ("blue-green", "{}")):
        written = f"deploy: {{preset: {name}, with: {{{given}}}}}, strategy: {{{kind}: {settings}}}"
        if kind in preset.strategies:
            assert (
                read_policy(f"environments: {{live: {{{written}}}}}").environments["live"].strategy.name
                == kind
            )
            continue
        with pytest.raises(UsageError) as refused:
            read_policy(f"environments: {{live: {{{written}}}}}")
        assert f"with {kind} cannot be done by {name}: {preset.why_not}" in refused.value.message
