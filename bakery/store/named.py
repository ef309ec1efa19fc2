"""Lists of named things, and of what can be archived."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, Table

from bakery.lists import ArchivedFilter, NameSort
from bakery.names import folded
from bakery.store.paging import Listing
from bakery.store.session import Session

R = TypeVar("R")


def only_archived(archived_at: ColumnElement[Any], archived: ArchivedFilter) -> list[ColumnElement[bool]]:
    """The condition that the filter asks for, or none."""
    match archived:
        case ArchivedFilter.INCLUDED:
            return []
        case ArchivedFilter.EXCLUDED:
            return [archived_at.is_(None)]
        case ArchivedFilter.ONLY:
            return [archived_at.is_not(None)]


def named(
    session: Session,
    record: Callable[..., R],
    statement: Select[Any],
    table: Table,
    search: str | None,
    archived: ArchivedFilter,
    sort: NameSort,
) -> Listing[R]:
    """The list of a table of named things. `search` is a part of the name, whatever its case and accents."""
    columns = table.c
    statement = statement.where(*only_archived(columns.archived_at, archived))
    if search and (wanted := folded(search)):
        statement = statement.where(columns.folded_name.contains(wanted, autoescape=True))
    keys = [columns.id] if sort is NameSort.RECORDED else [columns.folded_name, columns.id]
    return Listing(session, record, statement, keys, sort=sort.value)
