"""Before anything is timed: do all servers answer the same?

Errors: `Differs`, two servers that answer one question differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from benchmarks.documents import Question
from benchmarks.load.client import Connection, connect
from benchmarks.servers.running import Server

EXCERPT_LENGTH = 200


class Differs(Exception):
    """The same question was answered in two ways."""


async def ask(server: Server, question: Question) -> tuple[Any, Connection]:
    """The answer's data in our naming, and the connection that it came by."""
    connection = await connect(server.port)
    await connection.ask(server.request(question))
    answer = orjson.loads(connection.body())
    if "errors" in answer or not any(answer["data"].values()):
        raise Differs(f"{server.name}, asked for {question.name}: {str(answer)[:EXCERPT_LENGTH]}")
    return server.kind.shown(answer["data"]), connection


async def check(servers: Sequence[Server], questions: Sequence[Question]) -> dict[str, int]:
    """The size in bytes of the first server's answer to each question. All others answered the same, or it raises."""
    sizes = {}
    for question in questions:
        first, *others = servers
        expected, connection = await ask(first, question)
        sizes[question.name] = len(connection.body())
        connection.close()
        for server in others:
            found, connection = await ask(server, question)
            connection.close()
            if found != expected:
                raise Differs(
                    f"{first.name} and {server.name} answer {question.name} differently: {difference(expected, found)}"
                )
    return sizes


def difference(expected: Any, found: Any, path: str = "data") -> str:
    """Where two answers first differ, in words."""
    if isinstance(expected, dict) and isinstance(found, dict) and expected.keys() == found.keys():
        pairs = [(f"{path}.{name}", expected[name], found[name]) for name in expected]
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = [(f"{path}[{place}]", *both) for place, both in enumerate(zip(expected, found, strict=True))]
    else:
        return f"{path} is {str(expected)[:EXCERPT_LENGTH]} and {str(found)[:EXCERPT_LENGTH]}"
    return next(difference(one, other, where) for where, one, other in pairs if one != other)
