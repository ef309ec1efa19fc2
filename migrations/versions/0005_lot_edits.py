"""Changes of lots' expiry dates, suppliers' lot numbers as they are searched; waste and lots are found by their day."""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ROWS_AT_ONCE = 1000
WASTE = sa.text("kind = 'WRITE_OFF'")


def upgrade() -> None:
    op.create_table(
        "lot_expiry_edits",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("old_expires_on", sa.Date(), nullable=True),
        sa.Column("new_expires_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("edited_by", sa.BigInteger(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bakery_id", "edited_by"],
            ["members.bakery_id", "members.id"],
            name=op.f("fk_lot_expiry_edits_bakery_id_edited_by"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "lot_id"], ["lots.bakery_id", "lots.id"], name=op.f("fk_lot_expiry_edits_bakery_id_lot_id")
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_lot_expiry_edits_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_lot_expiry_edits")),
    )
    op.create_index(
        op.f("ix_lot_expiry_edits_bakery_id_lot_id_id"), "lot_expiry_edits", ["bakery_id", "lot_id", "id"], unique=False
    )
    op.create_index(
        "ix_movements_waste",
        "movements",
        ["bakery_id", "happened_at", "id"],
        unique=False,
        postgresql_where=WASTE,
        sqlite_where=WASTE,
    )
    op.create_index(op.f("ix_lots_bakery_id_expires_on_id"), "lots", ["bakery_id", "expires_on", "id"], unique=False)
    op.add_column("lots", sa.Column("bare_supplier_lot_number", sa.String(length=200), nullable=True))
    _bare_numbers()


def downgrade() -> None:
    op.drop_column("lots", "bare_supplier_lot_number")
    op.drop_index(op.f("ix_lots_bakery_id_expires_on_id"), table_name="lots")
    op.drop_index("ix_movements_waste", table_name="movements", postgresql_where=WASTE, sqlite_where=WASTE)
    op.drop_index(op.f("ix_lot_expiry_edits_bakery_id_lot_id_id"), table_name="lot_expiry_edits")
    op.drop_table("lot_expiry_edits")


def _bare_numbers() -> None:
    """Fill in the bare number of every lot; what is bare, the migration has for itself, as it was then."""
    names = ("bakery_id", "id", "supplier_lot_number", "bare_supplier_lot_number")
    table = sa.table("lots", *(sa.column(column) for column in names))
    fill = (
        sa.update(table)
        .where(table.c.bakery_id == sa.bindparam("bakery"), table.c.id == sa.bindparam("number"))
        .values(bare_supplier_lot_number=sa.bindparam("bare"))
    )
    chosen = sa.select(table.c.bakery_id, table.c.id, table.c.supplier_lot_number)
    rows = op.get_bind().execute(chosen.where(table.c.supplier_lot_number.is_not(None))).all()
    for first in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[first : first + ROWS_AT_ONCE]
        op.get_bind().execute(
            fill,
            [{"bakery": row.bakery_id, "number": row.id, "bare": _bare(row.supplier_lot_number)} for row in part],
        )


def _bare(number: str) -> str:
    decomposed = unicodedata.normalize("NFKD", number)
    letters = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return "".join(sign for sign in " ".join(letters.casefold().split())[:200] if sign.isalnum())
