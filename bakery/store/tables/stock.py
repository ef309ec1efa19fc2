"""Lots, and the ledger of their ingredients."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, String, UniqueConstraint, text

from bakery.lots import HoldCause, LotSource, MovementKind, WriteOffReason
from bakery.store.columns import Instant, Quantity, UnitCost, one_of
from bakery.store.tables.parts import LOT_IN_STOCK, NAME_LENGTH, NOTE_LENGTH, SORTED_EXPIRY, WASTE, of_bakery, only, to

lots = of_bakery(
    "lots",
    Column("code", String(32), nullable=False),
    Column("ingredient_id", BigInteger, nullable=False),
    Column("source", one_of(LotSource, "source"), nullable=False),
    Column("supplier_id", BigInteger),
    Column("supplier_lot_number", String(NAME_LENGTH)),
    # Letters and digits alone, by which it is searched; see `bakery.names.bare`.
    Column("bare_supplier_lot_number", String(NAME_LENGTH)),
    Column("purchase_order_line_id", BigInteger),
    Column("origin_batch_id", BigInteger),
    Column("received_on", Date, nullable=False),
    Column("expires_on", Date),
    Column("unit_cost", UnitCost),
    Column("quantity_received", Quantity, nullable=False),
    Column("quantity_adjusted", Quantity, nullable=False),
    Column("quantity_consumed", Quantity, nullable=False),
    Column("quantity_written_off", Quantity, nullable=False),
    Column("quantity_remaining", Quantity, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    to("ingredients", "ingredient_id"),
    to("suppliers", "supplier_id"),
    to("purchase_order_lines", "purchase_order_line_id"),
    to("production_batches", "origin_batch_id"),
    UniqueConstraint("bakery_id", "code"),
    CheckConstraint("quantity_remaining >= 0", name="remaining_not_negative"),
    CheckConstraint(
        "quantity_remaining = quantity_received + quantity_adjusted - quantity_consumed - quantity_written_off",
        name="balance_closes",
    ),
    CheckConstraint("expires_on >= received_on", name="expires_after_receipt"),
    Index("ix_lots_in_stock", "bakery_id", "ingredient_id", **only(LOT_IN_STOCK)),
    Index("ix_lots_expiring", "bakery_id", "expires_on", "id", **only(LOT_IN_STOCK)),
    Index(None, "bakery_id", "expires_on", "id"),
    Index(None, "bakery_id", "ingredient_id", "id"),
    # The two orders of, for lists.
    Index("ix_lots_by_expiry", "bakery_id", text(SORTED_EXPIRY), "received_on", "id"),
    Index("ix_lots_by_receipt", "bakery_id", "received_on", text(SORTED_EXPIRY), "id"),
    Index("ix_lots_of_ingredient", "bakery_id", "ingredient_id", text(SORTED_EXPIRY), "received_on", "id"),
    Index(None, "bakery_id", "supplier_id", "id"),
    Index(None, "bakery_id", "supplier_lot_number"),
    Index("ix_lots_origin", "bakery_id", "origin_batch_id", **only("origin_batch_id IS NOT NULL")),
)

lot_holds = of_bakery(
    "lot_holds",
    Column("lot_id", BigInteger, nullable=False),
    Column("cause", one_of(HoldCause, "cause"), nullable=False),
    Column("reason", String(NOTE_LENGTH), nullable=False),
    Column("placed_by", BigInteger, nullable=False),
    Column("placed_at", Instant, nullable=False),
    # The number under which the lift was recorded: with `id` it tells, against the ledger, when the hold stood.
    Column("lift_number", BigInteger),
    Column("lift_reason", String(NOTE_LENGTH)),
    Column("lifted_by", BigInteger),
    Column("lifted_at", Instant),
    to("lots", "lot_id"),
    to("members", "placed_by"),
    to("members", "lifted_by"),
    Index(
        "uq_lot_holds_manual",
        "bakery_id",
        "lot_id",
        unique=True,
        **only("cause = 'MANUAL' AND lift_number IS NULL"),
    ),
    Index(None, "bakery_id", "lot_id"),
)

lot_expiry_edits = of_bakery(
    "lot_expiry_edits",
    Column("lot_id", BigInteger, nullable=False),
    Column("old_expires_on", Date),
    Column("new_expires_on", Date),
    Column("reason", String(NOTE_LENGTH), nullable=False),
    Column("edited_by", BigInteger, nullable=False),
    Column("edited_at", Instant, nullable=False),
    to("lots", "lot_id"),
    to("members", "edited_by"),
    Index(None, "bakery_id", "lot_id", "id"),
)

movements = of_bakery(
    "movements",
    Column("ingredient_id", BigInteger, nullable=False),
    Column("lot_id", BigInteger),
    Column("kind", one_of(MovementKind, "kind"), nullable=False),
    Column("quantity", Quantity, nullable=False),
    Column("unit_cost", UnitCost),
    Column("write_off_reason", one_of(WriteOffReason, "write_off_reason")),
    Column("batch_id", BigInteger),
    Column("order_id", BigInteger),
    Column("actor_id", BigInteger, nullable=False),
    Column("happened_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("note", String(NOTE_LENGTH)),
    to("ingredients", "ingredient_id"),
    to("lots", "lot_id"),
    to("production_batches", "batch_id"),
    to("orders", "order_id"),
    to("members", "actor_id"),
    CheckConstraint("(kind = 'WRITE_OFF') = (write_off_reason IS NOT NULL)", name="reason_of_write_off"),
    Index(None, "bakery_id", "ingredient_id", "id"),
    Index("ix_movements_lot", "bakery_id", "lot_id", "id", **only("lot_id IS NOT NULL")),
    Index("ix_movements_batch", "bakery_id", "batch_id", "id", **only("batch_id IS NOT NULL")),
    Index("ix_movements_waste", "bakery_id", "happened_at", "id", **only(WASTE)),
)
