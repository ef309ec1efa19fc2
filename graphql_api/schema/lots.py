"""Lots: what a bakery has of each ingredient, batch by batch (R-2.4, R-4, R-6)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import strawberry
from strawberry import UNSET

from bakery.expiry import ExpiryStatus
from bakery.lists import LotSort
from bakery.lots import Balance as BalanceRecord
from bakery.lots import ExpiryEdit as ExpiryEditRecord
from bakery.lots import Hold as HoldRecord
from bakery.lots import HoldCause, LotSource, LotStatus
from bakery.lots import Lot as LotRecord
from bakery.quantity import Unit
from graphql_api.context import Context
from graphql_api.execution.costs import TRACE
from graphql_api.resolvers import catalogue, stock, traces
from graphql_api.resolvers import lots as resolvers
from graphql_api.schema.fields import Connection, Node, connection, derived, field, loaded, reference, view
from graphql_api.schema.filters import LotFilter
from graphql_api.schema.gates import A_LOT, LOTS, OWNER_OR_MANAGER, STAFF_AND_UP, TRACES, TRACES_AND_STAFF
from graphql_api.schema.ingredients import Ingredient, Movement
from graphql_api.schema.lazy import LazyConsumption, LazyProductionBatch, LazyTrace
from graphql_api.schema.mutations import key_field, mutation, outcome, success
from graphql_api.schema.partners import Supplier
from graphql_api.schema.people import Member


@view(BalanceRecord, "What became of a lot, in its unit (R-2.4).")
class LotBalance:
    received: Decimal = field("What came in.")
    adjusted: Decimal = field("What counts corrected; signed.")
    consumed: Decimal = field("What production and sales of an intermediate used, less what was reversed.")
    written_off: Decimal = field("What became waste.")
    remaining: Decimal = field("What is left.")
    closes: bool = field("Whether remaining = received + adjusted - consumed - writtenOff, and is not below zero.")


@view(HoldRecord, "What kept, or keeps, a lot out of production (R-4.8).")
class LotHold:
    cause: HoldCause = field("Who asked for it.")
    reason: str = field("Why the lot was held.")
    placed_by: Member = reference("Who placed it.", "Member", "placed_by")
    placed_at: datetime = field("When it was placed.")
    lift_reason: str | None = field("Why it was lifted; null while it stands.")
    lifted_by: Member | None = reference("Who lifted it; null while it stands.", "Member", "lifted_by")
    lifted_at: datetime | None = field("When it was lifted; null while it stands.")


@view(ExpiryEditRecord, "A change of a lot's expiry date.")
class LotExpiryEdit:
    old_expires_on: date | None = field("The last usable day before; null if it had none.")
    new_expires_on: date | None = field("The last usable day from then on; null if it has none.")
    reason: str = field("Why it was changed.")
    edited_by: Member = reference("Who changed it.", "Member", "edited_by")
    edited_at: datetime = field("When it was changed.")


@view(LotRecord, "One received or produced batch of an ingredient.", node=A_LOT)
class Lot(Node):
    code: str = field("LOT-YYMMDD-NNN, by the day it was recorded (R-4.5).")
    ingredient: Ingredient = reference("What it is a lot of.", "Ingredient", "ingredient_id")
    unit: Unit = field("The unit of its quantities: the ingredient's.")
    status: LotStatus = field("The gravest of what holds for it.")
    source: LotSource = field("How it came to be.")
    received_on: date = field("The day it was received or produced.")
    expires_on: date | None = field("The last day it may be used; null if it has no date.")
    expiry_status: ExpiryStatus | None = derived(
        "How near it is to its expiry date today.",
        resolvers.status_of_expiry,
        Context.expiry_warning,
        gate=LOTS,
    )
    days_until_expiry: int | None = derived(
        "Days from today to its expiry date; negative once expired.",
        resolvers.days_until_expiry,
        Context.expiry_warning,
    )
    quantity_received: Decimal = field("What came in, in `unit`.")
    quantity_remaining: Decimal = field("What is left, in `unit`.")
    unit_cost: Decimal | None = field("Cost per `unit`, where known.", gate=OWNER_OR_MANAGER)
    supplier: Supplier | None = reference("Who delivered it.", "Supplier", "supplier_id", gate=TRACES)
    supplier_lot_number: str | None = field("The supplier's own number, as printed on the goods.", gate=TRACES)
    origin_batch: LazyProductionBatch | None = reference(
        "The run that made it, for a lot made here.", "ProductionBatch", "origin_batch_id", gate=TRACES_AND_STAFF
    )
    balance: LotBalance | None = field("What became of it.", gate=OWNER_OR_MANAGER)
    holds: list[LotHold] | None = loaded(
        "All holds that stood on it or stand, newest first.",
        lambda loaders: loaders.holds_of_lot,
        gate=STAFF_AND_UP,
        size=3,
    )
    expiry_history: list[LotExpiryEdit] | None = loaded(
        "The changes of its expiry date, newest first.",
        lambda loaders: loaders.expiry_edits_of_lot,
        gate=OWNER_OR_MANAGER,
        size=3,
    )
    movements: Connection[Movement] | None = connection(
        "Its part of the ledger, newest first.", resolver=catalogue.movements_of_lot, gate=OWNER_OR_MANAGER
    )
    consumptions: list[LazyConsumption] | None = loaded(
        "The runs that used it; reversed ones did not.",
        lambda loaders: loaders.consumptions_of_lot,
        gate=TRACES,
        size=8,
    )
    trace: LazyTrace | None = field(
        "Where it went, at any depth, once each.", resolver=traces.of_lot, gate=TRACES, cost=TRACE
    )


@strawberry.input(description="Stock that came in without a purchase order.")
class QuickRestockInput:
    ingredient_id: strawberry.ID = strawberry.field(description="What came in.")
    quantity: Decimal = strawberry.field(description="How much, in `unit`.")
    unit: Unit | None = strawberry.field(default=UNSET, description="The ingredient's stock unit if left out.")
    unit_cost: Decimal | None = strawberry.field(default=UNSET, description="Cost per `unit`.")
    supplier_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Who it came from.")
    supplier_lot_number: str | None = strawberry.field(default=UNSET, description="As printed on the goods.")
    expires_on: date | None = strawberry.field(default=UNSET, description="The last usable day.")
    received_on: date | None = strawberry.field(default=UNSET, description="Today if left out; not in the future.")
    idempotency_key: str | None = key_field()


@success("The stock was booked.")
class QuickRestockSuccess:
    ingredient: Ingredient = outcome("The ingredient with its stock.")
    lot: Lot | None = outcome("The new lot; null while lot tracking is off.")


@strawberry.type
class LotQueries:
    lot: Lot | None = field("A lot by its code; null if there is none.", resolver=resolvers.by_code, gate=A_LOT)
    lots: Connection[Lot] | None = connection(
        "The bakery's lots.", resolver=resolvers.listing, gate=LOTS, filter=LotFilter, sort=LotSort.NEWEST
    )
    expiring_lots: Connection[Lot] | None = connection(
        "Expiring and expired lots with stock left, soonest first.", resolver=resolvers.expiring, gate=LOTS
    )


@strawberry.type
class LotMutations:
    quick_restock = mutation(
        "Book stock that came in without a purchase order; it becomes a lot while lot tracking is on.",
        resolver=stock.quick_restock,
        input=QuickRestockInput,
        success=QuickRestockSuccess,
        gate=OWNER_OR_MANAGER,
    )
