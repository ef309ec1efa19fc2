"""The GraphQL endpoint: an operation by POST or GET, answered as JSON or as server-sent events, or a websocket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, aclosing
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.http.streaming import SSETransport, merge_stream_with_heartbeat
from strawberry.types.graphql import OperationType

from graphql_api.http.negotiation import EVENT_STREAM, JSON, chosen_form
from graphql_api.http.operations import Answer, Answers, Operations, encoded, origin_of, shown_by
from graphql_api.http.refusals import failure
from graphql_api.http.requests import Asked, asked_by, refuse_other_methods
from graphql_api.http.sockets import serve_socket

QUERIES = frozenset({OperationType.QUERY})
CHANGES = frozenset({OperationType.MUTATION})
STREAMS = frozenset({OperationType.SUBSCRIPTION})

SSE = SSETransport()


class Endpoint:
    """Answers `POST /graphql`, `GET` for queries, and websockets from its own and from allowed origins."""

    def __init__(self, operations: Operations, allowed_origins: Collection[str] = ()) -> None:
        self._operations = operations
        self._allowed_origins = allowed_origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await serve_socket(WebSocket(scope, receive, send), self._operations, self._allowed_origins)
            return
        response = await self._response(Request(scope, receive))
        await response(scope, receive, send)
        self._operations.rest()

    async def _response(self, request: Request) -> Response:
        form = JSON
        try:
            refuse_other_methods(request.method)
            form = chosen_form(request.headers.get("accept"))
            asked = await asked_by(request)
        except Exception as error:  # noqa: BLE001 - told without its insides, and logged
            return _failed(error, JSON if form == EVENT_STREAM else form)
        try:
            return await self._answered(request, asked, form)
        except Exception as error:  # noqa: BLE001 - as above
            return _failed(error, form)

    async def _answered(self, request: Request, asked: Asked, form: str) -> Response:
        allowed = QUERIES if asked.by_get else QUERIES | CHANGES
        if form == EVENT_STREAM:
            allowed |= STREAMS
        async with AsyncExitStack() as stack:
            signing_in = self._operations.context(shown_by(request), origin_of(request))
            context = await stack.enter_async_context(signing_in)
            begun = await self._operations.begin(asked, context, allowed)
            if not isinstance(begun, Answer):
                # From here on, the stream is what closes it.
                return EventStream(begun, stack.pop_all())
        if form == EVENT_STREAM:
            return _events(begun.body)
        return _json(begun.body, begun.status_as_json if form == JSON else begun.status, form, begun.headers)


class EventStream(StreamingResponse):
    """A subscription as server-sent events, each connection one. It ends with the client's leaving."""

    def __init__(self, answers: Answers, held: AsyncExitStack) -> None:
        async def events() -> AsyncIterator[str]:
            async with aclosing(answers):
                async for answer in answers:
                    yield _next(answer.body)
            yield SSE.encode_complete()

        # A comment now and then keeps proxies from taking a quiet stream for a dead one.
        heartbeat = merge_stream_with_heartbeat(
            events,  # type: ignore[arg-type]
            lambda: SSE.heartbeat_message(_text),
            SSE.heartbeat_interval,
            send_initial_heartbeat=SSE.send_initial_heartbeat,
        )
        self._events = heartbeat()
        self._held = held
        super().__init__(self._events, headers=SSE.headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._held, aclosing(self._events):
            await super().__call__(scope, receive, send)


def _failed(error: Exception, form: str) -> Response:
    told, status, headers = failure(error)
    body = {"errors": [told]}
    if form == EVENT_STREAM:
        # The stream is accepted: a browser's EventSource would tell its page nothing of another status.
        return _events(body)
    return _json(body, getattr(error, "status_as_json", status) if form == JSON else status, form, headers)


def _json(body: dict[str, Any], status: int, form: str, headers: Mapping[str, str] | None = None) -> Response:
    response = Response(encoded(body), status, headers, media_type=f"{form}; charset=utf-8")
    response.headers["Vary"] = "Accept"
    return response


def _events(body: dict[str, Any]) -> Response:
    """One answer as a stream that is over with it."""
    return Response(_next(body) + SSE.encode_complete(), headers=SSE.headers)


def _next(body: dict[str, Any]) -> str:
    return SSE.encode_event("next", _text(body))


def _text(body: Any) -> str:
    return encoded(body).decode()
