"""A bakery at work on a server that may be killed, and all that its clients have sent so far."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TypeVar

from bakery.days import local_day
from bakery.store import Database
from bakery.store.migration import migrate
from graphql_api.administration import Administration
from plans import Plan
from tests.crash.evidence import Evidence
from tests.crash.servers import Server, stopped_at_last
from tests.crash.traffic import WITHOUT_A_KEY, Change, Clients, post
from tests.race.world import World, furnish
from tests.real.client import Client
from tests.real.http1 import Connection, ConnectionPool
from tests.real.server import SECRET, CommandLine

T = TypeVar("T")

CLIENTS = 16
TIME_ZONE = "Europe/London"
ANSWERS_BETWEEN = (5, 60)
MOMENT_SECONDS_MAX = 0.03


@dataclass
class Scene:
    """The bakery's server, what its clients may name, and their changes, which the database is judged by."""

    server: Server
    token: str
    world: World
    today: str
    changes: list[Change] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.server.database_url

    @classmethod
    async def opened(cls, server: Server, seed: int) -> Scene:
        """On an empty database: migrated, furnished and served."""
        await asyncio.to_thread(migrate, server.database_url)
        now = datetime.now(UTC)  # noqa: TID251 - the server's clock is the machine's
        database = Database(server.database_url)
        made = await Administration(database, SECRET, now).create_bakery(
            name="The Bread Basket", plan=Plan.GROWTH, time_zone=TIME_ZONE, currency="GBP"
        )
        await database.dispose()
        tokens = {role.value: token for role, token in made.tokens.items()}
        server.start()
        await server.ready(starts=server.workers)
        today = local_day(now, TIME_ZONE)
        async with ConnectionPool(server.base_url, 1) as connections:
            world = await furnish(Client(connections, tokens), Random(seed), today)
        return cls(server, tokens["OWNER"], world, today.isoformat())

    async def start_again(self) -> None:
        starts = self.server.starts
        self.server.start()
        await self.server.ready(starts=starts + 1)

    def clients(self, seed: int, *, world: World | None = None, insists: bool = True) -> Clients:
        """Clients whose changes are numbered after the scene's."""
        base_url, first = self.server.base_url, len(self.changes)
        return Clients(base_url, self.token, world or self.world, seed, insists=insists, first=first)

    async def work_for_a_while(self, clients: Clients, random: Random) -> None:
        """Wait for some answers, and then for a moment that is not that of an answer: at that one, the other requests
        would always be at the same stage."""
        await clients.hears(random.randint(*ANSWERS_BETWEEN))
        await asyncio.sleep(random.uniform(0, MOMENT_SECONDS_MAX))

    async def check(self) -> tuple[bool, str]:
        return await asyncio.to_thread(CommandLine(self.url).check)

    async def replay(self, changes: list[Change], evidence: Evidence) -> tuple[list[str], int]:
        """Send every change that was made once more under its key, and then another one under the same key.

        The first has to name the record that is there already, the second to be refused. Returns what was not so, and
        how many were sent again.
        """
        made = [each for each in changes if each.document not in WITHOUT_A_KEY and evidence.effects.get(each.mark)]
        waiting = iter(made)
        breaches: list[str] = []
        clients = self.clients(0)

        async def one_client() -> None:
            connection = Connection(self.server.base_url)
            for change in waiting:
                again = Change(change.mark, change.document, change.input)
                await clients.send(connection, again)
                expected = evidence.effects[change.mark][0].record
                if again.made != expected:
                    breaches.append(f"{change.mark} sent again is {again.state} {again.made} instead of {expected}")
                other = {"quantity": "0.5"} if "quantity" in change.input else {"unit": "g"}
                answer = await post(connection, clients.headers, change.document, change.input | other)
                if b'"IdempotencyConflict"' not in answer.body:
                    breaches.append(f"{change.mark} with another payload: {answer.body.decode(errors='replace')}")
            connection.close()

        await asyncio.gather(*(one_client() for _ in range(CLIENTS)))
        return [*breaches, *clients.traffic.accidents], len(made)


def play(database_url: str, seed: int, act: Callable[[Scene], Awaitable[T]], workers: int = 2) -> T:
    """One act on a scene of its own, on an empty database."""

    async def run(server: Server) -> T:
        return await act(await Scene.opened(server, seed))

    with (
        tempfile.TemporaryDirectory(prefix="baketrace-crash-") as folder,
        stopped_at_last(Server(database_url, Path(folder) / "server.log", workers)) as server,
    ):
        return asyncio.run(run(server))
