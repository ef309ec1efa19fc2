"""Shipped documents keep working for ever, and whatever ships stands in one."""

import re
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    parse,
    validate,
    visit,
)

from graphql_api.schema import roots
from tests.api.documents import FOLDER, document, operation_names

NOT_YET = {
    "InitiateRecall",
    "NotifyAffectedCustomers",
    "SetRecallStatus",
    "Recall",
}
"""Documents of the contract for which nothing is built yet. Whoever builds it takes it off this list."""


def _promised_inputs() -> dict[str, set[str]]:
    """The input fields that the contract lists in a comment behind each mutation, those of lines too."""
    listed = re.findall(r"^mutation (\w+).* # (\w.*)$", (FOLDER / "operations.graphql").read_text(), re.MULTILINE)
    return {
        name: set(re.findall(r"\w+", re.sub(r"\(.*?\)", "", fields)))
        for name, fields in listed
        if name not in NOT_YET and not fields.startswith("as ")
    }


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The schema as clients read it."""
    return build_schema(roots.build().as_str())


@pytest.mark.parametrize("name", [name for name in operation_names() if name not in NOT_YET])
def test_a_shipped_document_is_valid(schema: GraphQLSchema, name: str) -> None:
    assert validate(schema, parse(document(name))) == []


@pytest.mark.parametrize("name", sorted(NOT_YET))
def test_the_list_of_what_is_not_built_yet_shrinks(schema: GraphQLSchema, name: str) -> None:
    assert validate(schema, parse(document(name))), f"{name} is built: take it off NOT_YET"


def test_each_field_of_the_schema_stands_in_a_shipped_document(schema: GraphQLSchema) -> None:
    shipped = parse("\n".join(file.read_text(encoding="utf-8") for file in FOLDER.glob("*.graphql")))
    fields = {
        f"{name}.{field}"
        for name, kind in schema.type_map.items()
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__")
        for field in kind.fields
        if field != "message"  # read through the interface `Error`
    }
    assert fields - _fields_of(schema, shipped) == set()


def test_an_input_that_can_be_repeated_can_also_conflict(schema: GraphQLSchema) -> None:
    """R-5.10: whoever may send a key may be told that it belongs to something else."""
    mutations = schema.mutation_type
    assert mutations
    takes_a_key, may_conflict = set(), set()
    for name, field in mutations.fields.items():
        if "idempotencyKey" in _named(schema, field.args["input"].type).fields:
            takes_a_key.add(name)
        if "IdempotencyConflict" in {member.name for member in _named(schema, field.type).types}:
            may_conflict.add(name)
    assert may_conflict == takes_a_key


@pytest.mark.parametrize(("name", "promised"), _promised_inputs().items())
def test_an_input_has_the_fields_that_the_contract_lists(schema: GraphQLSchema, name: str, promised: set[str]) -> None:
    fields = _named(schema, f"{name}Input").fields
    nested = {inner for field in fields.values() for inner in getattr(_named(schema, field.type), "fields", ())}
    assert promised - {*fields, *nested} == set()


def _fields_of(schema: GraphQLSchema, shipped: DocumentNode) -> set[str]:
    info, found = TypeInfo(schema), set()

    class Collector(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            if parent := info.get_parent_type():
                found.add(f"{parent.name}.{node.name.value}")

    visit(shipped, TypeInfoVisitor(info, Collector()))
    return found


def _named(schema: GraphQLSchema, kind: object) -> Any:
    return schema.type_map[str(kind).strip("[]!")]
