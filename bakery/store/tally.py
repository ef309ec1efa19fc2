"""What a request asks of its database: how many statements, and how long it waited for them.

Whoever serves a request opens a tally. What runs in the request's own task, and in those that it began, counts there;
where nobody asked, nothing is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter, time_ns
from typing import NamedTuple

SENT_MAX = 100
"""Of how many rounds a tally keeps the texts, where it keeps any."""


class Sent(NamedTuple):
    """Statements that went out together: when, in nanoseconds since 1970, and their texts, without parameters."""

    began_at: int
    ended_at: int
    texts: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """`statements` leaves out what begins and ends transactions. `sent` is kept where it is a list."""

    statements: int = 0
    seconds: float = 0.0
    sent: list[Sent] | None = None


_open: ContextVar[Tally | None] = ContextVar("tally", default=None)


@contextmanager
def tallied(tally: Tally) -> Iterator[None]:
    token = _open.set(tally)
    try:
        yield
    finally:
        _open.reset(token)


def count() -> None:
    """One more statement."""
    tally = _open.get()
    if tally is not None:
        tally.statements += 1


def now() -> tuple[float, int] | None:
    """When a round begins; None where nobody asks."""
    return None if _open.get() is None else (perf_counter(), time_ns())


def add(began: tuple[float, int] | None, texts: Iterable[str]) -> None:
    """The round that began then has ended."""
    tally = _open.get()
    if tally is None or began is None:
        return
    tally.seconds += perf_counter() - began[0]
    if tally.sent is not None and len(tally.sent) < SENT_MAX:
        tally.sent.append(Sent(began[1], time_ns(), tuple(texts)))
