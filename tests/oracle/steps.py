"""How a step of a history is declared, and what most of them draw from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar

from hypothesis import strategies as st

Act = TypeVar("Act", bound=Callable[..., None])
Strategy = st.SearchStrategy[Any]

picks = st.integers(0, 1000)
amounts = st.one_of(st.integers(1, 12).map(Fraction), st.integers(1, 12 * 10**6).map(lambda n: Fraction(n, 10**6)))
costs = st.none() | st.integers(0, 5000).map(lambda n: Fraction(n, 1000))
days_ago = st.sampled_from([0, 0, 0, 0, 0, 1, 1, 2, 3, -1])
days_ahead = st.none() | st.integers(-1, 9)
reasons = st.sampled_from(["EXPIRED", "DAMAGED", "CONTAMINATED", "RECALLED", "OTHER"])
roles = st.sampled_from(["OWNER", "OWNER", "OWNER", "STAFF"])


def up_to(size: int, each: Strategy) -> Strategy:
    """Mostly none."""
    sizes = st.sampled_from([0] * (2 * size) + list(range(1, size + 1)))
    return sizes.flatmap(lambda chosen: st.lists(each, min_size=chosen, max_size=chosen))


@dataclass(frozen=True)
class Step:
    """Something that may happen next: how often, when it can, and what is drawn for it."""

    weight: int
    needs: Callable[[Any], bool]
    strategies: dict[str, Strategy]
    act: Callable[..., None]

    def __repr__(self) -> str:
        return self.act.__name__


STEPS: list[Step] = []
"""One rule of ours chooses among them. As rules of Hypothesis, most would be left out of each history, and what needs
several of them in a row would hardly ever happen."""


def step(weight: int, needs: Callable[[Any], bool], **strategies: Strategy) -> Callable[[Act], Act]:
    """Declares a step: a function of the machine and of what was drawn."""

    def declare(act: Act) -> Act:
        STEPS.append(Step(weight, needs, strategies, act))
        return act

    return declare


def always(_machine: Any) -> bool:
    return True


def has_lots(machine: Any) -> bool:
    return bool(machine.bakery.lots)


def has_batches(machine: Any) -> bool:
    return bool(machine.bakery.batches)


def has_orders(machine: Any) -> bool:
    return bool(machine.bakery.orders)
