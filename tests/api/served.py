"""The application as it is served: `baketrace serve` with two worker processes, and clients that ask all at once."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from bakery.store import Database, Session
from graphql_api.administration import Administration
from tests.api.callers import Answer, Caller
from tests.api.databases import Snapshot, snapshot
from tests.api.documents import document
from tests.real.server import SECRET, CommandLine, log_tail

WORKERS = 2
READY_SECONDS_MAX = 100
ANSWER_SECONDS_MAX = 100
POLL_SECONDS = 0.05
STARTED = "Application startup complete"


class ServedApi:
    """An API at a URL. Its clock is the machine's."""

    def __init__(self, base_url: str, database_url: str) -> None:
        self.base_url = base_url
        self._database_url = database_url

    def post(self, body: Mapping[str, Any], token: str | None) -> Answer:
        [answer] = self._send([(body, token)])
        return answer

    def at_once(self, caller: Caller, operation: str, inputs: Sequence[Any]) -> list[Any]:
        """What a shipped mutation answers to each input, all sent at the same time."""
        return self.all_at_once(caller, [(operation, input) for input in inputs])

    def all_at_once(self, caller: Caller, changes: Sequence[tuple[str, Any]]) -> list[Any]:
        """What shipped mutations answer, all sent at the same time; refusals are answers, accidents are not."""
        answers = self._send(
            [({"query": document(name), "variables": {"input": input}}, caller.token) for name, input in changes]
        )
        for answer in answers:
            assert not answer.errors, answer.errors
        return [answer.root for answer in answers]

    def _send(self, requests: Sequence[tuple[Mapping[str, Any], str | None]]) -> list[Answer]:
        # No connection is kept: each request has one of its own, so that both workers take part.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)

        async def send_all() -> list[Answer]:
            async with httpx.AsyncClient(timeout=ANSWER_SECONDS_MAX, limits=limits, verify=False) as client:
                return await asyncio.gather(*(send_one(client, body, token) for body, token in requests))

        async def send_one(client: httpx.AsyncClient, body: Mapping[str, Any], token: str | None) -> Answer:
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            response = await client.post(f"{self.base_url}/graphql", json=body, headers=headers)
            assert response.status_code == httpx.codes.OK, response.text
            return Answer(response.status_code, response.json())

        return asyncio.run(send_all())

    def administer(self, act: Callable[[Administration], Any]) -> Any:
        async def run() -> Any:
            database = Database(self._database_url)
            try:
                return await act(Administration(database, SECRET, datetime.now(UTC)))  # noqa: TID251 - no clock to set
            finally:
                await database.dispose()

        return asyncio.run(run())

    def prove(self, proof: Callable[[Session], Any]) -> Any:
        async def found() -> Any:
            database = Database(self._database_url, across_bakeries=True)
            try:
                async with database.reading() as session:
                    return await proof(session)
            finally:
                await database.dispose()

        return asyncio.run(found())

    def snapshot(self) -> Snapshot:
        return snapshot(self._database_url)


@contextmanager
def served(database_url: str, folder: Path, **settings: str) -> Iterator[ServedApi]:
    """Serve a migrated database, with these variables in the environment; goes on when every worker takes requests."""
    log = folder / "server.log"
    with CommandLine(database_url, settings).serve(log) as base_url:
        deadline = time.monotonic() + READY_SECONDS_MAX
        while log.read_text(encoding="utf-8").count(STARTED) < WORKERS:
            assert time.monotonic() < deadline, log_tail(log)
            time.sleep(POLL_SECONDS)
        yield ServedApi(base_url, database_url)


def types(outcomes: Sequence[Any]) -> dict[str, int]:
    """How often each type was answered."""
    counted = [outcome["__typename"] for outcome in outcomes]
    return {name: counted.count(name) for name in sorted(set(counted))}
