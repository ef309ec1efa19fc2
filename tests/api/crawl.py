"""Queries for everything that can be reached from a type: what a curious client would send."""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_required_argument,
)

from tests.api import probes

ARGUMENTS = probes.ARGUMENTS | {"node": 'id: "{Supplier}"', "nodes": 'ids: ["{Nodes}"]'}
"""Which ids `Nodes` are, whoever crawls says."""

DEPTH = 7
"""How many objects deep: as far as from an order to the supplier of what its bread was made of, by connections too."""

NODE_DEPTH = 4
"""By `node` each type is begun at, so that less deep is as far."""


def everything_below(schema: GraphQLSchema, root: str, ids: dict[str, str]) -> str:
    """A query of one root field with all below it; no type is entered again on the way down."""
    kind = schema.query_type
    assert kind
    crawl = Crawl(schema, ids, NODE_DEPTH if root in ("node", "nodes") else DEPTH)
    asked = crawl.asked(root, kind.fields[root], ("Query",))
    assert asked, f"say in probes.py what {root} is asked with"
    return f"query {{ {asked} }}"


@dataclass(frozen=True)
class Crawl:
    """`without` are the endings of types that are not entered below what is asked for itself."""

    schema: GraphQLSchema
    ids: dict[str, str]
    depth: int
    without: tuple[str, ...] = ()

    def asked(self, name: str, field: GraphQLField, way: tuple[str, ...]) -> str:
        """The field with all below it; nothing where it cannot be asked for, or leads back."""
        kind = get_named_type(field.type)
        arguments = f"({ARGUMENTS[name].format_map(self.ids)})" if way == ("Query",) and name in ARGUMENTS else ""
        if any(map(is_required_argument, field.args.values())) and not arguments:
            return ""
        if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            return f"{name}{arguments}"
        if kind.name in way or len(way) > self.depth:
            return ""
        if len(way) > 1 and kind.name.endswith(self.without):
            return ""
        return f"{name}{arguments} {{ __typename {' '.join(self._selection(kind, way))} }}"

    def _selection(self, kind: GraphQLObjectType | GraphQLInterfaceType, way: tuple[str, ...]) -> Iterator[str]:
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                # Under its type's name: the same field of two types may differ, which one answer could not hold.
                if asked := self.asked(name, field, (*way, kind.name)):
                    yield f"{kind.name}_{name}: {asked}"
            return
        for possible in self.schema.get_possible_types(kind):
            yield f"... on {possible.name} {{ __typename {' '.join(self._selection(possible, way))} }}"
