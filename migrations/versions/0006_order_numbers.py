"""Order numbers as they are searched: without case and accents, on both databases."""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ROWS_AT_ONCE = 1000


def upgrade() -> None:
    kind = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
    op.add_column("orders", sa.Column("folded_number", kind, server_default="", nullable=False))
    orders = sa.table("orders", *(sa.column(column) for column in ("bakery_id", "id", "number", "folded_number")))
    fill = (
        sa.update(orders)
        .where(orders.c.bakery_id == sa.bindparam("bakery"), orders.c.id == sa.bindparam("order"))
        .values(folded_number=sa.bindparam("folded"))
    )
    rows = op.get_bind().execute(sa.select(orders.c.bakery_id, orders.c.id, orders.c.number)).all()
    for first in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[first : first + ROWS_AT_ONCE]
        op.get_bind().execute(
            fill, [{"bakery": row.bakery_id, "order": row.id, "folded": _folded(row.number)} for row in part]
        )


def downgrade() -> None:
    op.drop_column("orders", "folded_number")


def _folded(number: str) -> str:
    """What folding is, the migration has for itself, as it was then."""
    letters = "".join(sign for sign in unicodedata.normalize("NFKD", number) if not unicodedata.combining(sign))
    return " ".join(letters.casefold().split())[:200]
