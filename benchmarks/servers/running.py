"""Starting and stopping the servers, each a process of its own on a free port of this machine.

Errors: `NotReady`, a server that did not start; the message has the end of its log.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.data.databases import SECRET, Books
from benchmarks.documents import Question
from benchmarks.load.client import request
from benchmarks.servers.naming import as_ours, text_for_postgraphile
from tests.support.processes import stop

REPOSITORY = Path(__file__).parents[2]
READY_SECONDS_MAX = 60
POLL_SECONDS = 0.05
LOG_LINES = 30

OURS = "BakeTrace"
DOORLESS = "BakeTrace without its door"
LIMIT = "limit"
PLAIN = "Strawberry + ORM"
POSTGRAPHILE = "PostGraphile 5"
YOGA = "Yoga + DataLoader"


class NotReady(Exception):
    """A server did not start."""


@dataclass(frozen=True)
class Kind:
    """How a server is started and asked. `asked` makes the body of a request; `shown` gives an answer our names."""

    name: str
    command: Callable[[int], list[str]]
    asked: Callable[[Question, Books], bytes] = lambda question, books: question.body(books.facts)
    shown: Callable[[Any], Any] = lambda data: data
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Server:
    kind: Kind
    books: Books
    port: int
    pid: int

    @property
    def name(self) -> str:
        return self.kind.name

    def request(self, question: Question) -> bytes:
        return self.wrap(self.kind.asked(question, self.books))

    def wrap(self, body: bytes) -> bytes:
        headers = {"Authorization": f"Bearer {self.books.token}", "X-Bakery": str(self.books.bakery_id)}
        return request(self.port, body, headers)


def _uvicorn(application: str) -> Callable[[int], list[str]]:
    """The product's own HTTP stack with another application on it."""
    return lambda port: [
        sys.executable, "-m", "uvicorn", "--factory", application, "--host", "127.0.0.1", "--port", str(port),
        "--no-access-log", "--log-level", "warning",
    ]  # fmt: skip


BAKETRACE = Kind(
    OURS,
    lambda port: [sys.executable, "-m", "graphql_api", "serve", "--host", "127.0.0.1", "--port", str(port)],
)
WITHOUT_DOOR = Kind(DOORLESS, _uvicorn("benchmarks.servers.doorless:create_app"))
THE_LIMIT = Kind(LIMIT, _uvicorn("benchmarks.servers.limit.app:create_app"))
PLAIN_STRAWBERRY = Kind(PLAIN, _uvicorn("benchmarks.servers.plain.app:create_app"))


def node_peers(node: Path) -> list[Kind]:
    """The peers from npm, run by this Node with their production settings."""
    peers = REPOSITORY / "benchmarks" / "peers"
    production = {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    return [
        Kind(
            POSTGRAPHILE,
            lambda _port: [str(node), str(peers / "postgraphile.js")],
            asked=lambda question, books: question.body(
                books.facts, text_for_postgraphile(question.document), bakery=str(books.bakery_id)
            ),
            shown=as_ours,
            environment=production,
        ),
        Kind(YOGA, lambda _port: [str(node), str(peers / "yoga.js")], environment=production),
    ]


@contextmanager
def serving(kind: Kind, books: Books, logs: Path) -> Iterator[Server]:
    """Serve while the block runs; the process is ended by its own id, always."""
    with serving_all([(kind, books)], logs) as servers:
        yield servers[0]


@contextmanager
def serving_all(wanted: list[tuple[Kind, Books]], logs: Path) -> Iterator[list[Server]]:
    """Serve several at once; they start side by side."""
    with ExitStack() as stack:
        started = [stack.enter_context(_process(kind, books, logs)) for kind, books in wanted]
        for server, process, log in started:
            _wait_until_ready(server, process, log)
        yield [server for server, _, _ in started]


@contextmanager
def _process(kind: Kind, books: Books, logs: Path) -> Iterator[tuple[Server, subprocess.Popen[bytes], Path]]:
    port = _free_port()
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{kind.name.split()[0].lower()}-{port}.log"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BAKETRACE_")}
    peer_url = {} if books.is_sqlite else {"PEER_DATABASE_URL": books.peer_url}
    environment = {
        "BAKETRACE_DATABASE_URL": books.url, "BAKETRACE_SECRET_KEY": SECRET, "PORT": str(port), **peer_url
    }  # fmt: skip
    with log.open("wb") as output:
        process = subprocess.Popen(
            kind.command(port),
            cwd=REPOSITORY,
            env=inherited | environment | dict(kind.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Server(kind, books, port, process.pid), process, log
    finally:
        stop(process)


def _wait_until_ready(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it takes connections: by then each of these servers can answer."""
    deadline = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NotReady(f"{server.name} ended with {process.returncode}:\n{_tail(log)}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", server.port)) == 0:
                return
        time.sleep(POLL_SECONDS)
    raise NotReady(f"{server.name} was not ready within {READY_SECONDS_MAX} s:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
