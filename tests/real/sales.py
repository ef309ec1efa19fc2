"""The till of an Edinburgh bakery, ticket by ticket."""

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path


@dataclass(frozen=True)
class Ticket:
    """One till receipt; `items` counts the pieces sold of each item, in the order they were rung up."""

    number: int
    day: date
    items: Mapping[str, int]


@dataclass(frozen=True)
class TradingDay:
    """A day the shop was open."""

    day: date
    tickets: tuple[Ticket, ...]

    def sold(self) -> Counter[str]:
        """Pieces sold of each item over the day."""
        total: Counter[str] = Counter()
        for ticket in self.tickets:
            total.update(ticket.items)
        return total


def load_trading_days(path: Path) -> list[TradingDay]:
    """All trading days in order, each with its tickets in order of number."""
    items_by_ticket: dict[int, Counter[str]] = {}
    day_by_ticket: dict[int, date] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            number = int(row["Transaction"])
            day = datetime.strptime(f"{row['Date']} +0000", "%d-%m-%Y %z").date()
            if day_by_ticket.setdefault(number, day) != day:
                raise ValueError(f"ticket {number} stands under {day_by_ticket[number]} and {day}")
            # Three item names end in a blank.
            items_by_ticket.setdefault(number, Counter())[row["Item"].strip()] += 1
    tickets_by_day: dict[date, list[Ticket]] = {}
    for number in sorted(items_by_ticket):
        day = day_by_ticket[number]
        tickets_by_day.setdefault(day, []).append(Ticket(number, day, dict(items_by_ticket[number])))
    return [TradingDay(day, tuple(tickets_by_day[day])) for day in sorted(tickets_by_day)]
