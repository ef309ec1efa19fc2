"""Production batches: what they used, and what became of them besides sales."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Date, Index, String, UniqueConstraint

from bakery.catalogue import ConsumptionOrder
from bakery.lots import WriteOffReason
from bakery.production import BatchStatus, ConsumptionSource
from bakery.store.columns import Instant, Quantity, one_of
from bakery.store.tables.parts import BATCH_OPEN, NOTE_LENGTH, of_bakery, only, to

production_batches = of_bakery(
    "production_batches",
    Column("code", String(32), nullable=False),
    Column("product_id", BigInteger, nullable=False),
    Column("quantity", Quantity, nullable=False),
    Column("quantity_allocated", Quantity, nullable=False),
    Column("quantity_written_off", Quantity, nullable=False),
    Column("produced_on", Date, nullable=False),
    Column("status", one_of(BatchStatus, "status"), nullable=False),
    # The order the run was made by, or null where lot tracking was off: settings change, records do not.
    Column("consumption_order", one_of(ConsumptionOrder, "consumption_order")),
    Column("actor_id", BigInteger, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    to("products", "product_id"),
    to("members", "actor_id"),
    UniqueConstraint("bakery_id", "code"),
    CheckConstraint("quantity > 0 AND quantity_allocated >= 0 AND quantity_written_off >= 0", name="quantities"),
    CheckConstraint("quantity_allocated + quantity_written_off <= quantity", name="not_more_than_made"),
    Index(None, "bakery_id", "product_id", "produced_on", "id"),
    Index(None, "bakery_id", "produced_on", "id"),
    Index(
        "ix_production_batches_open",
        "bakery_id",
        "product_id",
        "produced_on",
        "id",
        **only(BATCH_OPEN),
    ),
)

batch_reversals = of_bakery(
    "batch_reversals",
    Column("batch_id", BigInteger, nullable=False),
    Column("reason", String(NOTE_LENGTH), nullable=False),
    Column("actor_id", BigInteger, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    to("production_batches", "batch_id"),
    to("members", "actor_id"),
    UniqueConstraint("bakery_id", "batch_id"),
)

# Waste of finished products, which no ingredient's ledger tells of. An intermediate's waste is a movement.
batch_write_offs = of_bakery(
    "batch_write_offs",
    Column("batch_id", BigInteger, nullable=False),
    Column("quantity", Quantity, nullable=False),
    Column("reason", one_of(WriteOffReason, "reason"), nullable=False),
    Column("note", String(NOTE_LENGTH)),
    Column("actor_id", BigInteger, nullable=False),
    Column("happened_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    to("production_batches", "batch_id"),
    to("members", "actor_id"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    Index(None, "bakery_id", "batch_id"),
    Index(None, "bakery_id", "happened_at"),
)

consumptions = of_bakery(
    "consumptions",
    Column("batch_id", BigInteger, nullable=False),
    Column("ingredient_id", BigInteger, nullable=False),
    Column("lot_id", BigInteger),
    Column("source", one_of(ConsumptionSource, "source"), nullable=False),
    Column("quantity", Quantity, nullable=False),
    # Whether any of it was chosen by hand instead of oldest first.
    Column("chosen", Boolean(create_constraint=True, name="chosen"), nullable=False),
    to("production_batches", "batch_id"),
    to("ingredients", "ingredient_id"),
    to("lots", "lot_id"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    CheckConstraint("(source = 'LOT') = (lot_id IS NOT NULL)", name="lot_where_from_lot"),
    Index(None, "bakery_id", "batch_id"),
    Index("ix_consumptions_lot", "bakery_id", "lot_id", "batch_id", **only("lot_id IS NOT NULL")),
)
