"""The same trace in books of different sizes: what it costs must follow the trace, not the tables."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.data.databases import Books
from benchmarks.documents import LOT_FLAT, ORDER_FLAT, ORDER_NESTED, SMALL, TYPICAL
from benchmarks.measures.rounds import Effort, measure
from benchmarks.servers.running import BAKETRACE, serving_all

TRACES = (SMALL, ORDER_NESTED, ORDER_FLAT, TYPICAL, LOT_FLAT)


@dataclass(frozen=True)
class Growth:
    """A question's median with one client, by the size of the books."""

    engine: str
    question: str
    median_ms: dict[str, float]

    @property
    def factor(self) -> float:
        """The largest books over the smallest."""
        medians = list(self.median_ms.values())
        return medians[-1] / medians[0]


def growth(
    run: asyncio.Runner,
    engine: str,
    all_books: Sequence[Books],
    effort: Effort,
    logs: Path,
    tell: Callable[[str], None],
) -> list[Growth]:
    """`all_books` begin with the smallest. Each is served by a process of its own, and they are asked in turn."""
    tell(f"growth on {engine}: {', '.join(books.size for books in all_books)}")
    found: dict[str, dict[str, float]] = {}
    kinds = [replace(BAKETRACE, name=f"{BAKETRACE.name} {books.size}") for books in all_books]
    with serving_all(list(zip(kinds, all_books, strict=True)), logs) as servers:
        for measured in measure(run, servers, TRACES, effort, tell, clients=(1,)):
            size = measured.server.rpartition(" ")[2]
            found.setdefault(measured.question, {})[size] = measured.median_ms
    return [
        Growth(engine, question, {books.size: medians[books.size] for books in all_books})
        for question, medians in found.items()
    ]
