"""What a demonstration makes of a repository's own configuration: the same pipeline, and nothing that reaches out."""

from pathlib import Path

import pytest
import yaml

from shipway.cli.demo_setup import REPORTS, set_up
from shipway.config import PATH, read_policy
from shipway.domain.delivery.order import pipeline_of
from shipway.errors import UsageError

OWN = """\
release: {tag: "r{version}"}
gates:
  unit: {command: [make, test], coverage: 95, env: [SECRET]}
  soft: {report: [x.xml], coverage: 40}
  done: {checklist: {code: [somebody looked]}, checks: [build]}
  latency: {metric: {url: "http://metrics.example/", at-most: 1}, stages: [verification]}
ledger: {backend: s3, url: "s3://bucket/x"}
environments:
  live:
    after: [qa, load]
    join: any
    soak: 7d
    authorize: {teams: [octo-org/releasers], separation-of-duties: true}
    version-url: http://live.example/health
    production: true
    deploy: {command: [./deploy], env: [SECRET], url: http://live.example}
  lab: {deploy: {command: [./deploy, lab]}}
  qa: {after: lab}
  load: {after: lab}
"""


def settings_of(root: Path, text: str) -> tuple[str, list[str]]:
    """The configuration that the twin gets, and what is said."""
    (root / ".github").mkdir()
    (root / PATH).write_text(text)
    found = set_up(root, ["r1.0.0"], ["a.py"])
    return found.committed[PATH], found.notes


def test_the_pipeline_stays_and_what_reaches_out_goes(tmp_path: Path) -> None:
    text, notes = settings_of(tmp_path, OWN)

    before, after = read_policy(OWN), read_policy(text)
    assert pipeline_of(after) == pipeline_of(before)
    assert yaml.safe_load(text) == {
        "release": {"tag": "r{version}"},
        "gates": {
            "unit": {"coverage": 80, "report": [f"{REPORTS}/*"]},
            "soft": {"coverage": 40, "report": [f"{REPORTS}/*"]},
            "done": {"report": [f"{REPORTS}/*"]},
            "latency": {"stages": ["verification"], "report": [f"{REPORTS}/*"]},
        },
        "environments": {
            "live": {
                "after": ["qa", "load"],
                "join": "any",
                "production": True,
                "automatic": False,
                "deploy": {"url": "http://live.example", "command": ["echo", "demonstrated:", "./deploy"]},
            },
            "lab": {"automatic": True, "deploy": {"command": ["echo", "demonstrated:", "./deploy", "lab"]}},
            "qa": {"after": "lab", "automatic": False, "deploy": {}},
            "load": {"after": "lab", "automatic": False, "deploy": {}},
        },
    }
    assert notes[1:] == [
        "Who may act is not asked here, nothing has to soak, and the ledger is kept on the twin.",
        "Releases stop after lab here, so that promotions can be shown.",
    ]


def test_an_order_that_names_say_stays(tmp_path: Path) -> None:
    own = "environments: {production: {}, dev: {}, qa: {automatic: false}}\n"
    text, _ = settings_of(tmp_path, own)
    assert pipeline_of(read_policy(text)).names == ("dev", "qa", "production")
    assert [one.automatic for one in read_policy(text).environments.values()] == [False, True, False]


def test_a_configuration_that_cannot_be_used_is_refused_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        settings_of(tmp_path, "environments: {dev: {depoly: {}}}\n")
    assert "1:22: unknown key `environments.dev.depoly`" in refused.value.message
