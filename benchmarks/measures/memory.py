"""How far a process grows by one large answer, and by many at once. Read from /proc, so on Linux only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.documents import Question
from benchmarks.load.client import connect, load
from benchmarks.measures.rounds import SLICE_SECONDS_MAX
from benchmarks.servers.running import OURS, Server

WARM_UP_ANSWERS = 5
KIB = 1024
RESET_PEAK = "5"  # what /proc/PID/clear_refs takes to forget the peak


@dataclass(frozen=True)
class Grown:
    """Bytes. `growth` is by how much the most that the process held exceeds what it held before.

    `growth_of_many` is None for a peer that would take too long over so many.
    """

    server: str
    question: str
    answer: int
    before: int
    growth: int
    growth_of_many: int | None


async def grown(server: Server, warm_up: Question, question: Question, many: int) -> Grown:
    """Of a server that was just started: what it keeps from earlier answers would hide what this one takes."""
    connection = await connect(server.port)
    for _ in range(WARM_UP_ANSWERS):
        await connection.ask(server.request(warm_up))
    sent = server.request(question)
    before = _held(server.pid, "VmRSS")
    _forget_peak(server.pid)
    asked = time.perf_counter()
    await connection.ask(sent)
    seconds = time.perf_counter() - asked
    answer = len(connection.body())
    growth = _held(server.pid, "VmHWM") - before
    connection.close()
    growth_of_many = None
    if OURS in server.name or seconds * many < SLICE_SECONDS_MAX:
        _forget_peak(server.pid)
        await load(server.port, sent, many, 0)
        growth_of_many = _held(server.pid, "VmHWM") - before
    return Grown(server.name, question.name, answer, before, growth, growth_of_many)


def measure(
    run: asyncio.Runner, servers: Sequence[Server], warm_up: Question, question: Question, many: int
) -> list[Grown]:
    if not Path("/proc/self/clear_refs").exists():
        return []
    return [run.run(grown(server, warm_up, question, many)) for server in servers]


def _held(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * KIB
    raise RuntimeError(f"/proc/{pid}/status tells no {name}")


def _forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text(RESET_PEAK, encoding="utf-8")
