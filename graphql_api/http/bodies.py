"""How much of a request's body is read, and how long is waited for it.

A body is read before anything else is done for the request: into memory, up to a limit, within a deadline. Where it is
refused, the rest is not wanted, and the connection ends with the answer.
"""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphql_api.limits import BodyRefused, LimitExceeded, Limits, many

COMMAS_PER_VALUE: Final = 10
"""JSON is decoded in one go, while others wait. Texts have commas, too, but not so many for each value there may be."""

LINGER_BYTES: Final = 4_000_000
LINGER_SECONDS: Final = 2
"""How much more is read, and thrown away, of a body that was refused: a client that is still sending would otherwise be
cut off before it has read why."""


def has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


async def received(scope: Scope, receive: Receive, limits: Limits) -> Receive:
    """Where the whole body can be received from. Raises `BodyRefused`, or `ClientDisconnect` if it broke off."""
    if not has_body(scope):
        return receive
    declared = Headers(scope=scope).get("content-length", "")
    if declared.isdigit() and int(declared) > limits.max_body_bytes:
        raise _too_large(int(declared), limits)
    try:
        async with asyncio.timeout(limits.max_body_seconds):
            body = await _read(receive, limits)
    except TimeoutError as error:
        allowed = limits.max_body_seconds
        message = f"The body did not arrive within {allowed} seconds."
        raise BodyRefused("bodySeconds", message, actual=allowed, allowed=allowed, status=408) from error
    _check_commas(body, limits)
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


async def _read(receive: Receive, limits: Limits) -> bytes:
    parts: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > limits.max_body_bytes:
            raise _too_large(length, limits)
        if not message.get("more_body", False):
            return b"".join(parts)


def _check_commas(body: bytes, limits: Limits) -> None:
    commas, allowed = body.count(b","), COMMAS_PER_VALUE * limits.max_variable_values
    if commas > allowed:
        message = f"The body has {many(commas)} commas; {many(allowed)} are allowed."
        raise LimitExceeded("bodyCommas", message, actual=commas, allowed=allowed)


def _too_large(length: int, limits: Limits) -> BodyRefused:
    allowed = limits.max_body_bytes
    message = f"The body has {many(length)} bytes or more; {many(allowed)} are allowed."
    return BodyRefused("bodyBytes", message, actual=length, allowed=allowed, status=413)


async def answer_early(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer before the body has arrived, and let the client read the answer before the connection is closed."""

    async def send_open(message: Message) -> None:
        if message["type"] == "http.response.body":
            await send({**message, "more_body": True})
            await _drain(receive)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            await send(message)

    await response(scope, receive, send_open)


async def _drain(receive: Receive) -> None:
    left = LINGER_BYTES
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return


class CloseAfterUnreadBodies:
    """Where nobody reads a body, the connection ends with the answer, and not with the end of the body."""

    def __init__(self, app: ASGIApp, reader: str = "/graphql") -> None:
        self._app = app
        self._reader = reader

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == self._reader or not has_body(scope):
            await self._app(scope, receive, send)
            return

        async def send_last(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self._app(scope, receive, send_last)
