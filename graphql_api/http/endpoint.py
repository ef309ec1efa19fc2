"""The GraphQL endpoint: bearer token in, one context an operation, JSON out."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn

import orjson
from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse
from strawberry.types import ExecutionResult

from bakery.audit import Origin, kept_origin
from bakery.days import Clock
from bakery.store import Database
from bakery.store.turns import next_turn
from graphql_api import memory
from graphql_api.context import Context
from graphql_api.http.errors import UNAVAILABLE, accident, formatted
from graphql_api.http.limiting import refusal_of, with_refusal
from graphql_api.schema.roots import Schema

BEARER = "bearer "
RETRY_SECONDS = 1


class Endpoint(GraphQL[Context, None]):
    """Answers `POST /graphql`, and `GET` for queries."""

    def __init__(self, schema: Schema, database: Database, clock: Clock, secret_key: str) -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=())
        self._plugins = schema.plugins
        self._database = database
        self._clock = clock
        self._secret_key = secret_key
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        context = request.state.context = Context(
            self._database, self._clock, self._secret_key, self._plugins, _origin(request)
        )
        self._running += 1
        try:
            if token := _bearer_token(request):
                await context.sign_in(token)
            response = with_refusal(await self.run(request, context), context.refusal)
        except HTTPException as refusal:
            response = _refused(refusal)
        except Exception as error:  # noqa: BLE001 - told without its insides, and logged
            response = _failed(error)
        finally:
            await context.close()
            self._running -= 1
        await response(scope, receive, send)
        if not self._running:
            memory.tidy()

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        raise AssertionError("the context is made with the request, and closed with it")

    def decode_json(self, data: str | bytes) -> object:
        # Numbers with a point are read by their digits: a quantity never passes through a binary fraction.
        try:
            if isinstance(data, bytes) and rb"\ud" in data.lower():
                # Half a character may be escaped in JSON, but neither database nor answer could hold it.
                json.dumps(json.loads(data), ensure_ascii=False).encode()
            decoded: object = json.loads(data, parse_float=Decimal, parse_constant=_refuse_constant)
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise json.JSONDecodeError("not JSON", "", 0) from error
        if not isinstance(decoded, dict | list):
            raise json.JSONDecodeError("neither an object nor a list", "", 0)
        return decoded

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        context: Context = request.state.context
        if context.is_large:
            await next_turn()  # for encoding, which comes next and is one slice
        answer = GraphQLHTTPResponse(data=result.data)
        if result.errors:
            answer["errors"] = [formatted(error, context.fates) for error in result.errors]
            context.refusal = refusal_of(result.errors)
        if result.extensions:
            answer["extensions"] = result.extensions
        return answer


def _origin(request: Request) -> Origin:
    """Who asks, by the connection; a trusted proxy's word for it has been taken already (`serve`)."""
    return kept_origin(request.client.host if request.client else None, request.headers.get("user-agent"))


def _bearer_token(request: Request) -> str | None:
    header = request.headers.get("authorization", "")
    return header[len(BEARER) :].strip() if header.lower().startswith(BEARER) else None


def _refuse_constant(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is no JSON", name, 0)


def _refused(refusal: HTTPException) -> Response:
    """A request that never became an operation, told like every other error."""
    body: dict[str, Any] = {"errors": [{"message": refusal.reason, "extensions": {"code": "BAD_USER_INPUT"}}]}
    return JSONResponse(body, status_code=refusal.status_code)


def _failed(error: Exception) -> Response:
    """What went wrong outside of an operation, such as the sign-in while the database is away."""
    told = accident(error, "sign-in")
    if told["extensions"]["code"] == UNAVAILABLE:
        return JSONResponse({"errors": [told]}, status_code=503, headers={"Retry-After": str(RETRY_SECONDS)})
    return JSONResponse({"errors": [told]}, status_code=500)
