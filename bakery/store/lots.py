"""Lots and their holds (R-2.4, R-4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    bindparam,
    literal_column,
    select,
    text,
    update,
)

from bakery.catalogue import Ingredient, Supplier
from bakery.expiry import ExpiryStatus
from bakery.lists import LotSort
from bakery.lots import ExpiryEdit, Hold, HoldCause, Lot, LotSource, LotStatus
from bakery.names import bare
from bakery.quantity import ZERO
from bakery.store import tables
from bakery.store.catalogue import ingredient_columns
from bakery.store.given import among, given
from bakery.store.lot_filters import found_by, has_expiry_status, has_status, sorted_by, standing_hold
from bakery.store.paging import Listing
from bakery.store.partners import supplier_columns
from bakery.store.session import Session
from bakery.store.statement import OURS, joined, records, tuples


@dataclass(frozen=True, slots=True)
class NewLot:
    """A lot to record. Quantity in the ingredient's stock unit, cost per that unit."""

    ingredient_id: int
    source: LotSource
    quantity: Decimal
    received_on: date
    expires_on: date | None = None
    unit_cost: Decimal | None = None
    supplier_id: int | None = None
    supplier_lot_number: str | None = None
    purchase_order_line_id: int | None = None
    origin_batch_id: int | None = None


class Change(Enum):
    """Which figure of a lot's balance a quantity goes to; only adjustments may be of either sign."""

    ADJUSTED = "quantity_adjusted"
    CONSUMED = "quantity_consumed"
    WRITTEN_OFF = "quantity_written_off"


def lot_columns() -> list[ColumnElement[Any]]:
    """The fields of a `Lot`, in order, from lots joined to ingredients."""
    columns = tables.lots.c
    return [
        columns.id,
        columns.code,
        columns.ingredient_id,
        tables.ingredients.c.unit,
        columns.source,
        columns.supplier_id,
        columns.supplier_lot_number,
        columns.origin_batch_id,
        columns.received_on,
        columns.expires_on,
        columns.unit_cost,
        columns.quantity_received,
        columns.quantity_adjusted,
        columns.quantity_consumed,
        columns.quantity_written_off,
        columns.quantity_remaining,
        standing_hold(HoldCause.MANUAL),
        standing_hold(HoldCause.RECALL),
    ]


LOTS_WITH_UNIT = tables.lots.join(
    tables.ingredients,
    (tables.ingredients.c.bakery_id == tables.lots.c.bakery_id)
    & (tables.ingredients.c.id == tables.lots.c.ingredient_id),
)

LOTS_WITH_ORIGINS = LOTS_WITH_UNIT.outerjoin(
    tables.suppliers,
    (tables.suppliers.c.bakery_id == tables.lots.c.bakery_id) & (tables.suppliers.c.id == tables.lots.c.supplier_id),
)


def _change(figure: Change) -> Executable:
    """Adds to one figure of each lot's balance; the remainder follows."""
    columns = tables.lots.c
    booked, left = columns[figure.value], columns.quantity_remaining
    changes = given("changes", lot=BigInteger(), quantity=booked.type)
    added = changes.c.quantity
    return (
        update(tables.lots)
        .where(columns.bakery_id == OURS, columns.id == changes.c.lot)
        .values({booked: booked + added, left: left + added if figure is Change.ADJUSTED else left - added})
    )


_ID, _CODE = bindparam("lot_id", type_=BigInteger()), bindparam("code", type_=tables.lots.c.code.type)
_LOTS = select(*lot_columns()).select_from(LOTS_WITH_UNIT).where(tables.lots.c.bakery_id == OURS)
_BY_IDS = records(_LOTS.where(among(tables.lots.c.id, "ids")), Lot)
_BY_ORIGIN = records(_LOTS.where(among(tables.lots.c.origin_batch_id, "ids")), Lot)
_WITH_ORIGINS = select(*lot_columns(), *ingredient_columns(), *supplier_columns()).select_from(LOTS_WITH_ORIGINS)
_WITH_ORIGINS = _WITH_ORIGINS.where(tables.lots.c.bakery_id == OURS)
_LOTS_WITH_ORIGINS = joined(_WITH_ORIGINS.where(among(tables.lots.c.id, "ids")), Lot, Ingredient, Supplier)
_OUTPUTS_WITH_ORIGINS = joined(
    _WITH_ORIGINS.where(among(tables.lots.c.origin_batch_id, "ids")), Lot, Ingredient, Supplier
)
_LOT_WITH_ORIGINS = joined(_WITH_ORIGINS.where(tables.lots.c.code == _CODE), Lot, Ingredient, Supplier)
_IN_STOCK = records(_LOTS.where(among(tables.lots.c.ingredient_id, "ids"), text(tables.LOT_IN_STOCK)), Lot)
_INGREDIENT_OF = tuples(
    select(tables.lots.c.ingredient_id).where(tables.lots.c.bakery_id == OURS, tables.lots.c.id == _ID)
)
_HOLDS, _EDITS = tables.lot_holds.c, tables.lot_expiry_edits.c
_HOLDS_OF_LOTS = records(
    select(
        _HOLDS.id,
        _HOLDS.lot_id,
        _HOLDS.cause,
        _HOLDS.reason,
        _HOLDS.placed_by,
        _HOLDS.placed_at,
        _HOLDS.lift_reason,
        _HOLDS.lifted_by,
        _HOLDS.lifted_at,
    )
    .where(_HOLDS.bakery_id == OURS, among(_HOLDS.lot_id, "ids"))
    .order_by(_HOLDS.id.desc()),
    Hold,
)
_EXPIRY_EDITS_OF_LOTS = records(
    select(
        _EDITS.id,
        _EDITS.lot_id,
        _EDITS.old_expires_on,
        _EDITS.new_expires_on,
        _EDITS.reason,
        _EDITS.edited_by,
        _EDITS.edited_at,
    )
    .where(_EDITS.bakery_id == OURS, among(_EDITS.lot_id, "ids"))
    .order_by(_EDITS.id.desc()),
    ExpiryEdit,
)
_CHANGE = {figure: tuples(_change(figure)) for figure in Change}

LotsWithOrigins = tuple[list[Lot], dict[int, Ingredient], dict[int, Supplier]]
"""Lots, and what they are lots of and who delivered them, by id."""


@dataclass(frozen=True)
class Lots:
    session: Session

    async def add(self, lots: Sequence[NewLot], codes: Sequence[str], now: datetime) -> list[int]:
        """Record the lots under their codes; returns their ids. Their ingredients are locked."""
        ids = await self.session.numbers(len(lots))
        await self.session.insert(
            tables.lots,
            [
                {
                    "bakery_id": self.session.bakery_id,
                    "id": lot_id,
                    "code": code,
                    "ingredient_id": lot.ingredient_id,
                    "source": lot.source,
                    "supplier_id": lot.supplier_id,
                    "supplier_lot_number": lot.supplier_lot_number,
                    "bare_supplier_lot_number": bare(lot.supplier_lot_number) if lot.supplier_lot_number else None,
                    "purchase_order_line_id": lot.purchase_order_line_id,
                    "origin_batch_id": lot.origin_batch_id,
                    "received_on": lot.received_on,
                    "expires_on": lot.expires_on,
                    "unit_cost": lot.unit_cost,
                    "quantity_received": lot.quantity,
                    "quantity_adjusted": ZERO,
                    "quantity_consumed": ZERO,
                    "quantity_written_off": ZERO,
                    "quantity_remaining": lot.quantity,
                    "recorded_at": now,
                }
                for lot_id, code, lot in zip(ids, codes, lots, strict=True)
            ],
        )
        return ids

    async def by_ids(self, ids: Sequence[int]) -> list[Lot]:
        return await self.session.read(_BY_IDS, ids=ids)

    async def with_origins(self, ids: Sequence[int]) -> LotsWithOrigins:
        return await self.session.read(_LOTS_WITH_ORIGINS, ids=ids)

    async def with_origins_of(self, batch_ids: Sequence[int]) -> LotsWithOrigins:
        """The output lots of production batches."""
        return await self.session.read(_OUTPUTS_WITH_ORIGINS, ids=batch_ids)

    async def with_origins_by_code(self, code: str) -> LotsWithOrigins:
        return await self.session.read(_LOT_WITH_ORIGINS, code=code)

    async def by_origin(self, batch_ids: Sequence[int]) -> list[Lot]:
        """The output lots of production batches."""
        return await self.session.read(_BY_ORIGIN, ids=batch_ids)

    async def ingredient_of(self, lot_id: int) -> int | None:
        """Whose lot it is: what to lock before the lot is read to be changed."""
        found = await self.session.first(_INGREDIENT_OF, lot_id=lot_id)
        return None if found is None else int(found[0])

    async def in_stock(self, ingredient_ids: Sequence[int]) -> dict[int, list[Lot]]:
        """The lots with stock left of each ingredient, held and expired ones too."""
        by_ingredient: dict[int, list[Lot]] = {ingredient_id: [] for ingredient_id in ingredient_ids}
        for lot in await self.session.read(_IN_STOCK, ids=ingredient_ids):
            by_ingredient[lot.ingredient_id].append(lot)
        return by_ingredient

    async def change(self, figure: Change, quantities: Mapping[int, Decimal]) -> None:
        """Book a quantity to one figure of each lot's balance; the remainder follows. Their ingredients are locked."""
        if quantities:
            await self.session.write(_CHANGE[figure], changes=sorted(quantities.items()))

    async def hold(self, lot_id: int, cause: HoldCause, reason: str, actor_id: int, now: datetime) -> None:
        row = {
            "bakery_id": self.session.bakery_id,
            "id": await self.session.number(),
            "lot_id": lot_id,
            "cause": cause,
            "reason": reason,
            "placed_by": actor_id,
            "placed_at": now,
        }
        await self.session.insert(tables.lot_holds, [row])

    async def lift_manual_hold(self, lot_id: int, reason: str, actor_id: int, now: datetime) -> None:
        columns = tables.lot_holds.c
        await self.session.execute(
            update(tables.lot_holds)
            .where(
                columns.bakery_id == self.session.bakery_id,
                columns.lot_id == lot_id,
                columns.cause == HoldCause.MANUAL,
                columns.lift_number.is_(None),
            )
            .values(
                lift_number=await self.session.number(),
                lift_reason=reason,
                lifted_by=actor_id,
                lifted_at=now,
            )
        )

    async def holds(self, lot_ids: Sequence[int]) -> list[Hold]:
        """All holds of the lots, lifted ones too, newest first."""
        return await self.session.read(_HOLDS_OF_LOTS, ids=lot_ids)

    async def edit_expiry(self, lot: Lot, expires_on: date | None, reason: str, actor_id: int, now: datetime) -> None:
        """Give a lot another expiry date, and keep the one it had. Its ingredient is locked."""
        columns, bakery_id = tables.lots.c, self.session.bakery_id
        row = {
            "bakery_id": bakery_id,
            "id": await self.session.number(),
            "lot_id": lot.id,
            "old_expires_on": lot.expires_on,
            "new_expires_on": expires_on,
            "reason": reason,
            "edited_by": actor_id,
            "edited_at": now,
        }
        await self.session.insert(tables.lot_expiry_edits, [row])
        await self.session.execute(
            update(tables.lots)
            .where(columns.bakery_id == bakery_id, columns.id == lot.id)
            .values(expires_on=expires_on)
        )

    async def expiry_edits(self, lot_ids: Sequence[int]) -> list[ExpiryEdit]:
        """The changes of the lots' expiry dates, newest first."""
        return await self.session.read(_EXPIRY_EDITS_OF_LOTS, ids=lot_ids)

    def listing(
        self,
        today: date,
        warning_days: int,
        *,
        ingredient_id: int | None = None,
        supplier_id: int | None = None,
        expiry_status: ExpiryStatus | None = None,
        status: LotStatus | None = None,
        source: LotSource | None = None,
        search: str | None = None,
        search_supplier_numbers: bool = True,
        has_remaining: bool | None = None,
        of_ingredient: int | None = None,
        of_supplier: int | None = None,
        sort: LotSort = LotSort.NEWEST,
    ) -> Listing[Lot]:
        """The lots that fit every filter given.

        `search` looks in the code and, unless told not to, in the supplier's lot number. `of_ingredient` and
        `of_supplier` say whose list it is, whatever the filter says.
        """
        columns = tables.lots.c
        statement = _LOTS
        for wanted, column in (
            (ingredient_id, columns.ingredient_id),
            (of_ingredient, columns.ingredient_id),
            (supplier_id, columns.supplier_id),
            (of_supplier, columns.supplier_id),
            (source, columns.source),
        ):
            if wanted is not None:
                statement = statement.where(column == wanted)
        if has_remaining is not None:
            left = columns.quantity_remaining
            # Written out, as in the index: a parameter would not tell that it fits.
            nothing: ColumnElement[Any] = literal_column("0")
            statement = statement.where(left > nothing if has_remaining else left == nothing)
        if expiry_status is not None:
            statement = statement.where(has_expiry_status(expiry_status, today, warning_days))
        if status is not None:
            statement = statement.where(has_status(status))
        if search:
            statement = statement.where(found_by(search, supplier_numbers=search_supplier_numbers))
        keys = sorted_by(sort)
        return Listing(self.session, Lot, statement, keys, descending=sort is LotSort.NEWEST, sort=sort.value)

    def expiring(self, today: date, warning_days: int, status: ExpiryStatus | None = None) -> Listing[Lot]:
        """Expiring and expired lots with stock left, or those of one status, soonest first (R-6.1)."""
        columns = tables.lots.c
        last_day = today + timedelta(days=warning_days)
        statement = _LOTS.where(text(tables.LOT_IN_STOCK), columns.expires_on <= last_day)
        if status is not None:
            statement = statement.where(has_expiry_status(status, today, warning_days))
        return Listing(self.session, Lot, statement, [columns.expires_on, columns.id])
