"""The log: one line a request, and nothing in it that is nobody's business."""

import asyncio
import io
import json
import logging
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from graphql import GraphQLError
from starlette.types import Receive, Scope, Send

from graphql_api.http.proxies import Proxies
from graphql_api.observing import logs, notes
from graphql_api.observing.notes import bounded
from graphql_api.observing.observer import Observer
from plans import Role
from tests.api.bakeries import Bakery
from tests.api.documents import document
from tests.api.in_process import InProcessApi
from tests.api.shelves import SHIPPED, Shelves

MARK = "geheim7731"
"""Stands in every text that a client sends here, and may stand in nothing that is logged."""

TEXTS = {"name", "email", "phone", "note", "reason", "supplierLotNumber", "idempotencyKey", "number", "code", "search"}
ENUMERATED = {"DAMAGED", "OTHER"}


class Log:
    """What was logged while it was kept."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def entries(self) -> list[dict[str, Any]]:
        """Every line is JSON by itself."""
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def requests(self) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if entry["event"] == "request"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@contextmanager
def logged(stream: io.StringIO | None = None) -> Iterator[Log]:
    """The log of this process, as `baketrace serve` sets it up."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = stream or io.StringIO()
    logs.configure(stream)
    try:
        yield Log(stream)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


# ── one line a request ────────────────────────────────────────────────────────────────────────────────────────────────
@on_sqlite
def test_a_request_is_one_line(bakery: Bakery, api: InProcessApi) -> None:
    bakery.ingredient("Flour")
    with logged() as log:
        bakery.manager.ask("Ingredients")
        answer = api.request("POST", "/graphql", json={"query": "{ lots { totalCount } viewer { id } }"})
        bakery.partner.send('mutation Change { archive(input: {id: "x"}) { __typename } }')
        api.request("GET", "/healthz")
        api.request("GET", "/readyz")
    read, nobody, partner = log.entries
    assert {name: read[name] for name in ("event", "level", "method", "path", "status")} == {
        "event": "request", "level": "info", "method": "POST", "path": "/graphql", "status": 200,
    }  # fmt: skip
    assert (read["operation"], read["operation_type"]) == ("Ingredients", "query")
    assert (read["bakery"], read["caller"], read["role"]) == (bakery.id, "person", "MANAGER")
    assert read["sql"] >= 2
    assert 0 < read["sql_ms"] <= read["ms"]
    assert "errors" not in read
    assert nobody["request_id"] == answer.headers["X-Request-Id"]
    assert set(nobody["errors"]) == {"UNAUTHENTICATED"}
    assert not {"bakery", "caller", "role"} & set(nobody)
    assert (partner["caller"], partner["role"], partner["operation"]) == ("machine", "PARTNER", "Change")


@on_sqlite
def test_what_was_refused_on_the_way_is_told_by_its_codes(api: InProcessApi) -> None:
    """Also where it never came to the API itself."""
    with logged() as log:
        api.request("POST", "/graphql", content=b"nonsense", headers={"Content-Type": "application/json"})
    [entry] = log.entries
    assert (entry["status"], entry["errors"]) == (400, {"BAD_USER_INPUT": 1})
    assert "operation" not in entry


def test_each_operation_of_a_websocket_is_one_line() -> None:
    """And the connection itself another, when it ends."""

    async def socket(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        for name in ("A", "B"):
            with notes.operation() as note:
                assert note
                note.operation, note.kind = name, "subscription"
                notes.add_code("FORBIDDEN")
                notes.add_cost(7)
        await send({"type": "websocket.close"})

    async def nothing(*_: Any) -> Any:
        pass

    scope = {"type": "websocket", "path": "/graphql", "headers": [], "client": ("127.0.0.1", 1)}
    with logged() as log:
        asyncio.run(Observer(socket, Proxies(""), None, None)(scope, nothing, nothing))
    first, second, connection = log.entries
    assert [entry["operation"] for entry in (first, second)] == ["A", "B"]
    assert [entry["request_id"] for entry in (first, second)] == [f"{connection['request_id']}.{n}" for n in (1, 2)]
    assert {entry["method"] for entry in log.entries} == {"WEBSOCKET"}
    assert {entry["status"] for entry in log.entries} == {101}
    assert (first["errors"], first["cost"]) == ({"FORBIDDEN": 1}, 7)
    assert "errors" not in connection


@on_sqlite
def test_on_a_terminal_it_is_words(bakery: Bakery) -> None:
    with logged(Terminal()) as log:
        bakery.owner.ask("Viewer")
    [line] = log.text.splitlines()
    assert "operation" in line
    assert "Viewer" in line
    assert not line.startswith("{")


@on_sqlite
@pytest.mark.parametrize(
    "body",
    [
        {"query": "{ viewer { id } }", "operationName": 'x"}\n{"event": "request", "role": "OWNER"}'},
        {"query": 'query A { viewer { id } } # \n{"event": "forged"}', "operationName": "A\r\nB"},
        {"query": f"query {'A' * 5000} {{ viewer {{ id }} }}"},
        {"query": "query A\u2028B { viewer { id } }"},
    ],
)
def test_nothing_that_a_client_writes_becomes_an_entry(bakery: Bakery, body: dict[str, Any]) -> None:
    with logged() as log:
        bakery.api.post(body, bakery.owner.token)
    [entry] = log.entries
    assert len(entry.get("operation") or "") <= 100
    assert "forged" not in log.text


def test_what_a_client_writes_is_cut_and_printable() -> None:
    assert bounded("a\nb\x1b[31mc\u202e" + "d" * 500) == "a?b?[31mc?" + "d" * 90


# ── nothing that is nobody's business ─────────────────────────────────────────────────────────────────────────────────
def marked(value: Any, *, everything: bool, name: str = "") -> Any:
    """The same with a mark in every text, or in whatever it is."""
    match value:
        case Mapping():
            return {key: marked(part, everything=everything, name=key) for key, part in value.items()}
        case list():
            return [marked(part, everything=everything, name=name) for part in value]
        case str() if name in TEXTS and value not in ENUMERATED and not everything:
            return f"{MARK}.{value}"
    return f"{MARK}.{value}" if everything else value


@pytest.fixture
def furnished(database_url: str) -> Iterator[Shelves]:
    api = InProcessApi(database_url)
    yield Shelves(Bakery.opened(api), 1)
    api.close()


@on_sqlite
@pytest.mark.timeout(300)
def test_no_value_and_no_token_is_ever_logged(furnished: Shelves) -> None:
    """Over all shipped documents: with marked texts, which act, and with marks in all values, which are refused."""
    bakery = furnished.bakery
    assert isinstance(bakery.api, InProcessApi)
    tokens = [bakery.caller(role).token or "" for role in Role]
    with logged() as log:
        for name in SHIPPED:
            variables = furnished.variables(name)
            for everything in (False, True):
                bakery.owner.answer(name, **marked(variables, everything=everything))
            bakery.partner.answer(name, **marked(variables, everything=False))
            bakery.api.post({"query": document(name), "variables": variables}, f"bt_live_{MARK}")
        bakery.api.request("GET", "/graphql", params={"query": "{ __typename }", "variables": f'{{"a": "{MARK}"}}'})
    assert len(log.requests) >= 4 * len(SHIPPED)
    assert {"query", "mutation"} <= {entry.get("operation_type") for entry in log.requests}
    assert {entry.get("role") for entry in log.requests} >= {"OWNER", "PARTNER", None}
    for secret in (MARK, *tokens):
        assert secret not in log.text


def test_an_accident_quotes_no_value(furnished: Shelves, database_url: str) -> None:
    """A constraint that the application does not know of is broken by a customer's address."""
    api = furnished.bakery.api
    unique = "CREATE UNIQUE INDEX surprise ON customers (email)"
    if database_url.startswith("sqlite"):
        with sqlite3.connect(database_url.removeprefix("sqlite:///")) as file:
            file.execute(unique)
    else:
        with psycopg.connect(database_url) as connection:
            connection.execute(unique)
    body = {"query": document("CreateCustomer"), "variables": {"input": {"name": "A", "email": f"{MARK}@example.com"}}}
    token = furnished.bakery.owner.token
    assert isinstance(api, InProcessApi)
    with logged() as log:
        answers = [api.any_answer(body, token) for _ in range(2)]
    assert answers[0].codes == []
    assert answers[1].codes == ["INTERNAL"]
    [incident] = [entry for entry in log.entries if "incident" in entry]
    assert incident["incident"] == answers[1].errors[0]["extensions"]["id"]
    assert incident["request_id"] == log.requests[1]["request_id"]
    assert log.requests[1]["errors"] == {"INTERNAL": 1}
    assert "customers" in incident["exception"]
    assert MARK not in log.text
    assert MARK not in str(answers[1].body)


def raised(error: BaseException) -> Any:
    """As `exc_info` has an exception that was raised while another was handled."""
    try:
        try:
            raise LookupError(MARK)
        except LookupError:
            raise error  # noqa: B904 - the context is what is looked at
    except BaseException as caught:  # noqa: BLE001 - whatever it is
        return type(caught), caught, caught.__traceback__


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError(MARK), "ValueError"),
        (KeyError(MARK), "KeyError"),
        (GraphQLError(f"Int cannot represent {MARK}", original_error=ValueError(MARK)), "GraphQLError"),
        (TypeError(f"'int' and '{MARK}' do not go together"), "'int' and ... do not go together"),
        (AttributeError("'NoneType' object has no attribute 'token'"), "no attribute 'token'"),
        (psycopg.errors.UniqueViolation(f"Key (email)=({MARK}) already exists."), "UniqueViolation"),
        (sqlite3.IntegrityError("UNIQUE constraint failed: customers.email"), "customers.email"),
    ],
)
def test_an_exception_is_told_by_its_kind_and_place(error: Exception, words: str) -> None:
    with logged() as log:
        logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=raised(error))
    [entry] = log.entries
    assert words in entry["exception"]
    assert "LookupError" in entry["exception"]
    assert "in raised" in entry["exception"]
    assert MARK not in log.text


def test_a_task_that_failed_unseen_is_told_without_its_exceptions_words() -> None:
    """asyncio writes the task with its exception's own text into further lines of its message."""

    async def fails() -> None:
        raise ValueError(MARK)

    async def forgets() -> None:
        task = asyncio.ensure_future(fails())
        await asyncio.wait([task])

    with logged() as log:
        asyncio.run(forgets())
    [entry] = log.entries
    assert entry["event"] == "Task exception was never retrieved"
    assert MARK not in log.text


def test_a_lost_connection_of_the_pool_is_one_line() -> None:
    """No traceback: the pool drops what it finds dead, and the next request has another one."""
    with logged() as log:
        pool = logging.getLogger("sqlalchemy.pool.impl.AsyncAdaptedQueuePool")
        lost = raised(psycopg.OperationalError("the connection is lost"))
        pool.error("Exception during reset or similar", exc_info=lost)
    [entry] = log.entries
    assert (entry["level"], entry["reason"]) == ("warning", "the connection is lost")
    assert "exception" not in entry


def test_the_query_string_of_a_websocket_is_not_told() -> None:
    """uvicorn would: with whatever a client has put there."""
    with logged() as log:
        told = logging.getLogger("uvicorn.error")
        told.info('%s - "WebSocket %s" [accepted]', "127.0.0.1:1", f"/graphql?token={MARK}")
        told.info("connection open")
    assert log.entries == []
