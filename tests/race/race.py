"""`python -m tests.race.race`: many clients contend for the same stock over HTTP; what they left is judged.

Ends with 1 when stock was taken twice or out of order, a request met an accident, a refusal was wrong, or an entry of
the audit log waited too long for its seal.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import quantiles

from rich.console import Console
from rich.table import Table

from bakery.days import local_day
from tests.race import floor
from tests.race.ledger import Judge, read_books
from tests.race.seals import Waits, watched
from tests.race.traffic import Clients, Traffic
from tests.race.world import furnish
from tests.real import frame
from tests.real.client import Client
from tests.real.http1 import ConnectionPool
from tests.real.server import Bakery, CommandLine

CHANGES = 10_000
CLIENTS = 32
SEED = 1888
TIME_ZONE = "Europe/London"
FLOOR_CONNECTIONS = 16
FLOOR_SHARE = 0.58  # as many bare runs as the traffic has confirmations


@dataclass(frozen=True)
class Outcome:
    """What a race did; `breaches` is empty where everything held."""

    traffic: Traffic
    refusals_judged: int
    breaches: list[str]
    check_output: str
    seconds: float
    floor_rate: float
    waits: Waits

    @property
    def milliseconds(self) -> list[float]:
        return [1000 * (exchange.answered - exchange.sent) for exchange in self.traffic.exchanges]

    @property
    def rate(self) -> float:
        return len(self.traffic.exchanges) / self.seconds


def race(database_url: str, changes: int, clients: int, seed: int) -> Outcome:
    """Run one race on an empty database, and judge it."""
    command_line = CommandLine(database_url)
    command_line.migrate()
    bakery = command_line.create_bakery()
    today = local_day(datetime.now(UTC), TIME_ZONE)  # noqa: TID251 - the server's clock is the machine's
    with tempfile.TemporaryDirectory(prefix="baketrace-race-") as folder:
        with command_line.serve(Path(folder) / "server.log") as base_url, watched(database_url) as waits:
            traffic, seconds = asyncio.run(_drive(base_url, bakery, changes, clients, seed))
        clean, check_output = command_line.check()
    judge = Judge(read_books(database_url), today.isoformat())
    judged = judge.check_refusals(traffic)
    breaches = [*judge.breaches, *traffic.accidents, *([] if clean else [check_output])]
    floor_rate = floor.rate(database_url, seed, max(1, int(FLOOR_SHARE * changes)), FLOOR_CONNECTIONS)
    return Outcome(traffic, judged, breaches, check_output, seconds, floor_rate, waits)


async def _drive(base_url: str, bakery: Bakery, changes: int, count: int, seed: int) -> tuple[Traffic, float]:
    random = Random(seed)
    loop = asyncio.get_running_loop()
    today = local_day(datetime.now(UTC), TIME_ZONE)  # noqa: TID251 - the server's clock is the machine's
    async with ConnectionPool(base_url, count) as connections:
        client = Client(connections, bakery.tokens)
        world = await furnish(client, random, today)
        clients = Clients(client, world, random, today)
        started = loop.time()
        traffic = await clients.run(changes, count)
        return traffic, loop.time() - started


def _print(console: Console, engine: str, seed: int, outcome: Outcome) -> None:
    p50, p95 = (quantiles(outcome.milliseconds, n=100)[at] for at in (49, 94))
    table = Table("what", "how much", title=f"Race on {engine}")
    refused = ", ".join(f"{kind} {count}" for kind, count in sorted(outcome.traffic.refusals.items()))
    for what, much in (
        ("seed", str(seed)),
        ("changes", f"{len(outcome.traffic.exchanges):,} in {outcome.seconds:.1f} s"),
        ("changes a second", f"{outcome.rate:.0f}"),
        ("p50, p95", f"{p50:.1f} ms, {p95:.1f} ms"),
        ("bare SQL runs a second, the floor", f"{outcome.floor_rate:.0f}"),
        ("waited for the audit log's seal", str(outcome.waits)),
        ("refused", refused),
        ("refusals judged", str(outcome.refusals_judged)),
        ("check", outcome.check_output.strip()),
        ("breaches", str(len(outcome.breaches))),
    ):
        table.add_row(what, much)
    console.print(table)
    for breach in outcome.breaches[:20]:
        console.print(breach, markup=False)


def main(given: Sequence[str] | None = None) -> int:
    parser = frame.parser("tests.race.race", __doc__, clients=CLIENTS, seed=SEED)
    parser.add_argument("--changes", type=frame.at_least_one, default=CHANGES, help=f"how many (default: {CHANGES})")
    arguments = parser.parse_args(given)
    console = Console(width=120, highlight=False)

    def run(engine: str, database_url: str) -> bool:
        outcome = race(database_url, arguments.changes, arguments.clients, arguments.seed)
        _print(console, engine, arguments.seed, outcome)
        return not outcome.breaches and outcome.waits.is_right

    return frame.run_on_each(arguments, run)


if __name__ == "__main__":
    sys.exit(main())
