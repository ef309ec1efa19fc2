"""`python -m tests.attack.attack`: every attack of the table over a really served process, and what it cost there.

Of each: the server's processor time, by the clock that the system keeps of the process, for one request, the dearest of
a few; and how long a small query waited, asked again and again beside it. Ends with 1 where an attack was answered
wrongly, cost more than 250 ms, or let the 99th percentile of that query above 300 ms, or where the books do not
close afterwards.
"""

import asyncio
import itertools
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bakery.store.migration import migrate
from tests.api.served import ServedApi
from tests.attack.attacks import ATTACKS, Attack, Reply, Sent, Town, fault
from tests.attack.town import settled
from tests.real.server import CommandLine

CPU_MS_MAX = 250
P99_MS_MAX = 300
REPEATS = 3
PARALLEL = 2
"""How many clients attack at once while the small query is asked."""
BESIDE_SECONDS = 2.0
PAUSE_SECONDS = 0.01
REST_SECONDS, REST_CPU_SECONDS = 0.1, 0.003
ANSWER_SECONDS_MAX = 60
HEAD_END = b"\r\n\r\n"


# ── a client that sends whatever it is told to ────────────────────────────────────────────────────────────────────────
async def send(port: int, sent: Sent) -> Reply:
    """One request on a connection of its own, and the answer; it may come before all has been sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head(sent) + sent.body)
        sending = asyncio.create_task(_send_parts(writer, sent))
        try:
            return await asyncio.wait_for(_reply(reader), ANSWER_SECONDS_MAX)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
    finally:
        writer.transport.abort()


def head(sent: Sent) -> bytes:
    headers = {"Host": "127.0.0.1", **sent.headers}
    if sent.token is not None:
        headers["Authorization"] = f"Bearer {sent.token}"
    if sent.parts is not None:
        headers["Transfer-Encoding"] = "chunked"
    elif sent.method == "POST":
        headers["Content-Length"] = str(len(sent.body) if sent.declared is None else sent.declared)
    lines = [f"{sent.method} {sent.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + HEAD_END


async def _send_parts(writer: asyncio.StreamWriter, sent: Sent) -> None:
    for part in sent.parts() if sent.parts else ():
        writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        await writer.drain()
        await asyncio.sleep(sent.pause)
    if sent.parts:
        writer.write(b"0\r\n\r\n")


async def _reply(reader: asyncio.StreamReader) -> Reply:
    told = (await reader.readuntil(HEAD_END)).decode("latin-1")
    lengths = [line.partition(":")[2] for line in told.splitlines() if line.lower().startswith("content-length:")]
    body = await reader.readexactly(int(lengths[0])) if lengths else await reader.read()
    return Reply(int(told.split(" ", 2)[1]), body.decode(errors="replace"))


# ── what it costs ─────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Target:
    """A served process, and a query that anybody of the bakery asks now and then."""

    port: int
    process: int
    town: Town

    @property
    def cpu_seconds(self) -> float:
        """The processor time of the process so far, all its threads together."""
        return time.clock_gettime((~self.process << 3) | 2)

    @property
    def small(self) -> Sent:
        return Sent(json.dumps({"query": "{ viewer { id } }"}).encode(), self.town.owner)


@dataclass(frozen=True)
class Row:
    attack: Attack
    fault: str
    cpu_ms: float
    p99_ms: float
    asked: int

    @property
    def breaches(self) -> bool:
        return bool(self.fault) or self.cpu_ms > CPU_MS_MAX or self.p99_ms > P99_MS_MAX


async def measured(target: Target, attack: Attack) -> Row:
    faults, costs = [], []
    for number in range(REPEATS):
        await _at_rest(target)
        before = target.cpu_seconds
        reply = await send(target.port, attack.made(target.town, number))
        costs.append(target.cpu_seconds - before)
        faults.append(fault(attack, reply))
    waits = sorted(await _beside(target, attack))
    p99 = waits[min(len(waits) - 1, int(len(waits) * 0.99))]
    return Row(attack, next(filter(None, faults), ""), max(costs) * 1000, p99 * 1000, len(waits))


async def _at_rest(target: Target) -> None:
    """Until the server has done what others, who are gone, had asked of it."""
    ends = time.monotonic() + ANSWER_SECONDS_MAX
    while time.monotonic() < ends:
        before = target.cpu_seconds
        await asyncio.sleep(REST_SECONDS)
        if target.cpu_seconds - before < REST_CPU_SECONDS:
            return
    raise AssertionError("the server does not come to rest")


async def _beside(target: Target, attack: Attack) -> list[float]:
    """How long the small query took, each time, while clients attacked without a pause, from processes of their own."""
    waits: list[float] = []
    forking = multiprocessing.get_context("fork")
    attackers = [forking.Process(target=_attack, args=(target, attack, client)) for client in range(PARALLEL)]
    for attacker in attackers:
        attacker.start()
    ends = time.monotonic() + BESIDE_SECONDS
    while time.monotonic() < ends:
        before = time.monotonic()
        reply = await send(target.port, target.small)
        waits.append(time.monotonic() - before)
        assert reply.status == 200, reply
        await asyncio.sleep(PAUSE_SECONDS)
    for attacker in attackers:
        attacker.kill()
        attacker.join()
    return waits


def _attack(target: Target, attack: Attack, client: int) -> None:
    async def attacking() -> None:
        for number in itertools.count(1_000_000 * (client + 1)):
            await send(target.port, attack.made(target.town, number))

    asyncio.run(attacking())


# ── the table ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@contextmanager
def served() -> Iterator[tuple[Target, CommandLine, Path]]:
    with tempfile.TemporaryDirectory(prefix="baketrace-attack-") as folder:
        url = f"sqlite:///{Path(folder) / 'bakery.db'}"
        migrate(url)
        log, commands = Path(folder) / "server.log", CommandLine(url)
        with commands.serve_by(1, log) as (base_url, process):
            town, _ = settled(ServedApi(base_url, url))
            yield Target(int(base_url.rpartition(":")[2]), process, town), commands, log


def shown(row: Row) -> str:
    mark = "BREACH" if row.breaches else "ok"
    return f"{row.attack.name:40} {row.cpu_ms:8.1f} ms {row.p99_ms:8.1f} ms {row.asked:5}  {mark} {row.fault}".rstrip()


def main(names: Sequence[str] | None = None) -> int:
    chosen = [attack for attack in ATTACKS if not names or any(name in attack.name for name in names)]
    print(f"{'attack':40} {'cpu':>11} {'p99 beside':>11} asked", flush=True)
    rows = []
    with served() as (target, commands, log):
        asyncio.run(send(target.port, target.small))
        for attack in chosen:
            rows.append(asyncio.run(measured(target, attack)))
            print(shown(rows[-1]), flush=True)
        closes, told = commands.check()
        # Whoever sends a line feed has no line of the log.
        forged = [line for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("ERROR forged")]
    dearest, slowest = max(row.cpu_ms for row in rows), max(row.p99_ms for row in rows)
    breaches = [row.attack.name for row in rows if row.breaches]
    print(f"{len(rows)} attacks; the dearest took {dearest:.0f} ms, the slowest p99 beside one was {slowest:.0f} ms")
    if breaches:
        print("BREACHES: " + ", ".join(breaches))
    if forged:
        print(f"forged lines in the log: {len(forged)}")
    if not closes:
        print(told)
    return 1 if breaches or forged or not closes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
