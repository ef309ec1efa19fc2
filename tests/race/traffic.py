"""The clients: each sends one random change after another, and all of them want the same stock."""

import asyncio
from base64 import urlsafe_b64decode
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random
from time import perf_counter

from tests.race import documents
from tests.race.world import LOT_QUANTITY, World, new_lot
from tests.real.client import Broken, Client, Document, Json

INSUFFICIENT = "InsufficientStock"

# How often each change is sent, out of all.
WEIGHTS = {
    documents.CONFIRM_PRODUCTION: 58,
    documents.QUICK_RESTOCK: 18,
    documents.WRITE_OFF_LOT: 8,
    documents.REVERSE_PRODUCTION: 7,
    documents.ADJUST_STOCK: 4,
    documents.HOLD_LOT: 3,
    documents.RELEASE_LOT: 2,
}


def number_of(global_id: str) -> int:
    """The record number in a global id: the place in the order of recording."""
    return int(urlsafe_b64decode(global_id).decode().partition(":")[2])


@dataclass(frozen=True)
class Shortfall:
    """What a refused run said of one ingredient."""

    ingredient: int
    required: Decimal
    available: Decimal


@dataclass(frozen=True)
class Exchange:
    """One change and its answer; times in seconds of one clock. `made` is the lot or batch that it names, if any."""

    operation: str
    sent: float
    answered: float
    made: int | None
    shortfalls: tuple[Shortfall, ...] = ()


@dataclass
class Traffic:
    """What the clients did, and what they met that no client should ever meet."""

    exchanges: list[Exchange] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    accidents: list[str] = field(default_factory=list)


class Clients:
    """Draws changes from one seed and sends them, `count` at a time."""

    def __init__(self, client: Client, world: World, random: Random, today: date) -> None:
        self._client = client
        self._world = world
        self._random = random
        self._today = today
        self._lots = list(world.lots)
        self._batches: list[str] = []
        self.traffic = Traffic()

    async def run(self, changes: int, count: int) -> Traffic:
        left = iter(range(changes))

        async def one_client() -> None:
            for _ in left:
                [document] = self._random.choices(list(WEIGHTS), list(WEIGHTS.values()))
                await self._send(document, self._input(document))

        await asyncio.gather(*(one_client() for _ in range(count)))
        return self.traffic

    def _input(self, document: Document) -> Json:
        random = self._random
        if document is documents.CONFIRM_PRODUCTION:
            return {"productId": random.choice(self._world.products), "quantity": str(random.randrange(1, 8))}
        if document is documents.QUICK_RESTOCK:
            return new_lot(random.choice(self._world.ingredients), random, self._today)
        if document is documents.ADJUST_STOCK:
            counted = random.randrange(10 * LOT_QUANTITY)
            return {"ingredientId": random.choice(self._world.ingredients), "countedQuantity": str(counted)}
        if document is documents.REVERSE_PRODUCTION:
            # The newest are what others are working with; nothing baked yet is an unknown id, and refused.
            batch = random.choice(self._batches[-20:]) if self._batches else "none"
            return {"batchId": batch, "reason": "Dropped"}
        lot = random.choice(self._lots[-40:])
        if document is documents.WRITE_OFF_LOT:
            return {"lotId": lot, "quantity": str(random.randrange(1, 10)), "reason": "DAMAGED"}
        return {"lotId": lot, "reason": "Race"}

    async def _send(self, document: Document, input: Json) -> None:
        sent = perf_counter()
        try:
            answer = await self._client.ask_any(document, {"input": input})
        except Broken as accident:
            self.traffic.accidents.append(str(accident))
            return
        answered = perf_counter()
        kind = answer["__typename"]
        made = answer.get("lot") or answer.get("batch") or {}
        if not kind.endswith("Success"):
            self.traffic.refusals[f"{document.name} {kind}"] += 1
        elif document is documents.CONFIRM_PRODUCTION:
            self._batches.append(made["id"])
        elif document is documents.QUICK_RESTOCK:
            self._lots.append(made["id"])
        shortfalls = tuple(
            Shortfall(number_of(short["ingredient"]["id"]), Decimal(short["required"]), Decimal(short["available"]))
            for short in answer.get("shortfalls", [])
        )
        number = number_of(made["id"]) if made else None
        self.traffic.exchanges.append(Exchange(document.name, sent, answered, number, shortfalls))
