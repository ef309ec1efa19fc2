"""The flat trace: the whole graph, once each (R-7.4 to R-7.6)."""

from __future__ import annotations

from decimal import Decimal

import strawberry
from strawberry import Parent

from bakery.quantity import Unit
from bakery.shares import Contribution
from bakery.shares import LotShares as LotSharesRecord
from bakery.trace import Edge as EdgeRecord
from bakery.trace import Gap as GapRecord
from bakery.trace import GapKind, Verdict
from bakery.trace import Trace as TraceRecord
from graphql_api.execution.costs import costs
from graphql_api.refs import Ref, global_id
from graphql_api.resolvers import traces as resolvers
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


@view(Contribution, "What a lot contributed to an order: its proportional share (R-7.6).")
class TraceContribution:
    lot: Lot = field("The lot.")
    order: Order = field("The order that it is in.")
    quantity: Decimal = field("How much of the lot is in the order, in `unit`.")
    unit: Unit = field("The lot's unit.")


@view(LotSharesRecord, "Where what was used of a lot is: `used` = `inOrders` + `inLots` + `wasted` + `rest`, exactly.")
class LotShares:
    unit: Unit = field("The lot's unit.")
    used: Decimal = field("What runs and sales took of the lot, in `unit`.")
    in_orders: Decimal = field("What of it went to orders: the sum of the contributions, in `unit`.")
    in_lots: Decimal = field("What of it is still in stock, in lots that were made of it, in `unit`.")
    wasted: Decimal = field("What of it became waste in what was made of it, in `unit`.")
    rest: Decimal = field(
        "What of it is in batches that are neither linked nor written off, was taken by counts, or lies behind the "
        "limit that cut the trace, in `unit`."
    )


@view(TraceRecord, "Where goods came from or went, and what of it is not known. Lists hold recorded links only.")
class Trace:
    verdict: Verdict = field("PROVEN without gaps; POSSIBLE with gaps and a link; UNKNOWN with gaps and no link.")
    gaps: list[TraceGap] = field("What the records do not explain, with quantities.", cost=costs(size=5))
    lots: list[Lot] = field("Every lot, once; a lot's trace includes the lot itself.", cost=costs(size=20))
    batches: list[ProductionBatch] = field("Every production batch, once.", cost=costs(size=20))
    orders: list[Order] = field("Every order, once.", cost=costs(size=20))
    customers: list[Customer] = field("Every customer of these orders, once.", cost=costs(size=20))
    suppliers: list[Supplier] = field("Every supplier of these lots, once.", cost=costs(size=10))
    edges: list[TraceEdge] = field("Every step between them, in the direction of the goods.", cost=costs(size=50))
    truncated: bool = field("Whether a limit cut the trace; a cut trace proves nothing.")
    contributions: list[TraceContribution] | None = field(
        "What lots contributed to orders. In a lot's trace, what it gave to each order; these sum to the last digit. "
        "In an order's, what each lot gave to it, each rounded by itself: the two may differ in the last digit. A lot "
        "and what was made of it are both listed. Null in the trace of a batch.",
        resolver=resolvers.contributions,
        cost=costs(size=20),
    )
    shares: LotShares | None = field(
        "Where what was used of the lot is; null in the trace of an order or a batch.", resolver=resolvers.shares
    )
