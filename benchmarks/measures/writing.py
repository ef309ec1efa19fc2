"""`confirmProduction` beside raw statements that do the same, on books that may be written to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks.data.databases import Books
from benchmarks.documents import Question
from benchmarks.load.client import Failed, connect
from benchmarks.measures.rounds import Effort, Measured, measure
from benchmarks.servers.running import BAKETRACE, THE_LIMIT, Server, serving_all
from graphql_api.refs import Ref, global_id

INGREDIENTS = 8

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
    run: asyncio.Runner, books: Books, effort: Effort, logs: Path, tell: Callable[[str], None]
) -> Sequence[Measured]:
    """`books` are changed by it. Answers differ in length as numbers grow, so only their first is looked at."""
    with serving_all([(BAKETRACE, books), (THE_LIMIT, books)], logs) as servers:
        ours, raw = (run.run(_shape(server)) for server in servers)
        if ours != raw or len(ours.consumed) < INGREDIENTS:
            raise NotTheSame(f"BakeTrace confirmed {ours}, the raw statements {raw}")
        return measure(run, servers, [CONFIRM], effort, tell, clients=(1, effort.writers), same_size=False)
