"""Scalars of the contract."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry
from graphql import FloatValueNode, GraphQLError, IntValueNode, StringValueNode, ValueNode
from strawberry.types.scalar import ScalarDefinition

from bakery.quantity import plain

# Longer numbers than any rule allows are still read, so that the field's own check can say what is right.
MAX_DIGITS = 40
_DECIMAL = re.compile(rf"[+-]?[0-9]{{1,{MAX_DIGITS}}}(\.[0-9]{{1,{MAX_DIGITS}}})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _parse_decimal(value: Any) -> Decimal:
    # A JSON number arrives as int or, read by its digits, as Decimal: nothing was ever a binary fraction.
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise GraphQLError('A Decimal is a string of digits, such as "12.5".')
    if isinstance(value, Decimal):
        # Written out only where it is short: 1e999999999 would be a gigabyte of zeros.
        value = format(value, "f") if abs(value.adjusted()) < MAX_DIGITS else "too long"
    text = str(value)
    if not _DECIMAL.fullmatch(text):
        raise GraphQLError('A Decimal is a string of digits, such as "12.5", without exponent.')
    return Decimal(text)


def _parse_decimal_literal(node: ValueNode, _variables: Any = None) -> Decimal:
    # A number in a document is read by its digits, too.
    return _parse_decimal(node.value if isinstance(node, StringValueNode | IntValueNode | FloatValueNode) else None)


def _parse_date(value: Any) -> date:
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass  # a day that no calendar has, such as 2026-02-30: told below
    raise GraphQLError('A Date is a day of the calendar as "YYYY-MM-DD".')


def _parse_moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise GraphQLError('A DateTime has an offset, as in "2026-06-21T09:30:00+01:00".')
    return moment


SCALARS: dict[object, ScalarDefinition] = {
    Decimal: strawberry.scalar(
        name="Decimal",
        description="An exact decimal number as a string, without exponent or trailing zeros.",
        serialize=plain,
        parse_value=_parse_decimal,
        parse_literal=_parse_decimal_literal,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day in the bakery's own time zone: YYYY-MM-DD.",
        serialize=date.isoformat,
        parse_value=_parse_date,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment, with its offset: ISO 8601.",
        serialize=datetime.isoformat,
        parse_value=_parse_moment,
    ),
}
