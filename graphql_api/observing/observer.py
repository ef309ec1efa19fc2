"""The observer: the outermost part of the application, which every request passes.

It gives the request its id, and tells of it afterwards: a line in the log, figures, a span. Whatever got out of the
application as an exception, it answers with the id of an incident.
"""

from __future__ import annotations

import logging
import re
import secrets
from contextlib import suppress
from time import perf_counter
from typing import Any

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphql_api.http.errors import accident
from graphql_api.http.proxies import Proxies
from graphql_api.observing.metrics import Metrics
from graphql_api.observing.notes import Note, bounded, noting
from graphql_api.observing.traces import Traces

logger = logging.getLogger("graphql_api.requests")

ID = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
"""What is taken for a request's id: nothing that would be more than one word of a log."""

PROBES = frozenset({"/healthz", "/readyz"})
"""Asked every few seconds by machines: told only when they fail."""

SWITCHED = 101
REFUSED = 400
FAILED = 500


class Observer:
    def __init__(self, app: ASGIApp, proxies: Proxies, metrics: Metrics | None, traces: Traces | None) -> None:
        self._app = app
        self._proxies = proxies
        self._metrics = metrics
        self._traces = traces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        # The peer itself: who stands behind it is only found out further in.
        peer = scope.get("client")
        is_trusted = self._proxies.include(peer[0] if peer else None)
        note = Note((is_trusted and _id_given(scope)) or secrets.token_hex(8))
        if self._traces is not None:
            note.tally.sent = []
        status = 0
        if scope["type"] == "websocket":
            note.tell = lambda of, seconds: self._tell(of, scope, SWITCHED, seconds, is_trusted)

        async def send_seen(message: Message) -> None:
            nonlocal status
            kind = message["type"]
            if kind in ("http.response.start", "websocket.accept", "websocket.http.response.start"):
                status = message.get("status", SWITCHED)
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", note.request_id.encode())]
            elif status >= REFUSED and not note.codes and "body" in message:
                _note_codes(note, message["body"])
            await send(message)

        began = perf_counter()
        try:
            with noting(note):
                try:
                    await self._app(scope, receive, send_seen)
                except Exception as error:
                    if status or scope["type"] != "http":
                        raise
                    await _answer(accident(error, "request"), send_seen)
        finally:
            self._tell(note, scope, status, perf_counter() - began, is_trusted)

    def _tell(self, note: Note, scope: Scope, status: int, seconds: float, is_trusted: bool) -> None:
        if scope["path"] in PROBES and status < FAILED:
            return
        method = scope.get("method", "WEBSOCKET")
        if self._metrics is not None:
            self._metrics.observe(note, status, seconds)
        trace = self._traces.record(note, scope, method, status, seconds, is_trusted) if self._traces else None
        if logger.isEnabledFor(logging.INFO):
            told = _entry(note, method, scope["path"], status, seconds)
            if trace is not None:
                told["trace_id"] = trace
            logger.info("request", extra=told)


def _entry(note: Note, method: str, path: str, status: int, seconds: float) -> dict[str, Any]:
    """The line of the log; what is not known of a request is left out."""
    told: dict[str, Any] = {
        "request_id": note.request_id,
        "method": bounded(method),
        "path": bounded(path),
        "status": status,
        "ms": round(seconds * 1000, 2),
        "sql": note.tally.statements,
        "sql_ms": round(note.tally.seconds * 1000, 2),
    }
    if note.operation is not None:
        told["operation"] = note.operation
    if note.kind is not None:
        told["operation_type"] = note.kind
    if note.bakery is not None:
        told |= {"bakery": note.bakery, "caller": note.caller, "role": note.role}
    if note.cost is not None:
        told["cost"] = note.cost
    if note.codes:
        told["errors"] = note.codes
    return told


def _id_given(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return value.decode() if ID.fullmatch(value) else None
    return None


def _note_codes(note: Note, body: bytes) -> None:
    """The codes of an answer that some part in front of the API gave, without a word to anybody."""
    with suppress(ValueError, TypeError, KeyError, AttributeError):
        for error in orjson.loads(body)["errors"]:
            note.add_code(error["extensions"]["code"])


async def _answer(told: dict[str, Any], send: Send) -> None:
    body = orjson.dumps({"errors": [told]})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": FAILED, "headers": headers})
    await send({"type": "http.response.body", "body": body})
