"""Counters of codes, the keys under which changes were made once, and what partners' keys have spent."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
)

from bakery.codes import CodeKind
from bakery.store.columns import Instant, one_of
from bakery.store.tables.parts import KEY_LENGTH, metadata

code_counters = Table(
    "code_counters",
    metadata,
    Column("bakery_id", BigInteger, ForeignKey("bakeries.id"), nullable=False),
    Column("kind", one_of(CodeKind, "kind"), nullable=False),
    Column("day", Date, nullable=False),
    Column("last_number", Integer, nullable=False),
    PrimaryKeyConstraint("bakery_id", "kind", "day"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("bakery_id", BigInteger, ForeignKey("bakeries.id"), nullable=False),
    Column("key", String(KEY_LENGTH), nullable=False),
    Column("mutation", String(64), nullable=False),
    Column("input_hash", String(64), nullable=False),
    Column("result", String, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    PrimaryKeyConstraint("bakery_id", "key"),
)

key_budgets = Table(
    "key_budgets",
    metadata,
    Column("bakery_id", BigInteger, ForeignKey("bakeries.id"), nullable=False),
    Column("key_id", BigInteger, nullable=False, autoincrement=False),
    # When all that the key has spent will have come back, in microseconds since 1970: integers add up in SQL.
    Column("empty_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("bakery_id", "key_id"),
    ForeignKeyConstraint(["bakery_id", "key_id"], ["api_keys.bakery_id", "api_keys.id"]),
)
