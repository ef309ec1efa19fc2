"""SIGTERM as clients see it who are in the middle of a request, or only connected."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest
from uvicorn.config import STARTUP_FAILURE

from bakery.store.migration import migrate
from graphql_api.workers import SILENCE_SECONDS_MAX, Worker
from tests.crash.drain import PROMISED_EXITS
from tests.crash.servers import Server, stopped_at_last
from tests.real.engines import sqlite_database
from tests.real.shared import REPOSITORY

HANG_SECONDS = 300
HEAD = "POST /graphql HTTP/1.1\r\nHost: bakery\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
BODY = '{"query": "{ __typename }"}'
DRAIN_SECONDS = 1
BROKEN = """
from uvicorn import Config
from graphql_api.workers import run

async def app(scope, receive, send):
    raise RuntimeError("it cannot start")

run(Config(app, port=0, workers=2, lifespan="on"))
"""


@pytest.mark.timeout(HANG_SECONDS)
def test_what_was_begun_is_answered_what_is_idle_is_closed_and_what_never_ends_is_cut(tmp_path: Path) -> None:
    """A request that comes in slowly is answered whole, and then its connection is closed; one that never comes in
    whole holds nobody up for longer than `--drain-seconds`. A server of two workers is drained in test_crash.py."""
    with sqlite_database() as url:
        migrate(url)
        drained = Server(url, tmp_path / "server.log", workers=1, drain_seconds=DRAIN_SECONDS)
        with stopped_at_last(drained) as server:
            asyncio.run(_stop_in_the_middle(server))


def test_workers_that_cannot_start_end_the_server() -> None:
    """Another would fail in the same way: whoever started the server is told."""
    command = [sys.executable, "-c", BROKEN]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=HANG_SECONDS, check=False)
    assert done.returncode == STARTUP_FAILURE, done.stderr
    assert "failed to start" in done.stderr


def test_a_worker_is_silent_once_its_event_loop_has_left_no_time_for_long() -> None:
    worker = Worker(born=time.monotonic() - SILENCE_SECONDS_MAX - 1)
    assert worker.is_silent
    worker.live()
    assert not worker.is_silent


async def _stop_in_the_middle(server: Server) -> None:
    server.start()
    await server.ready(starts=server.workers)

    async def connected() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection that a worker has taken, and that has had one answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(HEAD.format(len(BODY)).encode() + BODY.encode())
        await _answer(reader)
        return reader, writer

    idle, slow, endless = [await connected() for _ in range(3)]
    for _, writer in (slow, endless):
        writer.write(HEAD.format(len(BODY)).encode() + BODY[:5].encode())
        await writer.drain()
    # Nothing else is going on, so what has arrived is read before the signal is heeded.
    server.terminate()
    assert await idle[0].read() == b""
    slow[1].write(BODY[5:].encode())
    head = await _answer(slow[0])
    assert b"200 OK" in head
    assert b"connection: close" in head
    assert await slow[0].read() == b""
    assert await server.ended() in PROMISED_EXITS
    for _, writer in (idle, slow, endless):
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """The head of an answer, whose body is read, too."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    assert await reader.readexactly(int(length.partition(b":")[2])) == b'{"data":{"__typename":"Query"}}'
    return head
