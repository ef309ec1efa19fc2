"""What an update changes: each field of its input is a new value, or left as it is."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final, TypeAlias, TypeVar, Union

V = TypeVar("V")
W = TypeVar("W")


class Keep(Enum):
    """Stands for a field that was left out. A null is no such thing: it takes an optional value away."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP

Update: TypeAlias = Union[V, Keep]  # noqa: UP007 - an alias with a variable needs it


def updated(given: Update[V], current: W, checked: Callable[[V], W]) -> W:
    """The value after the update: what is given, checked, or else the current one."""
    return current if given is KEEP else checked(given)
