"""What to ask each shipped document with, so that all of its statements are sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
    get_nullable_type,
    type_from_ast,
)

from benchmarks.data.databases import Books
from graphql_api.refs import Ref, global_id
from tests.api.world import World

LOT_FILTERS: tuple[dict[str, Any], ...] = (
    {"expiryStatus": "EXPIRED"},
    {"status": "ON_HOLD"},
    {"source": "RESTOCK"},
    {"search": "LOT-250"},
    {"hasRemaining": True},
)
KEPT_APART = ("idempotencyKey", "number", "name")
"""Inputs that may not be the same twice."""


@dataclass
class Asking:
    """Knows the variables of documents by their names and types: of the large books where it reads them."""

    books: Books
    schema: GraphQLSchema
    _inputs: int = 0

    def variables(self, text: DocumentNode, world: World) -> list[dict[str, Any]] | None:
        """Sets of variables to ask a document with, one for each value of an enum; None where a value is not known."""
        operation = next(node for node in text.definitions if isinstance(node, OperationDefinitionNode))
        root = operation.selection_set.selections[0]
        assert isinstance(root, FieldNode)
        sets: list[dict[str, Any]] = [{}]
        for variable in operation.variable_definitions or ():
            name, values = variable.variable.name.value, self._values(variable, root, world)
            if values:
                sets = [{**given, name: value} for given in sets for value in values]
            elif variable.type.kind == "non_null_type" and variable.default_value is None:
                return None
        if root.name.value == "acceptInvitation":
            return [{"input": {"invitation": world.invitation}}]
        if root.name.value == "lots":
            ids = {"ingredientId": world.ids["Ingredient"], "supplierId": world.ids["Supplier"]}
            filters = [*LOT_FILTERS, *({key: value} for key, value in ids.items())]
            sets += [{**sets[0], "filter": chosen} for chosen in filters]
        return sets

    def _values(self, variable: VariableDefinitionNode, root: FieldNode, world: World) -> list[Any]:
        declared: Any = type_from_ast(self.schema, variable.type)
        kind = get_nullable_type(declared)
        if isinstance(kind, GraphQLEnumType):
            return list(kind.values)
        value = self._value(variable.variable.name.value, root, world)
        return [] if value is None else [value]

    def _value(self, variable: str, root: FieldNode, world: World) -> Any:
        facts, field = self.books.facts, root.name.value
        match variable, field:
            case "first", _:
                return 50
            case ("code", "productionBatch") | ("batch", _):
                return facts.batch_code
            case "code", "lot":
                return facts.typical_code
            case (("number" | "order"), _):
                return facts.order_number
            case "from", _:
                return "2025-01-01"
            case "to", _:
                return "2025-12-31"
            case "ids", _:
                return list(world.ids.values())
            case "id", "ingredient":
                return global_id(Ref("Ingredient", facts.ids["Ingredient"]))
            case "id", "node":
                return world.ids.get(_first_type(root) or "Order")
            case "id", _:
                return world.ids.get(field[:1].upper() + field[1:])
            case "input", "previewProduction":
                return {"productId": global_id(Ref("Product", facts.filled_product)), "quantity": "2"}
            case "input", _:
                return self._input(field, world)
        return None

    def _input(self, mutation: str, world: World) -> Any:
        """The correct input that the tests know for the mutation."""
        known = world.inputs.get(mutation)
        if known is None:
            return None
        self._inputs += 1
        return {name: f"{value}-{self._inputs}" if name in KEPT_APART else value for name, value in known.items()}


def _first_type(node: FieldNode) -> str | None:
    """The type that the document looks for in a node."""
    selections = node.selection_set.selections if node.selection_set else ()
    fragments = (part for part in selections if isinstance(part, InlineFragmentNode))
    return next((part.type_condition.name.value for part in fragments if part.type_condition), None)
