"""Trusted documents, by their hash and by what manifests call them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trusted_documents",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("operations", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_trusted_documents")),
    )
    op.create_table(
        "trusted_document_ids",
        sa.Column("document_id", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["trusted_documents.sha256"], name=op.f("fk_trusted_document_ids_sha256")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_trusted_document_ids")),
    )
    op.create_index(op.f("ix_trusted_document_ids_sha256"), "trusted_document_ids", ["sha256"])


def downgrade() -> None:
    op.drop_table("trusted_document_ids")
    op.drop_table("trusted_documents")
