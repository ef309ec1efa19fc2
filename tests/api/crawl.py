"""Queries for everything that can be reached from a type: what a curious client would send."""

from collections.abc import Iterator

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)
from graphql.type import GraphQLNonNull

from tests.api.probes import ARGUMENTS

DEPTH = 7
"""How many objects deep: as far as from an order to the supplier of what its bread was made of, by connections too."""


def everything_below(schema: GraphQLSchema, root: str, ids: dict[str, str]) -> str:
    """A query of one root field with all below it; no type is entered again on the way down."""
    kind = schema.query_type
    assert kind
    return f"query {{ {_asked(root, kind.fields[root], schema, ids, ('Query',))} }}"


def _asked(name: str, field: GraphQLField, schema: GraphQLSchema, ids: dict[str, str], way: tuple[str, ...]) -> str:
    kind = get_named_type(field.type)
    is_root = way == ("Query",)
    arguments = f"({ARGUMENTS[name].format_map(ids)})" if is_root and name in ARGUMENTS else ""
    if any(isinstance(argument.type, GraphQLNonNull) for argument in field.args.values()) and not arguments:
        return ""
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
        return f"{name}{arguments}"
    if kind.name in way or len(way) > DEPTH:
        return ""
    return f"{name}{arguments} {{ __typename {' '.join(_selection(kind, schema, ids, (*way, kind.name)))} }}"


def _selection(
    kind: GraphQLNamedType, schema: GraphQLSchema, ids: dict[str, str], way: tuple[str, ...]
) -> Iterator[str]:
    if isinstance(kind, GraphQLObjectType):
        for name, field in kind.fields.items():
            # Under its type's name: the same field of two types may differ, which one answer could not hold.
            if asked := _asked(name, field, schema, ids, way):
                yield f"{kind.name}_{name}: {asked}"
        return
    assert isinstance(kind, GraphQLInterfaceType | GraphQLUnionType)
    for possible in schema.get_possible_types(kind):
        if possible.name not in way:
            selection = " ".join(_selection(possible, schema, ids, (*way, possible.name)))
            yield f"... on {possible.name} {{ __typename {selection} }}"
