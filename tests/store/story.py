"""A small bakery's first days, booked by the product itself, with every kind of entry that its books can have.

A neighbour books beside it. Quantities are in kilograms or pieces. What the story made is found by name in `Story.ids`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from bakery.audit import Act, AuditKind, AuditOutcome, Origin
from bakery.catalogue import Bakery, ConsumptionOrder
from bakery.orders import OrderStatus
from bakery.store import Database
from bakery.store.audit import seal_waiting
from bakery.store.budgets import Budgets
from bakery.store.documents import NewDocument, TrustedDocuments
from bakery.store.people import all_bakeries
from graphql_api.administration import Administration
from graphql_api.auditing import actor_of
from graphql_api.context import Context
from graphql_api.plugins import Plugins
from graphql_api.resolvers import catalogue, stock
from plans import Plan, Role
from tests.store.till import FIRST_DAY, SECRET, ZONE, Till, day

DOCUMENT = "{ viewer { id } }"
DOCUMENT_HASH = sha256(DOCUMENT.encode()).hexdigest()


@dataclass(frozen=True)
class Story:
    bakery: Bakery
    neighbour: Bakery
    ids: dict[str, int]


async def tell(database: Database) -> Story:
    """Book the story into an empty, migrated database."""
    opened = datetime.combine(FIRST_DAY, time(1), ZoneInfo(ZONE)).astimezone(UTC)
    administration = Administration(database, SECRET, opened)
    tills, keys = [], []
    for name in ("Far", "Neighbour"):
        made = await administration.create_bakery(name=name, plan=Plan.GROWTH, time_zone=ZONE, currency="AUD")
        keys.append(await administration.new_token(made.id, Role.PARTNER, None))
        tills.append(Till(database, made))
    till, neighbour = tills
    await _without_lot_tracking(till)
    await _neighbour(neighbour)
    await _deliveries_and_runs(till)
    await _choices_and_counts(till)
    await _orders(till)
    await _shortfalls_and_switched_off(till)
    await _undone(till)
    await _audit_log(database, till, keys[0])
    whole = database.across_bakeries()
    async with whole.writing() as session:
        await TrustedDocuments(session).add([NewDocument(DOCUMENT_HASH, DOCUMENT, "", frozenset(["id"]))], opened)
    async with whole.reading() as session:
        far, near = await all_bakeries(session)
    await whole.dispose()
    return Story(far, near, till.ids | {f"neighbour's {name}": number for name, number in neighbour.ids.items()})


async def _audit_log(database: Database, till: Till, key: str) -> None:
    """The owner and the partner are in the log, all of it is sealed, and the partner has spent something."""
    for token in (till.token, key):
        context = Context(database, lambda: till.now, SECRET, Plugins())
        await context.sign_in(token)
        caller = context.caller
        async with context.recording() as audit:
            act = Act(AuditKind.READ, "viewer", AuditOutcome.DONE)
            await audit.record([act], actor=actor_of(caller), origin=Origin(), now=till.now)
        if caller.member_id is None:
            async with context.aside() as session:
                spent, budget = timedelta(seconds=1), timedelta(hours=1)
                await Budgets(session).take(caller.id, now=till.now, time=spent, capacity=budget)
    await seal_waiting(database, lambda: till.now)


async def _without_lot_tracking(till: Till) -> None:
    """Day 1. Flour 10 → 3 kg, water 10 → 8, starter 4 → 2, salt 1 → 0.9; all of it untracked."""
    await till.do("mill", catalogue.create_supplier, name="Mill")
    await till.do("café", catalogue.create_customer, name="Café")
    for name, opening_stock in (("flour", "10"), ("salt", "1"), ("sugar", "5")):
        await till.ingredient(name, opening_stock)
    for name in ("water", "starter", "yeast"):
        await till.ingredient(name)
    makes = till.ref("Ingredient", "starter")
    await till.product(
        "levain",
        "2",
        {"flour": "1", "water": "1"},
        makes_ingredient_id=makes,
        shelf_life_days=7,
        inherit_expiry=True,
    )
    await till.product("bread", "10", {"flour": "5", "starter": "1", "salt": "0.1"}, shelf_life_days=30)
    await till.product("bun", "10", {"flour": "1"})
    await till.product("roll", "10", {"yeast": "1"})
    await till.restock("water", "water", "10")
    await till.run("old levain", "levain", "4")
    await till.run("old bread", "bread", "10")
    await till.order("old levain order", "levain", "1")
    await till.move("old levain order", OrderStatus.READY)
    await till.track(True)


async def _deliveries_and_runs(till: Till) -> None:
    """Day 2. Flour in A1 20, A2 10 and A3 5 kg; A2 is the oldest. Ends with A1 8, A3 5, starter all used."""
    till.open(2)
    await till.purchase("purchase", ("flour", "20"), ("flour", "10"), ("water", "10"))
    await till.receive("A", "purchase", (1, "20", day(10)), (2, "10", day(8)))
    await till.receive("W", "purchase", (3, "10", None))
    await till.restock("A3", "flour", "5", expires_on=day(30))
    await till.add_lot("salt lot", "salt", "2")
    await till.add_lot("Y1", "yeast", "4", day(3))
    await till.add_lot("Y2", "yeast", "4", day(20))
    await till.do("A 2", stock.hold_lot, lot_id=till.ref("Lot", "A 2"), reason="Damp sacks")
    await till.run("held bun", "bun", "10")
    await till.do("A 2", stock.release_lot, lot_id=till.ref("Lot", "A 2"), reason="Dry inside")
    await till.run("levain run", "levain", "2")
    await till.run("bread run", "bread", "20")
    await till.run("second bread run", "bread", "20")


async def _choices_and_counts(till: Till) -> None:
    """Day 4, and one run for day 2. Counts take flour from A5 and yeast from the expired Y1."""
    till.open(4)
    await till.run("roll run", "roll", "10")
    await till.write_off("Y1", "2")
    await till.run("chosen bun", "bun", "20", choices=[("flour", "A3", "1")])
    await till.restock("A4", "flour", "3", received_on=day(1), expires_on=day(40))
    await till.track(None, ConsumptionOrder.RECEIVED_DATE)
    await till.run("receipt bun", "bun", "10")
    await till.track(None, ConsumptionOrder.EXPIRY_DATE)
    await till.restock("A5", "flour", "2", expires_on=day(5))
    await till.run("backdated bun", "bun", "10", produced_on=day(2))
    await till.count("flour", "12.5")
    await till.count("sugar", "6")
    await till.count("yeast", "4.5")
    await till.count("yeast", "6.5")
    await till.run("second levain run", "levain", "4")


async def _orders(till: Till) -> None:
    """Day 4 still. Of the second levain run's lot 1 kg is sold and comes back, then 3.5 of its 4 kg are sold."""
    await till.order("bread order", "bread", "12")
    await till.move("bread order", OrderStatus.READY)
    await till.move("bread order", OrderStatus.COMPLETED)
    await till.order("cancelled order", "bread", "5", number="WEB-1")
    await till.move("cancelled order", OrderStatus.READY)
    await till.move("cancelled order", OrderStatus.CANCELLED)
    await till.order("returned levain order", "levain", "1")
    await till.move("returned levain order", OrderStatus.READY)
    await till.move("returned levain order", OrderStatus.CANCELLED)
    await till.order("levain order", "levain", "3.5")
    await till.move("levain order", OrderStatus.READY)
    await till.order("foreign number", "bread", "1", number="ORD-190101-007")


async def _shortfalls_and_switched_off(till: Till) -> None:
    """Yeast, day 4: 3 kg of Y2, 2 untracked, 5 unaccounted. Day 5, off: lots are reduced while untracked is below 0.

    At last the undated water of day 2, used on day 4, turns out to have expired on day 3.
    """
    await till.run("short roll", "roll", "100", short=True)
    till.open(5)
    await till.track(False)
    await till.restock("off yeast", "yeast", "1")
    await till.run("off roll", "roll", "5")
    await till.run("off short roll", "roll", "20", short=True)
    await till.run("off bun", "bun", "40")
    await till.purchase("second purchase", ("sugar", "1"))
    await till.receive("sugar delivery", "second purchase", (1, "1", None))
    await till.track(True)
    await till.order("foreseen number", "bread", "1", number="ORD-260605-002")
    await till.order("last order", "bun", "1")
    await till.order("very last order", "bun", "1")
    await till.redate("W 1", day(9))
    await till.redate("W 1", day(3))


async def _undone(till: Till) -> None:
    """Day 6, rye in R1 10 kg: runs are reversed, with lot tracking on and off, waste is booked and orders relinked."""
    till.open(6)
    await till.ingredient("rye")
    await till.ingredient("sour")
    makes = till.ref("Ingredient", "sour")
    await till.product("rye sour", "1", {"rye": "1"}, makes_ingredient_id=makes)
    await till.product("rye bread", "1", {"sour": "1"})
    await till.add_lot("R1", "rye", "10")
    await till.run("mistyped sour", "rye sour", "4")
    await till.reverse("mistyped sour")
    await till.run("sour run", "rye sour", "4")
    await till.run("rye bread run", "rye bread", "2")
    await till.run("second rye bread run", "rye bread", "1")
    await till.write_off_batch("rye bread run", "0.5")
    await till.write_off_batch("sour run", "0.25")
    for order, product, run in (("sour order", "rye sour", "sour run"), ("rye order", "rye bread", "rye bread run")):
        await till.order(order, product, "0.5")
        await till.move(order, OrderStatus.READY)
        await till.relink(order, run, "0.25")
        await till.relink(order)
    await till.track(False)
    await till.run("mistyped off sour", "rye sour", "3")
    await till.reverse("mistyped off sour")
    await till.run("off sour", "rye sour", "2")
    await till.write_off_batch("off sour", "0.5")
    await till.track(True)


async def _neighbour(till: Till) -> None:
    await till.do("mill", catalogue.create_supplier, name="Mill")
    await till.do("café", catalogue.create_customer, name="Café")
    await till.ingredient("flour", "1")
    await till.product("bun", "10", {"flour": "1"})
    await till.track(True)
    await till.add_lot("lot", "flour", "5")
    await till.run("run", "bun", "10")
    await till.order("order", "bun", "5")
    await till.move("order", OrderStatus.READY)
