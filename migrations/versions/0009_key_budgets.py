"""What each API key has spent of its budget."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "key_budgets",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("empty_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_key_budgets_bakery_id")),
        sa.ForeignKeyConstraint(
            ["bakery_id", "key_id"],
            ["api_keys.bakery_id", "api_keys.id"],
            name=op.f("fk_key_budgets_bakery_id_key_id"),
        ),
        sa.PrimaryKeyConstraint("bakery_id", "key_id", name=op.f("pk_key_budgets")),
    )


def downgrade() -> None:
    op.drop_table("key_budgets")
