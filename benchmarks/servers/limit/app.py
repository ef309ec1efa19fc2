"""The limit as a bare ASGI application."""

from __future__ import annotations

import gc
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from benchmarks.servers.limit.confirm import confirm_production
from benchmarks.servers.limit.flat import order_trace
from benchmarks.servers.limit.nested import lot_usage, order_backwards
from benchmarks.servers.limit.rows import Connections, Transaction, Unauthenticated

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

READS: dict[str, tuple[Callable[[Transaction, str], Awaitable[dict[str, Any]]], str]] = {
    "LotUsage": (lot_usage, "code"),
    "OrderBackwards": (order_backwards, "number"),
    "OrderTrace": (order_trace, "number"),
}
BEARER = b"Bearer "


class Limit:
    def __init__(self, url: str, secret_key: str) -> None:
        self._connections = Connections(url, secret_key)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if scope["method"] != "POST":
            await _answer(send, 200, b'{"ready":true}')
            return
        try:
            data = await self._ask(_token(scope), orjson.loads(body))
        except Unauthenticated:
            await _answer(send, 401, b'{"errors":[{"message":"Sign in first."}]}')
        else:
            await _answer(send, 200, orjson.dumps({"data": data}))

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self._connections.open()
        # Nothing here makes a reference cycle, so there is nothing for the collector to find.
        gc.freeze()
        gc.disable()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._connections.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _ask(self, token: bytes, request: dict[str, Any]) -> dict[str, Any]:
        name, variables = request["operationName"], request["variables"]
        if name == "ConfirmProduction":
            async with self._connections.writing(token) as transaction:
                return await confirm_production(transaction, variables["input"])
        read, variable = READS[name]
        async with self._connections.reading(token) as transaction:
            return await read(transaction, variables[variable])


def _token(scope: MutableMapping[str, Any]) -> bytes:
    for name, value in scope["headers"]:
        if name == b"authorization":
            return bytes(value).removeprefix(BEARER)
    raise Unauthenticated


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def create_app() -> Limit:
    return Limit(
        os.environ.get("PEER_DATABASE_URL", os.environ["BAKETRACE_DATABASE_URL"]), os.environ["BAKETRACE_SECRET_KEY"]
    )
