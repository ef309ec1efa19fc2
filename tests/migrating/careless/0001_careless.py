"""A migration as it must not be: it reads a whole table with its lock held, and takes away what is still read."""

import sqlalchemy as sa
from alembic import op

revision = "careless_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_lots_unit_cost", "lots", ["bakery_id", "unit_cost"])
    op.alter_column("lots", "code", type_=sa.String(64), nullable=False)
    op.drop_column("lots", "unit_cost")


def downgrade() -> None:
    op.drop_index("ix_lots_unit_cost", "lots")
