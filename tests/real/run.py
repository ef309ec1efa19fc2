"""One replay on one database: from an empty one to the compared traces.

Errors: `ReplayFailed`, it could not go on to its end; whatever went on and came out wrong is a difference instead.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from tests.real.audit import compare_counts, count_movements
from tests.real.bakery_plan import BakeryPlan, PlannedWeek, build_plan
from tests.real.catalogue import build_catalogue
from tests.real.client import Broken, Client, Refused, Tally
from tests.real.counter import sell
from tests.real.documents import USAGE_DEPTH_MAX
from tests.real.formulas import load_formulas
from tests.real.http1 import ConnectionPool
from tests.real.mistakes import make_mistakes
from tests.real.ovens import bake
from tests.real.recomputed import Recomputation
from tests.real.sales import load_trading_days
from tests.real.server import CommandFailed, CommandLine, log_tail
from tests.real.shared import FORMULAS_CSV, SALES_CSV
from tests.real.shop import Shop, open_shop
from tests.real.stock_room import start_week
from tests.real.traces import (
    Compared,
    compare_contract_usage,
    compare_lot_trace,
    compare_lot_usage,
    compare_order_trace,
)

SEED = 1930
TRACES_SAMPLED = 20

Progress = Callable[[str], None]


class ReplayFailed(Exception):
    """The replay stopped; the message says at what, with the end of the server's log."""


@dataclass
class Outcome:
    """What a replay counted and found; times in seconds."""

    days: int = 0
    orders: int = 0
    lots: int = 0
    batches: int = 0
    movements: int = 0
    requests: int = 0
    seconds: float = 0.0
    tally: Tally = field(default_factory=Tally)
    compared: list[Compared] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    check_passed: bool = False
    check_output: str = ""

    @property
    def refusals(self) -> Counter[str]:
        """Refused requests by error type."""
        total: Counter[str] = Counter()
        for (_, kind), count in self.tally.refusals.items():
            total[kind] += count
        return total

    @property
    def is_right(self) -> bool:
        """Whether everything is as the rules and the books say."""
        return self.check_passed and not self.differences


def plan_replay(days_max: int | None, seed: int = SEED) -> BakeryPlan:
    """The plan of the first so many trading days, or of all."""
    trading_days = load_trading_days(SALES_CSV)[:days_max]
    items = {item for trading in trading_days for item in trading.sold()}
    catalogue = build_catalogue(load_formulas(FORMULAS_CSV), items)
    depth = max(catalogue.depth(product) for product in catalogue.products.values())
    if depth > USAGE_DEPTH_MAX:
        raise ValueError(f"recipes nest {depth} deep, the nested document goes {USAGE_DEPTH_MAX} only")
    return build_plan(catalogue, trading_days, seed)


def run_replay(database_url: str, plan: BakeryPlan, clients_count: int, tell: Progress) -> Outcome:
    """Migrate, serve, replay, compare, stop the server, check."""
    with tempfile.TemporaryDirectory(prefix="baketrace-replay-log-") as directory:
        log = Path(directory) / "server.log"
        try:
            # A trace with all that is below it, to any depth, is more than a client may ask for at once.
            settings = {"BAKETRACE_MAX_COST": str(10**9)}
            return _run(CommandLine(database_url, settings), log, plan, clients_count, tell)
        except Exception as error:
            causes = _leaves(error)
            if not all(isinstance(cause, Broken | Refused | CommandFailed) for cause in causes):
                error.add_note(f"the end of the server's log:\n{log_tail(log)}")
                raise
            told = "\n".join(f"{type(cause).__name__}: {cause}" for cause in causes)
            raise ReplayFailed(f"{told}\nthe end of the server's log:\n{log_tail(log)}") from error


def _leaves(error: Exception) -> list[Exception]:
    """An exception, or those of a group that clients working side by side made, however deep it nests them."""
    if not isinstance(error, ExceptionGroup):
        return [error]
    return [leaf for inner in error.exceptions for leaf in _leaves(inner)]


def _run(commands: CommandLine, log: Path, plan: BakeryPlan, clients_count: int, tell: Progress) -> Outcome:
    tell(f"seed {plan.seed}; making the tables and a bakery")
    commands.migrate()
    bakery = commands.create_bakery()
    with commands.serve(log) as base_url:
        outcome = asyncio.run(_replay(base_url, bakery.tokens, plan, clients_count, tell))
    tell("checking the whole database")
    outcome.check_passed, outcome.check_output = commands.check()
    return outcome


async def _replay(
    base_url: str, tokens: dict[str, str], plan: BakeryPlan, clients_count: int, tell: Progress
) -> Outcome:
    async with ConnectionPool(base_url, clients_count) as connections:
        client = Client(connections, tokens)
        shop = Shop(client, plan, clients_count)
        outcome = Outcome(tally=client.tally)
        started = perf_counter()
        await open_shop(shop)
        for week in plan.weeks:
            await _work_through(shop, week)
            outcome.days += len(week.days)
            tell(_week_line(shop, week, perf_counter() - started))
        outcome.seconds = perf_counter() - started
        outcome.requests = client.tally.requests
        outcome.orders, outcome.batches = len(shop.books.orders), len(shop.books.batches)
        outcome.lots = len(shop.books.lots)
        tell("comparing stock and traces with the books")
        outcome.movements = await count_movements(shop)
        await compare_counts(shop)
        outcome.compared = await _compare_traces(shop)
    outcome.differences = [
        *shop.books.differences,
        *(f"{found.title}: {line}" for found in outcome.compared for line in found.differences),
    ]
    return outcome


async def _work_through(shop: Shop, week: PlannedWeek) -> None:
    await start_week(shop, week)
    for planned in week.days:
        await bake(shop, planned)
        await sell(shop, planned)
    await make_mistakes(shop, week.days[-1].day)


def _week_line(shop: Shop, week: PlannedWeek, seconds: float) -> str:
    requests = shop.client.tally.requests
    return (
        f"week {week.number + 1:2} of {len(shop.plan.weeks)} to {week.days[-1].day}: "
        f"{len(shop.books.orders):,} orders, {len(shop.books.batches):,} batches, "
        f"{len(shop.books.lots):,} lots, {requests:,} requests, {requests / seconds:,.0f} a second"
    )


async def _compare_traces(shop: Shop) -> list[Compared]:
    """The widest lot and the deepest order, in every shape, and a sample of others in the flat one."""
    recomputation = Recomputation(shop.books)
    lot, order = recomputation.lot_with_most_orders(), recomputation.order_with_most_lots()
    compared = [
        await compare_lot_trace(shop, recomputation, lot),
        await compare_lot_usage(shop, recomputation, lot),
        await compare_contract_usage(shop, recomputation, lot),
        await compare_order_trace(shop, recomputation, order),
    ]
    random = shop.random("sample")
    lots = sorted(shop.books.lots.values(), key=lambda entry: entry.recorded)
    orders = [shop.books.orders[number] for number in sorted(shop.books.orders)]
    for sampled_lot in random.sample(lots, min(TRACES_SAMPLED, len(lots))):
        compared.append(await compare_lot_trace(shop, recomputation, sampled_lot))
    for sampled_order in random.sample(orders, min(TRACES_SAMPLED, len(orders))):
        compared.append(await compare_order_trace(shop, recomputation, sampled_order))
    return compared
