"""The slices are what they say: parts of GitHub's own descriptions, of a named version, and small."""

import json
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
)

from contract.schemas import SLICES, github_slice
from needed import absent
from shipway.twin.graphql.schema import TEXT

NPM = Path(__file__).parent.parent / "npm"
INSTALLED = NPM / "node_modules" / "@octokit" / "graphql-schema"


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("rest", "@octokit/openapi@"),
        ("webhooks", "@octokit/openapi-webhooks@"),
        ("protection_rule", "@octokit/webhooks-schemas@"),
    ],
)
def test_a_slice_names_the_package_and_version_it_was_cut_from(name: str, package: str) -> None:
    source = github_slice(name).document["source"]
    assert source.startswith(package)
    assert source.removeprefix(package).count(".") == 2


def test_all_slices_together_stay_under_two_megabytes() -> None:
    assert sum(path.stat().st_size for path in SLICES.iterdir()) < 2_000_000


def test_the_twin_serves_the_schema_of_the_locked_package() -> None:
    locked = json.loads((NPM / "package.json").read_text())["dependencies"]["@octokit/graphql-schema"]
    assert TEXT.splitlines()[0] == f"# @octokit/graphql-schema@{locked}"


@pytest.fixture(scope="module")
def whole() -> GraphQLSchema:
    if not INSTALLED.exists():
        absent("GitHub's schema is not installed", "apt-get install npm && scripts/npm-ci")
    return build_schema((INSTALLED / "schema.graphql").read_text(), assume_valid=True)


def test_the_served_schema_is_a_true_part_of_github_s(whole: GraphQLSchema) -> None:
    part = build_schema(TEXT)
    invented = [
        line
        for name, kind in part.type_map.items()
        if not name.startswith("__")
        for line in _beyond(kind, whole.type_map.get(name))
    ]
    assert invented == []
    assert len(part.type_map) > 200


def _beyond(part: GraphQLNamedType, whole: GraphQLNamedType | None) -> list[str]:
    """What a type of the slice has that GitHub's does not have in exactly that form."""
    if type(part) is not type(whole):
        return [part.name]
    if isinstance(part, GraphQLEnumType | GraphQLUnionType):
        return sorted(_names(part) - _names(whole))
    if not isinstance(part, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        return []
    fields = {name: _signature(one) for name, one in part.fields.items()}
    theirs = {name: _signature(one) for name, one in whole.fields.items()}  # type: ignore[union-attr]
    return [f"{part.name}.{name}" for name, one in fields.items() if theirs.get(name) != one]


def _names(kind: object) -> set[str]:
    if isinstance(kind, GraphQLEnumType):
        return set(kind.values)
    return {one.name for one in kind.types} if isinstance(kind, GraphQLUnionType) else set()


def _signature(field: object) -> tuple[str, dict[str, str]]:
    arguments = getattr(field, "args", {})
    return str(field.type), {name: str(one.type) for name, one in arguments.items()}  # type: ignore[attr-defined]
