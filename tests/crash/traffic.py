"""The clients: each sends one random change after another, every one under a mark that its effect bears.

A client that gets no answer sends the change again under the same key until it has one, or now and then gives up, as
people do.
"""

import asyncio
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Any

import orjson

from tests.race import documents
from tests.race.world import LOT_QUANTITY, World
from tests.real.client import Document, Json
from tests.real.http1 import Answer, Connection, HttpFailure

HTTP_OK, HTTP_UNAVAILABLE = 200, 503
GIVES_UP = 0.2
PAUSE_SECONDS = 0.1
SHOWN_MAX = 400

CREATE_ORDER = Document(
    "CreateOrder",
    "mutation CreateOrder($input: CreateOrderInput!) { createOrder(input: $input) { __typename "
    "... on CreateOrderSuccess { order { id } } ... on Error { message } } }",
)
WEIGHTS = {
    documents.CONFIRM_PRODUCTION: 45,
    documents.QUICK_RESTOCK: 25,
    documents.WRITE_OFF_LOT: 12,
    documents.CREATE_INGREDIENT: 8,
    CREATE_ORDER: 10,
}
WITHOUT_A_KEY = (CREATE_ORDER,)


def number_of(global_id: str) -> int:
    """The record number in a global id."""
    return int(urlsafe_b64decode(global_id).decode().partition(":")[2])


class State(Enum):
    """What a client knows of its change in the end."""

    DONE = "DONE"
    REFUSED = "REFUSED"
    NOT_DONE = "NOT_DONE"
    UNKNOWN = "UNKNOWN"


@dataclass
class Change:
    """One change. `mark` is its key and stands in its effect; `made` is the record that its success named.

    `told_done` after the server said that it was made, though it could not give the answer. `cut` counts the sendings
    that had no answer at all.
    """

    mark: str
    document: Document
    input: Json
    state: State = State.NOT_DONE
    made: int | None = None
    told_done: bool = False
    cut: int = 0


@dataclass
class Traffic:
    """What the clients did, and what they met that no client should ever meet."""

    changes: list[Change] = field(default_factory=list)
    accidents: list[str] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    """How often an outage was told, by the outcome that was told with it."""
    answered: int = 0


class Clients:
    """Draws changes from one seed and sends them, each client over a connection that it keeps.

    With `insists`, a change is sent until it is answered. The first one is numbered `first`: numbers tell what was made
    apart, so they may not come twice in one database.
    """

    def __init__(
        self, base_url: str, token: str, world: World, seed: int, *, insists: bool = True, first: int = 0
    ) -> None:
        self._base_url = base_url
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._world = world
        self._random = Random(seed)
        self._name, self._first = str(seed), first
        self._insists = insists
        self._lots = list(world.lots)
        self._stopping = False
        self._heard = asyncio.Event()
        self.up = asyncio.Event()
        self.up.set()
        self.traffic = Traffic()

    async def run(self, count: int) -> None:
        """Go on until told to stop; a change that was begun is ended."""
        await asyncio.gather(*(self._one_client() for _ in range(count)))

    def stop(self) -> None:
        self._stopping = True

    async def hears(self, answers: int) -> None:
        """Wait for so many more answers."""
        awaited = self.traffic.answered + answers
        while self.traffic.answered < awaited:
            self._heard.clear()
            await self._heard.wait()

    async def _one_client(self) -> None:
        connection = Connection(self._base_url)
        try:
            while not self._stopping:
                await self._work_on(connection, self._next(WEIGHTS))
        finally:
            connection.close()

    async def _work_on(self, connection: Connection, change: Change) -> None:
        while True:
            await self.up.wait()
            await self.send(connection, change)
            if change.state in (State.DONE, State.REFUSED) or not self._insists:
                return
            if change.document in WITHOUT_A_KEY and change.state is State.UNKNOWN:
                return  # sent again, it might be done twice
            if self._random.random() < GIVES_UP:
                return
            await asyncio.sleep(PAUSE_SECONDS)

    def with_keys(self, count: int) -> list[Change]:
        weights = {document: weight for document, weight in WEIGHTS.items() if document not in WITHOUT_A_KEY}
        return [self._next(weights) for _ in range(count)]

    def _next(self, weights: Mapping[Document, int]) -> Change:
        random, world = self._random, self._world
        number = self._first + len(self.traffic.changes)
        mark = f"{self._name}-{number}"
        # No two changes are of the same quantity, so what they made can be told apart by it.
        quantity = f"{random.randrange(1, 8)}.{number:06d}"
        [document] = random.choices(list(weights), list(weights.values()))
        input: Json
        if document is documents.CONFIRM_PRODUCTION:
            input = {"productId": random.choice(world.products), "quantity": quantity}
        elif document is documents.QUICK_RESTOCK:
            amount = f"{random.randrange(10, LOT_QUANTITY)}.{number:06d}"
            input = {"ingredientId": random.choice(world.ingredients), "quantity": amount, "supplierLotNumber": mark}
        elif document is documents.WRITE_OFF_LOT:
            lot = random.choice(self._lots[-40:])
            input = {"lotId": lot, "quantity": quantity, "reason": "DAMAGED", "note": mark}
        elif document is documents.CREATE_INGREDIENT:
            input = {"name": mark, "unit": "kg", "openingStock": quantity}
        else:
            lines = [{"productId": product, "quantity": quantity} for product in random.sample(world.products, 2)]
            input = {"number": mark, "lines": lines}
        if document not in WITHOUT_A_KEY:
            input["idempotencyKey"] = mark
        change = Change(mark, document, input)
        self.traffic.changes.append(change)
        return change

    async def send(self, connection: Connection, change: Change) -> None:
        try:
            answer = await post(connection, self.headers, change.document, change.input)
        except HttpFailure:
            # Refused connections too: whether anybody took the request is not for the client to know.
            change.cut += 1
            change.state = State.UNKNOWN
            return
        self._read(change, answer)
        self.traffic.answered += 1
        self._heard.set()

    def _read(self, change: Change, answer: Answer) -> None:
        try:
            content: Any = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            content = {}
        if errors := content.get("errors"):
            self._read_error(change, answer, errors)
            return
        outcome = next(iter((content.get("data") or {"": None}).values()))
        if answer.status != HTTP_OK or outcome is None:
            self._accident(change, answer)
        elif outcome["__typename"].endswith("Success"):
            made = next(value["id"] for value in outcome.values() if isinstance(value, dict))
            change.state, change.made = State.DONE, number_of(made)
            if change.document is documents.QUICK_RESTOCK:
                self._lots.append(made)
        elif outcome["__typename"] in ("InsufficientStock", "InvalidInput"):
            # A refusal after a sending whose end is unknown, as of a lot that is empty now, tells of this sending only;
            # one under a key tells of all of them.
            change.state = State.REFUSED
        else:
            self._accident(change, answer)

    def _read_error(self, change: Change, answer: Answer, errors: Any) -> None:
        extensions = errors[0].get("extensions", {})
        if len(errors) != 1 or extensions.get("code") != "SERVICE_UNAVAILABLE":
            self._accident(change, answer)
            return
        outcome = extensions.get("outcome")
        if answer.status == HTTP_UNAVAILABLE and outcome is None:
            outcome = "NOT_DONE"
        self.traffic.told[str(outcome)] += 1
        match outcome:
            case "NOT_DONE":
                pass  # of this sending; what became of earlier ones stays as unknown as it was
            case "UNKNOWN":
                change.state = State.UNKNOWN
            case "DONE":
                change.state, change.told_done = State.UNKNOWN, True
            case _:
                self._accident(change, answer)

    def _accident(self, change: Change, answer: Answer) -> None:
        change.state = State.UNKNOWN
        shown = answer.body[:SHOWN_MAX].decode(errors="replace")
        self.traffic.accidents.append(f"{change.document.name} {change.mark}: HTTP {answer.status} {shown}")


async def post(connection: Connection, headers: dict[str, str], document: Document, input: Json) -> Answer:
    body = {"query": document.text, "operationName": document.name, "variables": {"input": input}}
    return await connection.request("POST", "/graphql", headers, orjson.dumps(body))
