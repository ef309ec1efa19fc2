"""What an operation costs, as far as its text and its variables tell: known before anything is read (docs/limits.md).

A field that leads to an object costs its `weight`, 1 where nothing else is declared; a scalar costs nothing. A list
costs its entries, each with what is asked of it: as many as are asked for, or as its `size` says. So whoever has the
SDL can work out the cost of a document beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SchemaMetaFieldDef,
    SelectionSetNode,
    TypeMetaFieldDef,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)
from strawberry import UNSET
from strawberry.schema_directive import Location

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 100

LIST_SIZE = 10
"""Of a list that declares none."""

EDGES, CONNECTION = "edges", "Connection"

# What the schema itself has, about; of what is asked of it, most is not there.
_OF_INTROSPECTION = {"types": 150, "fields": 6, "args": 1, "inputFields": 2, "enumValues": 1, "directives": 8}


# Strawberry prints no descriptions of a directive's arguments, so its own explains them.
@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="cost",
    description="What a field costs. One that leads to an object costs its `weight`, 1 if left out, and what is asked "
    "of the object; a scalar costs nothing. A list costs that once for each entry. There are as many as the arguments "
    "named in `by` say (a number, up to 100, or the length of a list), or `size` where none of them is given; "
    f"{LIST_SIZE} where there is neither. Of a connection this is the number of its `edges`.",
)
class Cost:
    weight: int | None = strawberry.directive_field(name="weight", default=UNSET)
    size: int | None = strawberry.directive_field(name="size", default=UNSET)
    by: list[str] | None = strawberry.directive_field(name="by", default=UNSET)


def costs(*, weight: int | None = None, size: int | None = None, by: list[str] | None = None) -> list[Cost]:
    """A cost as it stands at a field in the SDL; none where nothing is declared."""
    declared: dict[str, Any] = {"weight": weight, "size": size, "by": by}
    given = {name: value for name, value in declared.items() if value is not None}
    return [Cost(**given)] if given else []


# Of what is found by a walk or summed over many records, whatever is then asked of it.
TRACE = costs(weight=50)
REPORT = costs(weight=20)

PAGED: dict[str, Any] = {"by": ["first", "last"], "size": DEFAULT_PAGE_SIZE}


@dataclass(frozen=True, slots=True)
class Price:
    """What is known of a field. `size` is None for what is neither a list nor a connection."""

    weight: int
    size: int | None
    by: tuple[str, ...]


def price_of(owner: str, name: str, declared: GraphQLField) -> Price:
    given = _declared(declared)
    kind = declared.type.of_type if isinstance(declared.type, GraphQLNonNull) else declared.type
    is_object = is_composite_type(get_named_type(kind))
    weight = given.weight if given and isinstance(given.weight, int) else int(is_object)
    by = tuple(given.by) if given and isinstance(given.by, list) else ()
    size: int | None = None
    if isinstance(kind, GraphQLList) or by:
        size = given.size if given and isinstance(given.size, int) else LIST_SIZE
    if owner.startswith("__"):
        weight = int(is_object and name != "ofType")
        size = None if size is None else _OF_INTROSPECTION.get(name, 1)
    return Price(weight, size, by)


def _declared(field: GraphQLField) -> Cost | None:
    definition = field.extensions.get("strawberry-definition")
    return next((one for one in getattr(definition, "directives", ()) if isinstance(one, Cost)), None)


class Costs:
    """The costs of one schema's operations."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._prices: dict[tuple[str, str], Price] = {}

    def of(
        self, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> tuple[int, frozenset[str]]:
        """What a valid operation costs with these variables, and the names of those that this depends on."""
        root = self._schema.get_root_type(operation.operation)
        assert root is not None
        counting = _Counting(self, document, operation, variables)
        fixed, _ = counting.selected(root, operation.selection_set)
        return fixed, frozenset(counting.sized_by)

    def price(self, owner: Any, name: str) -> tuple[Price, Any]:
        """The price of a field, and the type that it leads to."""
        declared = owner.fields.get(name) or {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}[name]
        key = owner.name, name
        if key not in self._prices:
            self._prices[key] = price_of(owner.name, name, declared)
        return self._prices[key], get_named_type(declared.type)

    def type_named(self, name: str) -> Any:
        return self._schema.type_map[name]


class _Counting:
    """One operation with its variables. A selection costs a fixed part, and a part for each edge of its connection."""

    def __init__(
        self, costs: Costs, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> None:
        self._costs = costs
        self._variables = variables
        declared = operation.variable_definitions or ()
        self._defaults = {one.variable.name.value: one.default_value for one in declared if one.default_value}
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._counted: dict[str, tuple[int, int]] = {}
        self.sized_by: set[str] = set()

    def selected(self, owner: Any, selections: SelectionSetNode) -> tuple[int, int]:
        fixed = each = 0
        for node in selections.selections:
            if isinstance(node, FieldNode):
                more, more_each = self._field(owner, node)
            elif isinstance(node, FragmentSpreadNode):
                more, more_each = self._fragment(node.name.value)
            else:
                assert isinstance(node, InlineFragmentNode)
                condition = node.type_condition
                inner = self._costs.type_named(condition.name.value) if condition else owner
                more, more_each = self.selected(inner, node.selection_set)
            fixed += more
            each += more_each
        return fixed, each

    def _fragment(self, name: str) -> tuple[int, int]:
        if name not in self._counted:
            node = self._fragments[name]
            kind = self._costs.type_named(node.type_condition.name.value)
            self._counted[name] = self.selected(kind, node.selection_set)
        return self._counted[name]

    def _field(self, owner: Any, node: FieldNode) -> tuple[int, int]:
        name = node.name.value
        if name == "__typename":
            return 0, 0
        price, kind = self._costs.price(owner, name)
        fixed, each = self.selected(kind, node.selection_set) if node.selection_set else (0, 0)
        if name == EDGES and owner.name.endswith(CONNECTION):
            return 0, price.weight + fixed
        if price.size is None:
            return price.weight + fixed, 0
        size = self._size(price, node)
        if kind.name.endswith(CONNECTION):
            return price.weight + fixed + size * each, 0
        return size * (price.weight + fixed), 0

    def _size(self, price: Price, node: FieldNode) -> int:
        given = {one.name.value: one.value for one in node.arguments or ()}
        sizes = [size for name in price.by if name in given and (size := self._size_given(given[name])) is not None]
        return max(sizes) if sizes else price.size or 0

    def _size_given(self, value: ValueNode | None) -> int | None:
        """How many an argument asks for; None where it is null or left out."""
        match value:
            case VariableNode():
                name = value.name.value
                self.sized_by.add(name)
                if name not in self._variables:
                    return self._size_given(self._defaults.get(name))
                return _clamped(self._variables[name])
            case IntValueNode():
                return _clamped(int(value.value))
            case ListValueNode():
                return len(value.values)
        return None


def _clamped(value: Any) -> int | None:
    """Of what is no number and no list, the most: it is refused when it is coerced."""
    if value is None:
        return None
    if isinstance(value, list):
        return len(value)
    return max(0, min(value, MAX_PAGE_SIZE)) if type(value) is int else MAX_PAGE_SIZE
