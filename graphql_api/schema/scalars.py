"""Scalars and enums of the contract."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry
from graphql import FloatValueNode, GraphQLError, IntValueNode, StringValueNode, ValueNode
from strawberry.types.scalar import ScalarDefinition

from bakery.allocation import SkipReason
from bakery.catalogue import ConsumptionOrder, PurchaseOrderStatus
from bakery.errors import ShortfallReason
from bakery.expiry import ExpiryStatus
from bakery.lots import LotSource, LotStatus, MovementKind, WriteOffReason
from bakery.orders import OrderStatus
from bakery.production import BatchStatus, ConsumptionSource
from bakery.quantity import Unit, plain
from bakery.trace import GapKind, Verdict
from plans import Plan, Role

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

strawberry.enum(Unit, description="A unit of stock. `floz` and `gal` are the US ones.")
strawberry.enum(Plan, description="What a bakery has bought; each plan has all of the one before.")
strawberry.enum(Role, description="What somebody is in the bakery; a partner is a machine that only reads.")
strawberry.enum(ConsumptionOrder, description="By which date lots are used oldest first (R-3.1).")
strawberry.enum(LotStatus, description="The gravest of what holds for a lot (R-4.8).")
strawberry.enum(LotSource, description="How a lot came to be.")
strawberry.enum(ExpiryStatus, description="How near a lot is to its expiry date (R-6.1).")
strawberry.enum(MovementKind, description="Why stock moved (R-2.1).")
strawberry.enum(WriteOffReason, description="Why stock became waste (R-6.3).")
strawberry.enum(SkipReason, description="Why a lot with stock was passed over (R-5.1).")
strawberry.enum(ShortfallReason, description="Why an ingredient falls short (R-5.5).")
strawberry.enum(BatchStatus, name="ProductionBatchStatus", description="Whether a run stands or was reversed.")
strawberry.enum(ConsumptionSource, description="Where a consumed quantity came from (R-5.5).")
strawberry.enum(OrderStatus, description="The life of an order; it moves forward (R-7.1).")
strawberry.enum(PurchaseOrderStatus, description="The life of a purchase order (R-4.1).")
strawberry.enum(Verdict, description="How much a trace proves (R-7.5).")
strawberry.enum(GapKind, name="TraceGapKind", description="What a trace does not know (R-7.5).")
