"""The flat traces (R-7.4, R-7.5)."""

from __future__ import annotations

from strawberry import Parent

from bakery.lots import Lot
from bakery.orders import Order
from bakery.production import ProductionBatch
from bakery.trace import Trace, assemble
from graphql_api.context import Info


async def of_lot(lot: Parent[Lot], info: Info) -> Trace:
    store = await info.context.reading()
    return assemble(await store.traces.of_lot(lot.id), of_lot=lot)


async def of_order(order: Parent[Order], info: Info) -> Trace:
    store = await info.context.reading()
    return assemble(await store.traces.of_order(order.id))


async def of_batch(batch: Parent[ProductionBatch], info: Info) -> Trace:
    store = await info.context.reading()
    return assemble(await store.traces.of_batch(batch.id))
