"""Allergens on lots, and whose list of them applies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "allergens__on_lots",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "allergen",
            sa.Enum(
                "GLUTEN",
                "EGG",
                "MILK",
                "PEANUT",
                "SESAME",
                "LUPIN",
                name="allergen",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("declared_by", sa.BigInteger(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bakery_id", "declared_by"],
            ["members.bakery_id", "members.id"],
            name=op.f("fk_allergens__on_lots_bakery_id_declared_by"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "lot_id"],
            ["lots.bakery_id", "lots.id"],
            name=op.f("fk_allergens__on_lots_bakery_id_lot_id"),
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_allergens__on_lots_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_allergens__on_lots")),
        sa.UniqueConstraint(
            "bakery_id", "lot_id", "allergen", name=op.f("uq_allergens__on_lots_bakery_id_lot_id_allergen")
        ),
    )
    op.create_index(
        op.f("ix_allergens__on_lots_bakery_id_allergen_lot_id"),
        "allergens__on_lots",
        ["bakery_id", "allergen", "lot_id"],
    )
    op.create_table(
        "allergens__settings",
        sa.Column("bakery_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "law",
            sa.Enum("EU", "US", name="law", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_allergens__settings_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", name=op.f("pk_allergens__settings")),
    )


def downgrade() -> None:
    op.drop_table("allergens__settings")
    op.drop_table("allergens__on_lots")
