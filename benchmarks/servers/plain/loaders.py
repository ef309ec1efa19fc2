"""A loader for each relation, made for each request; every batch in a session of its own."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from aiodataloader import DataLoader
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from benchmarks.servers.plain.models import (
    AllocationRow,
    BatchRow,
    ConsumptionRow,
    CustomerRow,
    IngredientRow,
    LotRow,
    OrderLineRow,
    OrderRow,
    ProductRow,
    SupplierRow,
)


class Loaders:
    def __init__(self, sessions: async_sessionmaker[AsyncSession], bakery_id: int) -> None:
        self.sessions = sessions
        self.bakery_id = bakery_id
        self.lot = self._one(LotRow)
        self.ingredient = self._one(IngredientRow)
        self.supplier = self._one(SupplierRow)
        self.customer = self._one(CustomerRow)
        self.product = self._one(ProductRow)
        self.batch = self._one(BatchRow)
        self.order = self._one(OrderRow)
        self.output_lots = self._many(LotRow, "origin_batch_id")
        self.consumptions_of_lot = self._many(ConsumptionRow, "lot_id")
        self.consumptions_of_batch = self._many(ConsumptionRow, "batch_id")
        standing = AllocationRow.__table__.c.freed_at.is_(None)
        self.allocations_of_batch = self._many(AllocationRow, "batch_id", standing)
        self.allocations_of_line = self._many(AllocationRow, "order_line_id", standing)
        self.lines = self._many(OrderLineRow, "order_id")

    def _one(self, model: Any) -> DataLoader[int, Any]:
        async def load(ids: list[int]) -> list[Any]:
            async with self.sessions() as session:
                found = await session.scalars(select(model).where(model.bakery_id == self.bakery_id, model.id.in_(ids)))
                rows = {row.id: row for row in found}
            return [rows.get(row_id) for row_id in ids]

        return DataLoader(load)

    def _many(self, model: Any, parent: str, *conditions: ColumnElement[bool]) -> DataLoader[int, list[Any]]:
        async def load(ids: list[int]) -> list[list[Any]]:
            column = getattr(model, parent)
            rows = defaultdict(list)
            async with self.sessions() as session:
                found = await session.scalars(
                    select(model)
                    .where(model.bakery_id == self.bakery_id, column.in_(ids), *conditions)
                    .order_by(model.id)
                )
                for row in found:
                    rows[getattr(row, parent)].append(row)
            return [rows[row_id] for row_id in ids]

        return DataLoader(load)
