"""Archiving, names to sort and search by, and an index for each order that lists are read in."""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None

NAMED = ("suppliers", "customers", "ingredients", "products")
ROWS_AT_ONCE = 1000

# Table and columns, or SQL in place of a column. By these orders lists are read; see `bakery.store.tables`.
EXPIRY = sa.text("coalesce(expires_on, '9999-12-31')")
INDEXES: dict[str, tuple[str, list[str | sa.TextClause]]] = {
    **{f"ix_{table}_bakery_id_folded_name_id": (table, ["bakery_id", "folded_name", "id"]) for table in NAMED},
    "ix_purchase_orders_bakery_id_supplier_id_id": ("purchase_orders", ["bakery_id", "supplier_id", "id"]),
    "ix_purchase_orders_bakery_id_status_id": ("purchase_orders", ["bakery_id", "status", "id"]),
    "ix_production_batches_bakery_id_produced_on_id": ("production_batches", ["bakery_id", "produced_on", "id"]),
    "ix_orders_bakery_id_customer_id_id": ("orders", ["bakery_id", "customer_id", "id"]),
    "ix_orders_bakery_id_status_id": ("orders", ["bakery_id", "status", "id"]),
    "ix_orders_due": ("orders", ["bakery_id", sa.text("coalesce(due_on, '9999-12-31')"), "id"]),
    "ix_lots_by_expiry": ("lots", ["bakery_id", EXPIRY, "received_on", "id"]),
    "ix_lots_by_receipt": ("lots", ["bakery_id", "received_on", EXPIRY, "id"]),
    "ix_lots_of_ingredient": ("lots", ["bakery_id", "ingredient_id", EXPIRY, "received_on", "id"]),
}
# What the indexes above do as well.
REPLACED = {
    "ix_purchase_orders_bakery_id_supplier_id": ("purchase_orders", ["bakery_id", "supplier_id"]),
    "ix_orders_bakery_id_customer_id": ("orders", ["bakery_id", "customer_id"]),
}


def upgrade() -> None:
    for table in (*NAMED, "orders"):
        op.add_column(table, sa.Column("archived_at", sa.DateTime(timezone=True)))
    for table in NAMED:
        kind = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
        op.add_column(table, sa.Column("folded_name", kind, server_default="", nullable=False))
        _fold_names(table)
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)
    in_use = sa.text("archived_at IS NULL")
    op.create_index("ix_orders_in_use", "orders", ["bakery_id", "id"], postgresql_where=in_use, sqlite_where=in_use)
    for name, (table, _) in REPLACED.items():
        op.drop_index(name, table)


def downgrade() -> None:
    for name, (table, names) in REPLACED.items():
        op.create_index(name, table, names)
    op.drop_index("ix_orders_in_use", "orders")
    for name, (table, _) in reversed(INDEXES.items()):
        op.drop_index(name, table)
    for table in NAMED:
        op.drop_column(table, "folded_name")
    for table in (*NAMED, "orders"):
        op.drop_column(table, "archived_at")


def _fold_names(name: str) -> None:
    """Fill in the folded name of every row; what folding is, the migration has for itself, as it was then."""
    table = sa.table(name, *(sa.column(column) for column in ("bakery_id", "id", "name", "folded_name")))
    fill = (
        sa.update(table)
        .where(table.c.bakery_id == sa.bindparam("bakery"), table.c.id == sa.bindparam("number"))
        .values(folded_name=sa.bindparam("folded"))
    )
    rows = op.get_bind().execute(sa.select(table.c.bakery_id, table.c.id, table.c.name)).all()
    for first in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[first : first + ROWS_AT_ONCE]
        op.get_bind().execute(
            fill, [{"bakery": row.bakery_id, "number": row.id, "folded": _folded(row.name)} for row in part]
        )


def _folded(name: str) -> str:
    letters = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return " ".join(letters.casefold().split())[:200]
