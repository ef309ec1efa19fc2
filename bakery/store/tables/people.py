"""People, their keys, and what a bakery has switched on."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    text,
)

from bakery.catalogue import ConsumptionOrder
from bakery.store.columns import Instant, one_of
from bakery.store.tables.parts import EMAIL_LENGTH, NAME_LENGTH, bakery_row, metadata, of_bakery, only, to

HASH_LENGTH = 64
PREFIX_LENGTH = 32


def _prefix() -> Column[str]:
    """How a token or key begins, so that people can tell theirs apart; empty where that was not kept yet."""
    return Column("prefix", String(PREFIX_LENGTH), nullable=False, server_default=text("''"))


members = of_bakery(
    "members",
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("role", String(32), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("email", String(EMAIL_LENGTH)),
    Column("joined_at", Instant),
    Column("removed_at", Instant),
    Column("invitation_hash", String(HASH_LENGTH)),
    Column("invitation_expires_at", Instant),
    Column("subject_hash", String(HASH_LENGTH)),
    Index("uq_members_owner", "bakery_id", unique=True, **only("role = 'OWNER'")),
    Index("uq_members_invitation_hash", "invitation_hash", unique=True),
    Index("uq_members_subject_hash", "subject_hash", "bakery_id", unique=True),
)

access_tokens = of_bakery(
    "access_tokens",
    Column("member_id", BigInteger, nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("recorded_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    _prefix(),
    to("members", "member_id"),
    Index("ix_access_tokens_member", "bakery_id", "member_id", "id"),
)

api_keys = of_bakery(
    "api_keys",
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("key_hash", String(64), nullable=False, unique=True),
    Column("scopes", String(NAME_LENGTH), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    _prefix(),
    Column("last_used_at", Instant),
)

feature_switches = Table(
    "feature_switches",
    metadata,
    Column("bakery_id", BigInteger, ForeignKey("bakeries.id"), nullable=False),
    Column("feature", String(64), nullable=False),
    Column("enabled", Boolean(create_constraint=True, name="enabled"), nullable=False),
    PrimaryKeyConstraint("bakery_id", "feature"),
)

lot_tracking_settings = Table(
    "lot_tracking_settings",
    metadata,
    bakery_row(),
    Column("expiry_warning_days", Integer, nullable=False),
    Column("consumption_order", one_of(ConsumptionOrder, "consumption_order"), nullable=False),
    CheckConstraint("expiry_warning_days BETWEEN 0 AND 365", name="expiry_warning_days"),
)
