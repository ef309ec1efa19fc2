"""Trusted documents: they are of apps, which all bakeries use, and there is nothing of any bakery's in them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table

from bakery.store.columns import Instant
from bakery.store.tables.parts import NAME_LENGTH, metadata

trusted_documents = Table(
    "trusted_documents",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("text", String, nullable=False),
    Column("operations", String(NAME_LENGTH), nullable=False),
    Column("recorded_at", Instant, nullable=False),
)

# What a manifest calls a document by, where that is not its hash.
trusted_document_ids = Table(
    "trusted_document_ids",
    metadata,
    Column("document_id", String(NAME_LENGTH), primary_key=True),
    Column("sha256", String(64), ForeignKey(trusted_documents.c.sha256), nullable=False),
    Index(None, "sha256"),
)
