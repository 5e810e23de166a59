"""The served schema, with every field bound to its resolver."""

import pkgutil
from dataclasses import replace
from functools import partial
from importlib import import_module, resources
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
)

from shipway.twin.graphql.connections import Connection, register_connection
from shipway.twin.graphql.fields import Context, Resolver, Thing, resolver_of, snake

TEXT = resources.files(__package__).joinpath("schema.graphql").read_text(encoding="utf-8")


def _resolve(resolver: Resolver, source: Any, info: GraphQLResolveInfo[Context], **arguments: Any) -> Any:
    found = resolver(info.context, source, **arguments)
    if isinstance(found, Connection) and arguments.get("first") is None and arguments.get("last") is None:
        return replace(found, unbounded=info.field_name)
    return found


def _type_of(thing: Thing, *_: object) -> str:
    return thing.type


def _bind(schema: GraphQLSchema) -> GraphQLSchema:
    for kind in schema.type_map.values():
        if kind.name.startswith("__"):
            continue
        if isinstance(kind, GraphQLInputObjectType):
            for name, one in kind.fields.items():
                one.out_name = snake(name)
        elif isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = _type_of
        elif isinstance(kind, GraphQLObjectType):
            if kind.name.endswith("Connection"):
                register_connection(kind.name, kind.fields)
            _bind_fields(kind)
    return schema


def _bind_fields(kind: GraphQLObjectType) -> None:
    for name, one in kind.fields.items():
        one.resolve = partial(_resolve, resolver_of(kind.name, name))
        for argument_name, argument in one.args.items():
            argument.out_name = snake(argument_name)


def _import_resolvers() -> None:
    package = __package__ or ""
    for module in pkgutil.iter_modules([str(resources.files(package))]):
        if module.name not in {"schema", "execution"}:
            import_module(f"{package}.{module.name}")


_import_resolvers()
SCHEMA = _bind(build_schema(TEXT, assume_valid=True))
