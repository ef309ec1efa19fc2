"""Latency and rate of several servers, asked in turn: what disturbs the machine disturbs all of them."""

from __future__ import annotations

import asyncio
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.documents import Question
from benchmarks.load.client import Slice, connect, load
from benchmarks.servers.running import OURS, Server

SLICE_SECONDS_MAX = 20
"""A server whose slice would take longer is left out there; BakeTrace itself is asked in one round."""


@dataclass(frozen=True)
class Effort:
    """How long to measure: rounds, and the seconds that each server is asked in each; and how many clients many are."""

    rounds: int = 5
    seconds: float = 1.0
    warm_up_seconds: float = 1.0
    many: int = 16
    writers: int = 8


@dataclass(frozen=True)
class Measured:
    """One server, one question, so many clients. `spread` is how far the rounds' medians lie apart, as a share."""

    server: str
    question: str
    clients: int
    median_ms: float
    p95_ms: float
    rate: float
    spread: float
    answers: int


Place = tuple[str, str, int]
"""Server, question, clients."""


def measure(
    run: asyncio.Runner,
    servers: Sequence[Server],
    questions: Sequence[Question],
    effort: Effort,
    tell: Callable[[str], None],
    *,
    clients: Sequence[int] | None = None,
    same_size: bool = True,
) -> list[Measured]:
    """Asks with one client and with many, if not told otherwise.

    `same_size`: whether a server answers a question with as many bytes each time, which is then checked.
    """
    counts = clients or (1, effort.many)
    found: list[Measured] = []
    for question in questions:
        tell(f"asking for {question.name}")
        found += run.run(_question(servers, question, effort, counts, same_size))
    return found


async def _question(
    servers: Sequence[Server], question: Question, effort: Effort, clients: Sequence[int], same_size: bool
) -> list[Measured]:
    requests = {server.name: server.request(question) for server in servers}
    sizes = {
        server.name: await _answer_size(server, requests[server.name]) if same_size else None for server in servers
    }
    first_ms = {}
    for server in servers:
        warm = await load(server.port, requests[server.name], 1, effort.warm_up_seconds)
        first_ms[server.name] = min(warm.latencies_ms)
    slices: dict[Place, list[Slice]] = defaultdict(list)
    for turn in range(effort.rounds):
        for count in clients:
            # Each round begins with another server, so that none always follows the same one.
            for server in (*servers[turn % len(servers) :], *servers[: turn % len(servers)]):
                is_long = first_ms[server.name] * count > SLICE_SECONDS_MAX * 1000
                if is_long and (OURS not in server.name or turn > 0):
                    continue
                sent = requests[server.name]
                slices[server.name, question.name, count].append(
                    await load(server.port, sent, count, effort.seconds, sizes[server.name])
                )
    return [_summary(place, parts) for place, parts in slices.items()]


async def _answer_size(server: Server, sent: bytes) -> int | None:
    """How large every answer must be; unknown where a server sends it in chunks."""
    connection = await connect(server.port)
    try:
        received = await connection.ask(sent)
        return None if connection.is_chunked else received
    finally:
        connection.close()


def _summary(place: Place, slices: Sequence[Slice]) -> Measured:
    latencies = sorted(latency for part in slices for latency in part.latencies_ms)
    medians = [statistics.median(part.latencies_ms) for part in slices]
    median = statistics.median(latencies)
    return Measured(
        *place,
        median_ms=median,
        p95_ms=percentile(latencies, 0.95),
        rate=len(latencies) / sum(part.seconds for part in slices),
        spread=(max(medians) - min(medians)) / median,
        answers=len(latencies),
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
