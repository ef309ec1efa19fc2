"""The application itself in the test's process: its whole ASGI side, with a clock that the test sets."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from bakery.store import Database, Session
from graphql_api.administration import Administration
from graphql_api.app import create_app
from graphql_api.config import Settings
from graphql_api.identity.uses import KeyUses
from graphql_api.plugins import Plugin
from graphql_api.schema import roots
from graphql_api.schema.features import BUILT_IN
from tests.api.callers import Answer
from tests.api.databases import Snapshot, snapshot
from tests.api.example_features import EXAMPLES

SECRET = "a secret of the tests, of more than 32 characters"
MONDAY_MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


GENEROUS: dict[str, Any] = {
    "max_cost": 10**9,
    "max_root_fields": 500,
    "max_fields": 200_000,
    "max_tokens": 100_000,
    "max_aliases": 10_000,
    "max_document_characters": 1_000_000,
    "max_variable_values": 1_000_000,
    "growth_budget": 0,
    "scale_budget": 0,
}
"""Tests ask for more at once than any client may. The limits have tests of their own (`test_limits.py`)."""


class InProcessApi:
    """Runs the application on an event loop of its own, so that tests read from top to bottom without one."""

    def __init__(
        self,
        database_url: str,
        plugins: Iterable[Plugin] = (*BUILT_IN, *EXAMPLES),
        *,
        compiled: bool = True,
        introspection: bool = True,
        generous: bool = True,
        **settings: Any,
    ) -> None:
        self.database_url = database_url
        self.now = MONDAY_MORNING
        limits = (GENEROUS if generous else {}) | settings
        configured = Settings(database_url=database_url, secret_key=SecretStr(SECRET), **limits)
        schema = roots.build(plugins, compiled=compiled, introspection=introspection, limits=configured)
        # The loop stands still between requests: a sealer could stand still with it, in the middle of a transaction.
        app = create_app(configured, clock=lambda: self.now, schema=schema, seals=False)
        self._runner = asyncio.Runner()
        self._database = Database(database_url)
        self._whole = self._database.across_bakeries()
        self._key_uses: KeyUses = app.state.key_uses
        self._lifespan = app.router.lifespan_context(app)
        self._runner.run(self._lifespan.__aenter__())
        # An exception that leaves the application fails the test, as it would be a server error.
        self._app = app
        self._client = self._client_at("127.0.0.1")

    def _client_at(self, address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self._app, client=(address, 12345))
        return httpx.AsyncClient(transport=transport, base_url="http://bakery.test")

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.run(self._database.dispose())
        self._runner.run(self._whole.dispose())
        self._runner.run(self._lifespan.__aexit__(None, None, None))
        self._runner.close()

    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request at all; a server error fails the test."""
        response = self.tries(method, path, **options)
        assert response.status_code < 500, response.text
        return response

    def tries(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request at all, whatever is answered."""
        return self._runner.run(self._client.request(method, path, **options))

    def run(self, act: Awaitable[Any]) -> Any:
        """What an act comes to on the application's own loop, which stands still otherwise."""

        async def awaited() -> Any:
            return await act

        return self._runner.run(awaited())

    def request_from(self, address: str, method: str, path: str, **options: Any) -> httpx.Response:
        """A request that comes from this address."""

        async def sent() -> httpx.Response:
            async with self._client_at(address) as client:
                return await client.request(method, path, **options)

        return self._runner.run(sent())

    def post(self, body: Mapping[str, Any], token: str | None) -> Answer:
        answer = self.any_answer(body, token)
        assert "INTERNAL" not in answer.codes, answer.errors
        return answer

    def any_answer(self, body: Mapping[str, Any], token: str | None) -> Answer:
        """Also one that tells of an accident, where that is what is tried."""
        headers = {b"Content-Type": b"application/json"}
        if token is not None:
            headers[b"Authorization"] = f"Bearer {token}".encode()
        # By the standard library, which also writes what is no proper text, such as half a character.
        response = self.request("POST", "/graphql", content=json.dumps(body), headers=headers)
        return Answer(response.status_code, response.json())

    def administer(self, act: Callable[[Administration], Any]) -> Any:
        return self._runner.run(act(Administration(self._database, SECRET, self.now)))

    def prove(self, proof: Callable[[Session], Any]) -> Any:
        async def found() -> Any:
            async with self._whole.reading() as session:
                return await proof(session)

        return self._runner.run(found())

    def write_key_uses(self) -> None:
        """What a serving process does every few seconds."""
        self._runner.run(self._key_uses.write(self._database))

    def snapshot(self) -> Snapshot:
        return snapshot(self.database_url)
