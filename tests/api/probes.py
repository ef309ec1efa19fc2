"""Two documents that ask for every gated field at once: one for what is read, one for what changes things.

They are made from the schema, so that a new field is in them by itself. Each gated field may be null, so each is
refused by itself, and the errors' paths tell which were.
"""

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, get_named_type, is_composite_type
from graphql.type import is_required_argument

WAYS: dict[str, tuple[str, ...]] = {
    "Query": (),
    "Lot": ("lot",),
    "Ingredient": ("lot", "ingredient"),
    "ProductionBatch": ("productionBatch",),
    "Product": ("productionBatch", "product"),
    "Order": ("order",),
    "OrderLine": ("order", "lines"),
    "Customer": ("order", "customer"),
    "Supplier": ("lot", "supplier"),
    "Viewer": ("viewer",),
    "Member": ("members", "edges", "node"),
}
"""How each type that has gated fields is reached: by what is open to all roles, or else to all who may read it."""

ARGUMENTS = {
    "lot": 'code: "LOT-260302-001"',
    "productionBatch": 'code: "PB-260302-001"',
    "order": 'number: "N-1"',
    "ingredient": 'id: "{Ingredient}"',
    "product": 'id: "{Product}"',
    "purchaseOrder": 'id: "{PurchaseOrder}"',
    "previewProduction": 'input: {{productId: "{Product}", quantity: 1}}',
    # What is found has the gate of its type as well: test_nodes.py.
    "node": 'id: "nothing"',
    "nodes": 'ids: ["nothing"]',
    "wasteReport": 'from: "2026-03-01", to: "2026-03-02"',
}
"""What root fields are asked with; ids are those of the world."""

Tree = dict[str, "Tree"]


def reading(schema: GraphQLSchema, fields: list[str], ids: dict[str, str]) -> str:
    """A query for all of the fields, given as `Type.name`."""
    tree: Tree = {}
    for field in fields:
        kind, name = field.split(".")
        assert kind in WAYS, f"say in probes.py how a {kind} is reached"
        branch = tree
        for step in (*WAYS[kind], name):
            branch = branch.setdefault(step, {})
    assert schema.query_type
    return "query { " + " ".join(_asked(schema.query_type, tree, ids)) + " }"


def _asked(kind: GraphQLObjectType, tree: Tree, ids: dict[str, str]) -> Iterator[str]:
    for name, below in tree.items():
        field = kind.fields[name]
        result = get_named_type(field.type)
        selection = list(_asked(result, below, ids)) if isinstance(result, GraphQLObjectType) else []
        if is_composite_type(result):
            selection.insert(0, "__typename")
        yield f"{name}{_arguments(kind, name, field, ids)} " + (f"{{ {' '.join(selection)} }}" if selection else "")


def _arguments(kind: GraphQLObjectType, name: str, field: GraphQLField, ids: dict[str, str]) -> str:
    if kind.name == "Query" and name in ARGUMENTS:
        return f"({ARGUMENTS[name].format_map(ids)})"
    required = [argument for argument, declared in field.args.items() if is_required_argument(declared)]
    assert not required, f"say in probes.py what {name} is asked with: {required}"
    return ""


def changing(schema: GraphQLSchema, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A document with every mutation once, and its variables."""
    kind = schema.mutation_type
    assert kind
    asked = {name: get_named_type(field.args["input"].type).name for name, field in kind.fields.items()}
    declared = ", ".join(f"${name}: {input_type}!" for name, input_type in asked.items())
    fields = " ".join(
        f"{name}(input: ${name}) {{ __typename {_told_by(get_named_type(field.type))} }}"
        for name, field in kind.fields.items()
    )
    return f"mutation ({declared}) {{ {fields} }}", {name: inputs[name] for name in asked}


DATA_OF_DENIALS = {
    "RoleRequired": "requiredRoles currentRole",
    "PlanRequired": "requiredPlan currentPlan",
    "FeatureDisabled": "feature",
}


def _told_by(union: Any) -> str:
    """The data of the denials that a mutation can answer with."""
    members = {member.name for member in union.types}
    return " ".join(f"... on {name} {{ {data} }}" for name, data in DATA_OF_DENIALS.items() if name in members)
