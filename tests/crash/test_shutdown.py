"""SIGTERM as clients see it who are in the middle of a request, or only connected."""

import asyncio
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from uvicorn import Config
from uvicorn.supervisors.multiprocess import SIGNALS

from bakery.store.migration import migrate
from graphql_api.workers import Workers
from tests.crash.drain import PROMISED_EXITS
from tests.crash.servers import Server, stopped_at_last
from tests.real.engines import sqlite_database

HANG_SECONDS = 300
HEAD = "POST /graphql HTTP/1.1\r\nHost: bakery\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
BODY = '{"query": "{ __typename }"}'
DRAIN_SECONDS = 1


@pytest.mark.timeout(HANG_SECONDS)
def test_what_was_begun_is_answered_what_is_idle_is_closed_and_what_never_ends_is_cut(tmp_path: Path) -> None:
    """A request that comes in slowly is answered whole, and then its connection is closed; one that never comes in
    whole holds nobody up for longer than `--drain-seconds`. A server of two workers is drained in test_crash.py."""
    with sqlite_database() as url:
        migrate(url)
        drained = Server(url, tmp_path / "server.log", workers=1, drain_seconds=DRAIN_SECONDS)
        with stopped_at_last(drained) as server:
            asyncio.run(_stop_in_the_middle(server))


@pytest.fixture
def _own_signals() -> Iterator[None]:
    """The parent of workers takes all signals to itself, also in a test."""
    kept = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_own_signals")
def test_a_worker_that_is_killed_while_it_is_asked_is_missed_at_once() -> None:
    """Its parent would otherwise neither replace it nor heed a signal for as long as it waits for a busy one."""
    config = Config("graphql_api.app:create_app", factory=True, workers=1, lifespan="off", log_level="warning")
    workers = Workers(config, sockets=[])
    workers.init_processes()
    [worker] = workers.processes
    assert worker.pid
    try:
        assert worker.ping(HANG_SECONDS)
        os.kill(worker.pid, signal.SIGSTOP)
        os.waitpid(worker.pid, os.WUNTRACED)  # from now on it does not answer
        with ThreadPoolExecutor() as asking:
            answer = asking.submit(worker.ping, HANG_SECONDS)
            os.kill(worker.pid, signal.SIGKILL)
            assert answer.result(HANG_SECONDS / 3) is False
    finally:
        worker.kill()
        worker.join()


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
