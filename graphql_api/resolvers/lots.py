"""Reading lots (R-6.1, R-7.4)."""

from __future__ import annotations

from strawberry import Parent

from bakery.expiry import ExpiryStatus, expiry_status
from bakery.lots import Lot, LotSource, LotStatus
from bakery.production import Consumption
from bakery.store.paging import Listing
from graphql_api.context import Info
from graphql_api.resolvers.checks import Checks, storable
from plans import RoleRequired
from plans.tiers import LEADERS

MAX_SEARCH_LENGTH = 200


async def by_code(root: object, info: Info, code: str) -> Lot | None:
    return await (await info.context.reading()).lots.by_code(code) if storable(code) else None


async def status_of_expiry(lot: Parent[Lot], info: Info) -> ExpiryStatus:
    settings = await info.context.lot_tracking()
    return expiry_status(lot.expires_on, info.context.today, settings.expiry_warning_days)


def days_until_expiry(lot: Parent[Lot], info: Info) -> int | None:
    return None if lot.expires_on is None else (lot.expires_on - info.context.today).days


async def consumptions(lot: Parent[Lot], info: Info) -> list[Consumption]:
    return await info.context.loaders.consumptions_of_lot.load(lot.id)


async def listing(
    info: Info,
    *,
    ingredient_id: str | None = None,
    supplier_id: str | None = None,
    expiry_status: ExpiryStatus | None = None,
    status: LotStatus | None = None,
    source: LotSource | None = None,
    search: str | None = None,
    has_remaining: bool | None = None,
) -> Listing[Lot]:
    """The lots that fit every filter that is given.

    Staff see no supplier and no supplier lot number (R-1.5), so they cannot find lots by them either.
    """
    checks, caller = Checks(), info.context.caller
    sees_suppliers = caller.role in LEADERS
    if supplier_id is not None and not sees_suppliers:
        raise RoleRequired(LEADERS, caller.role)
    if search is not None:
        search = checks.text("filter.search", search, MAX_SEARCH_LENGTH)
    ingredient = checks.optional_id("filter.ingredientId", ingredient_id, "Ingredient")
    supplier = checks.optional_id("filter.supplierId", supplier_id, "Supplier")
    checks.done()
    context = info.context
    store = await context.reading()
    settings = await context.lot_tracking()
    return store.lots.listing(
        context.today,
        settings.expiry_warning_days,
        ingredient_id=ingredient,
        supplier_id=supplier,
        expiry_status=expiry_status,
        status=status,
        source=source,
        search=search,
        search_supplier_numbers=sees_suppliers,
        has_remaining=has_remaining,
    )


async def expiring(info: Info) -> Listing[Lot]:
    context = info.context
    store = await context.reading()
    settings = await context.lot_tracking()
    return store.lots.expiring(context.today, settings.expiry_warning_days)
