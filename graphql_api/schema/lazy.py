"""Types that refer to each other in a circle, by name: lots to runs, runs to orders, orders back to lots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry

if TYPE_CHECKING:
    from graphql_api.schema.ingredients import Ingredient
    from graphql_api.schema.lots import Lot
    from graphql_api.schema.orders import Allocation, Order
    from graphql_api.schema.production import Consumption, ProductionBatch
    from graphql_api.schema.purchases import PurchaseOrder
    from graphql_api.schema.traces import Trace

LazyIngredient: TypeAlias = Annotated["Ingredient", strawberry.lazy("graphql_api.schema.ingredients")]
LazyLot: TypeAlias = Annotated["Lot", strawberry.lazy("graphql_api.schema.lots")]
LazyPurchaseOrder: TypeAlias = Annotated["PurchaseOrder", strawberry.lazy("graphql_api.schema.purchases")]
LazyAllocation: TypeAlias = Annotated["Allocation", strawberry.lazy("graphql_api.schema.orders")]
LazyOrder: TypeAlias = Annotated["Order", strawberry.lazy("graphql_api.schema.orders")]
LazyConsumption: TypeAlias = Annotated["Consumption", strawberry.lazy("graphql_api.schema.production")]
LazyProductionBatch: TypeAlias = Annotated["ProductionBatch", strawberry.lazy("graphql_api.schema.production")]
LazyTrace: TypeAlias = Annotated["Trace", strawberry.lazy("graphql_api.schema.traces")]
