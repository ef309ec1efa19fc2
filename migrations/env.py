"""Alembic's entry: runs the migrations on the connection that `bakery.store.migration` hands over.

Without a connection it writes the SQL that PostgreSQL would be sent (`make squawk`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from alembic import context
from sqlalchemy import Connection, MetaData
from sqlalchemy.schema import SchemaItem

from bakery.store.tables import owner_of


def configure(dialect: str, metadata: MetaData, version_table: str, **options: Any) -> None:
    """Ours and each plug-in's are run apart: each sees its own tables only, and has a version table of its own."""

    def belongs_here(item: SchemaItem, *_: object) -> bool:
        """Leaves out what exists only on the other database."""
        only_on: str | None = item.info.get("only_on")
        return only_on in (None, dialect)

    def is_ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name is None or owner_of(name) == owner_of(version_table)

    context.configure(
        target_metadata=metadata,
        version_table=version_table,
        include_name=is_ours,
        include_object=belongs_here,
        compare_server_default=True,
        render_as_batch=dialect == "sqlite",
        transaction_per_migration=True,
        **options,
    )


def run() -> None:
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes
connection: Connection | None = given.get("connection")
dialect = connection.dialect.name if connection is not None else "postgresql"
configure_here = partial(configure, dialect, given["metadata"], given["version_table"])

if connection is None:
    configure_here(dialect_name=dialect, literal_binds=True)
    run()
else:
    configure_here(connection=connection)
    # Each migration is a transaction: one that gave up waiting for a lock is begun anew, and those before it stay.
    patiently: Callable[[Callable[[], None], Connection], None] = given["patiently"]
    patiently(run, connection)
