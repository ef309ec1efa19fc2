"""The stock ledger: movements are added, never changed (R-2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, select

from bakery.lots import Movement, MovementKind, WriteOffReason
from bakery.store import tables
from bakery.store.given import among
from bakery.store.paging import Listing
from bakery.store.session import Session
from bakery.store.statement import OURS, records


@dataclass(frozen=True, slots=True)
class Entry:
    """A movement to book: signed `quantity` in the ingredient's stock unit, cost per that unit."""

    kind: MovementKind
    ingredient_id: int
    quantity: Decimal
    lot_id: int | None = None
    unit_cost: Decimal | None = None
    batch_id: int | None = None
    order_id: int | None = None
    write_off_reason: WriteOffReason | None = None
    note: str | None = None


_COLUMNS = tables.movements.c
_MOVEMENTS = (
    select(
        _COLUMNS.id,
        _COLUMNS.kind,
        _COLUMNS.ingredient_id,
        _COLUMNS.lot_id,
        _COLUMNS.quantity,
        tables.ingredients.c.unit,
        _COLUMNS.unit_cost,
        _COLUMNS.happened_at,
        _COLUMNS.recorded_at,
        _COLUMNS.actor_id,
        _COLUMNS.write_off_reason,
        _COLUMNS.batch_id,
        _COLUMNS.order_id,
        _COLUMNS.note,
    )
    .join(
        tables.ingredients,
        (tables.ingredients.c.bakery_id == _COLUMNS.bakery_id) & (tables.ingredients.c.id == _COLUMNS.ingredient_id),
    )
    .where(_COLUMNS.bakery_id == OURS)
)
_BY_IDS = records(_MOVEMENTS.where(among(_COLUMNS.id, "ids")), Movement)


@dataclass(frozen=True)
class Ledger:
    session: Session

    async def book(self, entries: Sequence[Entry], *, actor_id: int, happened_at: datetime, now: datetime) -> None:
        """Append the entries in their order. The ingredients are locked, so this is the order of the ledger."""
        numbers = await self.session.numbers(len(entries)) if entries else []
        await self.session.insert(
            tables.movements,
            [
                {
                    "bakery_id": self.session.bakery_id,
                    "id": number,
                    "ingredient_id": entry.ingredient_id,
                    "lot_id": entry.lot_id,
                    "kind": entry.kind,
                    "quantity": entry.quantity,
                    "unit_cost": entry.unit_cost,
                    "write_off_reason": entry.write_off_reason,
                    "batch_id": entry.batch_id,
                    "order_id": entry.order_id,
                    "actor_id": actor_id,
                    "happened_at": happened_at,
                    "recorded_at": now,
                    "note": entry.note,
                }
                for number, entry in zip(numbers, entries, strict=True)
            ],
        )

    async def of_run(self, batch_id: int) -> list[Entry]:
        """What a run booked, in the order of the ledger; what orders were sold of its batch is not the run's."""
        columns = tables.movements.c
        return await self.session.records(
            Entry,
            select(
                columns.kind,
                columns.ingredient_id,
                columns.quantity,
                columns.lot_id,
                columns.unit_cost,
                columns.batch_id,
            )
            .where(
                columns.bakery_id == self.session.bakery_id, columns.batch_id == batch_id, columns.order_id.is_(None)
            )
            .order_by(columns.id),
        )

    async def by_ids(self, ids: Sequence[int]) -> list[Movement]:
        return await self.session.read(_BY_IDS, ids=ids)

    async def has_moved(self, ingredient_id: int) -> bool:
        """Whether the ingredient, which is locked, ever had a movement."""
        columns = tables.movements.c
        found = select(columns.id).where(
            columns.bakery_id == self.session.bakery_id, columns.ingredient_id == ingredient_id
        )
        return await self.session.scalar(found.limit(1)) is not None

    def of_ingredient(self, ingredient_id: int) -> Listing[Movement]:
        """The movements of an ingredient, newest first."""
        return self._newest_first(tables.movements.c.ingredient_id == ingredient_id)

    def of_lot(self, lot_id: int) -> Listing[Movement]:
        """The movements of a lot, newest first."""
        return self._newest_first(tables.movements.c.lot_id == lot_id)

    def _newest_first(self, chosen: ColumnElement[bool]) -> Listing[Movement]:
        return Listing(self.session, Movement, _MOVEMENTS.where(chosen), [tables.movements.c.id], descending=True)
