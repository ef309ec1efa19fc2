"""How many requests one process works on at once, and how many more it lets wait.

So memory and connections to the database are bounded, whatever comes in: whoever finds no place is told so, and when to
come again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from starlette.types import Receive, Scope

from graphql_api.http.bodies import received
from graphql_api.limits import Busy, Limits, many


class Admission:
    """The places of one process."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._places = asyncio.Semaphore(limits.max_running)
        self._waiting = 0

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
