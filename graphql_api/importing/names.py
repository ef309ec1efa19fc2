"""Which record a row means by a name: rows refer to each other, and to what the bakery has, by name."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TypeVar

from bakery.store.paging import Key, Listing, Window
from graphql_api.importing.problems import quoted
from graphql_api.refs import Ref, global_id

PAGE_SIZE = 10_000


R = TypeVar("R")


class UnusableName(Exception):
    """No record can be meant. The message says why; empty where the named row itself was refused, and told."""


@dataclass
class Names:
    """The names of one kind. A name stands for a record's id, or for None where its row was refused."""

    kind: str
    _meant: dict[str, list[int | None]] = field(default_factory=dict)
    _lines: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, record_id: int | None, line: int | None = None) -> None:
        """`line` is where the file that is being imported has the name."""
        self._meant.setdefault(_key(name), []).append(record_id)
        if line is not None:
            self._lines.setdefault(_key(name), line)

    def ids(self) -> list[int]:
        """The records that the names stand for."""
        return [record_id for meant in self._meant.values() for record_id in meant if record_id is not None]

    def taken(self, name: str) -> str | None:
        """Why no further record may have the name, in words; None if one may."""
        key = _key(name)
        if key in self._lines:
            return f"{quoted(name)} is on line {self._lines[key]} already. Give each {self.kind.lower()} its own name."
        if key in self._meant:
            return f"The bakery has {quoted(name)} already. Take the row out, or give it another name."
        return None

    def global_id(self, name: str) -> str:
        """The id of the one record of this name. Raises `UnusableName`."""
        meant = self._meant.get(_key(name), [])
        if not meant:
            raise UnusableName(f"There is no {self.kind.lower()} {quoted(name)}, in the bakery or in these files.")
        if len(meant) > 1:
            raise UnusableName(
                f"{len(meant)} {self.kind.lower()}s are called {quoted(name)}: the row does not say which."
            )
        if meant[0] is None:
            raise UnusableName
        return global_id(Ref(self.kind, meant[0]))


def _key(name: str) -> str:
    """What two spellings of one name share: neither case, nor spaces, nor the way accents are encoded tell apart."""
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


async def everything(listing: Listing[R]) -> AsyncIterator[R]:
    """All records of a listing, read in large pages."""
    after: Key | None = None
    while True:
        page = await listing.page(Window(PAGE_SIZE, after=after))
        for record in page.records:
            yield record
        if not page.has_next:
            return
        after = page.keys[-1]
