"""A migration as docs/migrations.md wants it: columns, an index on a table that is large, and a check."""

import sqlalchemy as sa
from alembic import op

revision = "typical_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lots", sa.Column("shelf", sa.Text(), nullable=True))
    op.add_column("lots", sa.Column("labels_printed", sa.BigInteger(), server_default="0", nullable=False))
    if op.get_context().dialect.name == "sqlite":
        op.create_index("ix_lots_shelf", "lots", ["bakery_id", "shelf", "id"])
        return
    op.create_check_constraint("ck_lots_shelf", "lots", "shelf <> ''", postgresql_not_valid=True)
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_lots_shelf")
        op.create_index(
            "ix_lots_shelf",
            "lots",
            ["bakery_id", "shelf", "id"],
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_lots_shelf", "lots")
    op.drop_column("lots", "labels_printed")
    op.drop_column("lots", "shelf")
