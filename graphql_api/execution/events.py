"""Subscriptions: a stream of events, each answered as an operation of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from graphql import ExecutionResult as CoreResult
from graphql import GraphQLError, create_source_event_stream, execute_subscription_event
from graphql.execution import Executor as CoreExecutor
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from graphql_api.auditing import record_reads

T = TypeVar("T")


@dataclass(frozen=True)
class Events:
    """A subscription that has begun. Whoever holds it goes through `answers`, and closes them."""

    executor: CoreExecutor[Any]
    source: AsyncIterable[Any]
    context: Any

    async def answers(self) -> AsyncGenerator[ExecutionResult, None]:
        """What each event is answered with, from a snapshot of its own moment; none is held while the next is waited
        for. A `PreExecutionError` is the end: the stream itself has failed."""
        iterator = aiter(self.source)
        try:
            while True:
                try:
                    event = await anext(iterator)
                except StopAsyncIteration:
                    return
                except Exception as error:  # noqa: BLE001 - told without its insides, and logged, where it is masked
                    yield PreExecutionError(data=None, errors=[located(error)])
                    return
                # Who leaves ends the waiting for events. What is being read for one is read to its end, so that its
                # connection goes back whole.
                yield await to_the_end(self._answer(event))
        finally:
            if (close := getattr(iterator, "aclose", None)) is not None:
                await close()

    async def _answer(self, event: Any) -> ExecutionResult:
        try:
            result = execute_subscription_event(self.executor.build_per_event_executor(event))
            found = await result if isinstance(result, Awaitable) else result
            await record_reads(self.context, found.errors or ())
        except Exception as error:  # noqa: BLE001 - as above
            return ExecutionResult(data=None, errors=[located(error)])
        finally:
            await self.context.close()
        return ExecutionResult(data=found.data, errors=found.errors)


async def subscribed(executor: CoreExecutor[Any] | list[GraphQLError], context: Any) -> ExecutionResult | Events:
    """Begin a subscription by its executor; what refuses it is a result."""
    if isinstance(executor, list):
        return PreExecutionError(data=None, errors=executor)
    begun = create_source_event_stream(executor)
    source = await begun if isinstance(begun, Awaitable) else begun
    if isinstance(source, CoreResult):
        return PreExecutionError(data=None, errors=list(source.errors or ()))
    # Nothing of what it began with is held while it waits for its first event.
    await context.close()
    return Events(executor, source, context)


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Do it all, also when whoever waits for it is cancelled; that is cancelled then."""
    task, is_cancelled = asyncio.ensure_future(work), False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            is_cancelled = True
        except Exception:  # noqa: BLE001 - raised below
            break
    if is_cancelled:
        raise asyncio.CancelledError
    return task.result()


def located(error: Exception) -> GraphQLError:
    return error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
