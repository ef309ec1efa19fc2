"""Invitations, removals and the subjects of an identity provider; how tokens begin, and when a key was last used."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
MEMBERS: dict[str, Any] = {
    "email": sa.String(length=254),
    "joined_at": MOMENT,
    "removed_at": MOMENT,
    "invitation_hash": sa.String(length=64),
    "invitation_expires_at": MOMENT,
    "subject_hash": sa.String(length=64),
}


def upgrade() -> None:
    for name, kind in MEMBERS.items():
        op.add_column("members", sa.Column(name, kind, nullable=True))
    # Whoever was there before was let in by a token.
    op.execute("UPDATE members SET joined_at = recorded_at")
    op.create_index("uq_members_invitation_hash", "members", ["invitation_hash"], unique=True)
    op.create_index("uq_members_subject_hash", "members", ["subject_hash", "bakery_id"], unique=True)
    for table in ("access_tokens", "api_keys"):
        op.add_column(table, sa.Column("prefix", sa.String(length=32), server_default="", nullable=False))
    op.create_index("ix_access_tokens_member", "access_tokens", ["bakery_id", "member_id", "id"])
    op.add_column("api_keys", sa.Column("last_used_at", MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_column("api_keys", "last_used_at")
    op.drop_index("ix_access_tokens_member", "access_tokens")
    for table in ("api_keys", "access_tokens"):
        op.drop_column(table, "prefix")
    op.drop_index("uq_members_subject_hash", "members")
    if op.get_context().dialect.name != "sqlite":
        # It looks at what goes; `migrate` put it up, and puts it up again.
        op.execute("DROP POLICY IF EXISTS presented ON members")
    op.drop_index("uq_members_invitation_hash", "members")
    for name in reversed(MEMBERS):
        op.drop_column("members", name)
