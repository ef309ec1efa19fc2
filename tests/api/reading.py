"""The gist of what the API answers, short enough to assert on."""

from typing import Any

from tests.api.bakeries import Bakery


def used(batch: Any) -> list[tuple[str, str, str]]:
    """What a batch consumed: ingredient, quantity, and the lot or the source."""
    return [
        (item["ingredient"]["name"], item["quantity"], item["lot"]["code"] if item["lot"] else item["source"])
        for item in batch["consumptions"]
    ]


def picked(use: Any) -> list[tuple[str, str]]:
    return [(pick["lot"]["code"], pick["quantity"]) for pick in use["picks"]]


def skipped(use: Any) -> list[tuple[str, str]]:
    return [(item["lot"]["code"], item["reason"]) for item in use["skipped"]]


def ledger(bakery: Bakery, ingredient: str) -> list[tuple[str, str, str | None]]:
    """Kind, quantity and lot of each movement, newest first."""
    edges = bakery.owner.ask("StockLedger", id=ingredient)["movements"]["edges"]
    return [(node["kind"], node["quantity"], (node["lot"] or {}).get("code")) for node in (e["node"] for e in edges)]


def balance(bakery: Bakery, code: str) -> Any:
    return bakery.owner.ask("LotDetail", code=code)["balance"]


def linked(order: Any) -> list[dict[str, str]]:
    """For each line of an order, the quantity that each batch gave, by code."""
    return [{item["batch"]["code"]: item["quantity"] for item in line["allocations"]} for line in order["lines"]]


def gaps(trace: Any) -> list[tuple[str, str, str]]:
    return [(gap["kind"], gap["quantity"], gap["unit"]) for gap in trace["gaps"]]


def codes(records: Any) -> list[str]:
    return [record["code"] for record in records]


def edges(trace: Any) -> set[tuple[str, str, str, str]]:
    """From, to, quantity and unit, with codes and numbers in place of ids."""
    names = {record["id"]: record["code"] for record in trace["lots"] + trace["batches"]}
    names |= {order["id"]: order["number"] for order in trace.get("orders", ())}
    return {
        (names.get(edge["from"], edge["from"]), names.get(edge["to"], edge["to"]), edge["quantity"], edge["unit"])
        for edge in trace["edges"]
    }
