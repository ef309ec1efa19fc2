"""Alembic's entry: runs the migrations on the connection that `bakery.store.migration` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, MetaData
from sqlalchemy.schema import SchemaItem

from bakery.store.tables import owner_of


def run(connection: Connection, metadata: MetaData, version_table: str) -> None:
    """Ours and each plug-in's are run apart: each sees its own tables only, and has a version table of its own."""

    def belongs_here(item: SchemaItem, *_: object) -> bool:
        """Leaves out what exists only on the other database."""
        only_on: str | None = item.info.get("only_on")
        return only_on in (None, connection.dialect.name)

    def is_ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name is None or owner_of(name) == owner_of(version_table)

    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=version_table,
        include_name=is_ours,
        include_object=belongs_here,
        compare_server_default=True,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes
run(given["connection"], given["metadata"], given["version_table"])
