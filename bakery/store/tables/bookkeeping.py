"""Counters of codes, and the keys under which changes were made once."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Integer, PrimaryKeyConstraint, String, Table

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
