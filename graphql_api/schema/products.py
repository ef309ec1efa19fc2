"""Products and their recipes."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry
from strawberry import UNSET

from bakery.catalogue import Product as ProductRecord
from bakery.catalogue import RecipeLine as RecipeLineRecord
from bakery.lists import NameSort, ProductionBatchSort
from bakery.quantity import Unit
from graphql_api.resolvers import catalogue as resolvers
from graphql_api.resolvers import production, updates
from graphql_api.schema.archive import Archivable, archived_at
from graphql_api.schema.fields import Connection, change, connection, field, loaded, reference, view
from graphql_api.schema.filters import ProductFilter, ProductionBatchFilter
from graphql_api.schema.gates import OWNER_OR_MANAGER, STAFF_AND_UP
from graphql_api.schema.ingredients import Ingredient
from graphql_api.schema.lazy import LazyProductionBatch
from graphql_api.schema.mutations import mutation, outcome, success


@view(RecipeLineRecord, "An ingredient of a recipe.")
class RecipeLine:
    ingredient: Ingredient = reference("The ingredient.", "Ingredient", "ingredient_id")
    quantity: Decimal = field("How much, in `unit`, for the product's `yieldQuantity`.")
    unit: Unit = field("The unit as it was written.")


@view(ProductRecord, "Something sold, or an intermediate that becomes stock (R-4.4).", node=STAFF_AND_UP)
class Product(Archivable):
    name: str = field("Its name.")
    unit: Unit = field("What it is counted in: `each`, or the unit of the ingredient it makes.")
    yield_quantity: Decimal = field("What one recipe makes, in `unit`.")
    shelf_life_days: int | None = field("For how many days after production it is good.")
    makes_ingredient: Ingredient | None = reference(
        "The ingredient that a batch of it becomes.", "Ingredient", "makes_ingredient_id"
    )
    inherit_expiry: bool = field("Whether what it makes expires with the earliest of what went in.")
    recipe: list[RecipeLine] | None = loaded(
        "What goes in; empty for what is bought in.", lambda loaders: loaders.recipe, gate=STAFF_AND_UP, size=8
    )
    archived_at: datetime | None = archived_at(STAFF_AND_UP)
    batches: Connection[LazyProductionBatch] | None = connection(
        "Its production batches.",
        resolver=production.of_product,
        gate=STAFF_AND_UP,
        filter=ProductionBatchFilter,
        sort=ProductionBatchSort.PRODUCED_ON,
    )


@strawberry.input(description="An ingredient of a recipe.")
class RecipeLineInput:
    ingredient_id: strawberry.ID = strawberry.field(description="The ingredient.")
    quantity: Decimal = strawberry.field(description="How much, in `unit`, for one yield of the recipe.")
    unit: Unit | None = strawberry.field(default=UNSET, description="The ingredient's stock unit if left out.")


@strawberry.input(description="A product to add.")
class CreateProductInput:
    name: str = strawberry.field(description="Up to 200 characters.")
    yield_quantity: Decimal | None = strawberry.field(
        default=UNSET, description="What one recipe makes; 1 if left out."
    )
    recipe: list[RecipeLineInput] | None = strawberry.field(
        default=UNSET, description="What goes in; none for what is bought in."
    )
    shelf_life_days: int | None = strawberry.field(default=UNSET, description="Days after production: 0 to 3650.")
    makes_ingredient_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="For an intermediate: the ingredient that its batches become."
    )
    inherit_expiry: bool | None = strawberry.field(
        default=UNSET, description="Whether what it makes expires with the earliest of what went in; false if left out."
    )


@success("The product was added.")
class CreateProductSuccess:
    product: Product = outcome("The new product.")


@strawberry.input(description="Changes of a product, from now on: its batches keep what they consumed.")
class UpdateProductInput:
    product_id: strawberry.ID = strawberry.field(description="The product.")
    name: str | None = change("Up to 200 characters; never null.")
    yield_quantity: Decimal | None = change("What one recipe makes, in its unit; never null.")
    recipe: list[RecipeLineInput] | None = change("All that goes in from now on; null or empty for what is bought in.")
    shelf_life_days: int | None = change("Days after production: 0 to 3650; null takes it away.")
    makes_ingredient_id: strawberry.ID | None = change(
        "The ingredient that its batches become, or null; only before it is first produced or ordered."
    )
    inherit_expiry: bool | None = change("Whether what it makes expires with the earliest of what went in; never null.")


@success("The product was changed.")
class UpdateProductSuccess:
    product: Product = outcome("The product as it is now.")


@strawberry.type
class ProductQueries:
    product: Product | None = field(
        "A product by its id; null if there is none.", resolver=resolvers.product, gate=STAFF_AND_UP
    )
    products: Connection[Product] | None = connection(
        "The bakery's products.",
        resolver=resolvers.products,
        gate=STAFF_AND_UP,
        filter=ProductFilter,
        sort=NameSort.RECORDED,
    )


@strawberry.type
class ProductMutations:
    create_product = mutation(
        "Add a product, with its recipe or as bought in.",
        resolver=resolvers.create_product,
        input=CreateProductInput,
        success=CreateProductSuccess,
        gate=OWNER_OR_MANAGER,
    )
    update_product = mutation(
        "Change a product. What is left out stays as it is; null takes an optional value away.",
        resolver=updates.update_product,
        input=UpdateProductInput,
        success=UpdateProductSuccess,
        gate=OWNER_OR_MANAGER,
    )
