"""Migrations up, down and up again on every database at hand, and what the database itself refuses."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.util import CommandError

from bakery.store.migration import check, downgrade, migrate
from bakery.store.standing import is_current
from tests.conftest import SERVERS, VERSIONS
from tests.support.postgres import drop_database, fresh_database

NOW = "2026-03-02 08:00:00"
Run = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(params=["sqlite", *VERSIONS], ids=str)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database: SQLite, and each version of PostgreSQL that is installed."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'deep' / 'down' / 'bakery.db'}"
        return
    url = fresh_database(request.config.stash[SERVERS].url(request.param))
    yield url
    drop_database(url)


@contextmanager
def connected(url: str) -> Iterator[Run]:
    """Runs statements, each in a transaction of its own; written by hand, past the product."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as file:
            file.execute("PRAGMA foreign_keys=ON")
            yield lambda statement: file.execute(statement).fetchall()
        return
    with psycopg.connect(url, autocommit=True) as connection:

        def run(statement: str) -> list[tuple[Any, ...]]:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

        yield run


def things_in(url: str) -> set[str]:
    """The names of all tables, indexes, triggers, sequences and functions but alembic's and the database's own."""
    catalogues = (
        ["SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'"]
        if url.startswith("sqlite")
        else [
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace",
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
            "SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype <> 'c'"
            " AND typcategory <> 'A'",
        ]
    )
    with connected(url) as run:
        return {name for query in catalogues for (name,) in run(query) if not name.startswith("alembic")}


def test_up_down_and_up_again(empty_url: str) -> None:
    """House: from empty to head, down, and up again, and what the code and the database say is the same."""
    migrate(empty_url)
    assert is_current(empty_url)
    check(empty_url)
    first = things_in(empty_url)
    assert "movements" in first

    downgrade(empty_url)
    assert not is_current(empty_url)
    assert things_in(empty_url) - {"pk_alembic_version"} == set()

    migrate(empty_url)
    check(empty_url)
    assert things_in(empty_url) == first
    migrate(empty_url)  # at the head there is nothing to do
    assert is_current(empty_url)


def test_a_difference_is_found(empty_url: str) -> None:
    """So that `check` above is known to look."""
    migrate(empty_url)
    with connected(empty_url) as run:
        run("ALTER TABLE suppliers ADD COLUMN colour VARCHAR(7)")
    with pytest.raises(CommandError, match="colour"):
        check(empty_url)


# ── what the database refuses by itself ───────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def two_bakeries(empty_url: str) -> Iterator[Run]:
    """Bakeries 1 and 2, with an owner, an ingredient and a movement each, numbered 10, 11, 12 and 20, 21, 22."""
    migrate(empty_url)
    with connected(empty_url) as run:
        for bakery in (1, 2):
            run(f"INSERT INTO bakeries VALUES ({bakery}, 'Bakery', 'GROWTH', 'UTC', 'EUR', '{NOW}')")
            insert(run, "members", bakery_id=bakery, id=bakery * 10, name="Owner", role="OWNER", recorded_at=NOW)
            insert(
                run,
                "ingredients",
                bakery_id=bakery,
                id=bakery * 10 + 1,
                name="Flour",
                unit="kg",
                tracked=0,
                untracked=0,
                recorded_at=NOW,
            )
            movement(run, bakery_id=bakery)
        yield run


def insert(run: Run, table: str, **values: Any) -> None:
    written = ", ".join(str(value) if isinstance(value, int) else f"'{value}'" for value in values.values())
    run(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({written})")


def movement(run: Run, bakery_id: int, **values: Any) -> None:
    """A movement of the bakery's ingredient by its owner, but for what a test says."""
    usual = {
        "id": bakery_id * 10 + 2,
        "ingredient_id": bakery_id * 10 + 1,
        "kind": "ADJUSTMENT",
        "quantity": 5,
        "actor_id": bakery_id * 10,
        "happened_at": NOW,
        "recorded_at": NOW,
    }
    insert(run, "movements", bakery_id=bakery_id, **{**usual, **values})


REFUSED = (sqlite3.IntegrityError, psycopg.IntegrityError, psycopg.errors.RaiseException)


def test_movements_are_never_changed_or_deleted(two_bakeries: Run, empty_url: str) -> None:
    """R-2.1: by a trigger, whoever tries, one row or all; on PostgreSQL also not by `TRUNCATE`."""
    before = two_bakeries("SELECT * FROM movements ORDER BY id")
    statements = [
        "UPDATE movements SET quantity = 6",
        "UPDATE movements SET note = 'corrected' WHERE id = 12",
        "DELETE FROM movements",
        "DELETE FROM movements WHERE id = 12",
    ]
    if not empty_url.startswith("sqlite"):
        statements += ["TRUNCATE movements", "TRUNCATE bakeries CASCADE"]
    for statement in statements:
        with pytest.raises(REFUSED, match="never"):
            two_bakeries(statement)
        assert two_bakeries("SELECT * FROM movements ORDER BY id") == before


def test_movements_are_not_replaced(two_bakeries: Run, empty_url: str) -> None:
    """R-2.1: nor by the upsert of either database."""
    before = two_bakeries("SELECT * FROM movements ORDER BY id")
    columns = "bakery_id, id, ingredient_id, kind, quantity, actor_id, happened_at, recorded_at"
    values = f"VALUES (1, 12, 11, 'ADJUSTMENT', 9, 10, '{NOW}', '{NOW}')"
    statements = [f"INSERT INTO movements ({columns}) {values} ON CONFLICT (bakery_id, id) DO UPDATE SET quantity = 9"]
    if empty_url.startswith("sqlite"):
        statements.append(f"INSERT OR REPLACE INTO movements ({columns}) {values}")
    for statement in statements:
        with pytest.raises(REFUSED, match="never"):
            two_bakeries(statement)
    assert two_bakeries("SELECT * FROM movements ORDER BY id") == before


def test_a_reference_across_bakeries_is_refused(two_bakeries: Run) -> None:
    """R-1.1: each reference carries the bakery with it."""
    usual = {"bakery_id": 1, "id": 99, "ingredient_id": 11, "actor_id": 10}
    for wrong in ({"ingredient_id": 21}, {"actor_id": 20}, {"bakery_id": 2}, {"bakery_id": 3}):
        with pytest.raises((sqlite3.IntegrityError, psycopg.errors.ForeignKeyViolation)):
            movement(two_bakeries, **{**usual, **wrong})
    movement(two_bakeries, **usual)


def test_a_bakery_has_one_owner(two_bakeries: Run) -> None:
    """R-1.3"""
    with pytest.raises(REFUSED):
        insert(two_bakeries, "members", bakery_id=1, id=13, name="Second", role="OWNER", recorded_at=NOW)


def test_a_lot_that_cannot_be_is_refused(two_bakeries: Run) -> None:
    """R-2.4, R-4.6, R-4.8, R-1.1: the balance closes and is never below zero, and no lot expires before its receipt."""
    mistakes: list[dict[str, Any]] = [
        {"quantity_remaining": -1, "quantity_consumed": 11},
        {"quantity_remaining": 9},
        {"expires_on": "2026-03-01"},
        {"source": "FOUND"},
        {"ingredient_id": 21},
    ]
    lot = {
        "bakery_id": 1,
        "id": 14,
        "code": "LOT-260302-001",
        "ingredient_id": 11,
        "source": "MANUAL",
        "received_on": "2026-03-02",
        "quantity_received": 10,
        "quantity_adjusted": 0,
        "quantity_consumed": 0,
        "quantity_written_off": 0,
        "quantity_remaining": 10,
        "recorded_at": NOW,
    }
    for wrong in mistakes:
        with pytest.raises(REFUSED):
            insert(two_bakeries, "lots", **{**lot, **wrong})
    insert(two_bakeries, "lots", **lot)


def test_every_reference_between_records_carries_the_bakery(two_bakeries: Run, empty_url: str) -> None:
    """R-1.1: no foreign key of any table refers to a record by its number alone."""
    for table, columns, target in foreign_keys(two_bakeries, empty_url):
        # Trusted documents are of no bakery: nothing of one is in them.
        if target not in ("bakeries", "trusted_documents"):
            assert "bakery_id" in columns, f"{table} refers to {target} by {columns}"


def foreign_keys(run: Run, url: str) -> list[tuple[str, set[str], str]]:
    """Table, columns and target of each foreign key."""
    if url.startswith("sqlite"):
        found = run(
            'SELECT t.name, k.id, k."from", k."table" FROM sqlite_schema t, pragma_foreign_key_list(t.name) k'
            " WHERE t.type = 'table'"
        )
    else:
        found = run(
            "SELECT c.conrelid::regclass::text, c.oid, a.attname, c.confrelid::regclass::text FROM pg_constraint c"
            " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey) WHERE c.contype = 'f'"
        )
    keys: dict[tuple[str, int, str], set[str]] = {}
    for table, key, column, target in found:
        keys.setdefault((table, key, target), set()).add(column)
    assert len(keys) > 40
    return [(table, columns, target) for (table, _, target), columns in keys.items()]
