"""GraphQL over a websocket, by the protocol graphql-transport-ws.

Strawberry's handler keeps the protocol: who may say what when, and the close codes. What is said is run as everywhere
else: each operation has a context of its own, and signs in anew with the connection's token, so that no connection
outlives what it was opened with.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from contextlib import aclosing, suppress
from datetime import timedelta
from typing import Any, cast

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.http.websocket_origin import is_same_origin, normalize_origin
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.types.graphql import OperationType
from strawberry.types.unset import UNSET

from graphql_api.auth import Credentials, bearer_token
from graphql_api.http.decoding import decoded
from graphql_api.http.operations import BAKERY, Answer, Operations, encoded, origin_of, shown_by
from graphql_api.http.refusals import Refused, failure
from graphql_api.http.requests import Asked, asked
from plans import Denied

ALL = frozenset(OperationType)

MAX_OPERATIONS = 32
"""How many operations one connection may have under way."""

INIT_SECONDS_MAX = 10
"""How long a connection may take to say who it is."""

MAX_REASON_BYTES = 123
"""What a close frame has room for."""

MAX_ID_CHARACTERS = 200

FORBIDDEN = 4403
NOT_ACCEPTABLE = 4406
INTERNAL_ERROR = 4500
TRY_AGAIN_LATER = 1013
"""Clients connect again by themselves after this one, and not after 4500."""


async def serve_socket(
    socket: WebSocket,
    operations: Operations,
    allowed_origins: Collection[str],
    init_seconds_max: float = INIT_SECONDS_MAX,
) -> None:
    """Serve a connection until either side ends it. One from a page of a foreign origin is refused with 403."""
    origin = socket.headers.get("origin")
    if origin is not None and not _is_allowed(origin, socket.headers.get("host"), allowed_origins):
        await socket.close()
        return
    if GRAPHQL_TRANSPORT_WS_PROTOCOL not in socket["subprotocols"]:
        await socket.accept()
        await socket.close(NOT_ACCEPTABLE, f"Subprotocol not acceptable: use {GRAPHQL_TRANSPORT_WS_PROTOCOL}")
        return
    await socket.accept(GRAPHQL_TRANSPORT_WS_PROTOCOL)
    await Connection(socket, operations, init_seconds_max).handle()


def _is_allowed(origin: str, host: str | None, allowed: Collection[str]) -> bool:
    # Browsers let any page open a websocket to anywhere, and say only where the page is from.
    return is_same_origin(origin, host) or normalize_origin(origin) in allowed


class Frames(ASGIWebSocketAdapter):
    """Messages as text frames. Nothing is sent once the connection is closed, whoever closed it."""

    def __init__(self, socket: WebSocket) -> None:
        super().__init__(cast("Any", self), socket, socket)

    def decode_json(self, text: str) -> object:
        try:
            return decoded(text, "The message")
        except Refused as refusal:
            raise json.JSONDecodeError(str(refusal), "", 0) from refusal

    def encode_json(self, message: object) -> str:
        return encoded(cast("dict[str, Any]", message)).decode()

    async def send_json(self, message: Any) -> None:
        if self.ws.application_state is not WebSocketState.CONNECTED:
            raise WebSocketDisconnected
        await super().send_json(message)

    async def close(self, code: int, reason: str) -> None:
        if self.ws.application_state is WebSocketState.CONNECTED:
            fitting = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
            with suppress(RuntimeError, WebSocketDisconnect):  # the client was first
                await super().close(code, fitting)


class Running(Operation[Any, None]):
    """An operation of a connection."""

    def __init__(self, handler: Connection, id: str, wanted: Asked) -> None:
        super().__init__(handler, id, wanted.query or "", wanted.variables, wanted.operation_name)
        self.asked = wanted
        self.is_streaming = False
        """Whether it waits for events. Only then it is cancelled: anything else is brought to its end."""

    async def send(self, kind: str, payload: Any) -> None:
        await self.send_operation_message(cast("Any", {"id": self.id, "type": kind, "payload": payload}))


class Connection(BaseGraphQLTransportWSHandler[Any, None]):
    """One connection: Strawberry's protocol, our operations."""

    def __init__(self, socket: WebSocket, operations: Operations, init_seconds_max: float) -> None:
        super().__init__(
            view=cast("Any", self),
            websocket=Frames(socket),
            context={},
            root_value=None,
            schema=cast("Any", None),
            connection_init_wait_timeout=timedelta(seconds=init_seconds_max),
        )
        self._road = operations
        self._origin = origin_of(socket)
        self._shown = shown_by(socket)
        self._finishing: set[asyncio.Task[None]] = set()

    # ── who it is ─────────────────────────────────────────────────────────────────────────────────────────────────
    async def on_ws_connect(self, context: dict[str, Any]) -> Any:
        """Take the token of `connection_init`, or of the handshake, which no browser can put one into."""
        self._shown = _shown_in(context["connection_params"], self._shown)
        try:
            async with self._road.context(self._shown, self._origin) as signed_in:
                if signed_in.signed_in is None:
                    raise ConnectionRejectionError
        except Denied as denial:
            raise ConnectionRejectionError from denial
        return UNSET

    # ── what it says ──────────────────────────────────────────────────────────────────────────────────────────────
    async def handle_message(self, message: Any) -> None:
        if (wrong := _wrong_with(message)) is not None:
            await self.handle_invalid_message(wrong)
            return
        if message.get("payload", ...) is None:
            message = {name: value for name, value in message.items() if name != "payload"}
        try:
            await super().handle_message(message)
        except WebSocketDisconnected:
            raise
        except Exception as error:  # noqa: BLE001 - told without its insides, and logged
            told, status, _ = failure(error)
            await self.websocket.close(TRY_AGAIN_LATER if status == 503 else INTERNAL_ERROR, told["message"])

    async def handle_ping(self, message: Any) -> None:
        payload = {"payload": message["payload"]} if "payload" in message else {}
        await self.send_message(cast("Any", {"type": "pong", **payload}))

    async def handle_subscribe(self, message: Any) -> None:
        id = message["id"]
        if not self.connection_acknowledged or id in self.operations:
            await super().handle_subscribe(message)  # closes the connection
            return
        try:
            under_way = len(self.operations) + len(self._finishing)
            if under_way >= MAX_OPERATIONS:
                raise Refused(
                    f"This connection has {under_way} operations under way and may have {MAX_OPERATIONS}: "
                    "complete one of them first.",
                    code="RATE_LIMITED",
                )
            operation = Running(self, id, asked(message["payload"]))
        except Refused as refusal:
            await self.send_message(cast("Any", {"id": id, "type": "error", "payload": [refusal.told]}))
            return
        self.operations[id] = operation
        operation.task = asyncio.create_task(self._run(operation))
        operation.task.add_done_callback(self._task_done)

    async def _run(self, operation: Running) -> None:
        try:
            async with self._road.context(self._shown, self._origin) as context:
                begun = await self._road.begin(operation.asked, context, ALL)
                if isinstance(begun, Answer):
                    await _send(operation, begun)
                else:
                    operation.is_streaming = True
                    async with aclosing(begun):
                        while not operation.completed and (answer := await anext(begun, None)) is not None:
                            await _send(operation, answer)
            await operation.send_operation_message(cast("Any", {"id": operation.id, "type": "complete"}))
        except WebSocketDisconnected:
            return  # nobody is there to be told
        except Exception as error:  # noqa: BLE001 - told without its insides, and logged
            with suppress(WebSocketDisconnected):
                await operation.send("error", [failure(error)[0]])
        finally:
            self._road.rest()

    # ── how it ends ───────────────────────────────────────────────────────────────────────────────────────────────
    def forget_id(self, id: str) -> None:
        self.operations.pop(id, None)

    async def cleanup_operation(self, operation_id: str) -> None:
        operation = self.operations.get(operation_id)
        if isinstance(operation, Running) and not operation.is_streaming and operation.task is not None:
            # As over HTTP, what was begun is brought to its end though nobody waits for the answer.
            operation.completed = True
            del self.operations[operation_id]
            self._finishing.add(operation.task)
            operation.task.add_done_callback(self._finishing.discard)
            return
        await super().cleanup_operation(operation_id)

    async def shutdown(self) -> None:
        await super().shutdown()
        for task in list(self._finishing):
            with suppress(Exception):
                await task


async def _send(operation: Running, answer: Answer) -> None:
    if answer.is_refused:
        await operation.send("error", answer.body["errors"])
    else:
        await operation.send("next", answer.body)


def _shown_in(parameters: dict[str, Any], handshake: Credentials) -> Credentials:
    """What the payload signs in with; what it does not have, the handshake may have had."""

    def named(header: str) -> list[Any]:
        return [value for name, value in parameters.items() if name.lower() == header]

    tokens, bakeries = named("authorization"), named(BAKERY)
    return Credentials(
        bearer_token(tokens) if tokens else handshake.token,
        tuple(map(str, bakeries)) if bakeries else handshake.bakeries,
    )


def _wrong_with(message: Any) -> str | None:
    """What is wrong with the form of a message."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "A message is a JSON object with a type"
    if message["type"] in ("subscribe", "complete"):
        id = message.get("id")
        if not isinstance(id, str) or not 0 < len(id) <= MAX_ID_CHARACTERS:
            return f"The id of an operation is a string of 1 to {MAX_ID_CHARACTERS} characters"
    if message["type"] == "subscribe" and not isinstance(message.get("payload"), dict):
        return "The payload of subscribe is a JSON object"
    if message["type"] in ("ping", "pong") and not isinstance(message.get("payload"), dict | None):
        return "The payload of a ping is a JSON object"
    return None
