"""Every place of the schema that takes what may be another bakery's: ids, codes, searched texts, cursors, keys.

Read from the schema: a new argument or input field is a place by itself. A text of which it is not known whether it
looks anything up fails here, until it is said below.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_list_type,
    is_required_argument,
    is_required_input_field,
)

from graphql_api.refs import Ref, global_id, parse_global_id
from tests.api.mistakes import Leaf, leaves, replaced

CODES = {"code", "number"}
SEARCHED = {"search"}
CURSORS = {"after", "before"}
KEYS = {"idempotencyKey"}
THINGS = {"thing"}
"""Taken as an id or as a code."""
KEPT_AS_GIVEN = {"name", "email", "phone", "note", "reason", "supplierLotNumber", "feature", "action", "scopes"}
"""Texts that a mutation keeps, or that name nothing of a bakery: no record is looked up by them."""

SECRETS = {"invitation"}
"""Whoever has one is let in: that is what it is for. It is random, and nobody is told another's."""

LISTS = ("Connection", "Trace", "Edge", "PageInfo")
SAMPLES = {"Decimal": "1", "Date": "2026-03-01", "Int": 1}
NEVER = 999_999_999
ROOTS = {"InventoryDashboard": "inventoryDashboard"}
"""How types are reached that have arguments and are no Node."""

ONLY = {"auditLog": "outcome: DONE"}
"""What a list is filtered by beside: what an attacker tried in vain stands in its own log, as it was asked."""

DEPTH = 1
"""How many things deep an answer is looked at; a list and its edges are no thing of their own."""

Own = Mapping[str, str]
"""An id of each type that the attacker has."""


@dataclass(frozen=True)
class Place:
    """Somewhere that a value goes in. `kind` says of which kind: id, code, search, cursor, key or thing."""

    where: str
    kind: str
    request: Callable[[Any, Own], tuple[str, dict[str, Any]]]
    """The document and variables that put a value there, all else being the attacker's own and in order."""

    def __str__(self) -> str:
        return self.where


def never(kind: str, value: str, nothing: int) -> str:
    """A value like this one that never was anybody's. `nothing` is a number that no row of a list has, near by it."""
    match kind:
        case "id" | "thing" if ref := parse_global_id(value):
            return global_id(Ref(ref.kind, NEVER))
        case "cursor":
            values = json.loads(urlsafe_b64decode(value))
            order = values.pop() if isinstance(values[-1], str) else None  # its name, where a list has several
            return _cursor([*values[:-1], nothing, *([order] if order else [])])
    return value[:-3] + "~~~"


def _cursor(values: list[Any]) -> str:
    return urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode()


def places(schema: GraphQLSchema, inputs: Callable[[Own], Mapping[str, Any]]) -> list[Place]:
    """All of them. `inputs` gives a correct input for each mutation."""
    return [*_read(schema), *_changed(schema, inputs)]


def kind_of(name: str, type_name: str) -> str | None:
    """Of which kind an argument or input field is; None for what looks nothing up."""
    if type_name == "ID":
        return "id"
    if type_name != "String" or name in KEPT_AS_GIVEN | SECRETS:
        return None
    kinds = {"code": CODES, "search": SEARCHED, "cursor": CURSORS, "key": KEYS, "thing": THINGS}
    found = [kind for kind, names in kinds.items() if name in names]
    assert found, f"say in places.py whether anything is looked up by `{name}`"
    return found[0]


# ── what is read ──────────────────────────────────────────────────────────────────────────────────────────────────────
def _read(schema: GraphQLSchema) -> Iterator[Place]:
    for kind in schema.type_map.values():
        if not isinstance(kind, GraphQLObjectType) or kind is schema.mutation_type or kind.name.startswith("__"):
            continue
        for name, field in kind.fields.items():
            for path, leaf_type in _leaves(field):
                leaf = path[-1]
                if found := kind_of(leaf, get_named_type(leaf_type).name):
                    for order in _orders(field) if found == "cursor" else [None]:
                        yield _reading(schema, kind, name, path, leaf_type, found, order)


def _leaves(field: GraphQLField) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each scalar that a field takes, by the way to it."""
    for name, argument in field.args.items():
        inner = get_named_type(argument.type)
        if isinstance(inner, GraphQLInputObjectType):
            yield from (((name, each), given.type) for each, given in inner.fields.items())
        else:
            yield (name,), argument.type


def _orders(field: GraphQLField) -> list[str | None]:
    kind = get_named_type(field.args["sort"].type) if "sort" in field.args else None
    return list(kind.values) if isinstance(kind, GraphQLEnumType) else [None]


def _reading(
    schema: GraphQLSchema,
    kind: GraphQLObjectType,
    name: str,
    path: tuple[str, ...],
    leaf_type: Any,
    found: str,
    order: str | None,
) -> Place:
    field = kind.fields[name]
    inner = leaf_type.of_type if isinstance(leaf_type, GraphQLNonNull) else leaf_type
    is_list = is_list_type(inner)
    selection = selected(schema, get_named_type(field.type), 0 if found == "cursor" else DEPTH)
    size = {"after": "first: 3", "before": "last: 3"}.get(path[-1], "")
    sort = f"sort: {order}" if order else ""

    def request(value: Any, own: Own) -> tuple[str, dict[str, Any]]:
        asked = f"{name}({', '.join(filter(None, (_given(field, path, own, ONLY.get(name)), sort, size)))}) {selection}"
        given = {"value": [value] if is_list else value}
        if kind is schema.query_type:
            return f"query ($value: {leaf_type}) {{ {asked} }}", given
        if kind.name in ROOTS:
            return f"query ($value: {leaf_type}) {{ {ROOTS[kind.name]} {{ {asked} }} }}", given
        assert kind.name in own, f"say in places.py how a {kind.name}, which is no Node, is reached"
        way = f"node(id: $at) {{ ... on {kind.name} {{ {asked} }} }}"
        return f"query ($at: ID!, $value: {leaf_type}) {{ {way} }}", given | {"at": own[kind.name]}

    return Place(f"{kind.name}.{name}({'.'.join(path)}:) {order or ''}".strip(), found, request)


def _given(field: GraphQLField, path: tuple[str, ...], own: Own, only: str | None) -> str:
    """The arguments: the value at its path, and what has to be there beside it."""
    given = []
    for name, argument in field.args.items():
        inner = get_named_type(argument.type)
        if name == path[0]:
            if len(path) == 1:
                given.append(f"{name}: $value")
                continue
            assert isinstance(inner, GraphQLInputObjectType)
            beside = [
                f"{each}: {_sample(each, beside.type, own)}"
                for each, beside in inner.fields.items()
                if each != path[1] and is_required_input_field(beside)
            ]
            given.append(f"{name}: {{{', '.join(filter(None, [f'{path[1]}: $value', *beside, only]))}}}")
        elif name == "filter" and only:
            given.append(f"filter: {{{only}}}")
        elif is_required_argument(argument):
            given.append(f"{name}: {_sample(name, argument.type, own)}")
    return ", ".join(given)


def _sample(name: str, kind: Any, own: Own) -> str:
    type_name = get_named_type(kind).name
    if type_name == "ID":
        return json.dumps(own[name[0].upper() + name[1:].removesuffix("Id")])
    assert type_name in SAMPLES, f"say in places.py what `{name}` may be: {type_name}"
    return json.dumps(SAMPLES[type_name])


def selected(schema: GraphQLSchema, kind: Any, depth: int, way: tuple[str, ...] = ()) -> str:
    """Everything below, some things deep; nothing of what needs an argument."""
    if not is_composite_type(kind):
        return ""
    if not isinstance(kind, GraphQLObjectType):
        possible = schema.get_possible_types(kind) if isinstance(kind, GraphQLInterfaceType) else kind.types
        parts = [f"... on {one.name} {selected(schema, one, depth, way)}" for one in possible]
        return f"{{ __typename {' '.join(parts)} }}"
    parts = ["__typename"]
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        if any(map(is_required_argument, field.args.values())) or inner.name in way:
            continue
        if depth == 0 and is_composite_type(inner) and not kind.name.endswith(LISTS):
            continue
        # Under its type's name: the same field of two types may differ, which one answer could not hold.
        # The things of a list are as deep as the list.
        below = depth if inner.name.endswith(LISTS[2:]) or kind.name.endswith(LISTS) else depth - 1
        parts.append(f"{kind.name}_{name}: {name} {selected(schema, inner, below, (*way, kind.name))}")
    return f"{{ {' '.join(parts)} }}"


# ── what is changed ───────────────────────────────────────────────────────────────────────────────────────────────────
REFUSALS = "... on Error { message } ... on InvalidInput { fields { path message } }"


def _changed(schema: GraphQLSchema, inputs: Callable[[Own], Mapping[str, Any]]) -> Iterator[Place]:
    for leaf in leaves(schema):
        if not leaf.is_list and (found := kind_of(leaf.name, leaf.type_name)):
            yield _changing(leaf, found, inputs)


def _changing(leaf: Leaf, found: str, inputs: Callable[[Own], Mapping[str, Any]]) -> Place:
    def request(value: Any, own: Own) -> tuple[str, dict[str, Any]]:
        sample = dict(inputs(own)[leaf.mutation])
        if found != "key" and "idempotencyKey" in sample:
            del sample["idempotencyKey"]
        if found in ("key", "code"):
            sample = spoilt(sample)
        return changing(leaf.mutation), {"input": replaced(sample, leaf.path, value)}

    return Place(f"Mutation.{leaf.mutation}({leaf.path}:)", found, request)


def changing(mutation: str) -> str:
    kind = f"{mutation[0].upper()}{mutation[1:]}Input!"
    return f"mutation ($input: {kind}) {{ {mutation}(input: $input) {{ __typename {REFUSALS} }} }}"


def spoilt(sample: dict[str, Any]) -> dict[str, Any]:
    """An input that is refused for something else, once whatever is looked up by key or code has been."""
    for name, value in sample.items():
        if isinstance(value, str) and (ref := parse_global_id(value)):
            return {**sample, name: global_id(Ref(ref.kind, NEVER))}
    return {**sample, "name": " "}
