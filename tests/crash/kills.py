"""Kills, one after another, under load: of the server, and of PostgreSQL under a server that goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from time import perf_counter

from tests.crash.cluster import Cluster
from tests.crash.evidence import Evidence, judge, keys_kept
from tests.crash.scene import CLIENTS, Scene
from tests.crash.traffic import State, Traffic
from tests.race.ledger import Judge, read_books

READY_SECONDS_MAX = 3.0

Kill = Callable[[], Awaitable[None]]
"""Kills something, and starts it again where nobody else does; what it awaits ends when all is as before."""


@dataclass
class Outcome:
    """What a run of kills did. `breaches` is empty where everything held.

    `orphaned` are the changes that were made and whose answer a kill took away; `replayed` counts those that were sent
    once more in the end.
    """

    traffic: Traffic
    kills: dict[str, list[float]] = field(default_factory=dict)
    orphaned: set[str] = field(default_factory=set)
    replayed: int = 0
    breaches: list[str] = field(default_factory=list)
    check_output: str = ""
    seconds: float = 0.0

    @property
    def seconds_to_ready(self) -> list[float]:
        return sorted(seconds for each in self.kills.values() for seconds in each)


async def kill_servers(scene: Scene, kills: int, seed: int) -> Outcome:
    """Kill the server, or a part of it, so many times under load, and judge what is there."""
    random, server = Random(seed), scene.server

    async def all_of_it() -> None:
        server.kill_all()
        await scene.start_again()

    async def parent() -> None:
        workers = server.worker_ids
        server.kill_parent()
        await scene.start_again()
        await server.gone(workers)

    async def worker() -> None:
        starts = server.starts
        server.kill_worker(random)
        await server.ready(starts=starts + 1)

    ways: dict[str, Kill] = {"server": all_of_it, "parent": parent, "worker": worker}
    return await _under_load(scene, ways, kills, random, seed, nobody_serves=("server", "parent"))


async def kill_databases(scene: Scene, cluster: Cluster, kills: int, seed: int) -> Outcome:
    """Kill PostgreSQL, or a part of it, so many times under load, and judge what is there."""
    random, server = Random(seed), scene.server

    async def all_of_it() -> None:
        await asyncio.to_thread(cluster.kill_all)
        await asyncio.to_thread(cluster.start)
        await server.ready()

    async def postmaster() -> None:
        cluster.kill_postmaster()
        await asyncio.to_thread(cluster.start)
        await server.ready()

    async def backend() -> None:
        await asyncio.to_thread(cluster.kill_backend, random)
        await server.ready()

    ways: dict[str, Kill] = {"all": all_of_it, "postmaster": postmaster, "backend": backend}
    return await _under_load(scene, ways, kills, random, seed)


async def _under_load(
    scene: Scene, ways: dict[str, Kill], kills: int, random: Random, seed: int, nobody_serves: tuple[str, ...] = ()
) -> Outcome:
    """Kill at random moments while clients work. Where nobody serves, they wait with their next sending."""
    clients = scene.clients(seed)
    outcome = Outcome(clients.traffic)
    started = perf_counter()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(clients.run(CLIENTS))
            for number in range(kills):
                await scene.work_for_a_while(clients, random)
                name = list(ways)[number % len(ways)]
                if name in nobody_serves:
                    clients.up.clear()
                killed = perf_counter()
                await ways[name]()
                outcome.kills.setdefault(name, []).append(perf_counter() - killed)
                outcome.orphaned |= _orphans(clients.traffic, scene.url)
                clients.up.set()
            await clients.hears(CLIENTS)
            clients.stop()
    finally:
        # Also where it was interrupted: whoever judges the database later has to know what was asked for.
        scene.changes += clients.traffic.changes
    outcome.seconds = perf_counter() - started
    await _judge(scene, outcome)
    return outcome


def _orphans(traffic: Traffic, database_url: str) -> set[str]:
    """The changes that are made and whose clients do not know."""
    unknown = {change.mark for change in traffic.changes if change.state is State.UNKNOWN}
    return unknown & keys_kept(database_url)


async def _judge(scene: Scene, outcome: Outcome) -> None:
    before = Evidence.read(scene.url, scene.changes)
    outcome.breaches += judge(scene.changes, before)
    found, outcome.replayed = await scene.replay(outcome.traffic.changes, before)
    outcome.breaches += found
    outcome.breaches += judge(scene.changes, Evidence.read(scene.url, scene.changes))
    outcome.breaches += Judge(read_books(scene.url), scene.today).breaches
    outcome.breaches += outcome.traffic.accidents
    if surprise := scene.server.surprise:
        outcome.breaches.append(f"the server was taken by surprise:\n{surprise}")
    clean, outcome.check_output = await scene.check()
    if not clean:
        outcome.breaches.append(outcome.check_output)
