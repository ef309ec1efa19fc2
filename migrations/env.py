"""Alembic's entry: runs the migrations on the connection that `bakery.store.migration` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.schema import SchemaItem

from bakery.store.tables import metadata


def run(connection: Connection) -> None:
    def belongs_here(item: SchemaItem, *_: object) -> bool:
        """Leaves out what exists only on the other database."""
        only_on: str | None = item.info.get("only_on")
        return only_on in (None, connection.dialect.name)

    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=belongs_here,
        compare_server_default=True,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
