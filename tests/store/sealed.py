"""A database with an audit log in it, and what tests do to it."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from bakery.audit import OPERATOR, Act, AuditKind, AuditOutcome, Origin
from bakery.proof import Breach
from bakery.store import BakeryId, Database, Session
from bakery.store.audit import Audit, seal_waiting, verified
from bakery.store.people import add_bakery

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
NOBODY = "f" * 64
"""A hash that no chain has."""


@dataclass(frozen=True)
class Books:
    """A database with two bakeries, as a server has it and as its owner sees it, and a loop to ask it on."""

    url: str
    database: Database
    whole: Database
    runner: asyncio.Runner
    bakeries: list[BakeryId]

    def run(self, act: Awaitable[Any]) -> Any:
        async def awaited() -> Any:
            return await act

        return self.runner.run(awaited())

    def record(self, *actions: str, bakery: int = 0) -> None:
        self.run(record(self.database, self.bakeries[bakery], *actions))

    def seal(self) -> int:
        sealed: int = self.run(seal_waiting(self.database, lambda: NOW))
        return sealed

    def execute(self, *statements: str) -> None:
        async def run() -> None:
            async with self.whole.writing() as session:
                for statement in statements:
                    await session.execute(text(statement))

        self.run(run())

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        async def read() -> list[tuple[Any, ...]]:
            async with self.whole.reading() as session:
                return [tuple(row) for row in await session.rows(text(statement))]

        found: list[tuple[Any, ...]] = self.run(read())
        return found

    def breaches(self, *published: str) -> list[Breach]:
        async def found() -> list[Breach]:
            async with self.whole.reading() as session:
                return [breach for _, breach in (await verified(session, published)).breaches]

        breaches: list[Breach] = self.run(found())
        return breaches

    def chain(self, bakery: int = 0) -> list[str]:
        """The actions in the order of the chain."""
        found = self.rows(
            "SELECT action FROM audit_seals JOIN audit_entries ON audit_entries.bakery_id = audit_seals.bakery_id "
            f"AND id = entry_id WHERE audit_seals.bakery_id = {self.bakeries[bakery]} ORDER BY number"
        )
        return [action for (action,) in found]


def act(action: str) -> Act:
    return Act(AuditKind.COMMAND, action, AuditOutcome.DONE, arguments='{"a":"b"}', things='["Lot:1"]')


async def record(database: Database, bakery: BakeryId, *actions: str) -> None:
    async with database.writing(bakery) as session:
        await add(session, *actions)


async def add(session: Session, *actions: str) -> None:
    await Audit(session).record(list(map(act, actions)), actor=OPERATOR, origin=Origin("::1", "x"), now=NOW)


async def opened(database: Database) -> list[BakeryId]:
    async with database.writing() as session:
        return [
            await add_bakery(session, name="Corner", plan="GROWTH", time_zone="UTC", currency="EUR", now=NOW)
            for _ in range(2)
        ]


@contextmanager
def opened_books(url: str) -> Iterator[Books]:
    """A migrated, empty database with two bakeries."""
    with asyncio.Runner() as runner:
        database, whole = Database(url), Database(url, across_bakeries=True)
        yield Books(url, database, whole, runner, runner.run(opened(database)))
        for each in (database, whole):
            runner.run(each.dispose())
