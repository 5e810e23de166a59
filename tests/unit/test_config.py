"""What people write in `.github/shipway.yml`, and the exact words in which it is refused."""

import pytest

from shipway.config import read_policy
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.policy import DeployPolicy, EnvironmentPolicy, Policy, ReleasePolicy
from shipway.errors import UsageError

BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{this}: &{this} [{','.join([f'*{before}'] * 10)}]\n"
    for before, this in zip("abcdefgh", "bcdefghi", strict=True)
)
SEVERITIES = "CRITICAL, HIGH, MEDIUM, LOW, NEGLIGIBLE, UNKNOWN"


def problems(text: str) -> list[str]:
    """What is wrong with a text, each as `line:column: complaint`."""
    with pytest.raises(UsageError) as refused:
        read_policy(text, "f.yml")
    first, *lines = refused.value.message.split("\n")
    assert first == "f.yml cannot be used:"
    assert refused.value.next_step == "docs/reference/configuration.md lists every key with an example."
    assert refused.value.reason_code == "configuration"
    assert all(line.startswith("  f.yml:") for line in lines)
    return [line.removeprefix("  f.yml:") for line in lines]


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "{}"])
def test_an_empty_file_gives_the_defaults(text: str) -> None:
    assert read_policy(text) == Policy()


def test_everything_can_be_set() -> None:
    text = """
        release: {flow: git-flow, source: on, tag: "{version}", types: {docs: patch}, back-merge: false}
        environments:
          staging: {deploy: {command: [./deploy, staging], timeout: 60, url: "https://staging.example"}}
          live: {after: staging, production: true}
        gates: {unit: {command: [make, test], coverage: 80.5, block: [low]}}
    """

    assert read_policy(text) == Policy(
        release=ReleasePolicy(
            flow="git-flow", source="on", tag="{version}", types={"docs": "patch"}, back_merge=False
        ),
        environments={
            "staging": EnvironmentPolicy(
                deploy=DeployPolicy(
                    command=("./deploy", "staging"), timeout=60, url="https://staging.example"
                )
            ),
            "live": EnvironmentPolicy(after=("staging",), production=True),
        },
        gates={"unit": GatePolicy(command=("make", "test"), coverage=80.5, block=("low",))},
    )


def test_anchors_may_be_used() -> None:
    policy = read_policy("gates: {unit: &gate {timeout: 5}, e2e: *gate}")

    assert policy.gates == {"unit": GatePolicy(timeout=5), "e2e": GatePolicy(timeout=5)}


@pytest.mark.requirement("FAIL-4")
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("relase: {}", "1:1: unknown key `relase`; did you mean `release`?"),
        (
            "colour: red",
            (
                "1:1: unknown key `colour`; known keys: release, environments, gates, maturity, rollback, "
                "hotfix, ledger, privacy, comments"
            ),
        ),
        (
            "release: {\n  back_merge: true}",
            "2:3: unknown key `release.back_merge`; did you mean `back-merge`?",
        ),
        ("gates: {unit: {repport: []}}", "1:16: unknown key `gates.unit.repport`; did you mean `report`?"),
        (
            "environments: {dev: {deploy: {comand: [x]}}}",
            "1:31: unknown key `environments.dev.deploy.comand`; did you mean `command`?",
        ),
        (
            "environments: {a: {strategy: {}}}",
            "1:20: `environments.a.strategy` names no strategy; name one of canary, rolling, blue-green",
        ),
        (
            "environments: {a: {strategy: {canary: true}}}",
            "1:31: `environments.a.strategy.canary` must be a list, not true",
        ),
        ("release: 3", "1:1: `release` must be settings, with keys such as flow, source, target, not 3"),
        (
            "environments: {dev: }",
            "1:16: `environments.dev` must be settings, with keys such as after, join, automatic, not null",
        ),
        ("gates: []", "1:1: `gates` must be settings, such as {}, not []"),
        ("release: {approvals: yes}", '1:11: `release.approvals` must be a whole number, not "yes"'),
        ("release: {approvals: 1.5}", "1:11: `release.approvals` must be a whole number, not 1.5"),
        ("release: {back-merge: yes}", '1:11: `release.back-merge` must be true or false, not "yes"'),
        ("release: {milestone: 1.3}", "1:11: `release.milestone` must be text in quotes, not 1.3"),
        ("release: {labels: [ok, 1]}", "1:24: `release.labels.1` must be text in quotes, not 1"),
        (
            "gates: {u: {report: a.xml}}",
            '1:13: `gates.u.report` must be a list, such as ["a.xml"], not "a.xml"',
        ),
        ("gates: {u: {coverage: .nan}}", '1:13: `gates.u.coverage` must be a number, not ".nan"'),
        (
            "release: {merge: fast}",
            "1:11: `release.merge` must be one of 'auto', 'merge', 'squash' or 'rebase', not \"fast\"",
        ),
        (
            "release: {\n  tag: release}",
            "2:3: `release.tag` must contain {version} exactly once, not 'release'",
        ),
        (
            "ledger: {backend: s3}",
            "1:1: `ledger.url` must be the address of a bucket, such as s3://bucket/prefix, not ''",
        ),
        (
            "ledger: {url: 's3://b'}",
            "1:10: `ledger.url` means nothing to the backend git; leave it out or write `backend: s3`",
        ),
        ("ledger: {backend: ''}", "1:10: `ledger.backend` must name a backend, such as git"),
        ("privacy: {emails: no}", "1:11: `privacy.emails` must be one of 'keep' or 'mask', not \"no\""),
        ("release: {branch: r}", "1:11: `release.branch` must contain {version} exactly once, not 'r'"),
        ("release: {approvals: -1}", "1:11: `release.approvals` cannot be negative"),
        ("release: {override-approvals: -1}", "1:11: `release.override-approvals` cannot be negative"),
        (
            "release: {override-approvals: 2, override-approvers: {users: [bob]}}",
            "1:11: `release.override-approvals` is 2, and only 1 may approve",
        ),
        (
            "environments: {qa: {approvals: {rollback: 2, users: [bob]}}}",
            "1:33: `environments.qa.approvals.rollback` is 2, and only 1 may approve",
        ),
        (
            "environments: {qa: {approvals: {override: -1}}}",
            "1:33: `environments.qa.approvals.override` cannot be negative",
        ),
        (
            "environments: {qa: {approvals: {escalate-after: 4h}}}",
            "1:21: `environments.qa.approvals.escalate-to` is missing: say after how long others are asked, and whom",
        ),
        (
            "environments: {qa: {approvals: {escalate-after: soon, escalate-to: [bob]}}}",
            "1:33: `environments.qa.approvals.escalate-after` must be a length of time, such as 4h",
        ),
        ("gates: {u: {timeout: 0}}", "1:13: `gates.u.timeout` must be more than 0 seconds"),
        ("gates: {u: {coverage: 101}}", "1:13: `gates.u.coverage` must be between 0 and 100 per cent"),
        ("gates: {u: {cvss: 11}}", "1:13: `gates.u.cvss` must be between 0 and 10"),
        (
            "gates: {u: {block: [HIHG]}}",
            f"1:13: `gates.u.block` has no severities HIHG; there are {SEVERITIES}",
        ),
        (
            "environments: {dev: {deploy: {timeout: 0}}}",
            "1:31: `environments.dev.deploy.timeout` must be more than 0 seconds",
        ),
        (
            "environments: {dev: {deploy: {workflow: d.yml, ref: branch}}}",
            "1:48: `environments.dev.deploy.ref` must be one of 'default-branch' or 'tag', not \"branch\"",
        ),
        (
            "environments: {staging: {}, live: {after: stagin}}",
            "1:36: environment `stagin` is not configured; did you mean `staging`?",
        ),
        ("environments: {live: {after: xyz}}", "1:23: environment `xyz` is not configured"),
        (
            "environments: {a: {authorize: {teams: [release]}}}",
            (
                "1:32: `environments.a.authorize.teams`: 'release' is no team; "
                "write its organisation too, such as octo-org/release"
            ),
        ),
        (
            "environments: {a: {authorize: {actions: {override: {teams: [o/r, a/b/c]}}}}}",
            (
                "1:53: `environments.a.authorize.actions.override.teams`: 'a/b/c' is no team; "
                "write its organisation too, such as octo-org/release"
            ),
        ),
        (
            "environments: {a: {approvals: {count: 1, teams: [/r]}}}",
            (
                "1:42: `environments.a.approvals.teams`: '/r' is no team; "
                "write its organisation too, such as octo-org/release"
            ),
        ),
        (
            "hotfix: {approvers: {teams: [on-call]}}",
            (
                "1:22: `hotfix.approvers.teams`: 'on-call' is no team; "
                "write its organisation too, such as octo-org/release"
            ),
        ),
        ("environments: {dev: {}, Dev: {}}", "1:25: environment `Dev` cannot be told from `dev`"),
        ("environments: {eu 1: {}, eu-1: {}}", "1:26: environment `eu-1` cannot be told from `eu 1`"),
        ("environments: {a: {after: a}}", "1:20: environment `a` waits for itself"),
        ("- release", "1:1: expected settings, such as `release:`"),
        ("release", "1:1: expected settings, such as `release:`"),
        ("environments: {1: {}}", "1:16: keys are text; put `1` in quotes"),
        ("? [a]\n: b", "1:3: keys are text; put this one in quotes"),
        ("release: {}\nrelease: {}", "2:1: key `release` is here a second time; the first is on line 1"),
        ("gates: {u: {cvss: 1, cvss: 2}}", "1:22: key `cvss` is here a second time; the first is on line 1"),
        ("release: !!set {}", "1:10: types such as `!!set` are not used here"),
        ("release: !!python/name:os.system ''", "1:10: types such as `!!set` are not used here"),
        ("a: [1\nb: 2", "2:2: not YAML: expected ',' or ']', but got ':'"),
        ("a: 1\n\tb: 2", "2:1: not YAML: found character '\\t' that cannot start any token"),
        ("a: 1\nb: \x00", "2:4: not YAML: character U+0000 is not allowed"),
        ("a: 1\n---\nb: 1", "2:1: not YAML: but found another document"),
        ("a: *b", "1:4: alias `*b` has no finished anchor"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, complaint: str) -> None:
    assert problems(text) == [complaint]


@pytest.mark.requirement("DEP-5")
@pytest.mark.parametrize(
    "file", [".github/workflows/deploy.yml", "deploy", "../x.yml", "deploy.yml?ref=main", "d.yaml "]
)
def test_a_workflow_is_the_name_of_its_file(file: str) -> None:
    complaint = f"must be the name of a file in .github/workflows, such as deploy.yml, not '{file}'"
    (found,) = problems(f"environments: {{dev: {{deploy: {{workflow: '{file}'}}}}}}")
    assert found == f"1:31: `environments.dev.deploy.workflow` {complaint}"


@pytest.mark.requirement("FAIL-4")
def test_all_problems_are_said_at_once_in_the_order_of_the_file() -> None:
    text = "gates:\n  unit: {timeout: x, cvs: 1}\nrelease:\n  tag: 1\n  labels: none\ncolour: red\n"

    assert problems(text) == [
        '2:10: `gates.unit.timeout` must be seconds, or a length of time such as 5m, not "x"',
        "2:22: unknown key `gates.unit.cvs`; did you mean `cvss`?",
        "4:3: `release.tag` must be text in quotes, not 1",
        '5:3: `release.labels` must be a list, such as ["none"], not "none"',
        (
            "6:1: unknown key `colour`; known keys: release, environments, gates, maturity, rollback, "
            "hotfix, ledger, privacy, comments"
        ),
    ]


@pytest.mark.requirement("FAIL-4")
def test_a_circle_is_said_for_each_environment_in_it() -> None:
    text = "environments: {a: {after: c}, b: {after: a}, c: {after: b}, d: {after: a}}"

    assert problems(text) == [
        "1:20: environment `a` waits for itself",
        "1:35: environment `b` waits for itself",
        "1:50: environment `c` waits for itself",
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (BOMB, "5:8: more than 20,000 values, counting what aliases stand for"),
        ("a: &a [*a]", "1:8: alias `*a` has no finished anchor"),
        ("[" * 100_000, "1:21: nested deeper than 20 levels"),
        ("- " * 50_000, "1:41: nested deeper than 20 levels"),
        ("#" * 200_001, "1:1: longer than 200,000 characters"),
        (f"release: {{approvals: {'9' * 5000}}}", None),
    ],
    ids=["aliases", "itself", "brackets", "dashes", "long", "number"],
)
def test_what_would_grow_is_refused_before_it_does(text: str, complaint: str | None) -> None:
    found = problems(text)

    assert found == [complaint] if complaint else "must be a whole number" in found[0]


def test_a_wrong_value_is_shown_only_in_part() -> None:
    (complaint,) = problems(f"release: {{approvals: {'x' * 500}}}")

    assert complaint == f'1:11: `release.approvals` must be a whole number, not "{"x" * 59}…'


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("{a: {}, b: {}, c: {}}", ("a", "b", "c")),
        ("{c: {after: b}, b: {after: a}, a: {}}", ("a", "b", "c")),
        ("{live: {after: staging}, demo: {}, staging: {}}", ("demo", "staging", "live")),
    ],
)
def test_environments_are_in_the_order_in_which_a_version_reaches_them(
    text: str, order: tuple[str, ...]
) -> None:
    assert read_policy(f"environments: {text}").pipeline == order


def test_production_is_known_by_its_name_unless_it_is_said() -> None:
    policy = read_policy(
        "environments: {Prod: {}, live: {production: false}, eu: {production: true}, dev: {}}"
    )

    assert [name for name in policy.pipeline if policy.is_production(name)] == ["Prod", "eu"]
