"""The life of an order (R-7.1)."""

import pytest

from bakery.orders import OrderStatus

# Written by hand from the rule. Down: from; across: to, in the order DRAFT CONFIRMED IN_PRODUCTION READY COMPLETED
# CANCELLED. `x` may be, `.` may not.
MATRIX = """
    DRAFT          .  x  x  x  x  x
    CONFIRMED      .  .  x  x  x  x
    IN_PRODUCTION  .  .  .  x  x  x
    READY          .  .  .  .  x  x
    COMPLETED      .  .  .  .  .  .
    CANCELLED      .  .  .  .  .  .
"""
ROWS = {row.split()[0]: row.split()[1:] for row in MATRIX.strip().splitlines()}


@pytest.mark.parametrize("status", OrderStatus)
def test_what_a_status_may_become(status: OrderStatus) -> None:
    """R-7.1: it moves forward, steps may be skipped; completed and cancelled are final."""
    may = ["x" if status.may_become(OrderStatus(target)) else "." for target in ROWS]
    assert may == ROWS[status.value]


def test_the_statuses() -> None:
    """R-7.1: these six, no more."""
    assert [status.value for status in OrderStatus] == list(ROWS)


def test_completed_and_cancelled_are_final() -> None:
    """R-7.1: nothing comes after them."""
    assert [status.value for status in OrderStatus if status.is_final] == ["COMPLETED", "CANCELLED"]


def test_lines_are_linked_on_reaching_ready_or_completed() -> None:
    """R-7.1: on reaching `READY` or `COMPLETED`, and at no other step."""
    assert [status.value for status in OrderStatus if status.links] == ["READY", "COMPLETED"]
