"""`python -m tests.load.load`: many clients at once on two workers, and what that costs: time, errors and memory.

Ends with 1 when a request met an accident, memory grew, or the books do not close afterwards.
"""

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import linear_regression, quantiles

from rich.console import Console
from rich.table import Table

from bakery.days import local_day
from tests.load.memory import held_by_servers
from tests.load.mix import OPEN_FOR, READS, opened
from tests.race.race import TIME_ZONE
from tests.real import frame
from tests.real.client import Broken, Client, Refused
from tests.real.http1 import ConnectionPool
from tests.real.server import Bakery, CommandLine

SECONDS = 120.0
CLIENTS = 64
SEED = 1888
SAMPLES = 60
GROWTH_MAX = 0.02
"""Of what is held, in a minute, once the second half of the load has begun: what is faster would fill a machine."""


@dataclass(frozen=True)
class Outcome:
    """What a load did. `memory` has moments in seconds and MiB held by all server processes."""

    seconds: float
    seconds_by_operation: dict[str, list[float]]
    refusals: Counter[str]
    accidents: list[str]
    memory: list[tuple[float, float]]
    check_output: str
    is_clean: bool

    @property
    def requests(self) -> int:
        return sum(map(len, self.seconds_by_operation.values()))

    @property
    def settled(self) -> list[tuple[float, float]]:
        """The second half: what is filled once, pools and caches, is full by then."""
        return self.memory[len(self.memory) // 2 :]

    @property
    def slope(self) -> float:
        """MiB a minute, by least squares over the second half."""
        moments, held = zip(*self.settled, strict=True)
        return 60 * linear_regression(moments, held).slope

    @property
    def growth(self) -> float:
        """The slope as a share of what is held."""
        return self.slope / self.settled[0][1]

    @property
    def is_right(self) -> bool:
        return not self.accidents and self.is_clean and self.growth <= GROWTH_MAX


def load(database_url: str, seconds: float, clients: int, seed: int, open_for: int = OPEN_FOR) -> Outcome:
    """Load an empty database with a shop that has been open for a while, and then the server with its clients."""
    command_line = CommandLine(database_url)
    command_line.migrate()
    bakery = command_line.create_bakery()
    with tempfile.TemporaryDirectory(prefix="baketrace-load-") as folder:
        with command_line.serve(Path(folder) / "server.log") as base_url:
            driven = asyncio.run(_drive(base_url, bakery, seconds, clients, seed, open_for))
        is_clean, check_output = command_line.check()
    return Outcome(*driven, check_output=check_output, is_clean=is_clean)


_Driven = tuple[float, dict[str, list[float]], Counter[str], list[str], list[tuple[float, float]]]


async def _drive(base_url: str, bakery: Bakery, seconds: float, count: int, seed: int, open_for: int) -> _Driven:
    loop = asyncio.get_running_loop()
    today = local_day(datetime.now(UTC), TIME_ZONE)  # noqa: TID251 - the server's clock is the machine's
    memory: list[tuple[float, float]] = []
    refusals: Counter[str] = Counter()
    accidents: list[str] = []
    async with ConnectionPool(base_url, count) as connections:
        shop = await opened(Client(connections, bakery.tokens), Random(seed), today, open_for)
        shop.client = client = Client(connections, bakery.tokens)
        started = loop.time()

        async def one_client() -> None:
            while loop.time() < started + seconds:
                try:
                    await shop.ask_something()
                except Refused as refused:
                    refusals[refused.kind] += 1
                except Broken as accident:
                    accidents.append(str(accident))

        async def watch_memory() -> None:
            for sample in range(SAMPLES):
                await asyncio.sleep(max(0.0, started + sample * seconds / SAMPLES - loop.time()))
                memory.append((loop.time() - started, held_by_servers()))

        await asyncio.gather(watch_memory(), *(one_client() for _ in range(count)))
        lasted = loop.time() - started
    return lasted, client.tally.seconds_by_operation, refusals, accidents, memory


def _print(console: Console, engine: str, seed: int, clients: int, outcome: Outcome) -> None:
    table = Table(
        "operation", "requests", "p50, ms", "p95, ms", title=f"Load on {engine}, {clients} clients, seed {seed}"
    )
    by_operation = outcome.seconds_by_operation
    every = [second for seconds in by_operation.values() for second in seconds]
    for name, seconds in [*sorted(by_operation.items()), ("all", every)]:
        if len(seconds) > 1:
            p50, p95 = (1000 * quantiles(seconds, n=100)[at] for at in (49, 94))
            table.add_row(name, f"{len(seconds):,}", f"{p50:.1f}", f"{p95:.1f}")
    console.print(table)
    reads = sum(len(seconds) for name, seconds in by_operation.items() if name in READS)
    console.print(
        f"{outcome.requests:,} requests in {outcome.seconds:.0f} s, {outcome.requests / outcome.seconds:.0f} a second, "
        f"{reads / outcome.requests:.0%} of them reads; errors {len(outcome.accidents)}, "
        f"refused {sum(outcome.refusals.values())}; memory {outcome.settled[0][1]:.0f} MiB, "
        f"{outcome.slope:+.2f} MiB a minute ({outcome.growth:+.1%}, at most {GROWTH_MAX:.0%}); "
        f"{outcome.check_output.strip()}"
    )
    for accident in outcome.accidents[:20]:
        console.print(accident, markup=False)


def main(given: Sequence[str] | None = None) -> int:
    parser = frame.parser("tests.load.load", __doc__, clients=CLIENTS, seed=SEED)
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"how long (default: {SECONDS:.0f})")
    arguments = parser.parse_args(given)
    console = Console(width=120, highlight=False)

    def run(engine: str, database_url: str) -> bool:
        outcome = load(database_url, arguments.seconds, arguments.clients, arguments.seed)
        _print(console, engine, arguments.seed, arguments.clients, outcome)
        return outcome.is_right

    return frame.run_on_each(arguments, run)


if __name__ == "__main__":
    sys.exit(main())
