"""One run from the books to the results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from benchmarks.data.databases import Books, Library
from benchmarks.data.sizes import SIZES
from benchmarks.documents import ORDER_FLAT, TYPICAL, comparable, hot
from benchmarks.load.client import runner
from benchmarks.measures import equality, memory, rounds
from benchmarks.measures.door import door
from benchmarks.measures.growth import growth
from benchmarks.measures.plans import plans
from benchmarks.measures.rounds import Effort
from benchmarks.measures.split import split
from benchmarks.measures.stall import stalled
from benchmarks.measures.writing import writing
from benchmarks.peers import PEERS, NoNode
from benchmarks.report.results import Results, Setting
from benchmarks.servers.running import (
    BAKETRACE,
    PLAIN_STRAWBERRY,
    THE_LIMIT,
    WITHOUT_DOOR,
    Kind,
    node_peers,
    serving_all,
)

PEERS_MISSING = "PostGraphile and Yoga are left out"


@dataclass(frozen=True)
class Wanted:
    """What to measure. `sizes` are the books that growth is measured on, the smallest first."""

    size: str
    sizes: Sequence[str]
    effort: Effort
    with_node_peers: bool = True
    may_fetch: bool = True
    growth_engines: Sequence[str] = ("postgresql", "sqlite")
    with_plans: bool = True


@dataclass(frozen=True)
class Bench:
    library: Library
    server_url: str
    folder: Path
    tell: Callable[[str], None]

    def run(self, wanted: Wanted) -> Results:
        size = SIZES[wanted.size]
        kinds = [BAKETRACE, THE_LIMIT, PLAIN_STRAWBERRY, *self._node_peers(wanted)]
        books = self.library.postgresql(size)
        results = Results(self._setting(wanted))
        with self.library.copy(books) as written:
            self._compare(results, written, kinds, wanted.effort)
        with runner() as run, serving_all([(kind, books) for kind in (BAKETRACE, WITHOUT_DOOR)], self._logs) as both:
            results.door = door(run, both, wanted.effort, self.tell)
        self.tell("looking where BakeTrace's time goes")
        questions = [*comparable(books.facts), ORDER_FLAT]
        results.split = split(books, questions, wanted.effort.seconds)
        self._grow(results, wanted)
        if wanted.with_plans:
            self._plan(results, books)
            self._plan(results, self.library.sqlite(size))
        return results

    def _plan(self, results: Results, books: Books) -> None:
        self.tell(f"looking at the plans on {'SQLite' if books.is_sqlite else 'PostgreSQL'}")
        with self.library.copy(books) as written:
            results.plans.append(plans(written))

    def _compare(self, results: Results, books: Books, kinds: Sequence[Kind], effort: Effort) -> None:
        """Reads, then writes: `books` are changed by it."""
        questions, largest = comparable(books.facts), hot(books.facts)[-1]
        with runner() as run, serving_all([(kind, books) for kind in kinds], self._logs) as servers:
            self.tell("measuring memory, while all servers are fresh")
            results.memory = memory.measure(run, servers, TYPICAL, largest, effort.many)
            self.tell("checking that all answer the same")
            results.answer_bytes = run.run(equality.check(servers, questions))
            results.answer_bytes |= run.run(equality.check(servers[:2], [ORDER_FLAT]))
            self.tell("looking for stalls")
            results.stalled = run.run(stalled(servers[0], largest, effort.many))
            results.measured = [
                *rounds.measure(run, servers, questions, effort, self.tell),
                *rounds.measure(run, servers[:2], [ORDER_FLAT], effort, self.tell),
            ]
            results.writing = writing(run, servers[0], servers[1], effort, self.tell)

    def _grow(self, results: Results, wanted: Wanted) -> None:
        for engine in wanted.growth_engines:
            books_of = self.library.sqlite if engine == "sqlite" else self.library.postgresql
            all_books = [books_of(SIZES[name]) for name in wanted.sizes]
            with runner() as run:
                results.growth += growth(run, engine, all_books, wanted.effort, self._logs, self.tell)

    def _node_peers(self, wanted: Wanted) -> list[Kind]:
        if not wanted.with_node_peers:
            return []
        try:
            node = PEERS.node(self.tell) if wanted.may_fetch else PEERS.node_if_here()
        except NoNode as error:
            self.tell(f"{PEERS_MISSING}: {error}")
            return []
        return [] if node is None else node_peers(node)

    def _setting(self, wanted: Wanted) -> Setting:
        with psycopg.connect(self.server_url) as connection:
            found = connection.execute("SHOW server_version").fetchone()
        assert found
        taken_at = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"  # noqa: TID251 - when a run was made
        return Setting(taken_at, wanted.size, str(found[0]).split()[0], wanted.effort)

    @property
    def _logs(self) -> Path:
        return self.folder / "logs"
