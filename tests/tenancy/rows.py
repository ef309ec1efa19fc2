"""One bakery tries to read and write the rows of another, table by table, as the server's role on PostgreSQL may.

Past the product's statements and its tests' knowledge of policies: what is judged is what the database does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import MetaData

from bakery.store import fences

ITSELF = "bakeries"
OPEN = {"audit_waiting"}
"""Ids of entries and nothing else, which the sealer looks for in all bakeries."""

Connection = psycopg.Connection[tuple[Any, ...]]


def tables_of_bakeries(metadata: MetaData, connection: Connection) -> dict[str, str]:
    """Each table with rows of bakeries and its column that says whose: of the metadata, and whatever else is there."""
    there = connection.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'bakery_id'"
        " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
    )
    known = {table.name for table in metadata.sorted_tables if "bakery_id" in table.c}
    return dict.fromkeys(sorted({*known, *(row[0] for row in there)} - OPEN), "bakery_id") | {ITSELF: "id"}


def open_rows(connection: Connection, metadata: MetaData, attacker: int, victim: int) -> list[str]:
    """What the attacker could do to the victim's rows, and tables that the victim has no row of to try it with.

    Nothing is left of it. The connection is an administrator's, who sees everything until the role is taken.
    """
    found: list[str] = []
    with connection.transaction(force_rollback=True):
        tables = tables_of_bakeries(metadata, connection)
        rows = {name: _row(connection, name, column, victim) for name, column in tables.items()}
        connection.execute(fences.TAKE_ROLE)
        for name, column in tables.items():
            if rows[name] is None:
                found.append(f"{name}: bakery {victim} has no row to try it with")
                continue
            connection.execute(fences.enclosed(attacker))
            tries = _tries(connection, name, column, attacker, victim, str(rows[name]))
            found += [f"{name}: {what}" for what, is_open in tries if is_open]
    return found


def _row(connection: Connection, name: str, column: str, bakery: int) -> str | None:
    """A row of the bakery as JSON."""
    told = sql.SQL("SELECT row_to_json(t)::text FROM {} t WHERE {} = %s LIMIT 1")
    row = connection.execute(told.format(sql.Identifier(name), sql.Identifier(column)), [bakery]).fetchone()
    return None if row is None else str(row[0])


def _tries(
    connection: Connection, name: str, column: str, attacker: int, victim: int, row: str
) -> Iterator[tuple[str, bool]]:
    """Each attempt, and whether it got through."""
    table, whose = sql.Identifier(name), sql.Identifier(column)

    def touched(statement: str, *values: Any) -> int:
        with connection.transaction(force_rollback=True):
            return connection.execute(sql.SQL(statement).format(table=table, whose=whose), values).rowcount

    def refused(attempt: Callable[[], Any], *by: type[psycopg.Error]) -> bool:
        try:
            attempt()
        except by:
            return True
        except psycopg.errors.IntegrityError:  # it got as far as the row itself
            return False
        return False

    denied, by_trigger = psycopg.errors.InsufficientPrivilege, psycopg.errors.RaiseException
    yield "SELECT", touched("SELECT FROM {table} WHERE {whose} <> %s", attacker) > 0
    yield "SELECT without a bakery", _without_bakery(connection, lambda: touched("SELECT FROM {table}")) > 0
    for what, statement in (
        ("UPDATE", "UPDATE {table} SET {whose} = {whose} WHERE {whose} = %s"),
        ("DELETE", "DELETE FROM {table} WHERE {whose} = %s"),
    ):
        try:
            yield what, touched(statement, victim) > 0
        except (denied, by_trigger):  # where nothing is ever changed, nobody is let through
            yield what, False
        except psycopg.errors.IntegrityError:
            yield what, True
    moved = "UPDATE {table} SET {whose} = %s"
    yield "UPDATE to another bakery", not refused(lambda: touched(moved, victim), denied, by_trigger)
    added = "INSERT INTO {table} SELECT (json_populate_record(NULL::{table}, %s::json)).*"
    yield "INSERT", not refused(lambda: touched(added, row), denied)


def _without_bakery(connection: Connection, read: Callable[[], int]) -> int:
    with connection.transaction(force_rollback=True):
        connection.execute("SELECT set_config(%s, '', true)", [fences.SETTING])
        return read()
