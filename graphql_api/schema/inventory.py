"""What is about to be lost, and what was: the inventory dashboard and the waste report (R-6.2, R-6.3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from bakery.inventory import InventoryDashboard as InventoryDashboardRecord
from bakery.lots import WriteOffReason
from bakery.quantity import Unit
from bakery.waste import Amount, WasteGrouping
from bakery.waste import WasteGroup as WasteGroupRecord
from bakery.waste import WasteReport as WasteReportRecord
from graphql_api.context import Info
from graphql_api.execution.costs import REPORT
from graphql_api.resolvers import inventory as resolvers
from graphql_api.schema.fields import Connection, connection, field, reference, view
from graphql_api.schema.gates import OWNER_OR_MANAGER
from graphql_api.schema.ingredients import Ingredient
from graphql_api.schema.lots import Lot
from graphql_api.schema.partners import Supplier
from graphql_api.schema.products import Product


@view(InventoryDashboardRecord, "What is about to be lost, and what runs low (R-6.2).")
class InventoryDashboard:
    currency: str = field("ISO 4217 code of the values.")
    expiring_count: int = field("How many lots with stock left expire within the warning window, today included.")
    expired_count: int = field("How many lots with stock left have expired.")
    expiring_value: Decimal = field("What is left in expiring lots at its cost, rounded to the currency.")
    expired_value: Decimal = field("What is left in expired lots at its cost, rounded to the currency.")
    expiring_without_cost: int = field(
        "How many of the expiring lots have no known cost; they add nothing to the value."
    )
    expired_without_cost: int = field("How many of the expired lots have no known cost; they add nothing to the value.")
    expiring_lots: Connection[Lot] | None = connection(
        "The expiring lots, soonest first.", resolver=resolvers.expiring_lots
    )
    expired_lots: Connection[Lot] | None = connection(
        "The expired lots with stock left, longest expired first.", resolver=resolvers.expired_lots
    )
    low_stock: list[Ingredient] = field(
        "The ingredients whose stock is at or below their reorder point, in the order of recording. One without a "
        "reorder point is never low.",
        resolver=resolvers.low_stock,
    )


@view(Amount, "A quantity with its unit.")
class WasteQuantity:
    quantity: Decimal = field("How much, in `unit`.")
    unit: Unit = field("The stock unit of the ingredients, or the unit of the products.")


@view(WasteGroupRecord, "The waste that has in common what the report tells apart; what it does not is null.")
class WasteGroup:
    first_day: date = field("The first day of its period; no day before the report's.")
    last_day: date = field("The last day of its period; no day after the report's.")
    reason: WriteOffReason | None = field("Why it is waste.")
    ingredient: Ingredient | None = reference("What was thrown away.", "Ingredient", "ingredient_id")
    product: Product | None = reference("What was thrown away, for a finished product.", "Product", "product_id")
    supplier: Supplier | None = reference(
        "Who delivered it; null also where none is known, or it was made here.", "Supplier", "supplier_id"
    )
    quantities: list[WasteQuantity] = field("How much: one sum for each unit, never of different units together.")
    cost: Decimal = field("What it cost, where that is known; summed exactly, then rounded to the currency.")
    without_cost: list[WasteQuantity] = field("What of it has no known cost; empty if `cost` is of all.")


@view(WasteReportRecord, "What was thrown away, and what it cost (R-6.3).")
class WasteReport:
    first_day: date = field("The first day of the report.")
    last_day: date = field("The last day of the report.")
    currency: str = field("ISO 4217 code of the costs.")
    total: WasteGroup = field("All of it. Rounded by itself, so the groups' costs may sum to another last digit.")
    groups: list[WasteGroup] = field("By period, the dearest first within one; none where nothing is told apart.")


async def _waste_report(
    root: Any,
    info: Info,
    from_: Annotated[date, strawberry.argument(name="from")],
    to: date,
    group_by: list[WasteGrouping] | None = UNSET,
) -> WasteReportRecord:
    return await resolvers.waste_report(info, first_day=from_, last_day=to, groupings=group_by or [])


@strawberry.type
class InventoryQueries:
    inventory_dashboard: InventoryDashboard | None = field(
        "What is about to be lost, and what runs low, today in the bakery (R-6.2).",
        resolver=resolvers.inventory_dashboard,
        gate=OWNER_OR_MANAGER,
        cost=REPORT,
    )
    waste_report: WasteReport | None = field(
        "What was thrown away, and what it cost (R-6.3).",
        resolver=_waste_report,
        gate=OWNER_OR_MANAGER,
        cost=REPORT,
        arguments={
            "from_": "The first day, in the bakery's time zone.",
            "to": "The last day; at most 366 days are reported at once.",
            "group_by": "What to tell apart, in any combination of a reason, a thing, a supplier and one period.",
        },
    )
