"""Opaque cursors: the key of a row, as text that clients only hand back."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import date
from typing import Any

from bakery.errors import InvalidInput
from graphql_api.refs import MAX_RECORD_NUMBER
from graphql_api.resolvers.checks import storable


def cursor_of(key: tuple[Any, ...], sort: str | None = None) -> str:
    """The cursor of a row by its key; with the name of the list's order, where it has several."""
    values = [value.isoformat() if isinstance(value, date) else value for value in key]
    values += [sort] if sort else []
    return urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode()


def key_of(path: str, cursor: str | None, types: Sequence[type], sort: str | None = None) -> tuple[Any, ...] | None:
    """The key behind a cursor of a list that is sorted by values of `types`, in the order named `sort`.

    Raises `InvalidInput` at `path`.
    """
    if cursor is None:
        return None
    try:
        values = json.loads(urlsafe_b64decode(cursor.encode()))
        if not isinstance(values, list):
            raise ValueError("not a list")
        if sort and (not values or values.pop() != sort):
            raise ValueError("a cursor of another order")
        return tuple(_value(value, kind) for value, kind in zip(values, types, strict=True))
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise InvalidInput.at(path, "This is no cursor of this list. Use a `cursor` or `endCursor` it gave.") from error


def _value(value: Any, kind: type) -> Any:
    if kind is date:
        return date.fromisoformat(value)
    if isinstance(value, str) and not storable(value):
        raise ValueError("not a text of ours")
    if type(value) is not kind or (isinstance(value, int) and not 0 <= value <= MAX_RECORD_NUMBER):
        raise ValueError(f"not a {kind.__name__}")
    return value
