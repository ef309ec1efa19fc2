"""The one road of an operation, whatever it came by: a request, a stream of events or a websocket.

Each has a context of its own, signed in anew, which is closed whatever happens. What it may be is decided by how it
came; its document is found or refused; and what comes out is told in one way, with every error coded and masked.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import HTTPConnection
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from bakery.audit import Origin, kept_origin
from bakery.days import Clock
from bakery.store import Database
from bakery.store.turns import next_turn
from graphql_api import memory
from graphql_api.auth import Credentials, bearer_token
from graphql_api.context import Context
from graphql_api.documents.register import Register
from graphql_api.execution.events import Events, to_the_end
from graphql_api.http.errors import UNAVAILABLE, formatted
from graphql_api.http.limiting import refusal_of
from graphql_api.http.refusals import Refused
from graphql_api.http.requests import METHOD_NOT_ALLOWED, Asked
from graphql_api.identity.provider import Provider
from graphql_api.identity.uses import KeyUses
from graphql_api.limits import LimitExceeded
from graphql_api.schema.roots import Schema

BAKERY = "baketrace-bakery"
"""The header that names the bakery that somebody of several means, by its id."""

INTERNAL = "INTERNAL"

STATUS_OF = {UNAVAILABLE: 503, INTERNAL: 500}
"""The status of an answer without data, by the code of its error; any other is the request's own fault."""


@dataclass(frozen=True)
class Answer:
    """One answer as JSON."""

    body: dict[str, Any]
    limit: LimitExceeded | None = None
    """The limit for which nothing of the operation is answered, where there is one."""

    @property
    def is_refused(self) -> bool:
        """Whether nothing was executed: the document or its variables are at fault, or we are."""
        return "data" not in self.body

    @property
    def status(self) -> int:
        if self.limit is not None and self.limit.status is not None:
            return self.limit.status
        if not self.is_refused:
            return 200
        return STATUS_OF.get(self.body["errors"][0]["extensions"]["code"], 400)

    @property
    def status_as_json(self) -> int:
        """The status under application/json, where what is wrong with a document is told by 200."""
        has_its_own = self.limit is not None and self.limit.status is not None
        return self.status if has_its_own or self.status >= 500 else 200

    @property
    def headers(self) -> Mapping[str, str]:
        return {} if self.limit is None else self.limit.headers


Answers = AsyncGenerator[Answer, None]


class Operations:
    """Runs operations on one schema and one database."""

    def __init__(
        self,
        schema: Schema,
        database: Database,
        clock: Clock,
        secret_key: str,
        trusted_only: Collection[str] = (),
        *,
        provider: Provider | None = None,
        key_uses: KeyUses | None = None,
    ) -> None:
        self._schema = schema
        self._database = database
        self._clock = clock
        self._secret_key = secret_key
        self._provider = provider
        self._key_uses = key_uses
        self._register = Register(database, trusted_only)
        self._running = 0

    @asynccontextmanager
    async def context(self, shown: Credentials, origin: Origin) -> AsyncIterator[Context]:
        """The context of one operation, whose caller is whom the token proves, or nobody. Raises `Denied`."""
        context = Context(
            self._database,
            self._clock,
            self._secret_key,
            self._schema.plugins,
            origin,
            provider=self._provider,
            key_uses=self._key_uses,
        )
        self._running += 1
        try:
            if shown.token:
                await context.sign_in(shown.token, shown.bakeries)
            yield context
        finally:
            self._running -= 1
            await to_the_end(context.close())

    async def begin(self, asked: Asked, context: Context, allowed: Collection[OperationType]) -> Answer | Answers:
        """The answer; of a subscription its answers, which whoever goes through them closes. Raises `Refused`."""
        text = await self._register.text_of(asked, context)
        try:
            begun = await self._schema.begin(
                text,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation_name,
                allowed_operation_types=allowed,
                operation_extensions=asked.extensions,
            )
        except CannotGetOperationTypeError as error:
            raise Refused(_which(asked.operation_name)) from error
        except InvalidOperationTypeError as error:
            raise _not_here(error.operation_type, by_get=asked.by_get) from error
        except MissingQueryError as error:
            raise Refused("The document is empty.") from error
        return self._streamed(begun) if isinstance(begun, Events) else await _told(begun, context)

    async def _streamed(self, events: Events) -> Answers:
        # A subscription that waits for its next event is nothing that runs.
        self._running -= 1
        try:
            async with aclosing(events.answers()) as results:
                async for result in results:
                    yield await _told(result, events.context)
        finally:
            self._running += 1

    def rest(self) -> None:
        """To be called when an answer has been sent."""
        if not self._running:
            memory.tidy()


async def _told(result: ExecutionResult, context: Context) -> Answer:
    if context.is_large:
        await next_turn()  # for encoding, which comes next and is one slice
    errors = [formatted(error, context.fates) for error in result.errors or ()]
    body: dict[str, Any] = {}
    # An error of a field has a path. Without one, nothing was executed, and there is no data, not even null.
    was_executed = result.data is not None or any(error.path for error in result.errors or ())
    if was_executed and not isinstance(result, PreExecutionError):
        body["data"] = result.data
    if errors:
        body["errors"] = errors
    if result.extensions:
        body["extensions"] = result.extensions
    return Answer(body, refusal_of(result.errors or ()))


def encoded(body: dict[str, Any]) -> bytes:
    return orjson.dumps(body)


def origin_of(connection: HTTPConnection) -> Origin:
    """Who asks, by the connection; a trusted proxy's word for it has been taken already (`serve`)."""
    return kept_origin(connection.client.host if connection.client else None, connection.headers.get("user-agent"))


def shown_by(connection: HTTPConnection) -> Credentials:
    """What the headers of a request or of a handshake sign in with."""
    headers = connection.headers
    return Credentials(bearer_token(headers.getlist("authorization")), tuple(headers.getlist(BAKERY)))


def _which(name: str | None) -> str:
    if name is None:
        return "The document has no operation, or several: say which by `operationName`."
    return f"The document has no operation that is called {name}."


def _not_here(kind: OperationType, *, by_get: bool) -> Refused:
    if kind is OperationType.MUTATION and by_get:
        return Refused("A mutation is not for GET: use POST.", METHOD_NOT_ALLOWED, headers={"Allow": "POST"})
    return Refused(
        f"A {kind.value} is answered more than once: ask for it over the websocket, or by a request that accepts "
        "text/event-stream first."
    )
