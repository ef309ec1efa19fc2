"""Tables that a plug-in brings: keyed by the bakery like ours, migrated like ours, and kept apart from ours.

Each stands under a name `<prefix>__…` that only this plug-in uses, the mark of its migrations too. So whose a table
is can be told by its name alone, also of a plug-in that is no longer installed: its tables are left as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import MetaData, Table
from sqlalchemy.schema import ForeignKeyConstraint, SchemaItem

from bakery.store.tables import NAMES_OF_CONSTRAINTS, OWNER_MARK, bakery_key, bakery_row, owner_of

_PREFIX = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True)
class Annex:
    """The tables of one plug-in. `migrations` is the package that has its alembic revisions."""

    prefix: str
    migrations: str
    metadata: MetaData = field(default_factory=lambda: MetaData(naming_convention=NAMES_OF_CONSTRAINTS))

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.prefix):
            raise ValueError(f"{self.prefix!r} is no prefix of tables; write one like allergens or guest_bakers")

    @property
    def strays(self) -> list[str]:
        """Tables that were put here under a name that is not the plug-in's to give."""
        return [name for name in self.metadata.tables if owner_of(name) != self.prefix]

    @property
    def version_table(self) -> str:
        """Where alembic keeps the plug-in's revision, apart from ours."""
        return self._named("alembic_version")

    def of_bakery(self, name: str, *items: SchemaItem, **options: Any) -> Table:
        """A table `<prefix>__<name>` of records: its key is the bakery and the record's number."""
        return Table(self._named(name), self.metadata, *bakery_key(), *items, **options)

    def one_a_bakery(self, name: str, *items: SchemaItem, **options: Any) -> Table:
        """A table `<prefix>__<name>` with one row a bakery at most, such as settings."""
        return Table(self._named(name), self.metadata, bakery_row(), *items, **options)

    def _named(self, name: str) -> str:
        return f"{self.prefix}{OWNER_MARK}{name}"


def reference(table: Table, column: str) -> ForeignKeyConstraint:
    """A reference to a record of the same bakery, in a table of ours or of the plug-in's own."""
    return ForeignKeyConstraint(["bakery_id", column], [table.c.bakery_id, table.c.id])
