"""An operation has so many seconds; after them it is stopped, and with it what the database does for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from typing import TypeVar

from graphql_api.context import Context, Fate
from graphql_api.limits import TimedOut

T = TypeVar("T")

TOLD = {
    None: "Ask for less at once.",
    Fate.NOT_DONE: "Nothing was changed. Send it again.",
    Fate.UNKNOWN: "It was just being recorded, and the change is there now or is not. Send it again with the same "
    "idempotencyKey, and it is done once; without a key, look first.",
    Fate.DONE: "The change was made, but its answer was not read any more. Send it again with the same idempotencyKey "
    "to have the answer; without a key, do not send it again.",
}


async def in_time(operation: Awaitable[T], context: Context | None, seconds: float) -> T:
    """What the operation leads to. Raises `TimedOut`."""
    deadline = asyncio.timeout(seconds)
    try:
        async with deadline:
            return await operation
    except TimeoutError:
        if not deadline.expired():
            raise
    fates = {} if context is None else context.fates
    if context is not None:
        context.interrupt()
    raise _told(fates, round(seconds))


def _told(fates: Mapping[str, Fate], seconds: int) -> TimedOut:
    message = f"The operation was stopped after {seconds} seconds."
    if len(fates) > 1:
        each = ", ".join(f"{place} is {fate.value}" for place, fate in fates.items())
        advice = f"Of its mutations, {each}; what is not named was not begun."
    else:
        advice = TOLD[next(iter(fates.values()), None)]
    outcomes = {place: fate.value for place, fate in fates.items()}
    return TimedOut(f"{message} {advice}", seconds=seconds, outcomes=outcomes)
