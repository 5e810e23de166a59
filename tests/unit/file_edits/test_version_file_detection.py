"""Which files of a repository carry its version."""

import pytest

from shipway.domain.file_edits import Kind, VersionFile, find_version_files, named_version_file
from shipway.errors import InputError


def find(files: dict[str, str], *directories: str) -> tuple[VersionFile, ...]:
    return find_version_files(files, files.__getitem__, directories or ("",))


@pytest.mark.requirement("CHG-5")
def test_manifests_at_the_root_with_their_locks() -> None:
    found = find(
        {
            "pyproject.toml": '[project]\nname = "My.App"\nversion = "1.0.0"\n',
            "uv.lock": '[[package]]\nname = "my-app"\nversion = "1.0.0"\nsource = { editable = "." }\n',
            "poetry.lock": '[[package]]\nname = "lib"\nversion = "1.0.0"\n',
            "package.json": '{"version": "1.0.0"}',
            "package-lock.json": '{"version": "1.0.0"}',
            "Chart.yaml": "version: 1.0.0\n",
            "VERSION": "1.0.0\n",
            "docs/VERSION": "1.0.0\n",
            "vendor/package.json": '{"version": "1.0.0"}',
        }
    )

    assert found == (
        VersionFile("pyproject.toml", Kind.PYPROJECT),
        VersionFile("package.json", Kind.PACKAGE_JSON),
        VersionFile("package-lock.json", Kind.PACKAGE_LOCK),
        VersionFile("Chart.yaml", Kind.CHART),
        VersionFile("VERSION", Kind.PLAIN),
        VersionFile("uv.lock", Kind.UV_LOCK, ("My.App",)),
    )


DYNAMIC = '[project]\nname = "my-app"\ndynamic = ["version"]\n'


@pytest.mark.requirement("CHG-5")
@pytest.mark.parametrize(
    ("backend", "path"),
    [
        ('[tool.hatch.version]\npath = "lib/about.py"\n', "lib/about.py"),
        ('[tool.pdm.version]\nsource = "file"\npath = "lib/v.py"\n', "lib/v.py"),
        ('[tool.setuptools.dynamic]\nversion = {attr = "pkg.meta.__version__"}\n', "src/pkg/meta.py"),
        ('[tool.setuptools.dynamic]\nversion = {attr = "pkg.__version__"}\n', "pkg/__init__.py"),
        ("", "src/my_app/__init__.py"),
        ("", "my_app/__about__.py"),
        ("", "my_app.py"),
    ],
)
def test_a_dynamic_version_is_found_in_its_module(backend: str, path: str) -> None:
    files = {"pyproject.toml": DYNAMIC + backend, path: '__version__ = "1.0.0"\n'}

    assert find(files) == (VersionFile(path, Kind.PYTHON),)


def test_a_dynamic_version_in_a_plain_file() -> None:
    backend = '[tool.setuptools.dynamic]\nversion = {file = ["release.txt"]}\n'

    found = find({"pyproject.toml": DYNAMIC + backend, "release.txt": "1.0.0\n"})

    assert found == (VersionFile("release.txt", Kind.PLAIN),)


@pytest.mark.parametrize(("module", "expected"), [("1.0.0", True), ("0.9.0", False)])
def test_a_copy_of_a_static_version_is_kept_in_step_but_another_version_is_not_ours(
    module: str, *, expected: bool
) -> None:
    found = find(
        {
            "pyproject.toml": '[project]\nname = "app"\nversion = "1.0.0"\n',
            "app/__init__.py": f'__version__ = "{module}"\n',
        }
    )

    assert (VersionFile("app/__init__.py", Kind.PYTHON) in found) is expected


def test_a_cargo_workspace_moves_the_crates_that_inherit_its_version() -> None:
    root = '[workspace.package]\nversion = "1.0.0"\n[package]\nname = "root"\nversion.workspace = true\n'
    lock = "".join(f'[[package]]\nname = "{name}"\nversion = "1.0.0"\n' for name in ("a", "b", "root"))
    found = find(
        {
            "Cargo.toml": root,
            "Cargo.lock": lock,
            "crates/a/Cargo.toml": '[package]\nname = "a"\nversion.workspace = true\n',
            "crates/b/Cargo.toml": '[package]\nname = "b"\nversion = "1.0.0"\n',
        }
    )

    assert found == (
        VersionFile("Cargo.toml", Kind.CARGO),
        VersionFile("Cargo.lock", Kind.CARGO_LOCK, ("root", "a")),
    )


def test_packages_in_their_own_directories() -> None:
    files = {f"{path}package.json": '{"version": "1.0.0"}' for path in ("", "packages/a/", "packages/b/")}

    assert find(files, "packages/b", "packages/a/") == (
        VersionFile("packages/b/package.json", Kind.PACKAGE_JSON),
        VersionFile("packages/a/package.json", Kind.PACKAGE_JSON),
    )


def test_files_without_a_version_are_left_out_and_broken_ones_kept_for_their_message() -> None:
    files = {"package.json": '{"private": true}', "VERSION": "see package.json\n", "Cargo.toml": "[package"}

    assert find(files) == (VersionFile("Cargo.toml", Kind.CARGO),)


NAMED = {
    "docs/index.md": "Install 1.0.0 <!-- x-shipway-version -->\n",
    "docs/conf.py": '__version__ = "1.0.0"\n',
    "docs/release": "1.0.0\n",
    "docs/prose.md": "Nothing here.\n",
    "web/package.json": '{"version": "1.0.0"}',
}


@pytest.mark.requirement("CHG-5")
@pytest.mark.parametrize(
    ("spec", "file"),
    [
        ("docs/index.md", VersionFile("docs/index.md", Kind.MARKER)),
        ("docs/conf.py", VersionFile("docs/conf.py", Kind.PYTHON)),
        ("docs/release", VersionFile("docs/release", Kind.PLAIN)),
        ("web/package.json", VersionFile("web/package.json", Kind.PACKAGE_JSON)),
        (
            r"docs/prose.md =~ v(?P<version>\S+)",
            VersionFile("docs/prose.md", Kind.PATTERN, pattern=r"v(?P<version>\S+)"),
        ),
    ],
)
def test_a_file_named_in_the_configuration(spec: str, file: VersionFile) -> None:
    assert named_version_file(spec, NAMED, NAMED.__getitem__) == file


CORRECT = "Correct `version-files` in the configuration, or add the file."
MISSING = "The version file {} is not in the repository.{} " + CORRECT
MARK_IT = "Write it there as `1.2.3` on a line with the comment `x-shipway-version`"
UNMARKED = f"{MARK_IT}, or take the file out of the version files."


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("docs/indx.md", MISSING.format("docs/indx.md", " Did you mean docs/index.md?")),
        ("zzz =~ x", MISSING.format("zzz", "")),
        ("docs/prose.md", f"docs/prose.md:1: no version found. {UNMARKED}"),
    ],
)
def test_a_named_file_that_cannot_be_used_is_refused(spec: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        named_version_file(spec, NAMED, NAMED.__getitem__)

    assert str(refused.value) == message
