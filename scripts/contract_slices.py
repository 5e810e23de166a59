#!/usr/bin/env python3
"""Cut the slices of GitHub's contract that the tests and the twin read offline.

The packages come from npm at the versions below. Descriptions and examples are dropped, `nullable` becomes
`anyOf`, and only what `tests/contract/used.json` and `tests/contract/graphql_fields.txt` name is kept, with
everything that it refers to.

    scripts/contract_slices.py                # write tests/contract/slices/* and the twin's schema.graphql
    scripts/contract_slices.py --packages DIR # the same from tarballs that `npm pack` left in DIR
"""

import argparse
import json
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from graphql_slice import cut_schema

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = ROOT / "tests" / "contract"
SLICES = CONTRACT / "slices"
TWIN_SCHEMA = ROOT / "src" / "shipway" / "twin" / "graphql" / "schema.graphql"

OPENAPI = "@octokit/openapi@23.0.2"
OPENAPI_WEBHOOKS = "@octokit/openapi-webhooks@12.1.0"
WEBHOOKS_SCHEMAS = "@octokit/webhooks-schemas@7.6.1"
GRAPHQL = "@octokit/graphql-schema@15.26.1"

Json = dict[str, Any] | list[Any] | str | float | bool | None
PROSE = {"description", "example", "examples", "externalDocs", "title", "deprecated", "default"}
DIALECT = {"nullable", "discriminator"}  # OpenAPI's own
NAMED = {"properties", "patternProperties", "definitions"}  # maps whose keys are names, not keywords
METHODS = ("get", "post", "put", "patch", "delete")
REFERENCE = re.compile(r"#/(components/schemas|definitions)/(.+)")


def bare(schema: Json) -> Json:
    """The schema without prose, with JSON Schema's null in the place of OpenAPI's `nullable`."""
    if isinstance(schema, list):
        return [bare(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key in NAMED:
            kept[key] = {name: bare(one) for name, one in value.items()}
        elif key in {"enum", "const", "required"}:
            kept[key] = value
        elif key not in PROSE | DIALECT and not key.startswith("x-"):
            kept[key] = bare(value)
    return {"anyOf": [kept, {"type": "null"}]} if schema.get("nullable") is True else kept


def references(schema: Json) -> Iterator[str]:
    """The names of the shared schemas that this one refers to."""
    if isinstance(schema, dict):
        if isinstance(target := schema.get("$ref"), str) and (match := REFERENCE.fullmatch(target)):
            yield match[2]
        for value in schema.values():
            yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)


def closure(roots: Json, shared: dict[str, Any]) -> dict[str, Json]:
    """The shared schemas that the roots need, sorted by name."""
    found: dict[str, Json] = {}
    waiting = list(references(roots))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = bare(shared[name])
            waiting += references(found[name])
    return dict(sorted(found.items()))


def json_content(holder: dict[str, Any] | None) -> Json:
    """The schema of a JSON body, or None when there is no body or it is not JSON."""
    for kind, content in (holder or {}).get("content", {}).items():
        if kind.partition(";")[0] in {"application/json", "application/scim+json"}:
            return bare(content.get("schema"))
    return None


def operation(described: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """What a test has to know of one operation: query parameters, request body, answers by status."""

    def resolve(one: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in one:
            return one
        _, _, kind, name = one["$ref"].split("/")
        found: dict[str, Any] = document["components"][kind][name]
        return found

    parameters = [resolve(one) for one in described.get("parameters", ())]
    body = described.get("requestBody")
    return {
        "id": described["operationId"],
        "query": {one["name"]: bare(one["schema"]) for one in parameters if one["in"] == "query"},
        "body": json_content(body),
        "body_required": bool(body and body.get("required")),
        "responses": {status: json_content(resolve(one)) for status, one in described["responses"].items()},
    }


def rest_slice(document: dict[str, Any], used: list[str]) -> dict[str, Any]:
    """The used operations, with the shared schemas that they need."""
    wanted = re.compile("|".join(used))
    paths = {
        path: {
            method: operation(item[method], document)
            for method in METHODS
            if method in item and wanted.fullmatch(f"{method} {path}")
        }
        for path, item in sorted(document["paths"].items())
    }
    paths = {path: item for path, item in paths.items() if item}
    return {
        "source": OPENAPI,
        "paths": paths,
        "components": {"schemas": closure(paths, document["components"]["schemas"])},
    }


def webhook_slice(document: dict[str, Any], used: list[str]) -> dict[str, Any]:
    """The payloads of the used events by event and action."""
    hooks = {
        name: json_content(item["post"]["requestBody"])
        for name, item in sorted(document["webhooks"].items())
        if any(name == event or name.startswith(event + "-") for event in used)
    }
    return {
        "source": OPENAPI_WEBHOOKS,
        "webhooks": hooks,
        "components": {"schemas": closure(hooks, document["components"]["schemas"])},
    }


def rule_slice(document: dict[str, Any], used: list[str]) -> dict[str, Any]:
    """The event that the other package describes in more detail, as its own document."""
    roots = {name: {"$ref": f"#/definitions/{name}"} for name in used}
    return {
        "source": WEBHOOKS_SCHEMAS,
        "webhooks": roots,
        "definitions": closure(roots, document["definitions"]),
    }


def written(document: dict[str, Any], depth: int = 2) -> str:
    """JSON with a line for each operation and each schema, so that a new version gives a readable diff."""
    if depth == 0 or not isinstance(document, dict):
        return json.dumps(document, separators=(",", ":"), sort_keys=True)
    lines = (f"{json.dumps(key)}:{written(value, depth - 1)}" for key, value in document.items())
    return "{\n" + ",\n".join(lines) + "\n}"


def packed(folder: Path, package: str) -> Path:
    """The tarball of a package in a folder, fetched when it is not there."""
    name, version = package.removeprefix("@").rsplit("@", 1)
    tarball = folder / f"{name.replace('/', '-')}-{version}.tgz"
    if not tarball.exists():
        subprocess.run(["npm", "pack", "--silent", "--pack-destination", folder, package], check=True)
    return tarball


def member(tarball: Path, name: str) -> str:
    """One text file of a package."""
    with tarfile.open(tarball) as archive:
        file = archive.extractfile(f"package/{name}")
        if file is None:
            raise FileNotFoundError(f"{tarball.name}: package/{name}")
        return file.read().decode()


def build(folder: Path) -> None:
    """Write every slice."""
    used = json.loads((CONTRACT / "used.json").read_text())

    def cut(package: str, name: str, cutter: Callable[..., dict[str, Any]], key: str, depth: int) -> str:
        return written(cutter(json.loads(member(packed(folder, package), name)), used[key]), depth) + "\n"

    described = "generated/api.github.com.json"
    fields = (CONTRACT / "graphql_fields.txt").read_text()
    schema = member(packed(folder, GRAPHQL), "schema.graphql")
    slices = {
        SLICES / "rest.json": cut(OPENAPI, described, rest_slice, "rest", 3),
        SLICES / "webhooks.json": cut(OPENAPI_WEBHOOKS, described, webhook_slice, "webhooks", 3),
        SLICES / "protection_rule.json": cut(
            WEBHOOKS_SCHEMAS, "schema.json", rule_slice, "protection_rule", 2
        ),
        TWIN_SCHEMA: f"# {GRAPHQL}\n\n{cut_schema(schema, fields)}",
    }
    for path, text in slices.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(f"{path.relative_to(ROOT)}: {len(text):,} characters")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--packages", type=Path, help="folder with the packages' tarballs")
    given = parser.parse_args().packages
    if given:
        build(given)
        return
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))


if __name__ == "__main__":
    main()
