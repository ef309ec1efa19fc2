"""The audit log: its entries, their seals, and what waits for one. Triggers make entries and seals append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KINDS = ("CHANGE", "READ", "COMMAND")
OUTCOMES = ("DONE", "REPEATED", "REFUSED", "FAILED")

SQLITE_UP = (
    *(
        f"CREATE TRIGGER {table}_{name} BEFORE {change} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} are never {refused}'); END"
        for table in ("audit_entries", "audit_seals")
        for name, change, refused in (("unchanged", "UPDATE", "changed"), ("kept", "DELETE", "deleted"))
    ),
    # INSERT OR REPLACE deletes without a word to the triggers above.
    "CREATE TRIGGER audit_entries_not_replaced BEFORE INSERT ON audit_entries "
    "WHEN EXISTS (SELECT 1 FROM audit_entries WHERE bakery_id = NEW.bakery_id AND id = NEW.id) "
    "BEGIN SELECT RAISE(ABORT, 'audit_entries are never replaced'); END",
    "CREATE TRIGGER audit_seals_not_replaced BEFORE INSERT ON audit_seals "
    "WHEN EXISTS (SELECT 1 FROM audit_seals WHERE bakery_id = NEW.bakery_id "
    "AND (number = NEW.number OR entry_id = NEW.entry_id)) "
    "BEGIN SELECT RAISE(ABORT, 'audit_seals are never replaced'); END",
    # An entry takes the next record number by itself, so that writing one is a single statement.
    "CREATE TRIGGER audit_entries_follow AFTER INSERT ON audit_entries BEGIN "
    "UPDATE record_number_counter SET last_number = NEW.id WHERE last_number < NEW.id; "
    "INSERT INTO audit_waiting VALUES (NEW.bakery_id, NEW.id); END",
)
POSTGRESQL_UP = (
    *(
        f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        for table in ("audit_entries", "audit_seals")
    ),
    "CREATE FUNCTION audit_entry_waits() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN INSERT INTO audit_waiting VALUES (NEW.bakery_id, NEW.id); RETURN NULL; END $$",
    "CREATE TRIGGER audit_entries_follow AFTER INSERT ON audit_entries "
    "FOR EACH ROW EXECUTE FUNCTION audit_entry_waits()",
)


def _one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", _one_of("kind", KINDS), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("key_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=True),
        sa.Column("action", sa.String(length=200), nullable=False),
        sa.Column("outcome", _one_of("outcome", OUTCOMES), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("things", sa.String(), nullable=False),
        sa.Column("arguments", sa.String(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("user_agent", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["bakery_id", "member_id"],
            ["members.bakery_id", "members.id"],
            name=op.f("fk_audit_entries_bakery_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["bakery_id", "key_id"],
            ["api_keys.bakery_id", "api_keys.id"],
            name=op.f("fk_audit_entries_bakery_id_key_id"),
        ),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_audit_entries_bakery_id")),
        sa.PrimaryKeyConstraint("bakery_id", "id", name=op.f("pk_audit_entries")),
    )
    op.create_table(
        "audit_seals",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bakery_id"], ["bakeries.id"], name=op.f("fk_audit_seals_bakery_id")),
        sa.ForeignKeyConstraint(
            ["bakery_id", "entry_id"],
            ["audit_entries.bakery_id", "audit_entries.id"],
            name=op.f("fk_audit_seals_bakery_id_entry_id"),
        ),
        sa.PrimaryKeyConstraint("bakery_id", "number", name=op.f("pk_audit_seals")),
        sa.UniqueConstraint("bakery_id", "entry_id", name=op.f("uq_audit_seals_bakery_id_entry_id")),
    )
    op.create_table(
        "audit_waiting",
        sa.Column("bakery_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bakery_id", "entry_id", name=op.f("pk_audit_waiting")),
    )
    for statement in SQLITE_UP if op.get_context().dialect.name == "sqlite" else POSTGRESQL_UP:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("audit_waiting")
    op.drop_table("audit_seals")
    op.drop_table("audit_entries")
    if op.get_context().dialect.name != "sqlite":
        op.execute("DROP FUNCTION audit_entry_waits()")
