"""What lots are found and sorted by."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, literal_column, or_, select

from bakery.expiry import ExpiryStatus
from bakery.lists import LotSort
from bakery.lots import HoldCause, LotStatus
from bakery.names import bare
from bakery.store import tables
from bakery.store.paging import or_undated


def standing_hold(cause: HoldCause) -> ColumnElement[bool]:
    """Whether a hold of this cause stands on the lot of the row."""
    holds = tables.lot_holds.c
    # The fence keeps PostgreSQL from hashing all holds of all lots for a page of them.
    return exists(
        select(literal_column("1"))
        .where(
            holds.bakery_id == tables.lots.c.bakery_id,
            holds.lot_id == tables.lots.c.id,
            holds.cause == cause,
            holds.lift_number.is_(None),
        )
        .correlate(tables.lots)
        .offset(literal_column("0"))
    )


def sorted_by(sort: LotSort) -> list[ColumnElement[Any]]:
    columns = tables.lots.c
    expiry = or_undated(columns.expires_on)
    match sort:
        case LotSort.NEWEST:
            return [columns.id]
        case LotSort.EXPIRY:
            return [expiry, columns.received_on, columns.id]
        case LotSort.RECEIVED:
            return [columns.received_on, expiry, columns.id]


def found_by(search: str, *, supplier_numbers: bool) -> ColumnElement[bool]:
    """Whether a code, or a supplier's lot number, has the text: as it stands, or by its letters and digits alone."""
    columns, wanted = tables.lots.c, bare(search)
    as_it_stands = [columns.code, *([columns.supplier_lot_number] if supplier_numbers else [])]
    found = [column.icontains(search, autoescape=True) for column in as_it_stands]
    if wanted:
        found.append(func.replace(columns.code, "-", "").icontains(wanted, autoescape=True))
        if supplier_numbers:
            found.append(columns.bare_supplier_lot_number.contains(wanted, autoescape=True))
    return or_(*found)


def has_expiry_status(status: ExpiryStatus, today: date, warning_days: int) -> ColumnElement[bool]:
    # The SQL twin of `bakery.expiry.expiry_status`; a test holds them together.
    expires_on = tables.lots.c.expires_on
    last_day = today + timedelta(days=warning_days)
    match status:
        case ExpiryStatus.UNDATED:
            return expires_on.is_(None)
        case ExpiryStatus.EXPIRED:
            return expires_on < today
        case ExpiryStatus.EXPIRING:
            return expires_on.between(today, last_day)
        case ExpiryStatus.FRESH:
            return expires_on > last_day


def has_status(status: LotStatus) -> ColumnElement[bool]:
    # The SQL twin of `Lot.status`: the gravest wins.
    recalled, held = standing_hold(HoldCause.RECALL), standing_hold(HoldCause.MANUAL)
    left = tables.lots.c.quantity_remaining
    match status:
        case LotStatus.RECALLED:
            return recalled
        case LotStatus.ON_HOLD:
            return ~recalled & held
        case LotStatus.DEPLETED:
            return ~recalled & ~held & (left == 0)
        case LotStatus.AVAILABLE:
            return ~recalled & ~held & (left > 0)
