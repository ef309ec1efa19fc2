"""The application served by uvicorn in the test's process: real sockets, and a schema of the test's own.

The schema has what no noun subscribes to yet: subscriptions that tick, that read, and that go wrong.
"""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import strawberry
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from websockets import Subprotocol
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from graphql_api.app import create_app, machine_clock
from graphql_api.config import MAX_MESSAGE_BYTES, Settings
from graphql_api.context import Info
from graphql_api.schema import roots
from graphql_api.schema.features import BUILT_IN
from plans import Role, Unauthenticated
from tests.api.bakeries import Bakery
from tests.api.served import ServedApi
from tests.real.server import SECRET

SECONDS_MAX = 30
PROTOCOL = Subprotocol("graphql-transport-ws")
SECRET_WORD = "the insides"

CLOSED: list[str] = []
"""The names of streams that were closed, in that order."""


@strawberry.type
class Moment:
    """What an event shows: read when it is answered."""

    number: int

    @strawberry.field
    async def suppliers(self, info: Info) -> int:
        store = await info.context.reading()
        return await store.suppliers.listing().count()


@strawberry.type
class Ticks:
    @strawberry.subscription
    async def ticks(self, info: Info, count: int = 3) -> AsyncIterator[int]:
        try:
            for number in range(count):
                yield number
                await asyncio.sleep(0)
        finally:
            CLOSED.append("ticks")

    @strawberry.subscription
    async def moments(self, info: Info) -> AsyncIterator[Moment]:
        """One at once, and one after each supplier that is added."""
        if info.context.signed_in is None:
            raise Unauthenticated
        yield Moment(number=1)
        await ADDED.wait()
        yield Moment(number=2)

    @strawberry.subscription
    async def endless(self, info: Info) -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            CLOSED.append("endless")

    @strawberry.subscription
    async def broken(self, info: Info) -> AsyncIterator[int]:
        yield 1
        raise RuntimeError(SECRET_WORD)


class Signal:
    """An event of the server's loop that the test's thread sets."""

    def __init__(self) -> None:
        self._set = threading.Event()

    def set(self) -> None:
        self._set.set()

    def clear(self) -> None:
        self._set.clear()

    async def wait(self) -> None:
        await asyncio.to_thread(self._set.wait, SECONDS_MAX)


ADDED = Signal()


@dataclass
class Door:
    """A served application, and a bakery in it."""

    base_url: str
    database_url: str
    bakery: Bakery = field(init=False)

    def __post_init__(self) -> None:
        self.bakery = Bakery.opened(ServedApi(self.base_url, self.database_url))

    @property
    def url(self) -> str:
        return f"{self.base_url}/graphql"

    def headers(self, role: Role | None = Role.OWNER) -> dict[str, str]:
        return {} if role is None else {"Authorization": f"Bearer {self.bakery.caller(role).token}"}

    def post(self, body: Any, role: Role | None = Role.OWNER, **headers: str) -> httpx.Response:
        return httpx.post(self.url, json=body, headers=self.headers(role) | headers, timeout=SECONDS_MAX)

    def get(
        self, role: Role | None = Role.OWNER, headers: dict[str, str] | None = None, **parameters: str
    ) -> httpx.Response:
        return httpx.get(self.url, params=parameters, headers=self.headers(role) | (headers or {}), timeout=SECONDS_MAX)

    def events(self, query: str, role: Role | None = Role.OWNER) -> list[tuple[str, Any]]:
        """Every event of a stream that ends by itself."""
        return list(events_of(self.post({"query": query}, role, Accept="text/event-stream").text))

    @contextmanager
    def socket(self, *, protocol: Subprotocol = PROTOCOL, **options: Any) -> Iterator["Socket"]:
        url = self.url.replace("http", "ws", 1)
        with connect(url, subprotocols=[protocol], open_timeout=SECONDS_MAX, **options) as connection:
            yield Socket(connection)

    @contextmanager
    def opened_socket(self, role: Role = Role.OWNER) -> Iterator["Socket"]:
        """A connection of somebody who has said who it is."""
        with self.socket() as opened:
            opened.say("connection_init", payload=self.headers(role))
            assert opened.hear() == {"type": "connection_ack"}
            yield opened


@dataclass(frozen=True)
class Socket:
    connection: ClientConnection

    def say(self, type: str, **rest: Any) -> None:
        self.connection.send(json.dumps({"type": type, **rest}))

    def ask(self, id: str, query: str, **rest: Any) -> None:
        self.say("subscribe", id=id, payload={"query": query, **rest})

    def hear(self) -> Any:
        heard = self.connection.recv(timeout=SECONDS_MAX)
        assert isinstance(heard, str), "a text frame"
        return json.loads(heard)

    def hear_all(self, id: str) -> list[Any]:
        """What is said of one operation until it ends; of no other."""
        heard: list[Any] = []
        while not heard or heard[-1]["type"] == "next":
            heard.append(self.hear())
            assert heard[-1]["id"] == id
        return heard

    def closing(self) -> tuple[int, str]:
        """The code and the reason that the server closes with, next."""
        with pytest.raises(ConnectionClosed) as closed:
            self.connection.recv(timeout=SECONDS_MAX)
        frame = closed.value.rcvd
        assert frame is not None
        return frame.code, frame.reason


def events_of(text: str) -> Iterator[tuple[str, Any]]:
    for block in text.replace("\r\n", "\n").split("\n\n"):
        lines = dict(line.partition(": ")[::2] for line in block.splitlines() if not line.startswith(":"))
        if lines:
            data = lines.get("data", "") or lines.get("data:", "")
            yield lines["event"], json.loads(data) if data else None


@contextmanager
def open_door(database_url: str, **settings: Any) -> Iterator[Door]:
    """Serve a migrated database while the block runs."""
    schema = roots.build(BUILT_IN, subscription=Ticks)
    configured = Settings(database_url=database_url, secret_key=SecretStr(SECRET), **settings)
    with listening(create_app(configured, clock=machine_clock, schema=schema, seals=False)) as base_url:
        yield Door(base_url, database_url)


@contextmanager
def listening(app: Starlette) -> Iterator[str]:
    """Serve an application in a thread while the block runs; yields its base URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(app, log_config=None, access_log=False, ws_max_size=MAX_MESSAGE_BYTES)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(SECONDS_MAX)
            assert not thread.is_alive(), "it drains"
