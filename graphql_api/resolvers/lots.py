"""Reading lots (R-6.1, R-7.4)."""

from __future__ import annotations

from typing import Any

from strawberry import Parent

from bakery.catalogue import Ingredient, Supplier
from bakery.expiry import ExpiryStatus, expiry_status
from bakery.lists import LotSort
from bakery.lots import Lot
from bakery.store.paging import Listing
from graphql_api.context import ExpiryWarning, Info
from graphql_api.resolvers.checks import Checks, storable
from plans import RoleRequired
from plans.tiers import LEADERS


async def by_code(root: object, info: Info, code: str) -> Lot | None:
    return await info.context.loaders.lot_by_code(code) if storable(code) else None


def status_of_expiry(lot: Lot, warning: ExpiryWarning) -> ExpiryStatus:
    return expiry_status(lot.expires_on, warning.today, warning.days)


def days_until_expiry(lot: Lot, warning: ExpiryWarning) -> int | None:
    return None if lot.expires_on is None else (lot.expires_on - warning.today).days


async def listing(root: object, info: Info, *, sort: LotSort, **filter: Any) -> Listing[Lot]:
    return await _listing(info, sort, **filter)


async def of_ingredient(ingredient: Parent[Ingredient], info: Info, *, sort: LotSort, **filter: Any) -> Listing[Lot]:
    return await _listing(info, sort, of_ingredient=ingredient.id, **filter)


async def of_supplier(supplier: Parent[Supplier], info: Info, *, sort: LotSort, **filter: Any) -> Listing[Lot]:
    return await _listing(info, sort, of_supplier=supplier.id, **filter)


async def _listing(
    info: Info,
    sort: LotSort,
    *,
    ingredient_id: str | None = None,
    supplier_id: str | None = None,
    search: str | None = None,
    **others: Any,
) -> Listing[Lot]:
    """The lots that fit every filter that is given.

    Staff see no supplier and no supplier lot number (R-1.5), so they cannot find lots by them either.
    """
    checks, caller = Checks(), info.context.caller
    sees_suppliers = caller.role in LEADERS
    if supplier_id is not None and not sees_suppliers:
        raise RoleRequired(LEADERS, caller.role)
    search = checks.search(search)
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
        search=search,
        search_supplier_numbers=sees_suppliers,
        sort=sort,
        **others,
    )


async def expiring(root: object, info: Info) -> Listing[Lot]:
    context = info.context
    store = await context.reading()
    settings = await context.lot_tracking()
    return store.lots.expiring(context.today, settings.expiry_warning_days)
