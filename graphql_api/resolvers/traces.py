"""The flat traces, and the shares in them (R-7.4 to R-7.6)."""

from __future__ import annotations

from strawberry import Parent

from bakery.lots import Lot
from bakery.orders import Order
from bakery.production import ProductionBatch
from bakery.shares import Contribution, LotShares, contributions_to, spread
from bakery.trace import Trace, assemble
from graphql_api.context import Info


async def of_lot(lot: Parent[Lot], info: Info) -> Trace:
    store = await info.context.reading()
    found = await store.traces.of_lot(lot.id)
    info.context.loaders.know(found)
    return assemble(found, of_lot=lot)


async def of_order(order: Parent[Order], info: Info) -> Trace:
    store = await info.context.reading()
    found = await store.traces.of_order(order.id)
    info.context.loaders.know(found)
    return assemble(found, of_order=order)


async def of_batch(batch: Parent[ProductionBatch], info: Info) -> Trace:
    store = await info.context.reading()
    found = await store.traces.of_batch(batch.id)
    info.context.loaders.know(found)
    return assemble(found)


def contributions(trace: Parent[Trace]) -> tuple[Contribution, ...] | None:
    if trace.of_lot is not None:
        return spread(trace.of_lot, trace).contributions
    return None if trace.of_order is None else contributions_to(trace.of_order, trace)


def shares(trace: Parent[Trace]) -> LotShares | None:
    return None if trace.of_lot is None else spread(trace.of_lot, trace).shares
