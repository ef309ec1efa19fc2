"""What the same contention costs in bare SQL: locks, sums, updates and rows, by as many connections, no API.

One transaction locks its ingredients in one order, reads their lots, and writes what a run of the product writes: lots,
ingredients, a batch, its consumptions and its movements. It is the floor that the product's rate is printed beside.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import psycopg

INGREDIENTS = 5
LOTS_EACH = 40
ENOUGH = 10**9
BUSY_MILLISECONDS = 30_000

TABLES = (
    "CREATE TABLE floor_ingredient (id INTEGER PRIMARY KEY, tracked BIGINT NOT NULL)",
    "CREATE TABLE floor_lot (id INTEGER PRIMARY KEY, ingredient INTEGER NOT NULL, remaining BIGINT NOT NULL)",
    "CREATE INDEX floor_lots ON floor_lot (ingredient) WHERE remaining > 0",
    "CREATE TABLE floor_batch (id BIGINT PRIMARY KEY, quantity BIGINT NOT NULL)",
    "CREATE TABLE floor_entry (batch BIGINT NOT NULL, kind TEXT NOT NULL, lot INTEGER NOT NULL, "
    "quantity BIGINT NOT NULL)",
)
DROPPED = ("floor_entry", "floor_batch", "floor_lot", "floor_ingredient")

Run = Callable[[str, tuple[Any, ...]], list[tuple[Any, ...]]]


def fill(run: Run) -> None:
    for statement in TABLES:
        run(statement, ())
    for ingredient in range(INGREDIENTS):
        run("INSERT INTO floor_ingredient VALUES (%s, %s)", (ingredient, LOTS_EACH * ENOUGH))
        for number in range(LOTS_EACH):
            run("INSERT INTO floor_lot VALUES (%s, %s, %s)", (ingredient * LOTS_EACH + number, ingredient, ENOUGH))


def statements(random: Random, batch: int, lock: str) -> list[tuple[str, tuple[Any, ...]]]:
    """One run: three ingredients, the oldest lot of each."""
    chosen = sorted(random.sample(range(INGREDIENTS), 3))
    found: list[tuple[str, tuple[Any, ...]]] = []
    for ingredient in chosen:
        found.append((f"SELECT tracked FROM floor_ingredient WHERE id = %s{lock}", (ingredient,)))
        found.append(
            ("SELECT id, remaining FROM floor_lot WHERE ingredient = %s AND remaining > 0 ORDER BY id", (ingredient,))
        )
    found.append(("INSERT INTO floor_batch VALUES (%s, %s)", (batch, 1)))
    for ingredient in chosen:
        lot = ingredient * LOTS_EACH
        found.append(("UPDATE floor_lot SET remaining = remaining - 1 WHERE id = %s", (lot,)))
        found.append(("UPDATE floor_ingredient SET tracked = tracked - 1 WHERE id = %s", (ingredient,)))
        found += [
            ("INSERT INTO floor_entry VALUES (%s, %s, %s, %s)", (batch, kind, lot, 1)) for kind in ("use", "move")
        ]
    return found


def rate(database_url: str, seed: int, runs: int, connections: int) -> float:
    """Bare runs a second on the same kind of database; the tables are made for it and dropped again."""
    if database_url.startswith("sqlite:///"):
        return _sqlite_rate(seed, runs, connections)
    return asyncio.run(_postgres_rate(database_url, seed, runs, connections))


def _sqlite_rate(seed: int, runs: int, connections: int) -> float:
    with TemporaryDirectory(prefix="baketrace-floor-") as folder:
        file = Path(folder) / "floor.db"

        def connect() -> sqlite3.Connection:
            connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
            for pragma in (f"busy_timeout={BUSY_MILLISECONDS}", "journal_mode=WAL", "synchronous=FULL"):
                connection.execute(f"PRAGMA {pragma}")
            return connection

        def run_on(connection: sqlite3.Connection) -> Run:
            return lambda statement, values: connection.execute(statement.replace("%s", "?"), values).fetchall()

        opened = [connect() for _ in range(connections)]
        fill(run_on(opened[0]))
        left = iter(range(runs))
        turn = threading.Lock()

        def work(connection: sqlite3.Connection) -> None:
            while True:
                with turn:
                    batch = next(left, None)
                if batch is None:
                    return
                with turn:  # SQLite has one writer; waiting here is fairer than its own polling
                    connection.execute("BEGIN IMMEDIATE")
                    for statement, values in statements(Random(seed + batch), batch, ""):
                        run_on(connection)(statement, values)
                    connection.execute("COMMIT")

        threads = [threading.Thread(target=work, args=(connection,)) for connection in opened]
        started = perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = perf_counter() - started
        for connection in opened:
            connection.close()
        return runs / seconds


async def _postgres_rate(database_url: str, seed: int, runs: int, connections: int) -> float:
    with psycopg.connect(database_url, autocommit=True) as setup:

        def run(statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
            cursor = setup.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

        fill(run)
        left = iter(range(runs))

        async def work() -> None:
            async with await psycopg.AsyncConnection.connect(database_url) as connection:
                for batch in left:
                    for statement, values in statements(Random(seed + batch), batch, " FOR NO KEY UPDATE"):
                        await connection.execute(statement.encode(), values)
                    await connection.commit()

        started = perf_counter()
        await asyncio.gather(*(work() for _ in range(connections)))
        seconds = perf_counter() - started
        for table in DROPPED:
            run(f"DROP TABLE {table}", ())
    return runs / seconds
