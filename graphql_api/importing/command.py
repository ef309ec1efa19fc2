"""An import from first to last: all files are read, then all rows are taken in one transaction, or none."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from bakery.audit import OPERATOR, Act, AuditKind, AuditOutcome, Origin, kept_arguments
from bakery.store import Database, Session, Store
from bakery.store.bulk import BulkSession
from bakery.store.paging import Listing
from bakery.store.people import all_bakeries, find_bakery
from graphql_api.administration import UnknownBakery
from graphql_api.auth import Caller
from graphql_api.context import Work
from graphql_api.importing.files import Sheet, read
from graphql_api.importing.forms import FORMS, Form
from graphql_api.importing.known import KnownStore
from graphql_api.importing.names import Names, everything
from graphql_api.importing.problems import ImportRefused
from graphql_api.importing.records import Records
from plans import Plan, Role

Advance = Callable[[str, int, int], None]
"""Told how an import goes on: the noun, how many of its rows were done just now, and of how many."""


async def import_files(
    database: Database,
    now: datetime,
    bakery_id: int,
    files: Mapping[Form, Path],
    advance: Advance = lambda noun, done, of: None,
) -> dict[str, int]:
    """Take the files as the bakery's owner; returns how many records each became, by noun.

    Raises `ImportRefused` with every problem of every file, and `UnknownBakery`; nothing was taken then.
    """
    sheets = [read(files[form], form) for form in FORMS if form in files]
    # Where a file cannot be read, what others refer to is not known: only what is wrong with the files is told.
    if any(sheet.problems.unreadable for sheet in sheets):
        _refuse(sheets)
    async with database.writing() as session:
        async with _work_of_owner(session, bakery_id, now) as work:
            counts = await _take(work, sheets, advance)
        if any(sheet.problems.in_order() for sheet in sheets):
            _refuse(sheets)
        await Store(session).audit.record([_act(files, counts)], actor=OPERATOR, origin=Origin(), now=now)
        return counts


def _act(files: Mapping[Form, Path], counts: Mapping[str, int]) -> Act:
    """The import as one entry of the audit log: each file by its digest, and how many records it became."""
    told = {
        form.noun: {
            "file": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "count": counts[form.noun],
        }
        for form, path in files.items()
    }
    return Act(AuditKind.COMMAND, "import", AuditOutcome.DONE, arguments=kept_arguments(told))


async def _take(work: Work, sheets: Sequence[Sheet], advance: Advance) -> dict[str, int]:
    records = Records(work, await _known_names(work.store))
    counts = {}
    for sheet in sheets:
        noun, rows = sheet.form.noun, len(sheet.rows)

        def tell(done: int, noun: str = noun, rows: int = rows) -> None:
            advance(noun, done, rows)

        counts[noun] = await records.add(sheet, tell)
    return counts


def _refuse(sheets: Sequence[Sheet]) -> None:
    raise ImportRefused([problem for sheet in sheets for problem in sheet.problems.in_order()])


async def _known_names(store: Store) -> dict[str, Names]:
    """The names that the bakery has already, by kind."""
    listings: dict[str, Listing[Any]] = {
        "Supplier": store.suppliers.listing(),
        "Ingredient": store.ingredients.listing(),
        "Customer": store.customers.listing(),
        "Product": store.products.listing(),
    }
    known: dict[str, Names] = {}
    for kind, listing in listings.items():
        known[kind] = Names(kind)
        async for record in everything(listing):
            known[kind].add(record.name, record.id)
    return known


@asynccontextmanager
async def _work_of_owner(session: Session, bakery_id: int, now: datetime) -> AsyncIterator[Work]:
    """Work on a bakery in the name of its owner, in bulk: what it inserts has reached the database at its end."""
    found = await find_bakery(session, bakery_id)
    if found is None:
        raise UnknownBakery(bakery_id)
    session.bind(found)
    bulk = BulkSession(session)
    reading = Store(session)
    numbers = frozenset([order.number async for order in everything(reading.orders.listing())])
    yield Work(
        store=KnownStore(bulk, numbers),
        caller=await _owner(session, reading),
        now=now,
        settings=await reading.features.lot_tracking(),
    )
    await bulk.flush()


async def _owner(session: Session, store: Store) -> Caller:
    """The bakery's owner, as if signed in."""
    [bakery] = [bakery for bakery in await all_bakeries(session) if bakery.id == session.bakery_id]
    owner = await store.people.first_with_role(Role.OWNER.value)
    if owner is None:
        raise RuntimeError(f"bakery {bakery.id} has no owner")
    return Caller(
        bakery_id=session.bakery_id,
        bakery=bakery,
        member_id=owner.id,
        id=owner.id,
        name=owner.name,
        role=Role.OWNER,
        plan=Plan(bakery.plan),
        switches=await store.features.switched_on(),
        scopes=frozenset(),
    )
