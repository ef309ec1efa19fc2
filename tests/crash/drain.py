"""SIGTERM under load: what was begun is answered, and nothing else was begun.

Clients send each change once. When the server has ended, what is there has to be just what was acknowledged: a change
that is there and was not answered was cut, and an answer for what is not there would be a lie.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random

from tests.crash.evidence import Evidence, judge
from tests.crash.scene import CLIENTS, Scene
from tests.crash.traffic import Change, State
from tests.real.server import log_tail

PROMISED_EXITS = (0, -15)
"""Of its own accord, or by the signal once all was done, as a single process ends."""


@dataclass
class Outcome:
    """What SIGTERMs did. `breaches` is empty where everything held."""

    drains: int = 0
    changes: list[Change] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)

    @property
    def answered(self) -> int:
        return sum(change.state in (State.DONE, State.REFUSED) for change in self.changes)


async def drain(scene: Scene, drains: int, seed: int) -> Outcome:
    """Stop the server under load so many times, and judge what is there. It is not started after the last time."""
    random, outcome, server = Random(seed), Outcome(), scene.server
    for number in range(drains):
        if number:
            await scene.start_again()
        clients = scene.clients(seed + number, insists=False)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(clients.run(CLIENTS))
            await scene.work_for_a_while(clients, random)
            server.terminate()
            clients.stop()
            code = await server.ended()
        if code not in PROMISED_EXITS:
            outcome.breaches.append(f"it ended with {code}:\n{log_tail(server.log)}")
        outcome.drains += 1
        outcome.changes += clients.traffic.changes
        outcome.breaches += clients.traffic.accidents
        scene.changes += clients.traffic.changes
    evidence = Evidence.read(scene.url, scene.changes)
    outcome.breaches += judge(scene.changes, evidence)
    outcome.breaches += [
        f"{change.document.name} {change.mark} was made and cut"
        for change in outcome.changes
        if change.state is State.UNKNOWN and evidence.effects.get(change.mark)
    ]
    clean, printed = await scene.check()
    outcome.breaches += [] if clean else [printed]
    return outcome
