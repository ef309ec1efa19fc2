"""What a process keeps of what it was asked for last."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Things by their names, those used last; bounded in number, and in characters of what they were made from."""

    def __init__(self, max_number: int, max_characters: int) -> None:
        self._max_number = max_number
        self._max_characters = max_characters
        self._kept: OrderedDict[str, tuple[T, int]] = OrderedDict()
        self._characters = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, name: str) -> T | None:
        found = self._kept.get(name)
        if found is None:
            return None
        self._kept.move_to_end(name)
        return found[0]

    def keep(self, name: str, thing: T, characters: int) -> None:
        if name in self._kept:  # two asked for it at once
            return
        self._kept[name] = thing, characters
        self._characters += characters
        while len(self._kept) > self._max_number or self._characters > self._max_characters:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._characters -= dropped
