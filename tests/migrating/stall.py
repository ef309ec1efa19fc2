"""`python -m tests.migrating.stall`: a typical migration is applied under load; what requests waited is judged.

Over HTTP to two server processes on PostgreSQL, while somebody holds the table in a long transaction as well. Ends
with 1 when a request took more than 250 ms longer than the slowest one before the migration.
"""

import sys
import tempfile
import threading
import time
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bakery.store import migration
from bakery.store.annex import Annex
from tests.race.documents import ADD_LOT, CREATE_INGREDIENT, SWITCH_ON
from tests.real.server import CommandLine
from tests.support.postgres import fresh_database, running_postgres

CLIENTS = 4
SECONDS = 8.0
HELD_SECONDS = 3.0
STALL_MAX = 0.250
TYPICAL = Annex("typical", migrations="tests.migrating.typical")
LOTS = "query { lots(first: 20) { totalCount edges { node { code quantityRemaining } } } }"

Timed = tuple[float, float]
"""When a request was sent, and how many seconds it took."""


class Load:
    """Clients that read and write lots until they are told to stop."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        self._stopped = threading.Event()
        self._numbers = count()
        self.timed: list[Timed] = []

    def ask(self, text: str, variables: dict[str, Any] | None = None) -> Any:
        started = time.monotonic()
        body = self._client.post("/graphql", json={"query": text, "variables": variables or {}}).json()
        self.timed.append((started, time.monotonic() - started))
        assert "errors" not in body, body
        return body["data"]

    def run(self, ingredient: str) -> None:
        while not self._stopped.is_set():
            if next(self._numbers) % 4:
                self.ask(LOTS)
            else:
                self.ask(ADD_LOT.text, {"input": {"ingredientId": ingredient, "quantity": "5"}})

    def stop(self) -> None:
        self._stopped.set()


def stalled(database_url: str) -> tuple[list[float], list[float], float]:
    """How long requests took before the migration, and during it, and how long it took itself."""
    command_line = CommandLine(database_url)
    command_line.migrate()
    bakery = command_line.create_bakery()
    with tempfile.TemporaryDirectory(prefix="baketrace-stall-") as folder:  # noqa: SIM117 - one is of the other
        with command_line.serve(Path(folder) / "server.log") as url:
            load = Load(url, bakery.tokens["OWNER"])
            load.ask(SWITCH_ON.text, {"input": {"enabled": True}})
            made = load.ask(CREATE_INGREDIENT.text, {"input": {"name": "Flour", "unit": "kg"}})
            ingredient = next(iter(made.values()))["ingredient"]["id"]
            load.timed.clear()
            threads = [threading.Thread(target=load.run, args=(ingredient,)) for _ in range(CLIENTS)]
            for thread in threads:
                thread.start()
            time.sleep(SECONDS)
            with psycopg.connect(database_url) as holder:
                holder.execute("SELECT count(*) FROM lots")
                let_go = threading.Timer(HELD_SECONDS, holder.rollback)
                let_go.start()
                began = time.monotonic()
                migration._upgrade(database_url, TYPICAL, migration.HEAD)
                ended = time.monotonic()
                let_go.join()
            load.stop()
            for thread in threads:
                thread.join()
    before = [took for sent, took in load.timed if sent + took < began]
    during = [took for sent, took in load.timed if sent + took >= began and sent <= ended]
    return before, during, ended - began


def main() -> int:
    with running_postgres() as base_url:
        before, during, seconds = stalled(fresh_database(base_url))
    stall = max(during) - max(before)
    print(f"the migration took {seconds:.1f} s, of which the table was held for {HELD_SECONDS:.0f} s by somebody else")
    for name, took in (("before", before), ("during", during)):
        ordered = sorted(took)
        middle, most = ordered[len(took) // 2], ordered[-1]
        print(f"{name}: {len(took)} requests, p50 {1000 * middle:.0f} ms, the slowest {1000 * most:.0f} ms")
    print(
        f"the slowest during it is {1000 * stall:+.0f} ms beside the slowest before it; at most {1000 * STALL_MAX:.0f}"
    )
    return 0 if stall <= STALL_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
