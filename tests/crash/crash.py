"""`python -m tests.crash.crash`: kill and stop servers and databases under load, and judge what is left.

Ends with 1 when an acknowledged change was lost, one was half done or done twice, a client met an accident, or it took
longer than three seconds until all was ready again.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from random import SystemRandom
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.crash import drain, once
from tests.crash.cluster import durable_cluster
from tests.crash.kills import READY_SECONDS_MAX, Outcome, kill_databases, kill_servers
from tests.crash.scene import play
from tests.real.engines import sqlite_database
from tests.support.postgres import fresh_database

KILLS_OF_SERVER = 100
KILLS_OF_DATABASE = 30
DRAINS = 10
ENGINES = ("sqlite", "postgresql")


def show(console: Console, title: str, seed: int, outcome: Outcome) -> None:
    ready = outcome.seconds_to_ready
    traffic = outcome.traffic
    states = ", ".join(
        f"{state} {sum(change.state.value == state for change in traffic.changes)}"
        for state in sorted({change.state.value for change in traffic.changes})
    )
    table = Table("what", "how much", title=title)
    for what, much in (
        ("seed", str(seed)),
        ("kills", ", ".join(f"{way} {len(seconds)}" for way, seconds in outcome.kills.items())),
        ("ready again after, seconds", f"median {median(ready):.2f}, longest {ready[-1]:.2f}"),
        *((f"… {way}", f"longest {max(seconds):.2f}") for way, seconds in outcome.kills.items()),
        (f"… later than {READY_SECONDS_MAX:.0f} s", str(sum(seconds > READY_SECONDS_MAX for seconds in ready))),
        ("changes", f"{len(traffic.changes):,} in {outcome.seconds:.0f} s: {states}"),
        ("sent without an answer", str(sum(change.cut for change in traffic.changes))),
        ("answered that the database is away", ", ".join(f"{told} {n}" for told, n in sorted(traffic.told.items()))),
        ("made, but the answer lost to a kill", str(len(outcome.orphaned))),
        ("sent again in the end, with the same and another payload", str(outcome.replayed)),
        ("check", outcome.check_output.strip()),
        ("breaches", str(len(outcome.breaches))),
    ):
        table.add_row(what, much)
    console.print(table)
    for breach in outcome.breaches[:20]:
        console.print(breach, markup=False)


def show_rest(console: Console, engine: str, seed: int, drains: Sequence[drain.Outcome], sent: once.Outcome) -> None:
    table = Table("what", "how much", title=f"Stopped in order, and sent at once, on {engine}")
    for workers, stopped in enumerate(drains, 1):
        table.add_row(f"SIGTERMs to a server of {workers}", str(stopped.drains))
        table.add_row("… changes answered, sent", f"{stopped.answered:,}, {len(stopped.changes):,}")
        table.add_row("… cut or answered wrongly", str(len(stopped.breaches)))
    table.add_row("keys, requests, effects", f"{sent.keys:,}, {sent.requests:,}, {sent.effects:,}")
    table.add_row("… sent again with the same and another payload", f"{sent.replayed:,}")
    table.add_row("… breaches", str(len(sent.breaches)))
    table.add_row("seed", str(seed))
    console.print(table)
    for breach in [*(each for stopped in drains for each in stopped.breaches), *sent.breaches][:20]:
        console.print(breach, markup=False)


@dataclass
class Run:
    """One run of everything, and whether all held so far."""

    console: Console
    arguments: argparse.Namespace
    seed: int
    is_right: bool = True

    def on(self, engine: str, fresh: Callable[[], str]) -> None:
        """What both engines go through, each part on a database of its own."""
        arguments, seed = self.arguments, self.seed
        killed = play(fresh(), seed, lambda scene: kill_servers(scene, arguments.kills, seed))
        self.killed(f"The server is killed, on {engine}", killed)
        drains = [
            play(fresh(), seed, lambda scene: drain.drain(scene, arguments.drains, seed), workers) for workers in (1, 2)
        ]
        sent = play(fresh(), seed, lambda scene: once.send_at_once(scene, arguments.keys, once.REPLAYS, seed))
        show_rest(self.console, engine, seed, drains, sent)
        breaches = [*(breach for stopped in drains for breach in stopped.breaches), *sent.breaches]
        self.is_right = self.is_right and not breaches

    def killed(self, title: str, outcome: Outcome) -> None:
        show(self.console, title, self.seed, outcome)
        is_ready = outcome.seconds_to_ready[-1] <= READY_SECONDS_MAX
        self.is_right = self.is_right and is_ready and not outcome.breaches


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash.crash", description=__doc__)
    parser.add_argument("--engine", choices=[*ENGINES, "both"], default="both", help="database (default: both)")
    parser.add_argument("--kills", type=int, default=KILLS_OF_SERVER, help="of the server, on each engine")
    parser.add_argument("--database-kills", type=int, default=KILLS_OF_DATABASE, help="of PostgreSQL")
    parser.add_argument("--drains", type=int, default=DRAINS, help="of a server of one and of two processes")
    parser.add_argument("--keys", type=int, default=once.KEYS, help=f"idempotency keys, each sent {once.REPLAYS} times")
    parser.add_argument("--seed", type=int, help="of everything left to chance (default: any)")
    arguments = parser.parse_args(given)
    seed = SystemRandom().randrange(10**6) if arguments.seed is None else arguments.seed
    run = Run(Console(width=120, highlight=False), arguments, seed)
    run.console.print(f"seed {seed}")
    if arguments.engine in ("sqlite", "both"):
        with ExitStack() as folders:
            run.on("SQLite", lambda: folders.enter_context(sqlite_database()))
    if arguments.engine in ("postgresql", "both"):
        with durable_cluster() as cluster:
            run.on("PostgreSQL", lambda: fresh_database(cluster.url))
            killed = play(
                fresh_database(cluster.url),
                seed,
                lambda scene: kill_databases(scene, cluster, arguments.database_kills, seed),
            )
            run.killed("PostgreSQL is killed", killed)
    return 0 if run.is_right else 1


if __name__ == "__main__":
    sys.exit(main())
