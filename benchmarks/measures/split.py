"""Where BakeTrace's own time goes: waiting for SQL, making objects, executing GraphQL, encoding JSON.

The application runs in this process, and a timer looks every half millisecond at which code runs. Time counts for the
innermost frame whose module belongs to a stage, so the split holds however the product is built.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import orjson
from pydantic import SecretStr

from benchmarks.data.databases import SECRET, Books
from benchmarks.documents import Question
from graphql_api.app import create_app
from graphql_api.config import Settings

LOOK_EVERY_SECONDS = 0.0005
SQL, OBJECTS, EXECUTION, ENCODING, HTTP = "SQL", "objects", "execution", "encoding", "HTTP and the rest"
STAGES = (SQL, OBJECTS, EXECUTION, ENCODING, HTTP)

# By module, the longest name that fits. A stage of None says nothing: whoever called it counts.
MODULES: dict[str, str | None] = {
    "psycopg": SQL,
    "psycopg_binary": SQL,
    "aiosqlite": SQL,
    "selectors": SQL,  # the loop waits: for the database, since there is nothing else to wait for
    "sqlalchemy": SQL,
    "sqlalchemy.engine.result": OBJECTS,
    "sqlalchemy.engine.row": OBJECTS,
    "sqlalchemy.engine.cursor": OBJECTS,
    "sqlalchemy.engine._result_cy": OBJECTS,
    "sqlalchemy.engine._row_cy": OBJECTS,
    "sqlalchemy.sql.type_api": OBJECTS,
    "bakery": OBJECTS,
    "bakery.store.drivers": SQL,
    "bakery.store.transaction": SQL,
    "bakery.quantity": None,  # decimals are read and written by several stages
    "graphql": EXECUTION,
    "strawberry": EXECUTION,
    "aiodataloader": EXECUTION,
    "graphql_api": EXECUTION,
    "plans": EXECUTION,
    "graphql_api.http": HTTP,
    "graphql_api.observing": HTTP,
    "graphql_api.auth": HTTP,
    "starlette": HTTP,
    __name__: HTTP,
}


@dataclass(frozen=True)
class Split:
    """Milliseconds of one answer by stage, on average over many."""

    question: str
    answers: int
    total_ms: float
    stages_ms: dict[str, float]


@dataclass
class Watch:
    """Counts time by stage, from one look to the next."""

    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    encoding_now: int = 0
    _seen_at: float = 0.0

    def begin(self) -> None:
        self._seen_at = time.perf_counter()

    def look(self, _signal: int, frame: FrameType | None) -> None:
        now = time.perf_counter()
        self.seconds[self._stage(frame)] += now - self._seen_at
        self._seen_at = now

    def _stage(self, frame: FrameType | None) -> str:
        # Large answers may be encoded off the loop, which then waits for them.
        if self.encoding_now:
            return ENCODING
        while frame is not None:
            if stage := _stage_of(str(frame.f_globals.get("__name__", ""))):
                return stage
            frame = frame.f_back
        return HTTP


def _stage_of(module: str) -> str | None:
    while module:
        if module in MODULES:
            return MODULES[module]
        module = module.rpartition(".")[0]
    return None


@contextmanager
def _watching(watch: Watch) -> Iterator[None]:
    """Looks on at regular times, and knows when JSON is being encoded."""
    encode = orjson.dumps

    def encode_seen(*arguments: Any, **options: Any) -> bytes:
        watch.encoding_now += 1
        try:
            return encode(*arguments, **options)
        finally:
            # The timer could not ring while C code ran: what passed since the last look was encoding.
            watch.look(0, None)
            watch.encoding_now -= 1

    before = signal.signal(signal.SIGALRM, watch.look)
    orjson.dumps = encode_seen
    signal.setitimer(signal.ITIMER_REAL, LOOK_EVERY_SECONDS, LOOK_EVERY_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        orjson.dumps = encode
        signal.signal(signal.SIGALRM, before)


def split(books: Books, questions: Sequence[Question], seconds: float) -> list[Split]:
    """The split of each question, asked again and again for about so long."""
    return asyncio.run(_split(books, questions, seconds))


async def _split(books: Books, questions: Sequence[Question], seconds: float) -> list[Split]:
    app = create_app(Settings(database_url=books.url, secret_key=SecretStr(SECRET)))
    async with app.router.lifespan_context(app):
        return [await _of_question(app, books, question, seconds) for question in questions]


async def _of_question(app: Any, books: Books, question: Question, seconds: float) -> Split:
    body = question.body(books.facts)
    for _ in range(3):
        await _ask(app, books.token, body)
    watch, answers = Watch(), 0
    began = time.perf_counter()
    with _watching(watch):
        while answers == 0 or time.perf_counter() - began < seconds:
            watch.begin()
            await _ask(app, books.token, body)
            watch.look(0, None)
            answers += 1
    stages = {stage: spent * 1000 / answers for stage, spent in watch.seconds.items()}
    return Split(question.name, answers, sum(stages.values()), stages)


async def _ask(app: Any, token: str, body: bytes) -> None:
    """One request straight into the application; raises unless it is answered with 200."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/graphql", "raw_path": b"/graphql", "query_string": b"", "root_path": "",
        "headers": [
            (b"host", b"127.0.0.1"), (b"content-type", b"application/json"), (b"accept", b"application/json"),
            (b"authorization", f"Bearer {token}".encode()), (b"content-length", str(len(body)).encode()),
        ],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
    }  # fmt: skip
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    assert statuses == [200], statuses
