"""Does a small question wait while many clients are given large answers?"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import orjson

from benchmarks.documents import VIEWER, Question
from benchmarks.load.client import Connection, connect
from benchmarks.measures.rounds import percentile
from benchmarks.servers.running import Server

ANSWERS_EACH = 2
ASKED_ALONE = 10
PAUSE_SECONDS = 0.01


@dataclass(frozen=True)
class Stalled:
    """How long `{ viewer { id } }` took beside `clients` who asked for `question`, and how long alone."""

    question: str
    clients: int
    large_answers: int
    asked: int
    alone_ms: float
    median_ms: float
    p95_ms: float
    worst_ms: float


async def stalled(server: Server, question: Question, clients: int) -> Stalled:
    """Every client gets some answers; none may fail, or `Failed` is raised."""
    small = server.wrap(orjson.dumps({"query": VIEWER, "operationName": "Viewer"}))
    sent = server.request(question)
    watcher = await connect(server.port)
    alone = [await _timed(watcher, small) for _ in range(ASKED_ALONE)]
    beside: list[float] = []
    done = asyncio.Event()

    async def watch() -> None:
        while not done.is_set():
            beside.append(await _timed(watcher, small))
            await asyncio.sleep(PAUSE_SECONDS)

    async def ask_for_much() -> None:
        connection = await connect(server.port)
        for _ in range(ANSWERS_EACH):
            await connection.ask(sent)
        connection.close()

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(ask_for_much() for _ in range(clients)))
    done.set()
    await watching
    watcher.close()
    beside.sort()
    return Stalled(
        question.name,
        clients,
        clients * ANSWERS_EACH,
        len(beside),
        alone_ms=percentile(sorted(alone), 0.5),
        median_ms=percentile(beside, 0.5),
        p95_ms=percentile(beside, 0.95),
        worst_ms=beside[-1],
    )


async def _timed(connection: Connection, sent: bytes) -> float:
    began = time.perf_counter()
    await connection.ask(sent)
    return (time.perf_counter() - began) * 1000
