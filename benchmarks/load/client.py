"""Kept-alive HTTP/1.1 connections that send one ready-made request again and again, and time the answers.

Errors: `Failed`, an answer that is none: the connection broke off, or the status is not 200.
"""

from __future__ import annotations

import asyncio
import gc
import time
from dataclasses import dataclass
from typing import cast

import uvloop

ANSWER_SECONDS_MAX = 900
END_OF_CHUNKS = b"0\r\n\r\n"


class Failed(Exception):
    """A server that was asked properly did not answer."""


class Connection(asyncio.Protocol):
    """One TCP connection; one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._answered: asyncio.Future[None] | None = None
        self._parts: list[bytes] = []
        self._body_size: int | None = None
        self._received = 0
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(Failed(f"the connection broke off: {exc}"))

    def data_received(self, data: bytes) -> None:
        if not self._head:
            data = b"".join((*self._parts, data))
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._parts = [head]
                return
            self._parts = []
            self._head = head.lower()
            self._body_size = _content_length(self._head)
        self._parts.append(data)
        self._received += len(data)
        if self._is_whole() and self._answered is not None and not self._answered.done():
            self._answered.set_result(None)

    def _is_whole(self) -> bool:
        if self._body_size is not None:
            return self._received >= self._body_size
        # JSON has no line ends of its own in a string, so this ends nothing but the chunks.
        tail = self._parts[-1] if len(self._parts[-1]) >= len(END_OF_CHUNKS) else b"".join(self._parts[-2:])
        return tail.endswith(END_OF_CHUNKS)

    @property
    def is_chunked(self) -> bool:
        return self._body_size is None

    async def ask(self, request: bytes) -> int:
        """Send a request and wait for its whole answer; returns the size of its body as sent."""
        assert self._transport
        self._parts, self._received, self._head = [], 0, b""
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        await self._answered
        if not self._head.startswith(b"http/1.1 200"):
            raise Failed(f"{self._head.splitlines()[0].decode()}: {self.body()[:300].decode(errors='replace')}")
        return self._received

    def body(self) -> bytes:
        """The body of the last answer."""
        content = b"".join(self._parts)
        return content if self._body_size is not None else _without_chunks(content)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def connect(port: int) -> Connection:
    _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return connection


def request(port: int, body: bytes, headers: dict[str, str]) -> bytes:
    """A whole POST to /graphql, ready to be sent."""
    lines = [
        "POST /graphql HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Content-Type: application/json",
        "Accept: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass(frozen=True)
class Slice:
    """What one stretch of load showed: the latency of each answer, and how long all of it took."""

    latencies_ms: list[float]
    seconds: float


async def load(port: int, sent: bytes, clients: int, seconds: float, size: int | None = None) -> Slice:
    """Keep `clients` busy for about so long; each gets one answer at least. Answers have `size` bytes, if given."""
    latencies: list[float] = []
    connections = [await connect(port) for _ in range(clients)]
    gc.collect()
    gc.disable()
    began = time.perf_counter()
    deadline = began + seconds

    async def keep_asking(connection: Connection) -> None:
        while True:
            asked = time.perf_counter()
            received = await connection.ask(sent)
            answered = time.perf_counter()
            if size is not None and received != size:
                raise Failed(f"an answer of {received} bytes, where {size} were expected: {connection.body()[:300]!r}")
            latencies.append((answered - asked) * 1000)
            if answered >= deadline:
                return

    try:
        async with asyncio.timeout(seconds + ANSWER_SECONDS_MAX):
            await asyncio.gather(*(keep_asking(connection) for connection in connections))
        return Slice(latencies, time.perf_counter() - began)
    except TimeoutError as error:
        raise Failed(f"no answer within {ANSWER_SECONDS_MAX} s") from error
    finally:
        gc.enable()
        for connection in connections:
            connection.close()


def runner() -> asyncio.Runner:
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


def _content_length(head: bytes) -> int | None:
    for line in head.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return None


def _without_chunks(content: bytes) -> bytes:
    body: list[bytes] = []
    place = 0
    while True:
        end = content.index(b"\r\n", place)
        size = int(content[place:end], 16)
        if size == 0:
            return b"".join(body)
        body.append(content[end + 2 : end + 2 + size])
        place = end + 2 + size + 2
