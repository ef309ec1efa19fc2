"""Production: previews, runs and what they consumed (R-5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry
from strawberry import UNSET, Parent

from bakery.allocation import IngredientUse, SkipReason
from bakery.allocation import Pick as PickRecord
from bakery.allocation import Skipped as SkippedRecord
from bakery.lists import ProductionBatchSort
from bakery.lots import WriteOffReason
from bakery.production import BatchReversal as BatchReversalRecord
from bakery.production import BatchStatus, ConsumptionSource, RunPlan
from bakery.production import BatchWriteOff as BatchWriteOffRecord
from bakery.production import Consumption as ConsumptionRecord
from bakery.production import ProductionBatch as ProductionBatchRecord
from bakery.quantity import Unit
from graphql_api.context import Info
from graphql_api.execution.costs import TRACE
from graphql_api.resolvers import batches, traces
from graphql_api.resolvers import production as resolvers
from graphql_api.schema.errors import InsufficientStock
from graphql_api.schema.fields import Connection, Node, connection, field, given, loaded, reference, view
from graphql_api.schema.filters import ProductionBatchFilter
from graphql_api.schema.gates import OWNER_OR_MANAGER, STAFF_AND_UP, TRACES, TRACES_AND_STAFF
from graphql_api.schema.ingredients import Ingredient
from graphql_api.schema.lazy import LazyAllocation, LazyTrace
from graphql_api.schema.lots import Lot
from graphql_api.schema.mutations import key_field, mutation, outcome, success
from graphql_api.schema.people import Member
from graphql_api.schema.products import Product


@view(ConsumptionRecord, "What a run took of one ingredient from one source.", node=TRACES_AND_STAFF)
class Consumption(Node):
    quantity: Decimal = field("How much, in `unit`.")
    unit: Unit = field("The ingredient's stock unit.")
    source: ConsumptionSource = field("Where it came from.")
    ingredient: Ingredient = reference("The ingredient.", "Ingredient", "ingredient_id")
    lot: Lot | None = reference("The lot; null where the source is not a lot.", "Lot", "lot_id")
    batch: ProductionBatch = reference("The run that used it.", "ProductionBatch", "batch_id")


@view(BatchReversalRecord, "That a run was taken back (R-5.9).")
class BatchReversal:
    reason: str = field("Why.")
    actor: Member = reference("Who reversed it.", "Member", "actor_id")
    recorded_at: datetime = field("When.")


@view(BatchWriteOffRecord, "Waste of a finished product (R-6.4).")
class BatchWriteOff:
    quantity: Decimal = field("How much, in the product's unit.")
    reason: WriteOffReason = field("Why it is waste.")
    note: str | None = field("What else was said.")
    actor: Member = reference("Who wrote it off.", "Member", "actor_id")
    happened_at: datetime = field("When it happened.")
    recorded_at: datetime = field("When it was recorded.")


@view(ProductionBatchRecord, "One run of a product.", node=TRACES_AND_STAFF)
class ProductionBatch(Node):
    code: str = field("PB-YYMMDD-NNN, by the day it was recorded (R-4.5).")
    product: Product = reference("What was made.", "Product", "product_id")
    quantity: Decimal = field("How much was made, in `unit`.")
    unit: Unit = field("The product's unit.")
    produced_on: date = field("The day it was made.")
    status: BatchStatus = field("Whether it stands or was reversed.")
    recorded_at: datetime = field("When it was recorded.")
    quantity_allocated: Decimal = field("What orders were given of it, in `unit`.")
    quantity_written_off: Decimal = field(
        "What of it became waste, in `unit`; of an intermediate the same as of its lot (R-4.4)."
    )
    consumptions: list[Consumption] | None = loaded(
        "Exactly what it consumed.",
        lambda loaders: loaders.consumptions_of_batch,
        gate=TRACES_AND_STAFF,
        size=8,
    )
    output_lot: Lot | None = loaded(
        "The lot it made, for an intermediate.", lambda loaders: loaders.output_lot, gate=TRACES_AND_STAFF
    )
    allocations: list[LazyAllocation] | None = loaded(
        "The order lines it went to.",
        lambda loaders: loaders.allocations_of_batch,
        gate=TRACES_AND_STAFF,
        size=3,
    )
    trace: LazyTrace | None = field(
        "Both ways from it, at any depth.", resolver=traces.of_batch, gate=TRACES, cost=TRACE
    )
    reversal: BatchReversal | None = loaded(
        "Who took it back, when and why; null while it stands.",
        lambda loaders: loaders.reversal_of_batch,
        gate=OWNER_OR_MANAGER,
    )
    write_offs: list[BatchWriteOff] | None = loaded(
        "Its waste, oldest first; an intermediate's waste is in the ledger of its ingredient.",
        lambda loaders: loaders.write_offs_of_batch,
        gate=OWNER_OR_MANAGER,
        size=3,
    )


# ── preview ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@view(PickRecord, "What would be taken from a lot.")
class LotPick:
    lot: Lot = field("The lot.")
    quantity: Decimal = field("How much of it, in its unit.")


@view(SkippedRecord, "A lot with stock that would not be used.")
class SkippedLot:
    lot: Lot = field("The lot.")
    reason: SkipReason = field("Why it is passed over.")


def _ingredients(plan: Parent[RunPlan]) -> Sequence[IngredientUse]:
    return plan.uses


def _unit(use: Parent[IngredientUse]) -> Unit:
    return use.ingredient.unit


@view(IngredientUse, "What a run would use of one ingredient.")
class IngredientPreview:
    ingredient: Ingredient = field("The ingredient.")
    unit: Unit = field("Its stock unit.", resolver=_unit)
    required: Decimal = field("What the run needs, in `unit`.")
    picks: list[LotPick] = field("The lots to take, in this order.")
    skipped: list[SkippedLot] = field("Lots with stock that are passed over, and why.")
    untracked: Decimal = field("What would come from untracked stock, in `unit`.")
    shortfall: Decimal = field("What would be missing, in `unit`.")


@view(RunPlan, "What a run would use; nothing was changed.")
class ProductionPreview:
    sufficient: bool = field("Whether nothing would be missing.")
    ingredients: list[IngredientPreview] = field("Each ingredient, in the order of the recipe.", resolver=_ingredients)


@strawberry.input(description="A run to look at before it is made.")
class PreviewProductionInput:
    product_id: strawberry.ID = strawberry.field(description="What to make.")
    quantity: Decimal = strawberry.field(description="How much, in the product's unit.")
    produced_on: date | None = strawberry.field(default=UNSET, description="Today if left out; not in the future.")


# ── confirmation ──────────────────────────────────────────────────────────────────────────────────────────────────────
@strawberry.input(description="A lot to use in place of the oldest (R-5.8).")
class LotChoiceInput:
    ingredient_id: strawberry.ID = strawberry.field(description="The ingredient it is for.")
    lot_id: strawberry.ID = strawberry.field(description="The lot.")
    quantity: Decimal = strawberry.field(description="How much of it, in its unit.")


@strawberry.input(description="A run that was, or is being, made.")
class ConfirmProductionInput:
    product_id: strawberry.ID = strawberry.field(description="What was made.")
    quantity: Decimal = strawberry.field(description="How much, in the product's unit.")
    produced_on: date | None = strawberry.field(default=UNSET, description="Today if left out; not in the future.")
    lot_choices: list[LotChoiceInput] | None = strawberry.field(
        default=UNSET, description="Lots chosen by hand; the rest follows the order."
    )
    allow_shortfall: bool | None = strawberry.field(
        default=UNSET, description="Go on where stock does not suffice; owner and manager only."
    )
    idempotency_key: str | None = key_field()


@success("The run was recorded.")
class ConfirmProductionSuccess:
    batch: ProductionBatch = outcome("The run with what it consumed.")


# ── what comes after ──────────────────────────────────────────────────────────────────────────────────────────────────
@strawberry.input(description="A run to take back.")
class ReverseProductionInput:
    batch_id: strawberry.ID = strawberry.field(description="The run.")
    reason: str = strawberry.field(description="Why; kept.")
    idempotency_key: str | None = key_field()


@success("The run was reversed: what it took is back in the same lots, what it made is gone.")
class ReverseProductionSuccess:
    batch: ProductionBatch = outcome("The run, now reversed.")


@strawberry.input(description="Waste of a production batch, such as unsold bread.")
class WriteOffBatchInput:
    batch_id: strawberry.ID = strawberry.field(description="The batch.")
    reason: WriteOffReason = strawberry.field(description="Why it is waste.")
    quantity: Decimal | None = strawberry.field(
        default=UNSET, description="In the product's unit; all that is neither allocated nor used if left out."
    )
    note: str | None = strawberry.field(default=UNSET, description="Kept with it.")
    idempotency_key: str | None = key_field()


@success("The quantity became waste.")
class WriteOffBatchSuccess:
    batch: ProductionBatch = outcome("The batch as it is now.")


async def _preview(root: Any, info: Info, input: PreviewProductionInput) -> RunPlan:
    given(input)
    return await resolvers.preview_production(
        info, product_id=input.product_id, quantity=input.quantity, produced_on=input.produced_on
    )


@strawberry.type
class ProductionQueries:
    preview_production: ProductionPreview | None = field(
        "What a run would use, and what is short; changes nothing (R-5.1).", resolver=_preview, gate=STAFF_AND_UP
    )
    production_batch: ProductionBatch | None = field(
        "A production batch by its code; null if there is none.", resolver=resolvers.by_code, gate=TRACES_AND_STAFF
    )
    production_batches: Connection[ProductionBatch] | None = connection(
        "The bakery's production batches.",
        resolver=resolvers.listing,
        gate=STAFF_AND_UP,
        filter=ProductionBatchFilter,
        sort=ProductionBatchSort.NEWEST,
    )


@strawberry.type
class ProductionMutations:
    confirm_production = mutation(
        "Record a run: deduct stock, consume lots oldest first, all or nothing (R-5.2).",
        resolver=resolvers.confirm_production,
        input=ConfirmProductionInput,
        success=ConfirmProductionSuccess,
        gate=STAFF_AND_UP,
        gate_of=lambda input: OWNER_OR_MANAGER if input.allow_shortfall else None,
        errors=(InsufficientStock,),
    )
    reverse_production = mutation(
        "Take a run back by opposite movements to the very same lots; refused once anything of it was used (R-5.9).",
        resolver=batches.reverse_production,
        input=ReverseProductionInput,
        success=ReverseProductionSuccess,
        gate=OWNER_OR_MANAGER,
    )
    write_off_batch = mutation(
        "Write off what of a batch was neither allocated nor used; of an intermediate it leaves its lot, too (R-6.4).",
        resolver=batches.write_off_batch,
        input=WriteOffBatchInput,
        success=WriteOffBatchSuccess,
        gate=OWNER_OR_MANAGER,
    )
