"""The audit log while a server runs: sealed by itself, also after a kill, and whole at the end."""

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bakery.store import Database
from bakery.store.audit import Verification, verified
from graphql_api.auth import PERSON_TOKEN_PREFIX
from plans import Role
from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi
from tests.api.served import ServedApi
from tests.real.server import COMMAND, CommandLine, log_tail
from tests.real.shared import REPOSITORY

SECONDS_MAX = 100
POLL_SECONDS = 0.05
CLIENTS = 4
SENT_BEFORE_THE_KILL = 20


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[bytes]
    base_url: str


@contextmanager
def serving(database_url: str, log: Path, **settings: str) -> Iterator[Server]:
    """One process that serves; ended by its id at last, if it still runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port", str(port)],
            cwd=REPOSITORY,
            env=CommandLine(database_url).environment | settings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = Server(process, f"http://127.0.0.1:{port}")
    try:
        until(lambda: is_ready(server, log))
        yield server
    finally:
        process.kill()
        process.wait(SECONDS_MAX)


def is_ready(server: Server, log: Path) -> bool:
    assert server.process.poll() is None, log_tail(log)
    try:
        return httpx.get(f"{server.base_url}/readyz", timeout=SECONDS_MAX).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def until(holds: Any) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(POLL_SECONDS)


def verification(database_url: str, *heads: str) -> Verification:
    async def found() -> Verification:
        database = Database(database_url, across_bakeries=True)
        try:
            async with database.reading() as session:
                return await verified(session, heads)
        finally:
            await database.dispose()

    return asyncio.run(found())


def create_supplier(name: str) -> dict[str, Any]:
    return {
        "query": "mutation ($input: CreateSupplierInput!) { createSupplier(input: $input) { __typename } }",
        "variables": {"input": {"name": name}},
    }


def names(bakery: Bakery, api: InProcessApi) -> set[str]:
    """The suppliers that the log says were created."""
    found: set[str] = set()
    after = None
    while True:
        page = bakery.owner.ask("AuditLog", first=100, after=after, filter={"action": "createSupplier"})
        found |= {edge["node"]["arguments"] for edge in page["edges"]}
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


async def sent_until_killed(server: Server, headers: Mapping[str, str]) -> list[str]:
    """The names whose creation was acknowledged before the server was killed in the midst of it."""
    acknowledged: list[str] = []

    async def send(client: httpx.AsyncClient, sender: int) -> None:
        number = 0
        while True:
            name, number = f"Mill {sender}-{number}", number + 1
            try:
                response = await client.post(f"{server.base_url}/graphql", json=create_supplier(name), headers=headers)
            except httpx.TransportError:
                return
            assert response.json()["data"]["createSupplier"]["__typename"] == "CreateSupplierSuccess"
            acknowledged.append(name)
            if len(acknowledged) == SENT_BEFORE_THE_KILL:
                os.kill(server.process.pid, signal.SIGKILL)

    async with httpx.AsyncClient(timeout=SECONDS_MAX) as client:
        await asyncio.gather(*(send(client, sender) for sender in range(CLIENTS)))
    return acknowledged


@pytest.mark.timeout(SECONDS_MAX * 3)
def test_the_log_survives_a_kill_and_is_sealed_by_whoever_comes_next(database_url: str, tmp_path: Path) -> None:
    """Issue 5, points 3 and 6: what was acknowledged is recorded; what was recorded is sealed, once; at the end of a
    server nothing waits. Who asks is told by the connection, and by `X-Forwarded-For` only where it was said so."""
    log = tmp_path / "server.log"
    bakery = Bakery.opened(ServedApi("", database_url))
    headers = {"Authorization": f"Bearer {bakery.tokens[Role.OWNER]}", "X-Forwarded-For": "203.0.113.7"}
    with serving(database_url, log) as server:
        acknowledged = asyncio.run(sent_until_killed(server, headers))
    assert verification(database_url).breaches == []

    with serving(database_url, log, BAKETRACE_TRUSTED_PROXIES="127.0.0.1") as server:
        until(lambda: verification(database_url).waiting == 0)
        httpx.post(f"{server.base_url}/graphql", json=create_supplier("Last"), headers=headers, timeout=SECONDS_MAX)
        server.process.terminate()
        # uvicorn ends by the signal that it was told to end by.
        assert server.process.wait(SECONDS_MAX) in (0, -signal.SIGTERM), log_tail(log)
    done = verification(database_url)
    assert (done.waiting, done.breaches) == (0, [])

    api = InProcessApi(database_url)
    reader = Bakery(
        api, bakery.id, {Role.OWNER: api.administer(lambda admin: admin.new_token(bakery.id, Role.OWNER, None))}
    )
    recorded = names(reader, api)
    assert {f'{{"name":"{name}"}}' for name in [*acknowledged, "Last"]} <= recorded
    edges = reader.owner.ask("AuditLog", first=3, filter={"action": "createSupplier"})["edges"]
    assert [edge["node"]["address"] for edge in edges] == ["203.0.113.7", "127.0.0.1", "127.0.0.1"]
    assert len(acknowledged) >= SENT_BEFORE_THE_KILL
    api.close()
    assert PERSON_TOKEN_PREFIX not in log.read_text(encoding="utf-8")
