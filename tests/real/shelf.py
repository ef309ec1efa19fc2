"""Stock by the rules of the trade, told a second time: needs, and which lots cover them.

This is the replay's own reading of R-2.2, R-5.2, R-5.3 and R-5.4. It sizes the deliveries before a run, and says
during the run what the server ought to have used.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Protocol, TypeVar


class StockedLot(Protocol):
    """What the order of use depends on; `remaining` in the ingredient's stock unit."""

    @property
    def received_on(self) -> date: ...

    @property
    def expires_on(self) -> date | None: ...

    @property
    def recorded(self) -> tuple[int, int]: ...

    @property
    def remaining(self) -> Decimal: ...


LotT = TypeVar("LotT", bound=StockedLot)


@dataclass(frozen=True)
class Need:
    """A recipe line: `quantity` in the stock unit or, with a `density` in g/ml, grams of what is kept in ml."""

    quantity: Decimal
    density: Decimal | None

    def exact(self) -> Fraction:
        """The line in the stock unit, not rounded."""
        return Fraction(self.quantity) / Fraction(self.density or 1)


def rounded(value: Fraction) -> Decimal:
    """Half-even to 6 decimals."""
    return Decimal(round(value * 10**6)).scaleb(-6)


def needed(lines: Iterable[Need], pieces: Decimal, yield_quantity: Decimal) -> Decimal:
    """What a run takes of one ingredient: the sum over its recipe lines, rounded once."""
    total = sum((line.exact() for line in lines), Fraction(0))
    return rounded(total * Fraction(pieces) / Fraction(yield_quantity))


def is_expired(lot: StockedLot, day: date) -> bool:
    """Whether the lot's last usable day lies before that day."""
    return lot.expires_on is not None and lot.expires_on < day


def picks(
    lots: Iterable[LotT], untracked: Decimal, need: Decimal, day: date
) -> tuple[list[tuple[LotT, Decimal]], Decimal, Decimal]:
    """Lots soonest to expire first, then the untracked part, then what is short; nothing in a replay is held."""
    usable = [lot for lot in lots if lot.remaining > 0 and lot.received_on <= day and not is_expired(lot, day)]
    usable.sort(key=lambda lot: (lot.expires_on or date.max, lot.received_on, lot.recorded))
    chosen: list[tuple[LotT, Decimal]] = []
    missing = need
    for lot in usable:
        if missing == 0:
            break
        taken = min(lot.remaining, missing)
        chosen.append((lot, taken))
        missing -= taken
    from_untracked = min(untracked, missing)
    return chosen, from_untracked, missing - from_untracked
