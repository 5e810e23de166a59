"""What release-please's files become; that its next version is ours is shown in tests/integration/migration."""

import json
from typing import Any

import pytest

from shipway.domain.setup.findings import found_in
from shipway.domain.setup.release_please import from_release_please
from shipway.domain.setup.takeover import Takeover
from unit.setup.samples import Sample

pytestmark = pytest.mark.requirement("FACE-2")


def taken_over(
    settings: dict[str, Any], files: dict[str, str], version: str = "1.0.0", tags: tuple[str, ...] = ()
) -> Takeover:
    """What `shipway init` makes of a repository with these settings."""
    own = {
        "release-please-config.json": json.dumps(settings),
        ".release-please-manifest.json": json.dumps({".": version}),
    }
    (found,) = found_in(Sample({**own, **files}, tags=tags or (f"v{version}",)).repository).tools
    return found


@pytest.mark.parametrize(
    ("settings", "version", "notes"),
    [
        ({}, "1.0.0", []),
        (
            {"release-as": "2.0.0"},
            "1.0.0",
            ["`release-as` asks for 2.0.0; ask once yourself: shipway release 2.0.0"],
        ),
        ({"release-as": "1.0.0"}, "1.0.0", []),
        (
            {"bootstrap-sha": "abc"},
            "1.0.0",
            ["`bootstrap-sha` is not needed: Shipway begins after the newest tag."],
        ),
        (
            {"versioning": "always-bump-patch"},
            "1.0.0",
            [
                (
                    "`versioning: always-bump-patch` has no counterpart: "
                    "`release.types` says what each type of commit asks for."
                )
            ],
        ),
        ({"versioning": "default"}, "1.0.0", []),
        (
            {"skip-changelog": True},
            "1.0.0",
            ["It wrote no changelog: `release: {changelog: ''}` keeps that."],
        ),
        (
            {"bump-patch-for-minor-pre-major": True},
            "0.1.0",
            ["Take `feat: patch` out of `release.types` once 1.0.0 is released."],
        ),
        ({"bump-patch-for-minor-pre-major": True}, "1.0.0", []),
        (
            {"packages": {".": {}, "libs/a": {}, "libs/b": {}}},
            "1.0.0",
            [
                (
                    "It released libs/a, libs/b by themselves; Shipway cuts one version of the whole repository. "
                    "Go on with release-please where they need versions of their own."
                )
            ],
        ),
        (
            {"extra-label": "a, b"},
            "1.0.0",
            ["Labels of its pull requests (…): `release.labels` sets those of Shipway's."],
        ),
    ],
)
def test_what_has_no_counterpart_is_said(settings: dict[str, Any], version: str, notes: list[str]) -> None:
    assert [*from_release_please(settings, {".": version}).notes] == notes


def test_a_last_release_without_its_tag_is_said() -> None:
    found = taken_over({"component": "app"}, {}, tags=("app-v0.9.0",))
    assert found.notes == (
        "There is no tag of 1.0.0, its last release: git fetch --tags --force, or set app-v1.0.0 on its commit.",
    )
    assert found.tag == "app-v{version}"


@pytest.mark.parametrize(
    ("settings", "tags", "form"),
    [
        ({}, ("v1.0.0",), "v{version}"),
        ({"component": "app"}, (), "app-v{version}"),
        ({"include-v-in-tag": False}, ("1.0.0",), "{version}"),
        ({"component": "app", "tag-separator": "/"}, ("app/v1.0.0",), "app/v{version}"),
        ({"component": "app", "include-component-in-tag": False}, ("v1.0.0",), "v{version}"),
        ({"release-type": "node"}, ("app-v1.0.0",), "app-v{version}"),
        ({"release-type": "node"}, ("v11.0.0",), "v{version}"),
    ],
)
def test_the_form_of_its_tags(settings: dict[str, Any], tags: tuple[str, ...], form: str) -> None:
    assert from_release_please(settings, {".": "1.0.0"}).tag_among(tags) == form


JSON = r"""app.json =~ "version"\s*:\s*"(?P<version>\d[\w.+-]*)"""


@pytest.mark.parametrize(
    ("settings", "files", "specs", "unmarked"),
    [
        ({"release-type": "simple"}, {"version.txt": "1.0.0\n"}, ("version.txt",), ()),
        ({"release-type": "simple"}, {}, (), ()),
        ({"release-type": "simple", "version-file": "v"}, {"v": "1.0.0\n"}, ("v",), ()),
        ({"release-type": "expo"}, {"app.json": '{"expo": {"version": "1.0.0"}}'}, (JSON,), ()),
        ({"extra-files": ["a.md"]}, {"a.md": "1.0.0 x-release-please-version"}, ("a.md",), ()),
        ({"extra-files": ["a.md"]}, {"a.md": "Take 1.0.0."}, (), ("a.md",)),
        ({"extra-files": ["gone.md"]}, {}, (), ()),
        (
            {"extra-files": [{"type": "json", "path": "app.json", "jsonpath": "$.a.version"}]},
            {"app.json": '{"a": {"version": "1.0.0"}}'},
            (JSON,),
            (),
        ),
        (
            {"extra-files": [{"type": "json", "path": "app.json", "jsonpath": "$.a.version"}]},
            {"app.json": '{"version": "7.1.0", "a": {"version": "1.0.0"}}'},
            (),
            ("app.json",),
        ),
        (
            {"extra-files": [{"type": "xml", "path": "a.xml", "xpath": "//app/release"}]},
            {"a.xml": "<app><release>1.0.0</release></app>"},
            (r"a.xml =~ <release>\s*(?P<version>\d[\w.+-]*)",),
            (),
        ),
        (
            {"release-type": "python"},
            {"setup.py": 'setup(\n    version="1.0.0",\n)\n'},
            (r"""setup.py =~ \bversion\s*[:=]\s*["']?(?P<version>\d[\w.+-]*)""",),
            (),
        ),
    ],
)
def test_where_versions_stand_that_it_raised(
    settings: dict[str, Any], files: dict[str, str], specs: tuple[str, ...], unmarked: tuple[str, ...]
) -> None:
    found = taken_over(settings, files)
    assert (found.version_files, found.unmarked) == (specs, unmarked)
