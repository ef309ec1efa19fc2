"""The audit log.

Entries and seals are only ever added: triggers refuse all else. A seal stands apart from its entry, so that none of
both is ever changed, and whoever writes an entry waits for nobody.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, PrimaryKeyConstraint, String, Table, UniqueConstraint

from bakery.audit import MAX_ADDRESS_LENGTH, MAX_USER_AGENT_LENGTH, AuditKind, AuditOutcome
from bakery.store.columns import Instant, one_of
from bakery.store.tables.parts import NAME_LENGTH, metadata, of_bakery, to

audit_entries = of_bakery(
    "audit_entries",
    Column("recorded_at", Instant, nullable=False),
    Column("kind", one_of(AuditKind, "kind"), nullable=False),
    Column("member_id", BigInteger),
    Column("key_id", BigInteger),
    Column("actor", String(NAME_LENGTH), nullable=False),
    Column("role", String(32)),
    Column("action", String(NAME_LENGTH), nullable=False),
    Column("outcome", one_of(AuditOutcome, "outcome"), nullable=False),
    Column("code", String(64)),
    Column("things", String, nullable=False),
    Column("arguments", String, nullable=False),
    Column("address", String(MAX_ADDRESS_LENGTH)),
    Column("user_agent", String(MAX_USER_AGENT_LENGTH)),
    to("members", "member_id"),
    to("api_keys", "key_id"),
)

audit_seals = Table(
    "audit_seals",
    metadata,
    Column("bakery_id", BigInteger, ForeignKey("bakeries.id"), nullable=False),
    Column("number", BigInteger, nullable=False, autoincrement=False),
    Column("entry_id", BigInteger, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("sealed_at", Instant, nullable=False),
    PrimaryKeyConstraint("bakery_id", "number"),
    UniqueConstraint("bakery_id", "entry_id"),
    to("audit_entries", "entry_id"),
)

# What waits for its seal: a trigger puts each entry here, and the sealer takes it out. It is no record of anything.
audit_waiting = Table(
    "audit_waiting",
    metadata,
    Column("bakery_id", BigInteger, nullable=False),
    Column("entry_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("bakery_id", "entry_id"),
)
