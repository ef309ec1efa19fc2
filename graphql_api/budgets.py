"""What partner keys may spend: a budget by plan, which refills (docs/limits.md). People have none."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from bakery.store.budgets import Budgets
from graphql_api.context import Context
from graphql_api.limits import BudgetSpent, LimitExceeded, Limits, many
from plans import Plan

MIN_COST = 1
"""What costs nothing by its fields still is a request."""


async def charge(context: Context, cost: int, limits: Limits) -> dict[str, Any] | None:
    """Take what an operation costs from the budget of the key that asks; what `extensions.cost` tells of it.

    Raises `BudgetSpent` where less is left, and takes nothing then. None where there is no budget.
    """
    caller = context.signed_in
    if caller is None or caller.member_id is not None:
        return None
    capacity, refill = budget_of(caller.plan, limits)
    if not capacity:
        return None
    requested = max(cost, MIN_COST)
    if requested > capacity:
        message = f"The operation costs {many(requested)}, and the key's whole budget is {many(capacity)}."
        raise LimitExceeded("budget", message, actual=requested, allowed=capacity)
    now = context.now
    async with context.aside() as session:
        is_taken, full_at = await Budgets(session).take(
            caller.id, now=now, time=_time(requested, refill), capacity=_time(capacity, refill)
        )
    told = _told(requested, capacity, refill, now, max(full_at, now))
    if is_taken:
        return told
    missing = requested - told["remaining"]
    wait = math.ceil(missing / refill)
    message = (
        f"The operation costs {many(requested)}, and {many(told['remaining'])} of the key's budget of "
        f"{many(capacity)} is left. Send it again in {wait} s, or ask for less."
    )
    raise BudgetSpent(message, cost=told, wait_seconds=wait)


def budget_of(plan: Plan, limits: Limits) -> tuple[int, int]:
    """How much a key may spend at once, and how much of it comes back in a second."""
    if plan.includes(Plan.SCALE):
        return limits.scale_budget, limits.scale_refill
    return limits.growth_budget, limits.growth_refill


def _time(cost: int, refill: int) -> timedelta:
    """How long it takes to come back."""
    return timedelta(seconds=cost / refill)


def _told(requested: int, capacity: int, refill: int, now: datetime, full_at: datetime) -> dict[str, Any]:
    spent = math.ceil((full_at - now).total_seconds() * refill)
    return {
        "requested": requested,
        "remaining": max(0, capacity - spent),
        "capacity": capacity,
        "refillPerSecond": refill,
        "fullAt": full_at.isoformat(),
    }
