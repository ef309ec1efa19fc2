"""The small HTTP client against servers that answer as real ones may."""

import asyncio

import pytest

from tests.real.http1 import Connection, ConnectionPool, HttpFailure

WHOLE = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwhole"
CHUNKED = b"HTTP/1.1 207 Multi\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nchu\r\n4;x=1\r\nnked\r\n0\r\n\r\n"
CLOSING = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


async def serve(*answers: bytes) -> tuple[asyncio.Server, str, list[bytes]]:
    """A server that gives the answers in turn, over however many connections; and what it was sent."""
    left = list(answers)
    received: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(b"(opened)")
        while left:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            received.append(await reader.readexactly(length))
            answer = left.pop(0)
            writer.write(answer)
            await writer.drain()
            if answer == CLOSING:
                break
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", received


@pytest.mark.anyio
async def test_answers_are_read_whole_over_one_connection() -> None:
    server, url, received = await serve(WHOLE, CHUNKED, CLOSING, WHOLE)
    async with server, ConnectionPool(url, 2) as connections:
        answers = [await connections.post("/graphql", {"A": "b"}, body) for body in (b"1", b"22", b"333", b"4")]
    assert [(answer.status, answer.body) for answer in answers] == [
        (200, b"whole"),
        (207, b"chunked"),
        (500, b""),
        (200, b"whole"),
    ]
    assert received == [b"(opened)", b"1", b"22", b"333", b"(opened)", b"4"]


@pytest.mark.anyio
async def test_a_broken_exchange_is_told_as_such() -> None:
    server, url, _ = await serve(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort")
    async with server:
        connection = Connection(url)
        with pytest.raises(HttpFailure, match="IncompleteReadError"):
            await connection.request("POST", "/graphql")
        server.close()
        with pytest.raises(HttpFailure, match="ConnectionRefusedError"):
            await connection.request("POST", "/graphql")
