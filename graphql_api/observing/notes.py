"""The note of a request: what is told of it afterwards.

No note holds a token, a name, contact details or the value of a variable, so neither log nor trace can.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter

from bakery.store.tally import Tally, tallied

TEXT_MAX = 100
CODES_MAX = 20
"""So many different codes of errors are told of one request."""

_UNPRINTABLE = re.compile(r"[^ -~]")


@dataclass(slots=True)
class Note:
    """One request, or one operation of a websocket. `bakery`, `caller` and `role` are whose it is: a number, whether
    a person or a machine calls, and the role; never a name."""

    request_id: str
    bakery: int | None = None
    caller: str | None = None
    role: str | None = None
    operation: str | None = None
    kind: str | None = None
    cost: float | None = None
    codes: dict[str, int] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    tell: Callable[[Note, float], None] | None = None
    """Tells of an operation that took so many seconds: of a websocket's each, as of a request."""
    operations: int = 0

    def add_code(self, code: str) -> None:
        """An error with this code is part of the answer."""
        if code in self.codes or len(self.codes) < CODES_MAX:
            self.codes[code] = self.codes.get(code, 0) + 1


_open: ContextVar[Note | None] = ContextVar("note", default=None)


@contextmanager
def noting(note: Note) -> Iterator[None]:
    """What is found out inside of the block is written on the note."""
    token = _open.set(note)
    try:
        with tallied(note.tally):
            yield
    finally:
        _open.reset(token)


@contextmanager
def operation() -> Iterator[Note | None]:
    """Around one operation of a websocket: it is told of as a request is, under an id that begins as the
    connection's does. Whose the connection is must be known by then."""
    connection = _open.get()
    if connection is None or connection.tell is None:
        yield connection
        return
    connection.operations += 1
    note = Note(
        f"{connection.request_id}.{connection.operations}", connection.bakery, connection.caller, connection.role
    )
    note.tally.sent = None if connection.tally.sent is None else []
    began = perf_counter()
    try:
        with noting(note):
            yield note
    finally:
        connection.tell(note, perf_counter() - began)


def current() -> Note | None:
    """The note to write on; None where nothing is observed."""
    return _open.get()


def add_code(code: str) -> None:
    note = _open.get()
    if note is not None:
        note.add_code(code)


def add_cost(cost: float) -> None:
    note = _open.get()
    if note is not None:
        note.cost = cost


def bounded(text: str, most: int = TEXT_MAX) -> str:
    """Text of a client's as it may stand in a log: short, on one line, and with nothing in it that a terminal obeys."""
    return _UNPRINTABLE.sub("?", text[:most])
