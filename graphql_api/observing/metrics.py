"""Figures for Prometheus, of all processes that serve together.

Each process counts in files of a folder that they share (prometheus_client's multiprocess mode); a process of its own
adds them up when it is asked (`exporter.py`). Nothing here is imported where no port is set, and no figure tells of
one bakery.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from bakery.store import Database
from graphql_api.config import Settings
from graphql_api.execution.documents import Documents
from graphql_api.observing.exporter import FOLDER
from graphql_api.observing.notes import Note

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

LOOK_EVERY_SECONDS = 1.0
BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
STATEMENT_BUCKETS = (0, 1, 2, 4, 8, 16, 32, 64, 128)
UNAVAILABLE, FAILED, REFUSED = 503, 500, 400
OK = "ok"


class Metrics:
    """The figures of one process."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        used: dict[str, Any] = {"registry": registry or CollectorRegistry()}
        by_type = ["operation_type"]
        live: dict[str, Any] = {"multiprocess_mode": "livesum", **used}
        self._requests = Counter("baketrace_requests", "Requests that were answered.", [*by_type, "outcome"], **used)
        self._errors = Counter("baketrace_errors", "Errors in answers.", ["code"], **used)
        self._seconds = Histogram(
            "baketrace_request_seconds", "How long requests took.", by_type, buckets=BUCKETS, **used
        )
        self._statements = Histogram(
            "baketrace_request_sql_statements",
            "SQL statements of a request.",
            by_type,
            buckets=STATEMENT_BUCKETS,
            **used,
        )
        self._sql_seconds = Counter("baketrace_sql_seconds", "How long requests waited for the database.", **used)
        self._lookups = Counter(
            "baketrace_documents", "Documents that were looked up in the cache of documents.", ["found"], **used
        )
        self._connections = Gauge("baketrace_connections_in_use", "Connections to the database in use.", **live)
        self._writers = Gauge("baketrace_writers_waiting", "Writers that wait for their turn at a SQLite file.", **live)
        self._documents_seen = {"yes": 0, "no": 0}

    def observe(self, note: Note, status: int, seconds: float) -> None:
        """A request that was answered."""
        kind = note.kind or "none"
        self._requests.labels(kind, outcome(note, status)).inc()
        self._seconds.labels(kind).observe(seconds)
        self._statements.labels(kind).observe(note.tally.statements)
        self._sql_seconds.inc(note.tally.seconds)
        for code, times in note.codes.items():
            self._errors.labels(code).inc(times)

    def look(self, database: Database, documents: Documents) -> None:
        """What is not told by requests: how it stands just now, and what came to it since the last look."""
        self._connections.set(database.connections_in_use)
        if (waiting := database.writers_waiting) is not None:
            self._writers.set(waiting)
        for found, seen in (("yes", documents.hits), ("no", documents.misses)):
            self._lookups.labels(found).inc(seen - self._documents_seen[found])
            self._documents_seen[found] = seen

    @asynccontextmanager
    async def looking(self, database: Database, documents: Documents) -> AsyncIterator[None]:
        """Looks every second while the block runs, and once more at its end."""

        async def look_on() -> None:
            while True:
                self.look(database, documents)
                await asyncio.sleep(LOOK_EVERY_SECONDS)

        task = asyncio.create_task(look_on())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self.look(database, documents)


def outcome(note: Note, status: int) -> str:
    """`ok`, `refused` (for what was asked), `unavailable` or `failed`; the worst of an answer that has several."""
    if "INTERNAL" in note.codes or (status >= FAILED and status != UNAVAILABLE) or not status:
        return "failed"
    if "SERVICE_UNAVAILABLE" in note.codes or status == UNAVAILABLE:
        return "unavailable"
    return "refused" if note.codes or status >= REFUSED else OK


@contextmanager
def served(settings: Settings) -> Iterator[None]:
    """Serve the figures of this process and those that it starts while the block runs, if a port is set.

    Raises OSError where the port cannot be used.
    """
    if settings.metrics_port is None:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="baketrace-metrics-") as folder:
        os.environ[FOLDER] = folder
        host, port = settings.metrics_host, str(settings.metrics_port)
        command = [sys.executable, "-m", "graphql_api.observing.exporter", folder, host, port]
        exporter = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own module
        assert exporter.stdin
        assert exporter.stdout
        try:
            told = exporter.stdout.readline().strip()
            if told != "ready":
                raise OSError(f"metrics cannot be served on {host}:{port} ({told or 'their process ended'})")
            yield
        finally:
            exporter.terminate()
            exporter.wait()
            exporter.stdin.close()
            exporter.stdout.close()
