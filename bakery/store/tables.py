"""The tables. Every table of a bakery has the key `(bakery_id, id)`, and every reference carries the bakery with it,
so the database itself refuses a row that points across bakeries (R-1.1).

`id` is drawn from one sequence for all tables: it is the order of recording that the rules speak of. Quantities are
counts of millionths of the ingredient's stock unit (see `columns.Exact`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Sequence,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.schema import SchemaItem

from bakery.audit import MAX_ADDRESS_LENGTH, MAX_USER_AGENT_LENGTH, AuditKind, AuditOutcome
from bakery.catalogue import ConsumptionOrder, PurchaseOrderStatus
from bakery.codes import CodeKind
from bakery.lots import HoldCause, LotSource, MovementKind, WriteOffReason
from bakery.names import FOLDED_LENGTH
from bakery.orders import OrderStatus
from bakery.production import BatchStatus, ConsumptionSource
from bakery.quantity import Unit
from bakery.store.columns import Instant, Quantity, UnitCost, one_of

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


def _of_bakery(name: str, *items: SchemaItem, **options: Any) -> Table:
    """A table of a bakery's records."""
    return Table(name, metadata, *bakery_key(), *items, **options)


def _to(table: str, column: str) -> ForeignKeyConstraint:
    """A reference to a record of the same bakery."""
    return ForeignKeyConstraint(["bakery_id", column], [f"{table}.bakery_id", f"{table}.id"])


def _only(condition: str) -> dict[str, Any]:
    """A partial index, on both databases."""
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


def _folded(of: str) -> Column[str]:
    """The column `of` as `bakery.names.folded` has it: sorted by code points, on both databases."""
    kind = String(FOLDED_LENGTH).with_variant(String(FOLDED_LENGTH, collation="C"), "postgresql")
    return Column(f"folded_{of}", kind, nullable=False, server_default=text("''"))


def _archived_at() -> Column[datetime]:
    """When it was archived; null while it is in use."""
    return Column("archived_at", Instant)


# ── people and switches ───────────────────────────────────────────────────────────────────────────────────────────
members = _of_bakery(
    "members",
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("role", String(32), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index("uq_members_owner", "bakery_id", unique=True, **_only("role = 'OWNER'")),
)

access_tokens = _of_bakery(
    "access_tokens",
    Column("member_id", BigInteger, nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("recorded_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    _to("members", "member_id"),
)

api_keys = _of_bakery(
    "api_keys",
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("key_hash", String(64), nullable=False, unique=True),
    Column("scopes", String(NAME_LENGTH), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
)

feature_switches = Table(
    "feature_switches",
    metadata,
    Column("bakery_id", BigInteger, ForeignKey("bakeries.id"), nullable=False),
    Column("feature", String(64), nullable=False),
    Column("enabled", Boolean(create_constraint=True, name="enabled"), nullable=False),
    PrimaryKeyConstraint("bakery_id", "feature"),
)

lot_tracking_settings = Table(
    "lot_tracking_settings",
    metadata,
    bakery_row(),
    Column("expiry_warning_days", Integer, nullable=False),
    Column("consumption_order", one_of(ConsumptionOrder, "consumption_order"), nullable=False),
    CheckConstraint("expiry_warning_days BETWEEN 0 AND 365", name="expiry_warning_days"),
)

# ── the things a bakery has ───────────────────────────────────────────────────────────────────────────────────────
suppliers = _of_bakery(
    "suppliers",
    Column("name", String(NAME_LENGTH), nullable=False),
    _folded("name"),
    Column("email", String(EMAIL_LENGTH)),
    Column("recorded_at", Instant, nullable=False),
    _archived_at(),
    Index(None, "bakery_id", "folded_name", "id"),
)

customers = _of_bakery(
    "customers",
    Column("name", String(NAME_LENGTH), nullable=False),
    _folded("name"),
    Column("email", String(EMAIL_LENGTH)),
    Column("phone", String(PHONE_LENGTH)),
    Column("recorded_at", Instant, nullable=False),
    _archived_at(),
    Index(None, "bakery_id", "folded_name", "id"),
)

ingredients = _of_bakery(
    "ingredients",
    Column("name", String(NAME_LENGTH), nullable=False),
    _folded("name"),
    Column("unit", one_of(Unit, "unit"), nullable=False),
    Column("density", Quantity),
    Column("reorder_point", Quantity),
    Column("tracked", Quantity, nullable=False),
    Column("untracked", Quantity, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    _archived_at(),
    CheckConstraint("density > 0", name="density_positive"),
    CheckConstraint("tracked >= 0", name="tracked_not_negative"),
    Index(None, "bakery_id", "folded_name", "id"),
)

products = _of_bakery(
    "products",
    Column("name", String(NAME_LENGTH), nullable=False),
    _folded("name"),
    Column("yield_quantity", Quantity, nullable=False),
    Column("shelf_life_days", Integer),
    Column("makes_ingredient_id", BigInteger),
    Column("inherit_expiry", Boolean(create_constraint=True, name="inherit_expiry"), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    _archived_at(),
    _to("ingredients", "makes_ingredient_id"),
    CheckConstraint("yield_quantity > 0", name="yield_positive"),
    CheckConstraint("shelf_life_days >= 0", name="shelf_life_not_negative"),
    Index(None, "bakery_id", "makes_ingredient_id"),
    Index(None, "bakery_id", "folded_name", "id"),
)

recipe_lines = _of_bakery(
    "recipe_lines",
    Column("product_id", BigInteger, nullable=False),
    Column("ingredient_id", BigInteger, nullable=False),
    Column("quantity", Quantity, nullable=False),
    Column("unit", one_of(Unit, "unit"), nullable=False),
    _to("products", "product_id"),
    _to("ingredients", "ingredient_id"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    Index(None, "bakery_id", "product_id"),
    Index(None, "bakery_id", "ingredient_id"),
)

purchase_orders = _of_bakery(
    "purchase_orders",
    Column("code", String(32), nullable=False),
    Column("supplier_id", BigInteger, nullable=False),
    Column("status", one_of(PurchaseOrderStatus, "status"), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    _to("suppliers", "supplier_id"),
    UniqueConstraint("bakery_id", "code"),
    Index(None, "bakery_id", "supplier_id", "id"),
    Index(None, "bakery_id", "status", "id"),
)

purchase_order_lines = _of_bakery(
    "purchase_order_lines",
    Column("purchase_order_id", BigInteger, nullable=False),
    Column("ingredient_id", BigInteger, nullable=False),
    Column("unit", one_of(Unit, "unit"), nullable=False),
    Column("unit_cost", UnitCost),
    Column("quantity_ordered", Quantity, nullable=False),
    Column("quantity_received", Quantity, nullable=False),
    _to("purchase_orders", "purchase_order_id"),
    _to("ingredients", "ingredient_id"),
    CheckConstraint("quantity_ordered > 0 AND quantity_received >= 0", name="quantities"),
    Index(None, "bakery_id", "purchase_order_id"),
    Index(None, "bakery_id", "ingredient_id"),
)

# ── production ────────────────────────────────────────────────────────────────────────────────────────────────────
production_batches = _of_bakery(
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
    _to("products", "product_id"),
    _to("members", "actor_id"),
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
        **_only(BATCH_OPEN),
    ),
)

batch_reversals = _of_bakery(
    "batch_reversals",
    Column("batch_id", BigInteger, nullable=False),
    Column("reason", String(NOTE_LENGTH), nullable=False),
    Column("actor_id", BigInteger, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    _to("production_batches", "batch_id"),
    _to("members", "actor_id"),
    UniqueConstraint("bakery_id", "batch_id"),
)

# Waste of finished products, which no ingredient's ledger tells of. An intermediate's waste is a movement.
batch_write_offs = _of_bakery(
    "batch_write_offs",
    Column("batch_id", BigInteger, nullable=False),
    Column("quantity", Quantity, nullable=False),
    Column("reason", one_of(WriteOffReason, "reason"), nullable=False),
    Column("note", String(NOTE_LENGTH)),
    Column("actor_id", BigInteger, nullable=False),
    Column("happened_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    _to("production_batches", "batch_id"),
    _to("members", "actor_id"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    Index(None, "bakery_id", "batch_id"),
    Index(None, "bakery_id", "happened_at"),
)

# ── lots and the ledger ───────────────────────────────────────────────────────────────────────────────────────────
lots = _of_bakery(
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
    _to("ingredients", "ingredient_id"),
    _to("suppliers", "supplier_id"),
    _to("purchase_order_lines", "purchase_order_line_id"),
    _to("production_batches", "origin_batch_id"),
    UniqueConstraint("bakery_id", "code"),
    CheckConstraint("quantity_remaining >= 0", name="remaining_not_negative"),
    CheckConstraint(
        "quantity_remaining = quantity_received + quantity_adjusted - quantity_consumed - quantity_written_off",
        name="balance_closes",
    ),
    CheckConstraint("expires_on >= received_on", name="expires_after_receipt"),
    Index("ix_lots_in_stock", "bakery_id", "ingredient_id", **_only(LOT_IN_STOCK)),
    Index("ix_lots_expiring", "bakery_id", "expires_on", "id", **_only(LOT_IN_STOCK)),
    Index(None, "bakery_id", "expires_on", "id"),
    Index(None, "bakery_id", "ingredient_id", "id"),
    # The two orders of, for lists.
    Index("ix_lots_by_expiry", "bakery_id", text(SORTED_EXPIRY), "received_on", "id"),
    Index("ix_lots_by_receipt", "bakery_id", "received_on", text(SORTED_EXPIRY), "id"),
    Index("ix_lots_of_ingredient", "bakery_id", "ingredient_id", text(SORTED_EXPIRY), "received_on", "id"),
    Index(None, "bakery_id", "supplier_id", "id"),
    Index(None, "bakery_id", "supplier_lot_number"),
    Index("ix_lots_origin", "bakery_id", "origin_batch_id", **_only("origin_batch_id IS NOT NULL")),
)

lot_holds = _of_bakery(
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
    _to("lots", "lot_id"),
    _to("members", "placed_by"),
    _to("members", "lifted_by"),
    Index(
        "uq_lot_holds_manual",
        "bakery_id",
        "lot_id",
        unique=True,
        **_only("cause = 'MANUAL' AND lift_number IS NULL"),
    ),
    Index(None, "bakery_id", "lot_id"),
)

lot_expiry_edits = _of_bakery(
    "lot_expiry_edits",
    Column("lot_id", BigInteger, nullable=False),
    Column("old_expires_on", Date),
    Column("new_expires_on", Date),
    Column("reason", String(NOTE_LENGTH), nullable=False),
    Column("edited_by", BigInteger, nullable=False),
    Column("edited_at", Instant, nullable=False),
    _to("lots", "lot_id"),
    _to("members", "edited_by"),
    Index(None, "bakery_id", "lot_id", "id"),
)

consumptions = _of_bakery(
    "consumptions",
    Column("batch_id", BigInteger, nullable=False),
    Column("ingredient_id", BigInteger, nullable=False),
    Column("lot_id", BigInteger),
    Column("source", one_of(ConsumptionSource, "source"), nullable=False),
    Column("quantity", Quantity, nullable=False),
    # Whether any of it was chosen by hand instead of oldest first.
    Column("chosen", Boolean(create_constraint=True, name="chosen"), nullable=False),
    _to("production_batches", "batch_id"),
    _to("ingredients", "ingredient_id"),
    _to("lots", "lot_id"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    CheckConstraint("(source = 'LOT') = (lot_id IS NOT NULL)", name="lot_where_from_lot"),
    Index(None, "bakery_id", "batch_id"),
    Index("ix_consumptions_lot", "bakery_id", "lot_id", "batch_id", **_only("lot_id IS NOT NULL")),
)

# ── orders ────────────────────────────────────────────────────────────────────────────────────────────────────────
orders = _of_bakery(
    "orders",
    Column("number", String(NUMBER_LENGTH), nullable=False),
    _folded("number"),
    Column("customer_id", BigInteger),
    Column("status", one_of(OrderStatus, "status"), nullable=False),
    Column("status_on", Date),
    Column("due_on", Date),
    Column("recorded_at", Instant, nullable=False),
    _archived_at(),
    _to("customers", "customer_id"),
    UniqueConstraint("bakery_id", "number"),
    Index(None, "bakery_id", "customer_id", "id"),
    Index(None, "bakery_id", "status", "id"),
    Index("ix_orders_due", "bakery_id", text(SORTED_DUE), "id"),
    # A bakery that archives what is done has mostly archived orders: its lists would wade through them.
    Index("ix_orders_in_use", "bakery_id", "id", **_only("archived_at IS NULL")),
)

order_lines = _of_bakery(
    "order_lines",
    Column("order_id", BigInteger, nullable=False),
    Column("product_id", BigInteger, nullable=False),
    Column("quantity", Quantity, nullable=False),
    _to("orders", "order_id"),
    _to("products", "product_id"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    Index(None, "bakery_id", "order_id"),
    Index(None, "bakery_id", "product_id"),
)

order_status_changes = _of_bakery(
    "order_status_changes",
    Column("order_id", BigInteger, nullable=False),
    Column("status", one_of(OrderStatus, "status"), nullable=False),
    Column("happened_on", Date, nullable=False),
    Column("actor_id", BigInteger, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    _to("orders", "order_id"),
    _to("members", "actor_id"),
    Index(None, "bakery_id", "order_id"),
)

allocations = _of_bakery(
    "allocations",
    Column("order_id", BigInteger, nullable=False),
    Column("order_line_id", BigInteger, nullable=False),
    Column("batch_id", BigInteger, nullable=False),
    Column("quantity", Quantity, nullable=False),
    Column("linked_by", BigInteger, nullable=False),
    Column("linked_at", Instant, nullable=False),
    # A freed allocation stays as history; only rows without these are links.
    Column("freed_by", BigInteger),
    Column("freed_at", Instant),
    Column("free_reason", String(NOTE_LENGTH)),
    _to("orders", "order_id"),
    _to("order_lines", "order_line_id"),
    _to("production_batches", "batch_id"),
    _to("members", "linked_by"),
    _to("members", "freed_by"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    Index("ix_allocations_batch", "bakery_id", "batch_id", "order_id", **_only("freed_at IS NULL")),
    Index("ix_allocations_order", "bakery_id", "order_id", **_only("freed_at IS NULL")),
    Index(None, "bakery_id", "order_line_id"),
)

order_relinks = _of_bakery(
    "order_relinks",
    Column("order_id", BigInteger, nullable=False),
    # Whether the rule of chose the batches again, or a person did.
    Column("automatic", Boolean(create_constraint=True, name="automatic"), nullable=False),
    Column("reason", String(NOTE_LENGTH), nullable=False),
    Column("actor_id", BigInteger, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    _to("orders", "order_id"),
    _to("members", "actor_id"),
    Index(None, "bakery_id", "order_id"),
)

# The links that stood before a relink, and that it freed.
relinked_allocations = Table(
    "relinked_allocations",
    metadata,
    Column("bakery_id", BigInteger, ForeignKey("bakeries.id"), nullable=False),
    Column("relink_id", BigInteger, nullable=False),
    Column("allocation_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("bakery_id", "relink_id", "allocation_id"),
    _to("order_relinks", "relink_id"),
    _to("allocations", "allocation_id"),
)

movements = _of_bakery(
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
    _to("ingredients", "ingredient_id"),
    _to("lots", "lot_id"),
    _to("production_batches", "batch_id"),
    _to("orders", "order_id"),
    _to("members", "actor_id"),
    CheckConstraint("(kind = 'WRITE_OFF') = (write_off_reason IS NOT NULL)", name="reason_of_write_off"),
    Index(None, "bakery_id", "ingredient_id", "id"),
    Index("ix_movements_lot", "bakery_id", "lot_id", "id", **_only("lot_id IS NOT NULL")),
    Index("ix_movements_batch", "bakery_id", "batch_id", "id", **_only("batch_id IS NOT NULL")),
    Index("ix_movements_waste", "bakery_id", "happened_at", "id", **_only(WASTE)),
)

# ── bookkeeping ───────────────────────────────────────────────────────────────────────────────────────────────────
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

# ── the audit log ─────────────────────────────────────────────────────────────────────────────────────────────────────
# Entries and seals are only ever added: triggers refuse all else. A seal stands apart from its entry, so that none of
# both is ever changed, and whoever writes an entry waits for nobody.
audit_entries = _of_bakery(
    "audit_entries",
    Column("recorded_at", Instant, nullable=False),
    Column("kind", one_of(AuditKind, "kind"), nullable=False),
    Column("member_id", BigInteger),
    Column("key_id", BigInteger),
    Column("actor", String(NAME_LENGTH), nullable=False),
    Column("role", String(32)),
    Column("action", String(NAME_LENGTH), nullable=False),
    Column("outcome", one_of(AuditOutcome, "outcome"), nullable=False),
    Column("code", String(64)),
    Column("things", String, nullable=False),
    Column("arguments", String, nullable=False),
    Column("address", String(MAX_ADDRESS_LENGTH)),
    Column("user_agent", String(MAX_USER_AGENT_LENGTH)),
    _to("members", "member_id"),
    _to("api_keys", "key_id"),
)

audit_seals = Table(
    "audit_seals",
    metadata,
    Column("bakery_id", BigInteger, ForeignKey("bakeries.id"), nullable=False),
    Column("number", BigInteger, nullable=False, autoincrement=False),
    Column("entry_id", BigInteger, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("sealed_at", Instant, nullable=False),
    PrimaryKeyConstraint("bakery_id", "number"),
    UniqueConstraint("bakery_id", "entry_id"),
    _to("audit_entries", "entry_id"),
)

# What waits for its seal: a trigger puts each entry here, and the sealer takes it out. It is no record of anything.
audit_waiting = Table(
    "audit_waiting",
    metadata,
    Column("bakery_id", BigInteger, nullable=False),
    Column("entry_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("bakery_id", "entry_id"),
)
