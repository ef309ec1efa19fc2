"""The proof finds nothing in books that the product wrote, and each way of spoiling them by its rule."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import ForeignKeyConstraint, Table, event, text

import bakery.proof
from bakery.catalogue import Bakery
from bakery.proof import Breach
from bakery.store import BakeryId, Database, Session, tables
from bakery.store.documents import altered
from bakery.store.legible import forbidden, unreadable
from bakery.store.proof import breaches, foreign_rows
from plans import Plan, Role
from tests.api.databases import Templates
from tests.store.corruption import Corruption
from tests.store.corruptions_of_purchases import PURCHASES
from tests.store.corruptions_of_records import CODES, DATES, LINKS, RUNS
from tests.store.corruptions_of_stock import LOTS, STOCK, UNTRACKED
from tests.store.corruptions_of_the_undone import UNDONE
from tests.store.story import DOCUMENT_HASH, Story, tell

T = TypeVar("T")

NOWHERE = 123456789
CORRUPTIONS = (*STOCK, *LOTS, *UNTRACKED, *CODES, *DATES, *PURCHASES, *RUNS, *LINKS, *UNDONE)

# The statements that drop what would keep a database from being spoiled. SQLite's constraints cannot be dropped; they
# are switched off.
SQLITE_GUARDS = "SELECT 'DROP TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger'"
POSTGRESQL_GUARDS = """
SELECT 'DROP TRIGGER ' || tgname || ' ON ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'ALTER TABLE ' || conrelid::regclass || ' DROP CONSTRAINT ' || conname FROM pg_constraint
WHERE contype IN ('c', 'f') AND conrelid <> 0
UNION ALL
SELECT 'ALTER TABLE products ALTER COLUMN name DROP NOT NULL'
"""


class Undone(Exception):
    """Rolls back what was spoiled."""


@dataclass(frozen=True)
class Books:
    """A database with the story in it, whose own guards were taken away once the story was told."""

    database: Database
    story: Story
    runner: asyncio.Runner

    def fill(self, template: str) -> str:
        """The text with the numbers of the records that it names."""
        true, false = ("1", "0") if self.database.is_sqlite else ("TRUE", "FALSE")
        far, near = self.story.bakery.id, self.story.neighbour.id
        return template.format_map({**self.story.ids, "far": far, "near": near, "true": true, "false": false})

    def spoil(
        self, *statements: str, then: Callable[[Session], Coroutine[Any, Any, T]], bakery: Bakery | None = None
    ) -> T:
        """What `then` finds after the statements, in a transaction that is rolled back."""
        written = [self.fill(statement) for statement in statements]
        return self.runner.run(self._spoil(written, then, (bakery or self.story.bakery).id))

    async def _spoil(
        self, statements: list[str], then: Callable[[Session], Coroutine[Any, Any, T]], bakery_id: int
    ) -> T:
        found: list[T] = []
        with suppress(Undone):
            async with self.database.writing(BakeryId(bakery_id)) as session:
                for statement in statements:
                    # A statement that spoils nothing would prove nothing.
                    assert await session.rows(text(f"{statement} RETURNING 1")), statement
                found.append(await then(session))
                raise Undone
        return found[0]

    def breaches(self, *statements: str, bakery: Bakery | None = None) -> list[Breach]:
        proven = bakery or self.story.bakery
        return self.spoil(*statements, then=lambda session: breaches(session, proven), bakery=proven)


async def _tell(url: str) -> Story:
    """Tell the story; then drop what keeps a database from being spoiled."""
    database = Database(url)
    story = await tell(database)
    await database.dispose()
    database = Database(url, across_bakeries=True)
    async with database.writing() as session:
        for row in await session.rows(text(SQLITE_GUARDS if database.is_sqlite else POSTGRESQL_GUARDS)):
            await session.execute(text(row[0]))
    await database.dispose()
    return story


def _unguarded(url: str) -> Database:
    database = Database(url, across_bakeries=True)
    if database.is_sqlite:

        @event.listens_for(database.engine.sync_engine, "connect")
        def switch_constraints_off(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA foreign_keys=OFF")
            connection.execute("PRAGMA ignore_check_constraints=ON")

    return database


@pytest.fixture(scope="module")
def books(engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    with templates.copy(engine, tmp_path_factory.mktemp("proof")) as url, asyncio.Runner() as runner:
        story = runner.run(_tell(url))
        database = _unguarded(url)
        yield Books(database, story, runner)
        runner.run(database.dispose())


# ── clean books ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_books_written_by_the_product_have_no_breach(books: Books) -> None:
    assert books.breaches() == []
    assert books.breaches(bakery=books.story.neighbour) == []
    assert books.spoil(then=foreign_rows) == []


def test_only_the_bakery_of_the_session_is_proven(books: Books) -> None:
    """A neighbour's breach is the neighbour's; a session bound to one bakery proves no other."""
    neighbour = books.story.neighbour
    spoilt = "UPDATE ingredients SET untracked = 5 WHERE id = {neighbour's flour}"
    assert books.breaches(spoilt) == []
    assert {breach.rule for breach in books.breaches(spoilt, bakery=neighbour)} == {"R-2.1", "R-2.3"}
    with pytest.raises(ValueError, match="bound to bakery"):
        books.spoil(then=lambda session: breaches(session, neighbour))


def test_a_ledger_is_read_whole_also_in_parts(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (1, 7):
        monkeypatch.setattr("bakery.store.proof.MOVEMENTS_AT_ONCE", size)
        assert books.breaches() == []


@pytest.mark.parametrize(
    "number", ["ORD-260604-0001", "ORD-260604-004", "ORD-190101-001", "ORD-260605", "A-1", "LOT-260602-001"]
)
def test_an_order_may_bear_a_number_of_its_own(books: Books, number: str) -> None:
    assert books.breaches(f"UPDATE orders SET number = '{number}' WHERE id = {{cancelled order}}") == []


# ── books that cannot be read ─────────────────────────────────────────────────────────────────────────────────────────
EVERYWHERE = {
    "no value of an enum": ("lots", "source = 'GIFT'", "{A3}", "Its source is 'GIFT': no one of PURCHASE_ORDER, REST"),
    "no plan": ("bakeries", "plan = 'GOLD'", "{far}", "Its plan is 'GOLD': no one of ESSENTIALS, GROWTH, SCALE."),
    "no role": ("members", "role = 'KING'", "(SELECT min(id) FROM members)", "Its role is 'KING': no one of OWNER"),
    "no time zone": ("bakeries", "time_zone = 'Mars/North'", "{far}", "Its time_zone is 'Mars/North': no time zone."),
}
STRAYS = {
    "sqlite": EVERYWHERE
    | {
        "a word for a quantity": ("ingredients", "untracked = 'abc'", "{sugar}", "Its untracked is 'abc': no number."),
        "a fraction": ("ingredients", "tracked = 1.5", "{sugar}", "Its tracked is '1.5': no number."),
        "no day": ("lots", "received_on = 'someday'", "{A3}", "Its received_on is 'someday': no day."),
        "no day of its month": ("lots", "received_on = '2026-02-30'", "{A3}", "is '2026-02-30': no day."),
        "a moment for a day": ("lots", "received_on = '2026-03-09 00:00:00'", "{A3}", "no day."),
        "a number for a day": ("lots", "received_on = 1.5", "{A3}", "Its received_on is '1.5': no day."),
        "a day for a moment": ("lots", "recorded_at = '2026-03-09'", "{A3}", "Its recorded_at is '2026-03-09': no mo"),
        "the first moment": ("lots", "recorded_at = '0001-01-01 00:00:00.000000'", "{A3}", "no moment."),
        "no hour": ("lots", "recorded_at = '2026-03-09 29:00:00.000000'", "{A3}", "no moment."),
        "no moment": ("lots", "recorded_at = 'then'", "{A3}", "Its recorded_at is 'then': no moment."),
        "bytes for a text": ("lots", "code = x'6162'", "{A3}", "Its code is 'ab': no text."),
    },
    "postgresql": EVERYWHERE
    | {
        "a far day": ("lots", "received_on = '20000-01-01'", "{A3}", "Its received_on is '20000-01-01': no day."),
        "an endless day": ("lots", "received_on = 'infinity'", "{A3}", "Its received_on is 'infinity': no day."),
        "nothing": ("products", "name = NULL", "{bread}", "Its name is missing."),
    },
}
"""What each database can be made to keep: table, what is set, in which row, and what is told of it."""


async def _unreadable(session: Session) -> list[Breach]:
    return await unreadable(session, plans=[plan.value for plan in Plan], roles=[role.value for role in Role])


def test_values_that_cannot_be_read_are_told_with_their_rows(books: Books) -> None:
    """Instead of a proof: what cannot be read cannot be proven."""
    for table, value, row, message in STRAYS["sqlite" if books.database.is_sqlite else "postgresql"].values():
        [breach] = books.spoil(f"UPDATE {table} SET {value} WHERE id = {row}", then=_unreadable)
        number = books.fill(row) if row.startswith("{") else ""
        assert (breach.rule, breach.subject.startswith(f"{table} {number}")) == ("form", True)
        assert message in breach.message


def test_what_can_be_read_is_proven(books: Books) -> None:
    assert books.spoil(then=_unreadable) == []
    assert books.spoil(then=forbidden) == []


def test_rows_that_their_table_forbids_are_told(books: Books) -> None:
    """A database whose own conditions were switched off, for a while at least."""
    for spoilt, subject, condition in (
        ("UPDATE products SET yield_quantity = 0 WHERE id = {bread}", "products {bread}", "yield_quantity > 0"),
        ("UPDATE lot_tracking_settings SET expiry_warning_days = -1", "lot_tracking_settings", "BETWEEN 0 AND 365"),
    ):
        found = books.spoil(spoilt, then=forbidden)
        assert any(breach.subject.startswith(books.fill(subject)) for breach in found)
        assert all(condition in breach.message for breach in found)


# ── spoilt books ──────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda corruption: corruption.name)
def test_spoilt_books_break_just_the_rules_they_break(books: Books, corruption: Corruption) -> None:
    found = books.breaches(*corruption.statements)
    assert {breach.rule for breach in found} == set(corruption.found), found
    for rule, part in corruption.found.items():
        said = [f"{breach.subject}: {breach.message}" for breach in found if breach.rule == rule]
        assert any(books.fill(part) in text for text in said), said


def test_every_rule_that_the_proof_names_is_broken_by_a_test() -> None:
    folder = Path(bakery.proof.__file__).parent
    named = {rule for file in folder.glob("*.py") for rule in re.findall(r'"(R-\d\.\d)"', file.read_text())}
    assert named == {rule for corruption in CORRUPTIONS for rule in corruption.found}


def test_a_trusted_document_that_was_changed_is_found(books: Books) -> None:
    """Whoever asks by a hash gets the text that has it."""
    assert books.spoil(then=altered) == []
    [breach] = books.spoil("UPDATE trusted_documents SET text = text || ' '", then=altered)
    assert DOCUMENT_HASH in breach.subject


# ── rows that point elsewhere ─────────────────────────────────────────────────────────────────────────────────────────
def _references() -> Iterator[tuple[Table, ForeignKeyConstraint]]:
    for table in tables.metadata.sorted_tables:
        for constraint in table.foreign_key_constraints:
            yield table, constraint


@pytest.mark.parametrize("to_a_bakery", [False, True])
def test_every_reference_that_leads_nowhere_is_found(books: Books, to_a_bakery: bool) -> None:
    """All references of the tables at once: each is led astray in one row at least."""
    statements: list[str] = []
    expected: set[tuple[str, str]] = set()
    for table, constraint in _references():
        *_, column = constraint.column_keys
        if (column == "bakery_id") is to_a_bakery:
            some = f"SELECT min({column}) FROM {table.name}"
            statements.append(f"UPDATE {table.name} SET {column} = {NOWHERE} WHERE {column} = ({some})")
            target = constraint.referred_table.name
            expected.add((table.name, f"Its {column} is {NOWHERE}, and there is no such row in {target}."))
    found = books.spoil(*statements, then=foreign_rows)
    assert {breach.rule for breach in found} == {"R-1.1"}
    assert {(breach.subject.split()[0], breach.message) for breach in found} == expected


@pytest.mark.parametrize(
    ("statement", "subject", "message"),
    [
        (
            "UPDATE consumptions SET lot_id = {neighbour's lot} WHERE batch_id = {roll run}",
            r"consumptions \d+ of bakery {far}",
            "Its lot_id is {neighbour's lot}, and that row of lots is of bakery {near}.",
        ),
        (
            "UPDATE allocations SET batch_id = {neighbour's run} WHERE order_id = {levain order}",
            r"allocations \d+ of bakery {far}",
            "Its batch_id is {neighbour's run}, and that row of production_batches is of bakery {near}.",
        ),
        (
            "UPDATE code_counters SET bakery_id = 0 WHERE kind = 'PO' AND day = '2026-06-05'",
            "code_counters PO, 2026-06-05 of bakery 0",
            "Its bakery_id is 0, and there is no such row in bakeries.",
        ),
        (
            "UPDATE lot_tracking_settings SET bakery_id = 0 WHERE bakery_id = {far}",
            "lot_tracking_settings of bakery 0",
            "Its bakery_id is 0, and there is no such row in bakeries.",
        ),
    ],
)
def test_a_row_that_points_across_bakeries_is_found(books: Books, statement: str, subject: str, message: str) -> None:
    [found] = books.spoil(statement, then=foreign_rows)
    assert (found.rule, found.message) == ("R-1.1", books.fill(message))
    assert re.fullmatch(books.fill(subject), found.subject)


def test_a_bakery_with_rows_that_lead_nowhere_is_still_proven(books: Books) -> None:
    """A proof does not fall over what it is there to find."""
    for table, constraint in _references():
        *_, column = constraint.column_keys
        if "bakery_id" in table.c and column not in ("bakery_id", "actor_id"):
            books.breaches(f"UPDATE {table.name} SET {column} = -{column} WHERE {column} IS NOT NULL")
