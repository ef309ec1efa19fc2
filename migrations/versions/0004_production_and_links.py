"""Reversed runs, waste of finished products, and the history of links.

The waste of an intermediate is kept with its batch too from here on, as it is with its lot: both share one remainder.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WASTE_OF_LOTS = """
UPDATE production_batches SET quantity_written_off = lots.quantity_written_off FROM lots
WHERE lots.bakery_id = production_batches.bakery_id AND lots.origin_batch_id = production_batches.id
"""


def upgrade() -> None:
    op.create_table(
        "batch_reversals",
        *_key(),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        *_keys_of("batch_reversals", batch_id="production_batches", actor_id="members"),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_batch_reversals")),
        sa.UniqueConstraint("bakery_id", "batch_id", name=op.f("uq_batch_reversals_bakery_id_batch_id")),
    )
    op.create_table(
        "batch_write_offs",
        *_key(),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "EXPIRED",
                "DAMAGED",
                "CONTAMINATED",
                "RECALLED",
                "OTHER",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_batch_write_offs_quantity_positive")),
        *_keys_of("batch_write_offs", batch_id="production_batches", actor_id="members"),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_batch_write_offs")),
    )
    for column in ("batch_id", "happened_at"):
        op.create_index(op.f(f"ix_batch_write_offs_bakery_id_{column}"), "batch_write_offs", ["bakery_id", column])
    op.create_table(
        "order_relinks",
        *_key(),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("automatic", sa.Boolean(create_constraint=True, name="automatic"), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        *_keys_of("order_relinks", order_id="orders", actor_id="members"),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_order_relinks")),
    )
    op.create_index(op.f("ix_order_relinks_bakery_id_order_id"), "order_relinks", ["bakery_id", "order_id"])
    op.create_table(
        "relinked_allocations",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("relink_id", sa.BigInteger(), nullable=False),
        sa.Column("allocation_id", sa.BigInteger(), nullable=False),
        *_keys_of("relinked_allocations", relink_id="order_relinks", allocation_id="allocations"),
        sa.PrimaryKeyConstraint("bakery_id", "relink_id", "allocation_id", name=op.f("pk_relinked_allocations")),
    )
    op.create_index(
        "ix_movements_batch",
        "movements",
        ["bakery_id", "batch_id", "id"],
        postgresql_where=sa.text("batch_id IS NOT NULL"),
        sqlite_where=sa.text("batch_id IS NOT NULL"),
    )
    op.execute(WASTE_OF_LOTS)


def downgrade() -> None:
    op.drop_index("ix_movements_batch", "movements")
    op.drop_table("relinked_allocations")
    op.drop_table("order_relinks")
    op.drop_table("batch_write_offs")
    op.drop_table("batch_reversals")


def _key() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
    )


def _keys_of(table: str, **targets: str) -> list[sa.ForeignKeyConstraint]:
    """The references of a table: to its bakery, and of each column to a record of the same bakery."""
    return [
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f(f"fk_{table}_bakery_id")),
        *(
            sa.ForeignKeyConstraint(
                ["bakery_id", column],
                [f"{target}.bakery_id", f"{target}.id"],
                name=op.f(f"fk_{table}_bakery_id_{column}"),
            )
            for column, target in targets.items()
        ),
    ]
