"""The inventory dashboard and the waste report (R-6.2, R-6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from babel.numbers import get_currency_precision

from bakery.catalogue import Ingredient
from bakery.days import start_of
from bakery.expiry import ExpiryStatus
from bakery.inventory import InventoryDashboard, dashboard
from bakery.lots import Lot
from bakery.store.paging import Listing
from bakery.waste import PERIODS, WasteGrouping, WasteReport, report
from graphql_api.context import Info
from graphql_api.resolvers.checks import Checks

MAX_REPORT_DAYS = 366


async def inventory_dashboard(root: object, info: Info) -> InventoryDashboard:
    context = info.context
    store, settings = await context.reading(), await context.lot_tracking()
    left = await store.inventory.expiring(context.today, settings.expiry_warning_days)
    currency = context.caller.bakery.currency
    return dashboard(left, context.today, currency, get_currency_precision(currency))


async def low_stock(root: object, info: Info) -> list[Ingredient]:
    return await (await info.context.reading()).ingredients.low()


async def expiring_lots(root: object, info: Info) -> Listing[Lot]:
    return await _lots(info, ExpiryStatus.EXPIRING)


async def expired_lots(root: object, info: Info) -> Listing[Lot]:
    return await _lots(info, ExpiryStatus.EXPIRED)


async def _lots(info: Info, status: ExpiryStatus) -> Listing[Lot]:
    context = info.context
    store, settings = await context.reading(), await context.lot_tracking()
    return store.lots.expiring(context.today, settings.expiry_warning_days, status)


async def waste_report(
    info: Info, *, first_day: date, last_day: date, groupings: Sequence[WasteGrouping]
) -> WasteReport:
    """What was written off on these days, by the bakery's clock."""
    checks = Checks()
    checks.calendar_day("from", first_day)
    checks.calendar_day("to", last_day)
    if last_day < first_day:
        checks.refuse("to", f"{last_day} is before {first_day}, the first day of the report.")
    elif (last_day - first_day).days >= MAX_REPORT_DAYS:
        checks.refuse("to", f"At most {MAX_REPORT_DAYS} days are reported at once.")
    if len(set(groupings)) < len(groupings) or len(PERIODS.keys() & groupings) > 1:
        checks.refuse("groupBy", "Give each grouping once, and at most one of DAY, WEEK and MONTH.")
    checks.done()
    bakery = info.context.caller.bakery
    found = await (await info.context.reading()).inventory.waste(
        start_of(first_day, bakery.time_zone), start_of(last_day + timedelta(days=1), bakery.time_zone)
    )
    return report(
        found,
        groupings,
        first_day=first_day,
        last_day=last_day,
        time_zone=bakery.time_zone,
        currency=bakery.currency,
        decimals=get_currency_precision(bakery.currency),
    )
