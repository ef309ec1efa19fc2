"""Each list is read in its order from an index, from its start and from any of its rows; nothing is sorted for it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from bakery.lists import ArchivedFilter, LotSort, NameSort, OrderSort, ProductionBatchSort
from bakery.store import BakeryId, Database, Store
from bakery.store.drivers import Row
from bakery.store.paging import Listing, Window
from bakery.store.statement import OURS, compiled
from tests.api.databases import Templates

DAY = date(2026, 3, 2)
EXCLUDED = ArchivedFilter.EXCLUDED

LISTS: dict[str, Callable[[Store], Listing[Any]]] = {
    **{
        f"{noun}-{sort.value}": lambda store, noun=noun, sort=sort: getattr(store, noun).listing(  # type: ignore[misc]
            sort=sort, archived=EXCLUDED
        )
        for noun in ("suppliers", "customers", "ingredients", "products")
        for sort in NameSort
    },
    **{f"lots-{sort.value}": lambda store, sort=sort: store.lots.listing(DAY, 7, sort=sort) for sort in LotSort},  # type: ignore[misc]
    "lots-of-ingredient": lambda store: store.lots.listing(DAY, 7, of_ingredient=1, sort=LotSort.EXPIRY),
    "lots-of-supplier": lambda store: store.lots.listing(DAY, 7, of_supplier=1),
    "lots-expiring": lambda store: store.lots.expiring(DAY, 7),
    **{
        f"orders-{sort.value}": lambda store, sort=sort: store.orders.listing(sort=sort, archived=EXCLUDED)  # type: ignore[misc]
        for sort in OrderSort
    },
    "orders-of-customer": lambda store: store.orders.listing(of_customer=1, archived=EXCLUDED),
    **{
        f"batches-{sort.value}": lambda store, sort=sort: store.production.listing(sort=sort)  # type: ignore[misc]
        for sort in ProductionBatchSort
    },
    "batches-of-product": lambda store: store.production.listing(of_product=1, sort=ProductionBatchSort.PRODUCED_ON),
    "purchase-orders": lambda store: store.purchases.listing(),
    "purchase-orders-of-supplier": lambda store: store.purchases.listing(of_supplier=1),
    "movements-of-ingredient": lambda store: store.ledger.of_ingredient(1),
    "movements-of-lot": lambda store: store.ledger.of_lot(1),
    "audit-log": lambda store: store.audit.listing(),
}


@pytest.fixture(scope="module")
def url(engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with templates.copy(engine, tmp_path_factory.mktemp("lists")) as copied:
        yield copied


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_read_from_an_index(url: str, name: str) -> None:
    for from_end in (False, True):
        for deep in (False, True):
            plan = asyncio.run(plan_of(url, LISTS[name], from_end=from_end, deep=deep))
            assert "sort" not in plan.lower(), plan
            assert "temp b-tree" not in plan.lower(), plan
            assert "using" in plan.lower(), plan
            assert "seq scan" not in plan.lower(), plan
            if deep:  # it begins at the row, and does not walk up to it
                assert re.search(r"(?<!-)[<>]", plan), plan


async def plan_of(url: str, listing: Callable[[Store], Listing[Any]], *, from_end: bool, deep: bool) -> str:
    """How the database reads a page. PostgreSQL is told to sort and scan only where there is no other way."""
    database = Database(url)
    try:
        async with database.writing(BakeryId(1)) as session:
            listed = listing(Store(session))
            values = {int: 1, str: "a", date: DAY}
            key = tuple(values[kind] for kind in listed.key_types) if deep else None
            window = Window(10, after=None if from_end else key, before=key if from_end else None, from_end=from_end)
            if not database.is_sqlite:
                for way in ("sort", "seqscan", "bitmapscan"):
                    await session.execute(text(f"SET LOCAL enable_{way} = off"))
            page = compiled(listed.statement_of(window), (), database.dialect).operation({OURS.key: 1})
            page.text = ("EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN ") + page.text
            lines: list[Row] = []
            page.take = lines.extend
            await session.transaction.fetch(page)
            return "\n".join(str(line[-1]) for line in lines)
    finally:
        await database.dispose()
