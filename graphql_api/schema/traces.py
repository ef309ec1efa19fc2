"""The flat trace: the whole graph, once each (R-7.4, R-7.5)."""

from __future__ import annotations

from decimal import Decimal

import strawberry
from strawberry import Parent

from bakery.quantity import Unit
from bakery.trace import Edge as EdgeRecord
from bakery.trace import Gap as GapRecord
from bakery.trace import GapKind, Verdict
from bakery.trace import Trace as TraceRecord
from graphql_api.refs import Ref, global_id
from graphql_api.schema.fields import field, view
from graphql_api.schema.lots import Lot
from graphql_api.schema.orders import Order
from graphql_api.schema.partners import Customer, Supplier
from graphql_api.schema.production import ProductionBatch


def _from(edge: Parent[EdgeRecord]) -> strawberry.ID:
    return strawberry.ID(global_id(Ref(*edge.source)))


def _to(edge: Parent[EdgeRecord]) -> strawberry.ID:
    return strawberry.ID(global_id(Ref(*edge.target)))


@view(EdgeRecord, "Goods that went from one thing to another: a consumption, an output or an allocation.")
class TraceEdge:
    from_: strawberry.ID = field("The global id of where they came from.", resolver=_from, name="from")
    to: strawberry.ID = field("The global id of where they went.", resolver=_to)
    quantity: Decimal = field("How much, in `unit`.")
    unit: Unit = field("The source's unit for a consumption, the product's for an output or an allocation.")


@view(GapRecord, "A quantity that the records do not explain.")
class TraceGap:
    kind: GapKind = field("What is not known.")
    quantity: Decimal = field("How much, in `unit`.")
    unit: Unit = field("The unit of the quantity.")
    description: str = field("The same in words for people.")


@view(TraceRecord, "Where goods came from or went, and what of it is not known. Lists hold recorded links only.")
class Trace:
    verdict: Verdict = field("PROVEN without gaps; POSSIBLE with gaps and a link; UNKNOWN with gaps and no link.")
    gaps: list[TraceGap] = field("What the records do not explain, with quantities.")
    lots: list[Lot] = field("Every lot, once; a lot's trace includes the lot itself.")
    batches: list[ProductionBatch] = field("Every production batch, once.")
    orders: list[Order] = field("Every order, once.")
    customers: list[Customer] = field("Every customer of these orders, once.")
    suppliers: list[Supplier] = field("Every supplier of these lots, once.")
    edges: list[TraceEdge] = field("Every step between them, in the direction of the goods.")
    truncated: bool = field("Whether a limit cut the trace; a cut trace proves nothing.")
