"""How large the books are, and what shapes of lots are in them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """What became of one delivered lot: doughs, and breads baked directly of it; an order for each link.

    The doughs of a lot with a `starter` are three levels from it: lot, starter, dough, bread.
    """

    doughs: int
    breads_a_dough: int
    orders_a_bread: int
    direct_breads: int = 0
    orders_a_direct_bread: int = 0
    starter: bool = False

    @property
    def links(self) -> int:
        """Allocations to orders that a lot of this shape leads to."""
        return self.doughs * self.breads_a_dough * self.orders_a_bread + self.direct_breads * self.orders_a_direct_bread

    @property
    def lots(self) -> int:
        return 1 + self.starter + self.doughs

    @property
    def batches(self) -> int:
        return self.starter + self.doughs * (1 + self.breads_a_dough) + self.direct_breads

    def times(self, factor: int) -> Shape:
        """The same, with as many more doughs and breads."""
        return Shape(
            self.doughs * factor,
            self.breads_a_dough,
            self.orders_a_bread,
            self.direct_breads * factor,
            self.orders_a_direct_bread,
            self.starter,
        )


SMALL = Shape(doughs=1, breads_a_dough=2, orders_a_bread=2)
TYPICAL = Shape(doughs=6, breads_a_dough=4, orders_a_bread=10, direct_breads=4, orders_a_direct_bread=15, starter=True)


@dataclass(frozen=True)
class Size:
    """Books of about `lots` lots. `hot` are the factors by which hot lots exceed a typical one."""

    name: str
    lots: int
    hot: tuple[int, ...] = (10, 100)

    @property
    def typical(self) -> int:
        """How many typical lots there are; all others are small ones."""
        return max(self.lots // 1000, 2)


SIZES = {
    size.name: size
    for size in (
        Size("TINY", 400, hot=(2,)),
        Size("PLANS", 10_000, hot=()),  # as large to a planner as S, and quicker to make
        Size("S", 10_000),
        Size("M", 100_000),
        Size("L", 1_000_000),
    )
}
