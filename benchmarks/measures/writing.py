"""`confirmProduction` beside raw statements that do the same, on books that may be written to.

Errors: `NotTheSame`, the two differ in what they do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from bakery.proof import Breach
from bakery.store import BakeryId, Database
from bakery.store.people import all_bakeries
from bakery.store.proof import breaches
from benchmarks.data.sizes import SIZES
from benchmarks.documents import Question
from benchmarks.load.client import Failed, connect
from benchmarks.measures.rounds import Effort, Measured, measure
from benchmarks.servers.running import Server
from graphql_api.refs import Ref, global_id

INGREDIENTS = 8
PROVEN_LOTS_MAX = 10_000

CONFIRM = Question(
    "confirmProduction",
    "ConfirmProduction",
    lambda facts: {"input": {"productId": global_id(Ref("Product", facts.filled_product)), "quantity": "1"}},
)


class NotTheSame(Exception):
    """The two do not do the same work."""


@dataclass(frozen=True)
class Shape:
    """An answer without what differs from run to run."""

    product: str
    quantity: str
    consumed: tuple[tuple[str, str, str, str], ...]


async def _shape(server: Server) -> Shape:
    connection = await connect(server.port)
    await connection.ask(server.request(CONFIRM))
    answer = orjson.loads(connection.body())
    connection.close()
    batch: Any = (answer.get("data") or {}).get("confirmProduction", {}).get("batch")
    if not batch:
        raise Failed(f"{server.name} did not confirm a production: {str(answer)[:300]}")
    consumed = tuple(
        (item["ingredient"]["name"], item["quantity"], item["unit"], item["source"]) for item in batch["consumptions"]
    )
    return Shape(batch["product"]["name"], batch["quantity"], consumed)


def writing(
    run: asyncio.Runner, server: Server, raw: Server, effort: Effort, tell: Callable[[str], None]
) -> list[Measured]:
    """The books of both are changed by it. Answers differ in length as numbers grow, so only the first is looked at.

    Books that are small enough to be proven soon are proven afterwards: the raw statements booked no less than ours.
    """
    ours, others = run.run(_shape(server)), run.run(_shape(raw))
    if ours != others or len(ours.consumed) < INGREDIENTS:
        raise NotTheSame(f"{server.name} confirmed {ours}, the raw statements {others}")
    measured = measure(run, [server, raw], [CONFIRM], effort, tell, clients=(1, effort.writers), same_size=False)
    if SIZES[server.books.size].lots <= PROVEN_LOTS_MAX and (found := run.run(_breaches(server.books.url))):
        raise NotTheSame(f"the books do not close afterwards: {found[0]}, and {len(found) - 1} more")
    return measured


async def _breaches(url: str) -> list[Breach]:
    """What `baketrace check` would find."""
    database = Database(url, across_bakeries=True)
    try:
        async with database.reading() as session:
            return [
                breach
                for bakery in await all_bakeries(session)
                for breach in await breaches(session.for_bakery(BakeryId(bakery.id)), bakery)
            ]
    finally:
        await database.dispose()
