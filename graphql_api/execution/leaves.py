"""Scalars and enums as the expressions of a generated function.

Each looks at the exact class of its value, and takes the short way where that is the usual one. Anything else goes
through the type's own coercion, or is `Unusual`: then graphql-core completes the field, and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NoReturn

from graphql import (
    GraphQLBoolean,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from graphql.type.scalars import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT

IMMEDIATE = frozenset({str, int, float, bool, Decimal, date, datetime})
"""Classes whose values are neither awaited nor raised: what graphql-core would hand to a coercion as they are."""

LISTS = (list, tuple)


class Unusual(Exception):
    """A value that is not for the compiled road. Nobody sees this: graphql-core does the same part again."""


def unusual(value: object) -> NoReturn:
    raise Unusual(type(value).__name__)


def expression(leaf: GraphQLLeafType, value: str, bind: Callable[[Any], str], *, nullable: bool) -> str:
    """An expression for the leaf whose value is the expression `value`; `bind` gives an object a name in it."""
    other = bind(coercion(leaf, nullable=nullable))
    held = f"(v := {value})"
    if leaf in (GraphQLString, GraphQLID):
        return f"(v if {held}.__class__ is str else {other}(v))"
    if leaf is GraphQLBoolean:
        return f"(v if {held}.__class__ is bool else {other}(v))"
    if leaf is GraphQLInt:
        return f"(v if {held}.__class__ is int and {GRAPHQL_MIN_INT} <= v <= {GRAPHQL_MAX_INT} else {other}(v))"
    members = getattr(leaf, "wrapped_cls", None)
    if members is not None and all(leaf.coerce_output_value(member) == member.name for member in members):
        return f"(v._name_ if {held}.__class__ is {bind(members)} else {other}(v))"
    return f"{other}({value})"


def coercion(leaf: GraphQLLeafType, *, nullable: bool) -> Callable[[Any], Any]:
    """The leaf's own coercion, for whatever it would get from graphql-core in the same way."""
    members: type[Enum] | None = getattr(leaf, "wrapped_cls", None)
    known = IMMEDIATE if members is None else IMMEDIATE | {members}
    coerce = leaf.coerce_output_value

    def coerced(value: Any) -> Any:
        if value is None:
            return None if nullable else unusual(value)
        if value.__class__ not in known:
            unusual(value)
        shown = coerce(value)
        return unusual(value) if shown is None or shown is Undefined else shown

    return coerced


def list_coercion(leaf: GraphQLLeafType, *, nullable: bool, item_nullable: bool) -> Callable[[Any], Any]:
    item = coercion(leaf, nullable=item_nullable)

    def coerced(values: Any) -> Any:
        if values is None and nullable:
            return None
        return [item(value) for value in values] if values.__class__ in LISTS else unusual(values)

    return coerced
