"""Ingredients, their stock and its ledger."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry
from strawberry import UNSET

from bakery.catalogue import Ingredient as IngredientRecord
from bakery.lists import LotSort, NameSort
from bakery.lots import Movement as MovementRecord
from bakery.lots import MovementKind, WriteOffReason
from bakery.quantity import Unit
from graphql_api.resolvers import catalogue as resolvers
from graphql_api.resolvers import lots, stock, updates
from graphql_api.schema.archive import Archivable, archived_at
from graphql_api.schema.fields import Connection, Node, change, connection, field, reference, view
from graphql_api.schema.filters import IngredientFilter, LotFilter
from graphql_api.schema.gates import OWNER_OR_MANAGER, STAFF_AND_UP
from graphql_api.schema.lazy import LazyLot, LazyOrder, LazyProductionBatch
from graphql_api.schema.mutations import key_field, mutation, outcome, success
from graphql_api.schema.people import Member


@view(MovementRecord, "One entry of the stock ledger; never changed afterwards (R-2.1).", node=OWNER_OR_MANAGER)
class Movement(Node):
    kind: MovementKind = field("Why stock moved.")
    quantity: Decimal = field("By how much, in `unit`; negative where stock went out.")
    unit: Unit = field("The ingredient's stock unit.")
    unit_cost: Decimal | None = field("Cost per `unit`, where known.")
    happened_at: datetime = field("When it happened.")
    recorded_at: datetime = field("When it was recorded.")
    actor: Member = reference("Who did it.", "Member", "actor_id")
    lot: LazyLot | None = reference("The lot it belongs to, or null for untracked stock.", "Lot", "lot_id")
    write_off_reason: WriteOffReason | None = field("Why it is waste; null for every other kind.")
    batch: LazyProductionBatch | None = reference(
        "The run it was booked for, if for one.", "ProductionBatch", "batch_id"
    )
    order: LazyOrder | None = reference("The order it was booked for, if for one.", "Order", "order_id")
    note: str | None = field("What was noted with it.")


@view(IngredientRecord, "Something that recipes use.", node=STAFF_AND_UP)
class Ingredient(Archivable):
    name: str = field("Its name.")
    unit: Unit = field("The unit its stock is kept in.")
    density: Decimal | None = field("Grams per millilitre; bridges mass and volume.")
    on_hand: Decimal | None = field("The stock figure in `unit`: tracked and untracked together.", gate=STAFF_AND_UP)
    tracked: Decimal | None = field("What its lots hold, in `unit`.", gate=STAFF_AND_UP)
    untracked: Decimal | None = field(
        "What no lot explains, in `unit`; below zero only after an allowed shortfall.", gate=STAFF_AND_UP
    )
    reorder_point: Decimal | None = field("At or below this stock, in `unit`, it is low.", gate=STAFF_AND_UP)
    archived_at: datetime | None = archived_at(STAFF_AND_UP)
    lots: Connection[LazyLot] | None = connection(
        "Its lots.", resolver=lots.of_ingredient, gate=STAFF_AND_UP, filter=LotFilter, sort=LotSort.EXPIRY
    )
    movements: Connection[Movement] | None = connection(
        "Its ledger, newest first.", resolver=resolvers.movements_of_ingredient, gate=OWNER_OR_MANAGER
    )


@strawberry.input(description="An ingredient to add.")
class CreateIngredientInput:
    name: str = strawberry.field(description="Up to 200 characters.")
    unit: Unit = strawberry.field(description="The unit its stock is kept in; fixed after its first movement.")
    opening_stock: Decimal | None = strawberry.field(default=UNSET, description="Stock already there, in `unit`.")
    density: Decimal | None = strawberry.field(default=UNSET, description="Grams per millilitre.")
    reorder_point: Decimal | None = strawberry.field(default=UNSET, description="In `unit`.")
    idempotency_key: str | None = key_field()


@success("The ingredient was added.")
class CreateIngredientSuccess:
    ingredient: Ingredient = outcome("The new ingredient.")


@strawberry.input(description="Changes of an ingredient.")
class UpdateIngredientInput:
    ingredient_id: strawberry.ID = strawberry.field(description="The ingredient.")
    name: str | None = change("Up to 200 characters; never null.")
    unit: Unit | None = change("Only before its first movement (R-2.2); never null.")
    density: Decimal | None = change("Grams per millilitre; null takes it away.")
    reorder_point: Decimal | None = change("In its unit; null takes it away.")


@success("The ingredient was changed.")
class UpdateIngredientSuccess:
    ingredient: Ingredient = outcome("The ingredient as it is now.")


@strawberry.input(description="A stock count.")
class AdjustStockInput:
    ingredient_id: strawberry.ID = strawberry.field(description="What was counted.")
    counted_quantity: Decimal = strawberry.field(description="All that is there, in `unit`; 0 or more.")
    unit: Unit | None = strawberry.field(default=UNSET, description="The ingredient's stock unit if left out.")
    note: str | None = strawberry.field(default=UNSET, description="Kept in the ledger.")
    idempotency_key: str | None = key_field()


@success("The stock figure is what was counted.")
class AdjustStockSuccess:
    ingredient: Ingredient = outcome("The ingredient with its stock.")


@strawberry.type
class IngredientQueries:
    ingredient: Ingredient | None = field(
        "An ingredient by its id; null if there is none.", resolver=resolvers.ingredient, gate=STAFF_AND_UP
    )
    ingredients: Connection[Ingredient] | None = connection(
        "The bakery's ingredients.",
        resolver=resolvers.ingredients,
        gate=STAFF_AND_UP,
        filter=IngredientFilter,
        sort=NameSort.RECORDED,
    )


@strawberry.type
class IngredientMutations:
    create_ingredient = mutation(
        "Add an ingredient, with the stock that is there already.",
        resolver=resolvers.create_ingredient,
        input=CreateIngredientInput,
        success=CreateIngredientSuccess,
        gate=OWNER_OR_MANAGER,
    )
    update_ingredient = mutation(
        "Change an ingredient. What is left out stays as it is; null takes an optional value away.",
        resolver=updates.update_ingredient,
        input=UpdateIngredientInput,
        success=UpdateIngredientSuccess,
        gate=OWNER_OR_MANAGER,
    )
    adjust_stock = mutation(
        "Set the stock figure to what was counted (R-2.5).",
        resolver=stock.adjust_stock,
        input=AdjustStockInput,
        success=AdjustStockSuccess,
        gate=OWNER_OR_MANAGER,
    )
