"""Production batches and what they consumed (R-5.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, insert, literal, or_, select, text, update

from bakery.catalogue import ConsumptionOrder
from bakery.lists import ProductionBatchSort
from bakery.production import (
    BatchReversal,
    BatchStatus,
    BatchWriteOff,
    Consumption,
    ConsumptionSource,
    ProductionBatch,
)
from bakery.quantity import ZERO
from bakery.store import tables
from bakery.store.catalogue import PRODUCTS_WITH_MADE, product_unit
from bakery.store.paging import Listing
from bakery.store.session import Session


@dataclass(frozen=True, slots=True)
class NewConsumption:
    ingredient_id: int
    lot_id: int | None
    source: ConsumptionSource
    quantity: Decimal
    chosen: bool


def batch_columns() -> list[ColumnElement[Any]]:
    """The fields of a `ProductionBatch`, in order, from batches joined to their product and what it makes."""
    columns = tables.production_batches.c
    return [
        columns.id,
        columns.code,
        columns.product_id,
        product_unit(),
        columns.quantity,
        columns.quantity_allocated,
        columns.quantity_written_off,
        columns.produced_on,
        columns.status,
        columns.recorded_at,
    ]


BATCHES_WITH_UNIT = tables.production_batches.join(
    PRODUCTS_WITH_MADE,
    (tables.products.c.bakery_id == tables.production_batches.c.bakery_id)
    & (tables.products.c.id == tables.production_batches.c.product_id),
)


def consumption_columns() -> list[ColumnElement[Any]]:
    """The fields of a `Consumption`, in order, from consumptions joined to ingredients."""
    columns = tables.consumptions.c
    return [
        columns.id,
        columns.batch_id,
        columns.ingredient_id,
        columns.lot_id,
        columns.source,
        columns.quantity,
        tables.ingredients.c.unit,
    ]


CONSUMPTIONS_WITH_UNIT = tables.consumptions.join(
    tables.ingredients,
    (tables.ingredients.c.bakery_id == tables.consumptions.c.bakery_id)
    & (tables.ingredients.c.id == tables.consumptions.c.ingredient_id),
)


@dataclass(frozen=True)
class Production:
    session: Session

    def _select(self) -> Select[Any]:
        return (
            select(*batch_columns())
            .select_from(BATCHES_WITH_UNIT)
            .where(tables.production_batches.c.bakery_id == self.session.bakery_id)
        )

    async def add(
        self,
        *,
        code: str,
        product_id: int,
        quantity: Decimal,
        produced_on: date,
        consumption_order: ConsumptionOrder | None,
        actor_id: int,
        consumed: Sequence[NewConsumption],
        now: datetime,
    ) -> int:
        """Record a run with exactly what it consumed; returns its id."""
        batch_id, *numbers = await self.session.numbers(1 + len(consumed))
        bakery_id = self.session.bakery_id
        await self.session.execute(
            insert(tables.production_batches).values(
                bakery_id=bakery_id,
                id=batch_id,
                code=code,
                product_id=product_id,
                quantity=quantity,
                quantity_allocated=ZERO,
                quantity_written_off=ZERO,
                produced_on=produced_on,
                status=BatchStatus.CONFIRMED,
                consumption_order=consumption_order,
                actor_id=actor_id,
                recorded_at=now,
            )
        )
        await self.session.execute(
            insert(tables.consumptions),
            [
                {
                    "bakery_id": bakery_id,
                    "id": number,
                    "batch_id": batch_id,
                    "ingredient_id": item.ingredient_id,
                    "lot_id": item.lot_id,
                    "source": item.source,
                    "quantity": item.quantity,
                    "chosen": item.chosen,
                }
                for number, item in zip(numbers, consumed, strict=True)
            ],
        )
        return batch_id

    async def by_ids(self, ids: Sequence[int]) -> list[ProductionBatch]:
        chosen = self.session.among(tables.production_batches.c.id, ids)
        return await self.session.records(ProductionBatch, self._select().where(chosen))

    async def by_code(self, code: str) -> ProductionBatch | None:
        chosen = self._select().where(tables.production_batches.c.code == code)
        return await self.session.record(ProductionBatch, chosen)

    async def linkable(
        self, product_ids: Sequence[int], oldest_day: Mapping[int, date], on: date
    ) -> list[ProductionBatch]:
        """Confirmed batches of the products with something left, made from the product's oldest day to `on`.

        They are locked, in the order of their ids, until the transaction ends.
        """
        open_ids = self._linkable(product_ids, oldest_day, on).with_for_update(key_share=True)
        # What was locked is read anew: the statement that waited for a lock may have seen an older state.
        return await self.by_ids([row.id for row in await self.session.rows(open_ids)])

    async def linkable_ids(self, product_ids: Sequence[int], oldest_day: Mapping[int, date], on: date) -> list[int]:
        """The same batches, not locked: for who has to lock them together with others."""
        return [row.id for row in await self.session.rows(self._linkable(product_ids, oldest_day, on))]

    def _linkable(self, product_ids: Sequence[int], oldest_day: Mapping[int, date], on: date) -> Select[tuple[int]]:
        columns, lots = tables.production_batches.c, tables.lots.c
        by_day: dict[date, list[int]] = {}
        for product_id in product_ids:
            by_day.setdefault(oldest_day[product_id], []).append(product_id)
        young_enough = or_(
            *(
                self.session.among(columns.product_id, ids) & columns.produced_on.between(day, on)
                for day, ids in by_day.items()
            )
        )
        # Production takes from an intermediate's lot without a word to its batch, which so stays open for ever.
        used_up = exists().where(
            lots.bakery_id == columns.bakery_id, lots.origin_batch_id == columns.id, lots.quantity_remaining == 0
        )
        return (
            select(columns.id)
            .where(
                columns.bakery_id == self.session.bakery_id,
                text(tables.BATCH_OPEN),
                young_enough,
                ~used_up,
            )
            .order_by(columns.id)
        )

    async def lock(self, ids: Sequence[int]) -> None:
        columns = tables.production_batches.c
        await self.session.rows(
            select(columns.id)
            .where(columns.bakery_id == self.session.bakery_id, self.session.among(columns.id, ids))
            .order_by(columns.id)
            .with_for_update(key_share=True)
        )

    async def allocate(self, quantities: Mapping[int, Decimal]) -> None:
        """Add to what is allocated of each locked batch, by id; negative where an allocation is freed."""
        columns = tables.production_batches.c
        await self.session.execute(
            update(tables.production_batches)
            .where(columns.bakery_id == self.session.bakery_id, columns.id == bindparam("batch"))
            .values(
                quantity_allocated=columns.quantity_allocated
                + bindparam("allocated", type_=columns.quantity_allocated.type)
            ),
            [{"batch": batch_id, "allocated": amount} for batch_id, amount in sorted(quantities.items())],
        )

    async def consumptions_by_ids(self, ids: Sequence[int]) -> list[Consumption]:
        return await self._consumptions(self.session.among(tables.consumptions.c.id, ids))

    async def consumptions_of_batches(self, batch_ids: Sequence[int]) -> list[Consumption]:
        """What the runs consumed; of a reversed one, what it consumed before it was reversed."""
        return await self._consumptions(self.session.among(tables.consumptions.c.batch_id, batch_ids))

    async def consumptions_of_lots(self, lot_ids: Sequence[int]) -> list[Consumption]:
        """What runs that stand took from the lots: a reversed one leads nowhere (R-5.9)."""
        columns, batches = tables.consumptions.c, tables.production_batches.c
        reversed_runs = exists().where(
            batches.bakery_id == columns.bakery_id,
            batches.id == columns.batch_id,
            batches.status == BatchStatus.REVERSED,
        )
        return await self._consumptions(self.session.among(columns.lot_id, lot_ids) & ~reversed_runs)

    async def _consumptions(self, condition: ColumnElement[bool]) -> list[Consumption]:
        columns = tables.consumptions.c
        return await self.session.records(
            Consumption,
            select(*consumption_columns())
            .select_from(CONSUMPTIONS_WITH_UNIT)
            .where(columns.bakery_id == self.session.bakery_id, condition)
            .order_by(columns.id),
        )

    # ── undone and thrown away ────────────────────────────────────────────────────────────────────────────────────
    async def reverse(self, reversal: BatchReversal) -> None:
        """Mark a locked batch as reversed and keep by whom, when and why."""
        columns, bakery_id = tables.production_batches.c, self.session.bakery_id
        await self.session.execute(
            update(tables.production_batches)
            .where(columns.bakery_id == bakery_id, columns.id == reversal.batch_id)
            .values(status=BatchStatus.REVERSED)
        )
        await self.session.execute(
            insert(tables.batch_reversals).values(
                bakery_id=bakery_id, id=await self.session.number(), **asdict(reversal)
            )
        )

    async def reversals(self, batch_ids: Sequence[int]) -> list[BatchReversal]:
        columns = tables.batch_reversals.c
        return await self.session.records(
            BatchReversal,
            select(columns.batch_id, columns.reason, columns.actor_id, columns.recorded_at).where(
                columns.bakery_id == self.session.bakery_id, self.session.among(columns.batch_id, batch_ids)
            ),
        )

    async def waste(self, batch_id: int, quantity: Decimal) -> None:
        """Add to what is written off of a locked batch."""
        columns = tables.production_batches.c
        await self.session.execute(
            update(tables.production_batches)
            .where(columns.bakery_id == self.session.bakery_id, columns.id == batch_id)
            .values(quantity_written_off=columns.quantity_written_off + literal(quantity, columns.quantity.type))
        )

    async def write_off(self, waste: BatchWriteOff) -> None:
        """Book waste of a locked batch of a finished product: to the batch, and as a row that says why."""
        await self.waste(waste.batch_id, waste.quantity)
        await self.session.execute(
            insert(tables.batch_write_offs).values(
                bakery_id=self.session.bakery_id, id=await self.session.number(), **asdict(waste)
            )
        )

    async def write_offs(self, batch_ids: Sequence[int]) -> list[BatchWriteOff]:
        """The waste of the batches, in the order of recording."""
        columns = tables.batch_write_offs.c
        return await self.session.records(
            BatchWriteOff,
            select(
                columns.batch_id,
                columns.quantity,
                columns.reason,
                columns.note,
                columns.actor_id,
                columns.happened_at,
                columns.recorded_at,
            )
            .where(columns.bakery_id == self.session.bakery_id, self.session.among(columns.batch_id, batch_ids))
            .order_by(columns.id),
        )

    async def was_produced(self, product_id: int) -> bool:
        columns = tables.production_batches.c
        found = select(columns.id).where(columns.bakery_id == self.session.bakery_id, columns.product_id == product_id)
        return await self.session.scalar(found.limit(1)) is not None

    def listing(
        self,
        *,
        product_id: int | None = None,
        status: BatchStatus | None = None,
        produced_from: date | None = None,
        produced_to: date | None = None,
        of_product: int | None = None,
        sort: ProductionBatchSort = ProductionBatchSort.NEWEST,
    ) -> Listing[ProductionBatch]:
        """The batches that fit every filter given. `of_product` says whose list it is, whatever the filter says."""
        columns = tables.production_batches.c
        statement = self._select()
        for product in (product_id, of_product):
            if product is not None:
                statement = statement.where(columns.product_id == product)
        if status is not None:
            statement = statement.where(columns.status == status)
        if produced_from is not None:
            statement = statement.where(columns.produced_on >= produced_from)
        if produced_to is not None:
            statement = statement.where(columns.produced_on <= produced_to)
        keys = [columns.id] if sort is ProductionBatchSort.NEWEST else [columns.produced_on, columns.id]
        return Listing(self.session, ProductionBatch, statement, keys, descending=True, sort=sort.value)
