"""Orders, and the batches that they were filled from."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    text,
)

from bakery.orders import OrderStatus
from bakery.store.columns import Instant, Quantity, one_of
from bakery.store.tables.parts import (
    NOTE_LENGTH,
    NUMBER_LENGTH,
    SORTED_DUE,
    archived_at,
    folded,
    metadata,
    of_bakery,
    only,
    to,
)

orders = of_bakery(
    "orders",
    Column("number", String(NUMBER_LENGTH), nullable=False),
    folded("number"),
    Column("customer_id", BigInteger),
    Column("status", one_of(OrderStatus, "status"), nullable=False),
    Column("status_on", Date),
    Column("due_on", Date),
    Column("recorded_at", Instant, nullable=False),
    archived_at(),
    to("customers", "customer_id"),
    UniqueConstraint("bakery_id", "number"),
    Index(None, "bakery_id", "customer_id", "id"),
    Index(None, "bakery_id", "status", "id"),
    Index("ix_orders_due", "bakery_id", text(SORTED_DUE), "id"),
    # A bakery that archives what is done has mostly archived orders: its lists would wade through them.
    Index("ix_orders_in_use", "bakery_id", "id", **only("archived_at IS NULL")),
)

order_lines = of_bakery(
    "order_lines",
    Column("order_id", BigInteger, nullable=False),
    Column("product_id", BigInteger, nullable=False),
    Column("quantity", Quantity, nullable=False),
    to("orders", "order_id"),
    to("products", "product_id"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    Index(None, "bakery_id", "order_id"),
    Index(None, "bakery_id", "product_id"),
)

order_status_changes = of_bakery(
    "order_status_changes",
    Column("order_id", BigInteger, nullable=False),
    Column("status", one_of(OrderStatus, "status"), nullable=False),
    Column("happened_on", Date, nullable=False),
    Column("actor_id", BigInteger, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    to("orders", "order_id"),
    to("members", "actor_id"),
    Index(None, "bakery_id", "order_id"),
)

allocations = of_bakery(
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
    to("orders", "order_id"),
    to("order_lines", "order_line_id"),
    to("production_batches", "batch_id"),
    to("members", "linked_by"),
    to("members", "freed_by"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    Index("ix_allocations_batch", "bakery_id", "batch_id", "order_id", **only("freed_at IS NULL")),
    Index("ix_allocations_order", "bakery_id", "order_id", **only("freed_at IS NULL")),
    Index(None, "bakery_id", "order_line_id"),
)

order_relinks = of_bakery(
    "order_relinks",
    Column("order_id", BigInteger, nullable=False),
    # Whether the rule of chose the batches again, or a person did.
    Column("automatic", Boolean(create_constraint=True, name="automatic"), nullable=False),
    Column("reason", String(NOTE_LENGTH), nullable=False),
    Column("actor_id", BigInteger, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    to("orders", "order_id"),
    to("members", "actor_id"),
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
    to("order_relinks", "relink_id"),
    to("allocations", "allocation_id"),
)
