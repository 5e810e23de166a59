"""Cut a smaller schema out of GitHub's GraphQL schema: names and types, nothing else.

What to keep is a text of `Type: field field …` lines, a `#` begins a comment. Fields keep all their
arguments; enums, scalars and input objects follow from them. An object keeps an interface, or a union keeps a
member, when both are named.
"""

from dataclasses import replace
from typing import Any

from graphql import (
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)
from graphql.language import ListTypeNode, Node, NonNullTypeNode, Visitor, visit

BUILT_IN = {"Boolean", "Float", "ID", "Int", "String"}
Definitions = dict[str, TypeDefinitionNode]
Wanted = dict[str, set[str]]


def cut_schema(whole: str, wanted_text: str) -> str:
    """The slice as SDL, types in the order of their names."""
    definitions = {
        one.name.value: one
        for one in visit(parse(whole, no_location=True), Bare()).definitions
        if isinstance(one, TypeDefinitionNode)
    }
    wanted = read_wanted(wanted_text)
    unknown = sorted(set(wanted) - set(definitions))
    if unknown:
        raise SystemExit(f"not in GitHub's schema: {', '.join(unknown)}")
    kept = {name: cut_type(definitions[name], wanted) for name in wanted}
    add_inputs(kept, definitions)
    check_complete(kept)
    return "\n\n".join(print_ast(kept[name]) for name in sorted(kept)) + "\n"


class Bare(Visitor):
    """Takes descriptions and directives away."""

    def leave(self, node: Node, *_: object) -> Node | None:
        nothing: dict[str, Any] = {"description": None, "directives": ()}
        present = {name: empty for name, empty in nothing.items() if getattr(node, name, None)}
        return replace(node, **present) if present else None


def read_wanted(text: str) -> Wanted:
    """Field names by type name."""
    wanted: Wanted = {}
    current: set[str] = set()
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if words and words[0].endswith(":"):
            current = wanted.setdefault(words.pop(0)[:-1], set())
        current.update(words)
    return wanted


def cut_type(definition: TypeDefinitionNode, wanted: Wanted) -> TypeDefinitionNode:
    """The type with the wanted fields, interfaces and members only."""
    if isinstance(definition, UnionTypeDefinitionNode):
        return replace(
            definition, types=tuple(one for one in definition.types or () if one.name.value in wanted)
        )
    if not isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        return definition
    interfaces = tuple(one for one in definition.interfaces or () if one.name.value in wanted)
    names = wanted[definition.name.value].union(*(wanted[one.name.value] for one in interfaces))
    missing = sorted(names - {one.name.value for one in definition.fields or ()})
    if missing:
        raise SystemExit(f"{definition.name.value} has no {', '.join(missing)}")
    fields = tuple(one for one in definition.fields or () if one.name.value in names)
    return replace(definition, interfaces=interfaces, fields=fields)


def add_inputs(kept: Definitions, definitions: Definitions) -> None:
    """Add the enums, scalars and input objects that fields and arguments need."""
    waiting = list(kept.values())
    while waiting:
        for name in mentioned(waiting.pop()):
            definition = definitions.get(name)
            simple = (EnumTypeDefinitionNode, ScalarTypeDefinitionNode, InputObjectTypeDefinitionNode)
            if name not in kept and isinstance(definition, simple):
                kept[name] = definition
                waiting.append(definition)


def mentioned(definition: TypeDefinitionNode) -> set[str]:
    """The names of the types in a definition's fields and arguments."""
    names: set[str] = set()
    for one in getattr(definition, "fields", None) or ():
        names.add(named(one.type))
        if isinstance(one, FieldDefinitionNode):
            names.update(named(argument.type) for argument in one.arguments or ())
    return names - BUILT_IN


def named(type_node: TypeNode) -> str:
    """The type inside the lists and exclamation marks."""
    while isinstance(type_node, ListTypeNode | NonNullTypeNode):
        type_node = type_node.type
    assert isinstance(type_node, NamedTypeNode)
    return type_node.name.value


def check_complete(kept: Definitions) -> None:
    """Stop when a kept field has a type that was not named."""
    missing = {
        f"{name} (from {definition.name.value})"
        for definition in kept.values()
        for name in mentioned(definition)
        if name not in kept
    }
    if missing:
        raise SystemExit("name these types too, or drop the fields: " + ", ".join(sorted(missing)))
