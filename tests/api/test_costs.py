"""What an operation costs can be worked out from the SDL, and the documents that clients hold cost little enough."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FragmentDefinitionNode,
    GraphQLList,
    OperationDefinitionNode,
    build_schema,
    get_introspection_query,
    get_named_type,
    is_leaf_type,
    parse,
    value_from_ast_untyped,
)
from graphql.pyutils import Undefined

from graphql_api.execution.costs import Costs
from graphql_api.execution.documents import Documents
from graphql_api.limits import Limits
from graphql_api.schema import roots
from graphql_api.schema.features import BUILT_IN
from tests.api.documents import document, operation_names

SCHEMA = roots.build(BUILT_IN)
SDL = build_schema(SCHEMA.as_str())
BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "documents" / "OrderBackwards.graphql"
MANY = {"first": 100}


def texts() -> dict[str, str]:
    """The documents that clients hold, less those of what is still to come."""
    found = {name: document(name) for name in operation_names()}
    found["OrderBackwards"] = BENCHMARK.read_text(encoding="utf-8")
    return {name: text for name, text in found.items() if not Documents(SCHEMA._schema, Limits()).get(text).errors}


TEXTS = texts()


def cost_of(text: str, variables: Mapping[str, Any]) -> int:
    parsed = parse(text)
    [operation] = [node for node in parsed.definitions if isinstance(node, OperationDefinitionNode)]
    return Costs(SCHEMA._schema).of(parsed, operation, variables)[0]


def cost_by_sdl(text: str, variables: Mapping[str, Any]) -> int:
    """The same by the words of `@cost` alone, without any of the product's code."""
    definitions = parse(text).definitions
    fragments = {node.name.value: node for node in definitions if isinstance(node, FragmentDefinitionNode)}
    [operation] = [node for node in definitions if isinstance(node, OperationDefinitionNode)]

    def selected(kind: Any, node: Any, edges: int) -> int:
        total = 0
        for part in node.selection_set.selections:
            if part.kind == "fragment_spread":
                fragment = fragments[part.name.value]
                total += selected(SDL.type_map[fragment.type_condition.name.value], fragment, edges)
            elif part.kind == "inline_fragment":
                condition = part.type_condition
                total += selected(SDL.type_map[condition.name.value] if condition else kind, part, edges)
            elif part.name.value != "__typename":
                total += one(kind, part, edges)
        return total

    def one(kind: Any, node: Any, edges: int) -> int:
        declared = kind.fields[node.name.value]
        told: dict[str, Any] = {}
        for directive in declared.ast_node.directives or ():
            if directive.name.value == "cost":
                told = {given.name.value: value_from_ast_untyped(given.value) for given in directive.arguments or ()}
        inner = get_named_type(declared.type)
        is_list = isinstance(getattr(declared.type, "of_type", None), GraphQLList) or isinstance(
            declared.type, GraphQLList
        )
        size: int = told.get("size", 10)
        for given in node.arguments or ():
            if given.name.value in told.get("by", ()):
                asked = value_from_ast_untyped(given.value, dict(variables))
                if asked not in (None, Undefined):
                    size = len(asked) if isinstance(asked, list) else min(asked, 100)
        if is_list and node.name.value == "edges" and kind.name.endswith("Connection"):
            size = edges
        below = selected(inner, node, size) if node.selection_set else 0
        weight: int = told.get("weight", 0 if is_leaf_type(inner) else 1)
        return (size if is_list else 1) * (weight + below)

    return selected(SDL.get_root_type(operation.operation), operation, 0)


@pytest.mark.parametrize("variables", [{}, {"first": 3}, MANY], ids=str)
def test_the_sdl_alone_tells_what_a_document_costs(variables: dict[str, Any]) -> None:
    for name, text in TEXTS.items():
        assert cost_of(text, variables) == cost_by_sdl(text, variables), name


def test_every_document_that_clients_hold_is_let_through() -> None:
    limits = Limits()
    assert len(TEXTS) > 40
    for name, text in TEXTS.items():
        found = Documents(SCHEMA._schema, limits).get(text)
        assert found.refusal is None, (name, str(found.refusal))
        assert cost_of(text, MANY) <= limits.max_cost, name


def test_tools_may_ask_for_the_whole_schema() -> None:
    text = get_introspection_query()
    assert Documents(SCHEMA._schema, Limits()).get(text).is_good
    assert 1_000 < cost_of(text, {}) <= Limits().max_cost


@pytest.mark.parametrize(
    ("text", "variables", "cost"),
    [
        ("{ viewer { id name } }", {}, 1),
        ("{ __typename }", {}, 0),
        ("{ lots(first: 7) { totalCount edges { cursor node { id } } } }", {}, 1 + 5 + 7),
        ("{ lots { edges { node { id supplier { id } } } } }", {}, 1 + 50 * 2),
        ("{ lots(last: 2000000000) { pageInfo { hasNextPage } edges { node { id } } } }", {}, 1 + 100),
        ("query ($n: Int = 5) { lots(first: $n) { edges { node { id } } } }", {}, 1 + 5),
        ("query ($n: Int = 5) { lots(first: $n) { edges { node { id } } } }", {"n": 9}, 1 + 9),
        ("query ($n: Int = 5) { lots(first: $n) { edges { node { id } } } }", {"n": None}, 1 + 50),
        ("query ($n: Int) { lots(first: $n) { edges { node { id } } } }", {"n": -3}, 1),
        ("query ($n: Int) { lots(first: $n) { edges { node { id } } } }", {"n": "many"}, 1 + 100),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', {}, 3),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a"] * 40}, 40),
        ("{ lots(first: 4) { ...L } } fragment L on LotConnection { edges { node { id } } }", {}, 1 + 4),
        ("{ a: lots(first: 4) { ...L } b: lots(first: 2) { ...L } }"
         " fragment L on LotConnection { edges { node { id } } }", {}, 2 + 4 + 2),
        ('{ lot(code: "A") { consumptions { batch { id } } trace { gaps { kind } } } }', {}, 1 + 8 * 2 + 50 + 5),
    ],
)  # fmt: skip
def test_costs(text: str, variables: dict[str, Any], cost: int) -> None:
    assert cost_of(text, variables) == cost


def test_a_cost_is_counted_again_only_for_other_sizes() -> None:
    found = Documents(SCHEMA._schema, Limits()).get("query Q($n: Int) { lots(first: $n) { edges { node { id } } } }")
    costs = Costs(SCHEMA._schema)
    for size in (3, 8, 3):
        assert found.cost(costs, "Q", {"n": size, "other": object()}) == 1 + size
    assert len(found._costs) == 2
