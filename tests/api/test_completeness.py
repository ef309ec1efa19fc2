"""What must never be forgotten: a rule without a test, a part of the schema without a word."""

import re
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    build_schema,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

REPOSITORY = Path(__file__).parents[2]
SCHEMA = build_schema((REPOSITORY / "graphql_api" / "schema.graphql").read_text(encoding="utf-8"))
RULE = re.compile(r"R-\d+\.\d+")
RULES = re.findall(rf"^- ({RULE.pattern})", (REPOSITORY / "docs" / "rules.md").read_text(encoding="utf-8"), re.M)
NOT_BUILT_YET = {rule for rule in RULES if rule.startswith("R-8.")} | {"R-9.2"}


def test_every_rule_has_a_test_that_names_it() -> None:
    """House: tests name the rule that they hold."""
    named = {
        rule
        for file in (REPOSITORY / "tests").rglob("test_*.py")
        if file != Path(__file__)
        for rule in RULE.findall(file.read_text(encoding="utf-8"))
    }
    assert [rule for rule in RULES if rule not in named | NOT_BUILT_YET] == []
    assert named & NOT_BUILT_YET == set(), "built by now: take it off the list"


def parts(kind: GraphQLNamedType) -> dict[str, str | None]:
    """The description of a type and of each of its parts, by where it stands."""
    found = {kind.name: kind.description}
    if isinstance(kind, GraphQLEnumType):
        found |= {f"{kind.name}.{name}": value.description for name, value in kind.values.items()}
    if isinstance(kind, GraphQLInputObjectType):
        found |= {f"{kind.name}.{name}": field.description for name, field in kind.fields.items()}
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in kind.fields.items():
            found[f"{kind.name}.{name}"] = field.description
            found |= {f"{kind.name}.{name}({each}:)": given.description for each, given in field.args.items()}
    return found


OURS = [
    kind for kind in SCHEMA.type_map.values() if not is_introspection_type(kind) and not is_specified_scalar_type(kind)
]


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: str(kind.name))
def test_everything_is_described(kind: GraphQLNamedType) -> None:
    """House: the schema documents itself: every type, field, argument and enum value."""
    assert [place for place, words in parts(kind).items() if not words] == []


def test_every_directive_explains_itself_and_its_arguments() -> None:
    directives = [directive for directive in SCHEMA.directives if not is_specified_directive(directive)]
    assert directives
    for directive in directives:
        assert [name for name in directive.args if f"`{name}`" not in (directive.description or "")] == []
