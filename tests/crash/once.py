"""Many idempotency keys, each sent by several at once: one effect a key, and the same answer for all who sent it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

import orjson

from tests.crash.evidence import Evidence, judge
from tests.crash.scene import Scene
from tests.crash.traffic import Change, State, post
from tests.race.documents import ADD_LOT
from tests.race.world import World
from tests.real.http1 import Connection

KEYS = 1000
REPLAYS = 5
PLENTY = "100000"
AT_ONCE = 30
"""How many requests are under way: the replays of some keys, mixed."""


@dataclass
class Outcome:
    """What became of the keys. `breaches` is empty where everything held."""

    keys: int = 0
    requests: int = 0
    effects: int = 0
    replayed: int = 0
    breaches: list[str] = field(default_factory=list)


async def send_at_once(scene: Scene, keys: int, replays: int, seed: int) -> Outcome:
    """Send each of so many changes so many times at once, and judge what is there."""
    clients = scene.clients(seed, world=await _stocked(scene))
    changes = clients.with_keys(keys)
    sendings = [Change(change.mark, change.document, change.input) for change in changes for _ in range(replays)]
    waiting = iter(sendings)

    async def one_client() -> None:
        connection = Connection(scene.server.base_url)
        for sending in waiting:
            await clients.send(connection, sending)
        connection.close()

    await asyncio.gather(*(one_client() for _ in range(AT_ONCE)))
    outcome = Outcome(keys, len(sendings), breaches=[*clients.traffic.accidents, *_settle(changes, sendings)])
    scene.changes += changes
    evidence = Evidence.read(scene.url, scene.changes)
    outcome.breaches += judge(scene.changes, evidence)
    outcome.effects = sum(len(evidence.effects[change.mark]) for change in changes)
    kept = sum(change.mark in evidence.keys for change in changes)
    counted = sum(change.state is State.DONE for change in changes)
    if not outcome.effects == kept == counted == keys:
        outcome.breaches.append(f"{keys} keys, {counted} done, {outcome.effects} effects, {kept} kept")
    found, outcome.replayed = await scene.replay(changes, evidence)
    outcome.breaches += [*found, *judge(scene.changes, Evidence.read(scene.url, scene.changes))]
    clean, printed = await scene.check()
    outcome.breaches += [] if clean else [printed]
    return outcome


async def _stocked(scene: Scene) -> World:
    """The same bakery with so much of everything that nothing is refused; only of that is anything written off."""
    clients, connection, lots = scene.clients(0), Connection(scene.server.base_url), []
    for ingredient in scene.world.ingredients:
        answer = await post(connection, clients.headers, ADD_LOT, {"ingredientId": ingredient, "quantity": PLENTY})
        lots.append(orjson.loads(answer.body)["data"]["addLot"]["lot"]["id"])
    connection.close()
    return World(scene.world.ingredients, scene.world.products, lots)


def _settle(changes: list[Change], sendings: list[Change]) -> list[str]:
    """What each change came to, from what all who sent it were answered; they have to agree."""
    by_mark: dict[str, list[Change]] = defaultdict(list)
    for sending in sendings:
        by_mark[sending.mark].append(sending)
    breaches = []
    for change in changes:
        answers = {(sending.state, sending.made) for sending in by_mark[change.mark]}
        change.state, change.made = max(answers, key=lambda answer: answer[0] is State.DONE)
        if len(answers) > 1:
            breaches.append(f"{change.document.name} {change.mark} was answered {answers}")
    return breaches
