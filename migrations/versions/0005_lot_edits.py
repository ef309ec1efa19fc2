"""Changes of lots' expiry dates, and an index to find waste by day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

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


def downgrade() -> None:
    op.drop_index("ix_movements_waste", table_name="movements", postgresql_where=WASTE, sqlite_where=WASTE)
    op.drop_index(op.f("ix_lot_expiry_edits_bakery_id_lot_id_id"), table_name="lot_expiry_edits")
    op.drop_table("lot_expiry_edits")
