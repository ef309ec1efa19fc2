"""How many requests one process works on at once, and how many more it lets wait.

So memory and connections to the database are bounded, whatever comes in: whoever finds no place is told so, and when to
come again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphql_api.http.bodies import answer_early, received
from graphql_api.http.limiting import refused
from graphql_api.limits import Busy, LimitExceeded, Limits, many


class Admission:
    """Lets requests to an application in, each with its body; answers those that it does not let in."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits
        self._places = asyncio.Semaphore(limits.max_running)
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        async with AsyncExitStack() as place:
            try:
                body = await place.enter_async_context(self.admitted(scope, receive))
            except ClientDisconnect:
                return
            except LimitExceeded as refusal:
                await answer_early(refused(refusal), scope, receive, send)
                return

            async def leave_and_send(message: Message) -> None:
                # Whoever is slow to read the answer keeps no place from others.
                await place.aclose()
                await send(message)

            await self._app(scope, body, leave_and_send)

    @asynccontextmanager
    async def admitted(self, scope: Scope, receive: Receive) -> AsyncIterator[Receive]:
        """A place for a request whose body has arrived, and where to receive it from. Raises `Busy`, `BodyRefused`.

        A body that is slow to come keeps no place from those that are there.
        """
        with self._in_queue():
            receive = await received(scope, receive, self._limits)
            await self._place()
        try:
            yield receive
        finally:
            self._places.release()

    @contextmanager
    def _in_queue(self) -> Iterator[None]:
        allowed = self._limits.max_waiting
        if self._waiting >= allowed:
            message = f"{many(allowed)} requests are waiting already. Send it again in a moment."
            raise Busy("waiting", message, actual=allowed + 1, allowed=allowed)
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    async def _place(self) -> None:
        seconds = self._limits.max_wait_seconds
        try:
            async with asyncio.timeout(seconds):
                await self._places.acquire()
        except TimeoutError as error:
            running = self._limits.max_running
            message = f"{many(running)} requests have been running for {seconds} seconds. Send it again in a moment."
            raise Busy("running", message, actual=running + 1, allowed=running) from error
