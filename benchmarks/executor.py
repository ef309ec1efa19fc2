"""The compiled executor beside graphql-core's and beside mere encoding: `python -m benchmarks.executor`.

No database takes part: a synthetic bakery is in memory, and its loaders find at once what they are asked for. So the
figures are of execution alone, in processor time. Rounds of the three are interleaved; medians, and in brackets the
quartiles.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles
from time import process_time
from typing import Any

import orjson
from graphql import OperationDefinitionNode, parse, print_ast

from benchmarks.synthetic import ORDERS_PER_BATCH, Books
from graphql_api.execution.pipeline import Schema
from graphql_api.memory import tune
from graphql_api.schema import roots

CONTRACT = Path(__file__).parents[1] / "tests" / "contract" / "operations.graphql"
SIZES = (30, 300, 3_000, 30_000)
PLAIN = "query ($code: String!) { lot(code: $code) { consumptions { quantity unit source } } }"


def lot_usage() -> str:
    """The contract's own document."""
    for node in parse(CONTRACT.read_text(encoding="utf-8")).definitions:
        if isinstance(node, OperationDefinitionNode) and node.name and node.name.value == "LotUsage":
            return print_ast(node)
    raise LookupError("the contract has no LotUsage")


async def compare(document: str, books: Books, roads: Mapping[str, Schema], rounds: int) -> dict[str, list[float]]:
    """The seconds of each round on each road, and of encoding what they gave."""

    async def run(schema: Schema) -> Any:
        result = await schema.execute(document, {"code": "LOT-260302-001"}, books.context())
        assert not result.errors, result.errors
        return result.data

    answers = {name: await run(schema) for name, schema in roads.items()}
    encoded = {orjson.dumps(answer) for answer in answers.values()}
    assert len(encoded) == 1, "the roads differ"
    seconds: dict[str, list[float]] = {name: [] for name in (*roads, "encoding")}
    for _ in range(rounds):
        for name, schema in roads.items():
            seconds[name].append(await _timed(lambda schema=schema: run(schema)))  # type: ignore[misc]
        seconds["encoding"].append(await _timed(lambda: _encode(answers["compiled"])))
    return seconds


async def _encode(answer: Any) -> bytes:
    return orjson.dumps(answer)


async def _timed(act: Callable[[], Awaitable[Any]]) -> float:
    began = process_time()
    await act()
    return process_time() - began


def _shown(seconds: Sequence[float]) -> str:
    low, _, high = quantiles(seconds, n=4)
    return f"{median(seconds) * 1000:9.2f} [{low * 1000:.2f}–{high * 1000:.2f}]"


async def main() -> None:
    gc.collect()
    tune()
    roads = {"compiled": roots.build(), "graphql-core": roots.build(compiled=False)}
    print("milliseconds; the last two columns are graphql-core / compiled, and compiled / encoding")
    for title, document in (("plain nodes", PLAIN), ("LotUsage", lot_usage())):
        for size in SIZES:
            links = size * ORDERS_PER_BATCH if document is PLAIN else size
            rounds = max(3, min(25, 30_000 // size))
            seconds = await compare(document, Books(links), roads, rounds)
            compiled, core, encoding = (median(seconds[name]) for name in ("compiled", "graphql-core", "encoding"))
            shown = "  ".join(f"{name} {_shown(values)}" for name, values in seconds.items())
            print(f"{title:12} {size:6}  {shown}  {core / compiled:6.1f} ×  {compiled / encoding:5.1f} ×")


if __name__ == "__main__":
    asyncio.run(main())
