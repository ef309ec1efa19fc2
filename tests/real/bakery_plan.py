"""The months ahead, worked out before the first request: runs of every morning, deliveries of every week.

The plan looks ahead at the sales to size the deliveries, with a margin. Nothing in it depends on what a server
answers: the same seed gives the same plan.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import groupby
from random import Random

from tests.real.catalogue import Catalogue, Ingredient, Product
from tests.real.kinds import MILLER, SALT, SECOND_MILLER, Kind
from tests.real.sales import TradingDay
from tests.real.shelf import is_expired, picks

DAYS_A_WEEK = 7
STOCK_UNITS_A_PURCHASE_UNIT = 1000

# What is baked beyond what is sold: one piece or a twentieth. What is bought beyond what is baked: a tenth.
PIECES_MARGIN = Decimal("1.05")
BASE_MARGIN = Decimal("1.03")
BASE_STEP = Decimal(10)
PURCHASE_MARGIN = Decimal("1.10")

# A second bake is worth the oven from here on; the first one is the larger.
SECOND_BAKE_PIECES_MIN = 6
FIRST_BAKE_SHARE = Decimal("0.6")

TWO_VANS_CHANCE = 1 / 6
FIRST_VAN_SHARE = Decimal("0.6")
DELIVERY_STEP = Decimal("0.001")


@dataclass(frozen=True)
class Run:
    """One bake; `quantity` in pieces of the product, or grams of an intermediate."""

    product: Product
    quantity: Decimal


@dataclass(frozen=True)
class DeliveryPart:
    """What one van brings of a line, in the purchase unit (kg or l): it becomes a lot."""

    quantity: Decimal
    supplier_lot_number: str
    expires_on: date | None


@dataclass(frozen=True)
class DeliveryLine:
    """One line of a purchase order; `unit_cost` is for a purchase unit."""

    ingredient: Ingredient
    kind: Kind
    unit_cost: Decimal
    parts: tuple[DeliveryPart, ...]

    @property
    def quantity(self) -> Decimal:
        """Ordered, in the purchase unit."""
        return sum((part.quantity for part in self.parts), Decimal(0))


@dataclass(frozen=True)
class Delivery:
    """One purchase order, received on its day by one van or two."""

    supplier: str
    vans: int
    lines: tuple[DeliveryLine, ...]


@dataclass(frozen=True)
class PlannedDay:
    """A trading day: its bakes in the order they are made, and its tickets."""

    trading: TradingDay
    runs: tuple[Run, ...]

    @property
    def day(self) -> date:
        """The calendar day."""
        return self.trading.day


@dataclass(frozen=True)
class PlannedWeek:
    """Seven calendar days from the first day of trade on; deliveries come on its first trading day."""

    number: int
    days: tuple[PlannedDay, ...]
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True)
class BakeryPlan:
    """All weeks, and the stock from before tracking, by ingredient in its stock unit."""

    seed: int
    catalogue: Catalogue
    opening_stock: Mapping[Ingredient, Decimal]
    weeks: tuple[PlannedWeek, ...]

    def days(self) -> Iterator[PlannedDay]:
        """All trading days in order."""
        for week in self.weeks:
            yield from week.days


@dataclass
class _Lot:
    received_on: date
    expires_on: date | None
    recorded: tuple[int, int]
    remaining: Decimal


@dataclass
class _Store:
    """The stock of what is bought, as the plan expects it."""

    lots: dict[Ingredient, list[_Lot]] = field(default_factory=dict)
    untracked: dict[Ingredient, Decimal] = field(default_factory=dict)
    lots_count: int = 0

    def add(self, line: DeliveryLine, received_on: date) -> None:
        """Put a delivered line on the shelf, a lot for each van."""
        for part in line.parts:
            self.lots_count += 1
            quantity = part.quantity * STOCK_UNITS_A_PURCHASE_UNIT
            lot = _Lot(received_on, part.expires_on, (0, self.lots_count), quantity)
            self.lots.setdefault(line.ingredient, []).append(lot)

    def take(self, ingredient: Ingredient, need: Decimal, day: date) -> None:
        """Use stock for a bake; the plan is wrong where it does not suffice."""
        chosen, untracked, missing = picks(
            self.lots.get(ingredient, []), self.untracked.get(ingredient, Decimal(0)), need, day
        )
        if missing:
            raise AssertionError(f"the plan is short of {missing} {ingredient.unit} {ingredient.name} on {day}")
        for lot, quantity in chosen:
            lot.remaining -= quantity
        if untracked:
            self.untracked[ingredient] -= untracked

    def drop_expired(self, day: date) -> None:
        """Forget what is past its last day, and empty lots."""
        for ingredient, lots in self.lots.items():
            self.lots[ingredient] = [lot for lot in lots if lot.remaining and not is_expired(lot, day)]

    def lasting(self, ingredient: Ingredient, last_day: date) -> Decimal:
        """What is usable to the end of that day, in the stock unit."""
        kept = (lot.remaining for lot in self.lots.get(ingredient, []) if not is_expired(lot, last_day))
        return sum(kept, self.untracked.get(ingredient, Decimal(0)))


def build_plan(catalogue: Catalogue, trading_days: Sequence[TradingDay], seed: int) -> BakeryPlan:
    """Runs for every day, then deliveries for every week against the stock as it will be."""
    first_day = trading_days[0].day
    days = [PlannedDay(trading, tuple(_runs(catalogue, trading))) for trading in trading_days]
    by_week = groupby(days, key=lambda planned: (planned.day - first_day).days // DAYS_A_WEEK)
    store = _Store()
    weeks: list[PlannedWeek] = []
    opening: dict[Ingredient, Decimal] = {}
    for number, group in by_week:
        week_days = tuple(group)
        needs = _needs(week_days)
        if not weeks:
            # Salt for the first week was there before anyone tracked lots, so that traces have gaps to tell of.
            opening = {
                ingredient: (need * PURCHASE_MARGIN).quantize(Decimal(1), ROUND_CEILING)
                for ingredient, need in needs.items()
                if ingredient.kind is SALT
            }
            store.untracked.update(opening)
        last_day = first_day + timedelta(days=DAYS_A_WEEK * (number + 1) - 1)
        store.drop_expired(week_days[0].day)
        deliveries = _deliveries(store, needs, week_days[0].day, last_day, Random(f"{seed}:week:{number}"))
        for delivery in deliveries:
            for line in delivery.lines:
                store.add(line, week_days[0].day)
        for planned in week_days:
            for run in planned.runs:
                for ingredient, need in run.product.needs(run.quantity).items():
                    if ingredient.kind:
                        store.take(ingredient, need, planned.day)
        weeks.append(PlannedWeek(number, week_days, deliveries))
    return BakeryPlan(seed, catalogue, opening, tuple(weeks))


def _runs(catalogue: Catalogue, trading: TradingDay) -> Iterator[Run]:
    """The bakes of a morning: what goes into others first, a little more than is sold of each."""
    sold = trading.sold()
    made_needs: dict[Ingredient, Decimal] = {}
    bakes: dict[str, list[Decimal]] = {}
    for product in reversed(catalogue.products.values()):
        quantity = _pieces(sold[product.key]) if product.lines else Decimal(0)
        if product.makes and (need := made_needs.get(product.makes, Decimal(0))):
            if product.makes.unit == "each":
                quantity += need.to_integral_value(ROUND_CEILING)
            else:
                quantity += (need * BASE_MARGIN / BASE_STEP).to_integral_value(ROUND_CEILING) * BASE_STEP
        if not quantity:
            continue
        bakes[product.key] = _split(quantity, product.bakes_a_day)
        for bake in bakes[product.key]:
            for ingredient, need in product.needs(bake).items():
                made_needs[ingredient] = made_needs.get(ingredient, Decimal(0)) + need
    for product in catalogue.products.values():
        for bake in bakes.get(product.key, []):
            yield Run(product, bake)


def _pieces(sold: int) -> Decimal:
    """How many to bake of what will be sold."""
    if sold == 0:
        return Decimal(0)
    return max(Decimal(sold + 1), (sold * PIECES_MARGIN).to_integral_value(ROUND_CEILING))


def _split(quantity: Decimal, bakes_a_day: int) -> list[Decimal]:
    if bakes_a_day == 1 or quantity < SECOND_BAKE_PIECES_MIN:
        return [quantity]
    first = (quantity * FIRST_BAKE_SHARE).to_integral_value(ROUND_CEILING)
    return [first, quantity - first]


def _needs(days: Sequence[PlannedDay]) -> dict[Ingredient, Decimal]:
    """What the days' bakes take of what is bought, by ingredient in its stock unit."""
    total: dict[Ingredient, Decimal] = {}
    for planned in days:
        for run in planned.runs:
            for ingredient, need in run.product.needs(run.quantity).items():
                if ingredient.kind:
                    total[ingredient] = total.get(ingredient, Decimal(0)) + need
    return total


def _deliveries(
    store: _Store, needs: Mapping[Ingredient, Decimal], day: date, last_day: date, random: Random
) -> tuple[Delivery, ...]:
    """Purchase orders that carry the bakery to the end of the week, by supplier."""
    # Two mills share the flour: now one, now the other brings it all.
    miller = random.choice((MILLER, SECOND_MILLER))
    wanted: dict[str, list[tuple[Ingredient, Kind, Decimal]]] = {}
    for ingredient in sorted(needs, key=lambda entry: entry.key):
        missing = needs[ingredient] * PURCHASE_MARGIN - store.lasting(ingredient, last_day)
        if ingredient.kind and missing > 0:
            kind = ingredient.kind
            supplier = miller if kind.supplier == MILLER else kind.supplier
            packs = (missing / STOCK_UNITS_A_PURCHASE_UNIT / kind.pack).to_integral_value(ROUND_CEILING)
            wanted.setdefault(supplier, []).append((ingredient, kind, packs * kind.pack))
    deliveries: list[Delivery] = []
    for supplier in sorted(wanted):
        vans = 2 if random.random() < TWO_VANS_CHANCE else 1
        lines = tuple(
            _line(ingredient, kind, quantity, day, vans, random) for ingredient, kind, quantity in wanted[supplier]
        )
        deliveries.append(Delivery(supplier, vans, lines))
    return tuple(deliveries)


def _line(ingredient: Ingredient, kind: Kind, quantity: Decimal, day: date, vans: int, random: Random) -> DeliveryLine:
    unit_cost = (kind.price * random.randint(92, 112) / 100).quantize(Decimal("0.0001"))
    first = quantity if vans == 1 else (quantity * FIRST_VAN_SHARE).quantize(DELIVERY_STEP, ROUND_FLOOR)
    shares = [first, quantity - first][:vans]
    parts = tuple(
        DeliveryPart(share, f"L{day:%y%j}{random.choice('ABCDEF')}", _expiry(kind, day, random)) for share in shares
    )
    return DeliveryLine(ingredient, kind, unit_cost, parts)


def _expiry(kind: Kind, day: date, random: Random) -> date | None:
    """Counted from delivery; what keeps for months was made on different days, so it differs by up to a tenth."""
    if kind.keeps_days is None:
        return None
    return day + timedelta(days=kind.keeps_days + random.randint(0, kind.keeps_days // 10))
