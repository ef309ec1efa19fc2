"""The demo: a bakery of three weeks, in which all that its documentation promises is there to be found."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from graphql_api.cli import app
from graphql_api.config import Settings
from graphql_api.demo import story
from graphql_api.demo.books import lines_of, on_day
from graphql_api.demo.client import DemoFailed
from graphql_api.demo.command import Offer, prepare
from plans import Role
from tests.api.callers import Caller
from tests.api.databases import Snapshot, Templates, snapshot
from tests.api.explorer_shelf import SHELF
from tests.api.in_process import MONDAY_MORNING, SECRET, InProcessApi
from tests.api.query_page import QUERIES
from tests.real.shared import REPOSITORY

pytestmark = pytest.mark.timeout(300)  # loading takes ten seconds, on a busy machine several times as many

TRACKED_DAYS = story.TRACKED_SINCE_DAYS + 1
MADE_ANEW = ("access_tokens", "api_keys", "record_number_counter")
"""Tables in which a second run of the demo leaves something: tokens, and the numbers they took."""


@dataclass(frozen=True)
class Demo:
    """A loaded demo, and the application on its database, on the day of loading."""

    settings: Settings
    offer: Offer
    api: InProcessApi

    @property
    def owner(self) -> Caller:
        return Caller(self.api.post, self.offer.tokens[Role.OWNER])

    def read(self, selection: str) -> Any:
        """What the owner reads of one root field."""
        answer = self.owner.send(f"{{ {selection} }}")
        assert not answer.errors, answer.errors
        return answer.root

    def nodes(self, listing: str, fields: str) -> list[Any]:
        return [edge["node"] for edge in self.read(f"{listing} {{ edges {{ node {{ {fields} }} }} }}")["edges"]]

    def asked(self, operation: str) -> Any:
        """What the owner is answered to the printed query of this name."""
        [query] = [query for query in self.offer.queries if query.operation == operation]
        answer = self.owner.send(query.document, query.variables)
        assert not answer.errors, answer.errors
        return answer.root


def settings_of(url: str) -> Settings:
    return Settings(database_url=url, secret_key=SecretStr(SECRET))


@pytest.fixture(scope="module")
def demo(engine: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with templates.copy(engine, tmp_path_factory.mktemp("demo")) as url:
        settings = settings_of(url)
        offer = prepare(settings, lambda: MONDAY_MORNING)
        api = InProcessApi(url)
        yield Demo(settings, offer, api)
        api.close()


# ── the printed queries ───────────────────────────────────────────────────────────────────────────────────────────────
def test_it_tells_what_expires(demo: Demo) -> None:
    lots = [edge["node"] for edge in demo.asked("ExpiringLots")["edges"]]
    expired = [lot for lot in lots if lot["expiryStatus"] == "EXPIRED"]
    assert [(lot["ingredient"]["name"], lot["quantityRemaining"]) for lot in expired] == [("Blueberries", "0.7")]
    assert expired[0]["daysUntilExpiry"] == -3
    expiring = [lot["ingredient"]["name"] for lot in lots if lot["expiryStatus"] == "EXPIRING"]
    assert sorted(expiring) == ["Blueberries", "Cream", "Eggs", "Levain"]


def test_it_tells_where_the_suspicious_flour_went(demo: Demo) -> None:
    lot = demo.asked("LotTrace")
    assert (lot["supplierLotNumber"], lot["status"]) == (story.SUSPICIOUS_FLOUR, "ON_HOLD")
    trace = lot["trace"]
    assert (trace["verdict"], trace["truncated"]) == ("POSSIBLE", False)
    # It was baked with for five days, and is in today's levain although today's bread passed it over.
    assert {batch["producedOn"] for batch in trace["batches"]} >= {"2026-02-26", MONDAY_MORNING.date().isoformat()}
    assert {batch["product"]["name"] for batch in trace["batches"]} == {"Country loaf", "White roll", "Levain refresh"}
    assert [found["ingredient"]["name"] for found in trace["lots"]].count("Levain") >= 4
    assert {customer["name"] for customer in trace["customers"]} >= {"Corner Café", "Riverside Hotel"}
    assert all(customer["email"] and customer["phone"] for customer in trace["customers"])
    assert {order["status"] for order in trace["orders"]} == {"COMPLETED", "READY"}
    assert {gap["kind"] for gap in trace["gaps"]} == {"UNALLOCATED"}


def test_it_tells_what_is_in_an_order(demo: Demo) -> None:
    order = demo.asked("OrderTrace")
    assert (order["status"], order["customer"]["name"]) == ("READY", "Corner Café")
    trace = order["trace"]
    # Only the jar of levain from before tracking is not known: fourteen days and as many levels down.
    [gap] = trace["gaps"]
    assert (trace["verdict"], gap["kind"], gap["quantity"]) == ("POSSIBLE", "UNTRACKED", "0.4")
    made = [batch["product"]["name"] for batch in trace["batches"]]
    assert made.count("Levain refresh") == TRACKED_DAYS
    assert {"Blueberry tart", "Tart pastry", "Blueberry filling", "Country loaf", "White roll"} <= set(made)
    assert {supplier["name"] for supplier in trace["suppliers"]} == {line["name"] for line in lines_of("suppliers")}
    assert story.SUSPICIOUS_FLOUR in {lot["supplierLotNumber"] for lot in trace["lots"]}


def test_every_query_of_the_page_finds_something(demo: Demo) -> None:
    """docs/queries.md: the demo shows each feature; no list that a query asks for is empty."""
    asked = [query for query, variables in QUERIES if not variables]
    assert len(asked) > 10
    for query in asked:
        answer = demo.owner.send(query)
        assert not answer.errors, (query, answer.errors)
        assert all(root.get("edges") != [] for root in answer.body["data"].values()), query


def test_the_explorers_shelf_works_on_it(demo: Demo, tmp_path: Path) -> None:
    """Reads on the demo itself; changes on a copy, so that the other tests find it as it was loaded."""
    reads, changes = ([ready for ready in SHELF if ready.is_change is flag] for flag in (False, True))
    assert reads
    assert changes
    for ready in reads:
        answer = demo.owner.send(ready.document, ready.variables(lambda query: demo.owner.send(query).body["data"]))
        assert not answer.errors, (ready.task, answer.errors)
        assert answer.root.get("edges") != [], ready.task
    if demo.settings.database_url.startswith("sqlite"):
        copy = tmp_path / "copy.db"
        with (
            closing(sqlite3.connect(demo.settings.database_url.removeprefix("sqlite:///"))) as loaded,
            closing(sqlite3.connect(copy)) as copied,
        ):
            loaded.backup(copied)
        api = InProcessApi(f"sqlite:///{copy}")
        owner = Caller(api.post, demo.offer.tokens[Role.OWNER])
        for ready in changes:
            variables = ready.variables(lambda query: owner.send(query).body["data"])
            assert owner.send(ready.document, variables).root["__typename"].endswith("Success"), ready.task
        api.close()


# ── what is promised ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_went_wrong_was_put_right(demo: Demo) -> None:
    """R-5.9, R-6.4, R-7.2: a reversed run, waste of a batch, and an order linked anew."""
    batches = demo.nodes("productionBatches(first: 100)", "status reversal { reason } writeOffs { note }")
    assert [batch["reversal"]["reason"] for batch in batches if batch["status"] == "REVERSED"] == ["Entered twice."]
    assert [row["note"] for batch in batches for row in batch["writeOffs"]] == ["It fell down."]
    history = "linkHistory { automatic linksBefore { quantity } }"
    [relinks] = [order["linkHistory"] for order in demo.nodes("orders(first: 100)", history) if order["linkHistory"]]
    assert relinks[0]["automatic"]
    assert relinks[0]["linksBefore"]


def test_the_suspicious_flour_is_shared_out(demo: Demo) -> None:
    """R-7.6: what of it is in each order, in stock, waste and what was not sold sums to what was used of it."""
    lot = demo.nodes(
        f'lots(filter: {{search: "{story.SUSPICIOUS_FLOUR}"}})',
        "trace { orders { number } contributions { quantity order { number } } "
        "shares { used inOrders inLots wasted rest } }",
    )[0]
    shares = {name: Decimal(quantity) for name, quantity in lot["trace"]["shares"].items()}
    contributions = lot["trace"]["contributions"]
    assert {item["order"]["number"] for item in contributions} == {order["number"] for order in lot["trace"]["orders"]}
    assert sum(Decimal(item["quantity"]) for item in contributions) == shares["inOrders"] > 0
    assert shares["used"] == sum(shares.values()) - shares["used"]


def test_there_is_an_order_in_every_status(demo: Demo) -> None:
    orders = demo.nodes("orders(first: 100)", "number status dueOn customer { name }")
    assert {order["status"] for order in orders} == {
        "DRAFT",
        "CONFIRMED",
        "IN_PRODUCTION",
        "READY",
        "COMPLETED",
        "CANCELLED",
    }
    assert len(orders) == len({line["number"] for line in lines_of("sales")})
    counter_sales = [order for order in orders if order["customer"] is None]
    assert len(counter_sales) > story.first_day_ago()
    assert {order["status"] for order in counter_sales} == {"COMPLETED"}


def test_traces_come_with_every_verdict(demo: Demo) -> None:
    orders = demo.nodes("orders(first: 100)", "lines { product { name } } trace { verdict gaps { kind } }")
    assert {order["trace"]["verdict"] for order in orders} == {"PROVEN", "POSSIBLE", "UNKNOWN"}
    coffee = [order for order in orders if order["lines"][0]["product"]["name"] == "Coffee"]
    assert {gap["kind"] for order in coffee for gap in order["trace"]["gaps"]} == {"NO_RECIPE"}


def test_levain_feeds_levain_at_every_depth(demo: Demo) -> None:
    lots = demo.nodes("lots(first: 100, filter: {source: PRODUCTION})", "code id ingredient { name }")
    levains = [lot for lot in reversed(lots) if lot["ingredient"]["name"] == "Levain"]
    assert len(levains) == TRACKED_DAYS
    trace = demo.read(
        f'lot(code: "{levains[0]["code"]}") {{ trace {{ truncated lots {{ id }} edges {{ from to }} }} }}'
    )
    trace = trace["trace"]
    assert {lot["id"] for lot in trace["lots"]} == {lot["id"] for lot in levains}
    after: dict[str, list[str]] = {}
    for edge in trace["edges"]:
        after.setdefault(edge["from"], []).append(edge["to"])

    @cache
    def depth(node: str) -> int:
        return 1 + max((depth(following) for following in after.get(node, ())), default=0)

    # Each day is two steps, a batch and its lot; then the last loaf and its order.
    assert not trace["truncated"]
    assert depth(levains[0]["id"]) >= 2 * TRACKED_DAYS


def test_stock_from_before_tracking_is_untracked(demo: Demo) -> None:
    stock = {item["name"]: item for item in demo.nodes("ingredients(first: 100)", "name onHand tracked untracked")}
    for name in ("Strong bread flour", "Wholemeal flour", "Salt", "Butter"):
        assert float(stock[name]["untracked"]) > 0
        assert float(stock[name]["tracked"]) > 0
    assert (stock["Raisins"]["tracked"], float(stock["Raisins"]["untracked"]) > 0) == ("0", True)
    assert all(float(item["untracked"]) >= 0 for item in stock.values())


def test_lots_come_from_every_source_with_their_numbers(demo: Demo) -> None:
    lots = demo.nodes("lots(first: 100)", "source expiryStatus supplierLotNumber supplier { name } status")
    assert {lot["source"] for lot in lots} == {"PURCHASE_ORDER", "RESTOCK", "MANUAL", "PRODUCTION"}
    assert {lot["expiryStatus"] for lot in lots} == {"EXPIRED", "EXPIRING", "FRESH", "UNDATED"}
    assert {lot["status"] for lot in lots} == {"AVAILABLE", "ON_HOLD", "DEPLETED"}
    delivered = [lot for lot in lots if lot["source"] == "PURCHASE_ORDER"]
    assert all(lot["supplier"] for lot in delivered)
    assert sum(lot["supplierLotNumber"] is not None for lot in delivered) >= len(delivered) - 1


def test_a_purchase_order_came_in_part(demo: Demo) -> None:
    orders = demo.nodes("purchaseOrders(first: 100)", "status lines { quantityOrdered quantityReceived }")
    by_status: dict[str, list[Any]] = {}
    for order in orders:
        by_status.setdefault(order["status"], []).append(order)
    assert by_status.keys() == {"RECEIVED", "PARTIALLY_RECEIVED", "ORDERED"}
    [short] = by_status["PARTIALLY_RECEIVED"]
    assert short["lines"] == [{"quantityOrdered": "100", "quantityReceived": "50"}]


def test_eggs_were_written_off(demo: Demo) -> None:
    fields = (
        "balance { received consumed writtenOff remaining closes } "
        "ingredient { movements { edges { node { kind note } } } }"
    )
    [eggs] = demo.nodes(f'lots(filter: {{search: "{story.DROPPED_EGGS}"}})', fields)
    balance = eggs["balance"]
    assert (balance["received"], balance["writtenOff"], balance["remaining"], balance["closes"]) == (
        "60",
        "6",
        "12",
        True,
    )
    movements = [edge["node"] for edge in eggs["ingredient"]["movements"]["edges"]]
    assert {"kind": "WRITE_OFF", "note": "A tray was dropped."} in movements


def test_what_is_about_to_be_lost_is_worth_something_and_something_runs_low(demo: Demo) -> None:
    told = demo.owner.ask("InventoryDashboard")
    assert (told["expiringCount"] > 0, told["expiredCount"]) == (True, 1)
    assert float(told["expiringValue"]) > 0
    assert float(told["expiredValue"]) > 0
    assert told["lowStock"]
    assert all(float(low["onHand"]) <= float(low["reorderPoint"]) for low in told["lowStock"])


def test_what_was_thrown_away_is_reported(demo: Demo) -> None:
    today = str(MONDAY_MORNING.date())
    report = demo.owner.ask("WasteReport", **{"from": today, "to": today}, groupBy=["INGREDIENT"])
    groups = {(group["ingredient"] or group["product"])["name"]: group for group in report["groups"]}
    assert groups["Eggs"]["quantities"] == [{"quantity": "6", "unit": "each"}]
    assert groups["Eggs"]["cost"] == "1.44"
    assert groups[story.TAKEN_BACK]["quantities"] == [{"quantity": "1", "unit": "each"}]


def test_a_misread_date_was_put_right(demo: Demo) -> None:
    [yeast] = demo.nodes(
        f'lots(filter: {{search: "{story.MISREAD_YEAST}"}})', "expiresOn expiryHistory { newExpiresOn }"
    )
    assert yeast["expiryHistory"] == [{"newExpiresOn": yeast["expiresOn"]}]


def test_what_the_documentation_asks_is_answered(demo: Demo) -> None:
    text = (REPOSITORY / "docs" / "demo.md").read_text(encoding="utf-8")
    queries = re.findall(r"`(\{ .+ \})`", text)
    assert len(queries) >= 5
    for query in queries:
        answer = demo.owner.send(query)
        assert not answer.errors, (query, answer.errors)
        assert answer.root.get("edges", True), query


def test_every_role_has_a_token(demo: Demo) -> None:
    for role, token in demo.offer.tokens.items():
        viewer = Caller(demo.api.post, token).ask("Viewer")
        assert (viewer["role"], viewer["bakery"]["plan"]) == (role.value, "GROWTH")


def test_its_books_are_proven_from_the_ledger_up(demo: Demo) -> None:
    checked = CliRunner(env={"BAKETRACE_DATABASE_URL": demo.settings.database_url}).invoke(app, ["check"])
    assert checked.exit_code == 0, checked.stdout


# ── loading ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def kept(found: Snapshot) -> Snapshot:
    return {table: rows for table, rows in found.items() if table not in MADE_ANEW}


def test_run_again_it_keeps_the_data(demo: Demo) -> None:
    before = demo.api.snapshot()
    again = prepare(demo.settings, lambda: MONDAY_MORNING)
    assert kept(demo.api.snapshot()) == kept(before)
    assert again.queries == demo.offer.queries
    for role in Role:
        assert again.tokens[role] != demo.offer.tokens[role]
        assert Caller(demo.api.post, again.tokens[role]).ask("Viewer")["role"] == role.value
    assert demo.owner.ask("Viewer")["role"] == "OWNER"


def test_a_refusal_on_the_way_leaves_nothing_behind(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    too_much = {"days_ago": "19", "product": "Country loaf", "quantity": "1000000"}

    def with_one_more(name: str, days_ago: int) -> list[dict[str, str]]:
        more = [too_much] if (name, days_ago) == ("bakes", 19) else []
        return [*on_day(name, days_ago), *more]

    monkeypatch.setattr(story, "on_day", with_one_more)
    before = snapshot(database_url)
    with pytest.raises(DemoFailed, match=r"ConfirmProduction .*1000000.*: \d ingredients are short"):
        prepare(settings_of(database_url), lambda: MONDAY_MORNING)
    assert snapshot(database_url) == before
