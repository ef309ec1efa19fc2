"""Just enough HTTP/1.1 over kept-alive connections to ask one server many small questions.

A general client costs more than the server's answer does; a replay asks tens of thousands of times.
Errors: `HttpFailure`, no answer, or none that is HTTP.
"""

import asyncio
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urlsplit

REQUEST_SECONDS_MAX = 60
# Servers close connections that stay silent for some seconds; a connection idle for longer than this is opened anew,
# so that nothing is ever sent into a closing one.
IDLE_SECONDS_MAX = 1.0


class HttpFailure(Exception):
    """The exchange itself failed."""


@dataclass(frozen=True)
class Answer:
    """A response: its status code and its whole body."""

    status: int
    body: bytes


class Connection:
    """One TCP connection, opened when needed; one exchange at a time."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        if parts.scheme != "http" or not parts.hostname or not parts.port:
            raise ValueError(f"not a plain http URL with a port: {base_url}")
        self._host, self._port = parts.hostname, parts.port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used_at = 0.0

    async def request(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        """Send one request and read its answer whole."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}:{self._port}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        try:
            async with asyncio.timeout(REQUEST_SECONDS_MAX):
                reader, writer = await self._open()
                writer.write("\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body)
                await writer.drain()
                return await self._read_answer(reader)
        except (OSError, EOFError, ValueError, TimeoutError, asyncio.LimitOverrunError) as error:
            self.close()
            raise HttpFailure(f"{method} {path}: {type(error).__name__} {error}") from error

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        now = asyncio.get_running_loop().time()
        if self._streams and now - self._used_at > IDLE_SECONDS_MAX:
            self.close()
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        return self._streams

    async def _read_answer(self, reader: asyncio.StreamReader) -> Answer:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status_line, *header_lines = head.rstrip("\r\n").split("\r\n")
        headers: dict[str, str] = {}
        for line in header_lines:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = await self._read_chunks(reader)
        else:
            body = await reader.readexactly(int(headers["content-length"]))
        if headers.get("connection", "").lower() == "close":
            self.close()
        self._used_at = asyncio.get_running_loop().time()
        return Answer(int(status_line.split(" ", 2)[1]), body)

    async def _read_chunks(self, reader: asyncio.StreamReader) -> bytes:
        chunks: list[bytes] = []
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            chunks.append(await reader.readexactly(size))
            await reader.readexactly(len(b"\r\n"))
        while await reader.readuntil(b"\r\n") != b"\r\n":
            pass
        return b"".join(chunks)

    def close(self) -> None:
        """Let go of the connection; the next request opens another."""
        if self._streams:
            self._streams[1].close()
            self._streams = None


class ConnectionPool:
    """As many connections as there may be requests at once."""

    def __init__(self, base_url: str, size: int) -> None:
        self._connections = [Connection(base_url) for _ in range(size)]
        # Last in, first out: one at a time uses one connection only, which is then never idle.
        self._free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
        for connection in self._connections:
            self._free.put_nowait(connection)

    async def post(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Send a body when a connection is free."""
        connection = await self._free.get()
        try:
            return await connection.request("POST", path, headers, body)
        finally:
            self._free.put_nowait(connection)

    async def __aenter__(self) -> "ConnectionPool":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in self._connections:
            connection.close()
