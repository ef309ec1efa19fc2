"""What the tables are made of: keys, references, limits, and the conditions that queries repeat."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Sequence,
    String,
    Table,
    text,
)
from sqlalchemy.schema import SchemaItem

from bakery.names import FOLDED_LENGTH
from bakery.store.columns import Instant

# Conditions of partial indexes. Queries repeat them to the letter: with a parameter in place of a constant, neither
# planner could tell that the index fits.
LOT_IN_STOCK = "quantity_remaining > 0"
WASTE = "kind = 'WRITE_OFF'"
BATCH_OPEN = "status = 'CONFIRMED' AND quantity_allocated + quantity_written_off < quantity"

# What stands for no date where rows are sorted by one: after every date there can be. Written out for the same reason.
UNDATED = "'9999-12-31'"
SORTED_EXPIRY = f"coalesce(expires_on, {UNDATED})"
SORTED_DUE = f"coalesce(due_on, {UNDATED})"

NAME_LENGTH = 200
EMAIL_LENGTH = 254
PHONE_LENGTH = 50
NUMBER_LENGTH = 64
KEY_LENGTH = 200
NOTE_LENGTH = 2000

NAMES_OF_CONSTRAINTS = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

OWNER_MARK = "__"
"""Stands in the name of a plug-in's table, behind the plug-in's prefix (`annex.py`); no table of ours has it."""

metadata = MetaData(naming_convention=NAMES_OF_CONSTRAINTS)

record_number = Sequence("record_number", metadata=metadata)
"""Numbers every record, on PostgreSQL. SQLite has one writer at a time and counts in `record_number_counter`."""

record_number_counter = Table(
    "record_number_counter",
    metadata,
    Column("only_row", Integer, primary_key=True),
    Column("last_number", BigInteger, nullable=False),
    info={"only_on": "sqlite"},
)

bakeries = Table(
    "bakeries",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("plan", String(32), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("recorded_at", Instant, nullable=False),
)


def bakery_key() -> list[SchemaItem]:
    """The key of a bakery's records: the bakery and the record's number."""
    return [
        Column("bakery_id", BigInteger, ForeignKey(bakeries.c.id), nullable=False),
        Column("id", BigInteger, nullable=False, autoincrement=False),
        PrimaryKeyConstraint("bakery_id", "id"),
    ]


def bakery_row() -> Column[int]:
    """The key of what a bakery has one of."""
    return Column("bakery_id", BigInteger, ForeignKey(bakeries.c.id), primary_key=True, autoincrement=False)


def owner_of(table: str) -> str:
    """The prefix of the plug-in that a table belongs to, by the table's name; empty for ours."""
    return table.partition(OWNER_MARK)[0] if OWNER_MARK in table else ""


def of_bakery(name: str, *items: SchemaItem, **options: Any) -> Table:
    """A table of a bakery's records."""
    return Table(name, metadata, *bakery_key(), *items, **options)


def to(table: str, column: str) -> ForeignKeyConstraint:
    """A reference to a record of the same bakery."""
    return ForeignKeyConstraint(["bakery_id", column], [f"{table}.bakery_id", f"{table}.id"])


def only(condition: str) -> dict[str, Any]:
    """A partial index, on both databases."""
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


def folded(of: str) -> Column[str]:
    """The column `of` as `bakery.names.folded` has it: sorted by code points, on both databases."""
    kind = String(FOLDED_LENGTH).with_variant(String(FOLDED_LENGTH, collation="C"), "postgresql")
    return Column(f"folded_{of}", kind, nullable=False, server_default=text("''"))


def archived_at() -> Column[datetime]:
    """When it was archived; null while it is in use."""
    return Column("archived_at", Instant)
