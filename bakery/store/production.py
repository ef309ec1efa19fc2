"""Production batches and what they consumed (R-5.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, exists, literal, select, text, update

from bakery.catalogue import ConsumptionOrder, Product
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
from bakery.store.catalogue import PRODUCTS_WITH_MADE, product_columns, product_unit
from bakery.store.given import among, given
from bakery.store.paging import Listing
from bakery.store.session import Session
from bakery.store.statement import OURS, joined, records, tuples


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


_COLUMNS, _USED = tables.production_batches.c, tables.consumptions.c
_BATCHES = select(*batch_columns()).select_from(BATCHES_WITH_UNIT).where(_COLUMNS.bakery_id == OURS)
_BY_IDS = records(_BATCHES.where(among(_COLUMNS.id, "ids")), ProductionBatch)
_WITH_PRODUCTS = select(*batch_columns(), *product_columns()).select_from(BATCHES_WITH_UNIT)
_BATCHES_WITH_PRODUCTS = joined(
    _WITH_PRODUCTS.where(_COLUMNS.bakery_id == OURS, among(_COLUMNS.id, "ids")), ProductionBatch, Product
)
_BATCH_WITH_PRODUCT = joined(
    _WITH_PRODUCTS.where(_COLUMNS.bakery_id == OURS, _COLUMNS.code == bindparam("code", type_=_COLUMNS.code.type)),
    ProductionBatch,
    Product,
)

_CONSUMPTIONS = (
    select(*consumption_columns()).select_from(CONSUMPTIONS_WITH_UNIT).where(_USED.bakery_id == OURS).order_by(_USED.id)
)
_CONSUMPTIONS_BY_IDS = records(_CONSUMPTIONS.where(among(_USED.id, "ids")), Consumption)
_CONSUMPTIONS_OF_BATCHES = records(_CONSUMPTIONS.where(among(_USED.batch_id, "ids")), Consumption)

_LOCKED = select(_COLUMNS.id).where(_COLUMNS.bakery_id == OURS).order_by(_COLUMNS.id).with_for_update(key_share=True)
_LOCK = tuples(_LOCKED.where(among(_COLUMNS.id, "ids")))
_WANTED = given("wanted", product=BigInteger(), oldest=_COLUMNS.produced_on.type)
_OPEN = (
    select(_COLUMNS.id)
    .join(_WANTED, _WANTED.c.product == _COLUMNS.product_id)
    .where(
        _COLUMNS.bakery_id == OURS,
        text(tables.BATCH_OPEN),
        _COLUMNS.produced_on >= _WANTED.c.oldest,
        _COLUMNS.produced_on <= bindparam("until", type_=_COLUMNS.produced_on.type),
        # Production takes from an intermediate's lot without a word to its batch, which so stays open for ever.
        ~exists().where(
            tables.lots.c.bakery_id == _COLUMNS.bakery_id,
            tables.lots.c.origin_batch_id == _COLUMNS.id,
            tables.lots.c.quantity_remaining == 0,
        ),
    )
    .order_by(_COLUMNS.id)
)
_LINKABLE = tuples(_OPEN)
_LOCK_LINKABLE = tuples(_OPEN.with_for_update(key_share=True, of=tables.production_batches))
_CHANGES = given("changes", batch=BigInteger(), allocated=_COLUMNS.quantity_allocated.type)
_ALLOCATE = tuples(
    update(tables.production_batches)
    .where(_COLUMNS.bakery_id == OURS, _COLUMNS.id == _CHANGES.c.batch)
    .values(quantity_allocated=_COLUMNS.quantity_allocated + _CHANGES.c.allocated)
)

_REVERSALS, _WASTE = tables.batch_reversals.c, tables.batch_write_offs.c
_REVERSALS_OF_BATCHES = records(
    select(_REVERSALS.batch_id, _REVERSALS.reason, _REVERSALS.actor_id, _REVERSALS.recorded_at).where(
        _REVERSALS.bakery_id == OURS, among(_REVERSALS.batch_id, "ids")
    ),
    BatchReversal,
)
_WRITE_OFFS_OF_BATCHES = records(
    select(
        _WASTE.batch_id,
        _WASTE.quantity,
        _WASTE.reason,
        _WASTE.note,
        _WASTE.actor_id,
        _WASTE.happened_at,
        _WASTE.recorded_at,
    )
    .where(_WASTE.bakery_id == OURS, among(_WASTE.batch_id, "ids"))
    .order_by(_WASTE.id),
    BatchWriteOff,
)


@dataclass(frozen=True)
class Production:
    session: Session

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
        row = {
            "bakery_id": bakery_id,
            "id": batch_id,
            "code": code,
            "product_id": product_id,
            "quantity": quantity,
            "quantity_allocated": ZERO,
            "quantity_written_off": ZERO,
            "produced_on": produced_on,
            "status": BatchStatus.CONFIRMED,
            "consumption_order": consumption_order,
            "actor_id": actor_id,
            "recorded_at": now,
        }
        await self.session.insert(tables.production_batches, [row])
        await self.session.insert(
            tables.consumptions,
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
        return await self.session.read(_BY_IDS, ids=ids)

    async def with_products(self, ids: Sequence[int]) -> tuple[list[ProductionBatch], dict[int, Product]]:
        return await self.session.read(_BATCHES_WITH_PRODUCTS, ids=ids)

    async def with_product_by_code(self, code: str) -> tuple[list[ProductionBatch], dict[int, Product]]:
        return await self.session.read(_BATCH_WITH_PRODUCT, code=code)

    async def linkable(
        self, product_ids: Sequence[int], oldest_day: Mapping[int, date], on: date
    ) -> list[ProductionBatch]:
        """Confirmed batches of the products with something left, made from the product's oldest day to `on`.

        They are locked, in the order of their ids, until the transaction ends.
        """
        wanted = [(product_id, oldest_day[product_id]) for product_id in product_ids]
        found = await self.session.read(_LOCK_LINKABLE, wanted=wanted, until=on)
        # What was locked is read anew: the statement that waited for a lock may have seen an older state.
        return await self.by_ids([batch_id for (batch_id,) in found]) if found else []

    async def linkable_ids(self, product_ids: Sequence[int], oldest_day: Mapping[int, date], on: date) -> list[int]:
        """The same batches, not locked: for who has to lock them together with others."""
        wanted = [(product_id, oldest_day[product_id]) for product_id in product_ids]
        return [batch_id for (batch_id,) in await self.session.read(_LINKABLE, wanted=wanted, until=on)]

    async def lock(self, ids: Sequence[int]) -> None:
        await self.session.read(_LOCK, ids=ids)

    async def allocate(self, quantities: Mapping[int, Decimal]) -> None:
        """Add to what is allocated of each locked batch, by id; negative where an allocation is freed."""
        if quantities:
            await self.session.write(_ALLOCATE, changes=sorted(quantities.items()))

    async def consumptions_by_ids(self, ids: Sequence[int]) -> list[Consumption]:
        return await self.session.read(_CONSUMPTIONS_BY_IDS, ids=ids)

    async def consumptions_of_batches(self, batch_ids: Sequence[int]) -> list[Consumption]:
        """What the runs consumed; of a reversed one, what it consumed before it was reversed."""
        return await self.session.read(_CONSUMPTIONS_OF_BATCHES, ids=batch_ids)

    # ── undone and thrown away ────────────────────────────────────────────────────────────────────────────────────
    async def reverse(self, reversal: BatchReversal) -> None:
        """Mark a locked batch as reversed and keep by whom, when and why."""
        columns, bakery_id = tables.production_batches.c, self.session.bakery_id
        await self.session.execute(
            update(tables.production_batches)
            .where(columns.bakery_id == bakery_id, columns.id == reversal.batch_id)
            .values(status=BatchStatus.REVERSED)
        )
        row = {"bakery_id": bakery_id, "id": await self.session.number(), **asdict(reversal)}
        await self.session.insert(tables.batch_reversals, [row])

    async def reversals(self, batch_ids: Sequence[int]) -> list[BatchReversal]:
        return await self.session.read(_REVERSALS_OF_BATCHES, ids=batch_ids)

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
        row = {"bakery_id": self.session.bakery_id, "id": await self.session.number(), **asdict(waste)}
        await self.session.insert(tables.batch_write_offs, [row])

    async def write_offs(self, batch_ids: Sequence[int]) -> list[BatchWriteOff]:
        """The waste of the batches, in the order of recording."""
        return await self.session.read(_WRITE_OFFS_OF_BATCHES, ids=batch_ids)

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
        statement = _BATCHES
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
