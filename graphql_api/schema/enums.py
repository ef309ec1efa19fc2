"""The enums of the contract: the trade's own, with what each value means to a client."""

from __future__ import annotations

from enum import EnumMeta
from typing import Any

import strawberry

from bakery.allocation import SkipReason
from bakery.audit import AuditKind, AuditOutcome
from bakery.catalogue import ConsumptionOrder, MemberStatus, PurchaseOrderStatus
from bakery.errors import ShortfallReason
from bakery.expiry import ExpiryStatus
from bakery.lists import ArchivedFilter, LotSort, NameSort, OrderSort, ProductionBatchSort
from bakery.lots import HoldCause, LotSource, LotStatus, MovementKind, WriteOffReason
from bakery.orders import OrderStatus
from bakery.production import BatchStatus, ConsumptionSource
from bakery.quantity import Unit
from bakery.trace import GapKind, Verdict
from bakery.waste import WasteGrouping
from plans import Plan, Role


def enum(members: EnumMeta, description: str, *, name: str | None = None, **meanings: str) -> None:
    """Shows an enum of the trade to clients, with the meaning of every value. Raises if one is left unexplained."""
    shown: Any = strawberry.enum(members, name=name, description=description)
    definition = shown.__strawberry_definition__
    if set(meanings) != {value.name for value in definition.values}:
        raise TypeError(f"explain each value of {definition.name}, and no other")
    for value in definition.values:
        value.description = meanings[value.name]


enum(
    Unit,
    "A unit of stock.",
    g="Gram.",
    kg="Kilogram: 1000 g.",
    oz="Ounce (avoirdupois): 28.349523125 g.",
    lb="Pound (avoirdupois): 453.59237 g.",
    ml="Millilitre.",
    l="Litre: 1000 ml.",
    floz="US fluid ounce: 29.5735295625 ml.",
    gal="US gallon: 3785.411784 ml.",
    each="Piece; fractions are allowed.",
)
enum(
    Plan,
    "What a bakery has bought; each plan has all of the one before (R-1.2).",
    ESSENTIALS="Stock, production and orders.",
    GROWTH="Also lot tracking, and traces for partners.",
    SCALE="Also recalls.",
)
enum(
    MemberStatus,
    "Whether somebody belongs to the bakery (R-1.9).",
    INVITED="Has not accepted the invitation yet, and cannot sign in.",
    ACTIVE="Is a member.",
    REMOVED="Was removed; stays as a record of what they did.",
)
enum(
    Role,
    "What somebody is in the bakery (R-1.3).",
    OWNER="The owner; each bakery has exactly one.",
    MANAGER="Runs the bakery; does all that the owner does but what is the owner's alone.",
    STAFF="Works in the bakery; sees no costs, suppliers or traces.",
    PARTNER="A machine with an API key and scopes; it only reads.",
)
enum(
    ConsumptionOrder,
    "By which date lots are used oldest first (R-3.1, R-5.3).",
    EXPIRY_DATE="What expires first is used first, undated lots last; recommended.",
    RECEIVED_DATE="What was received first is used first.",
)
enum(
    LotStatus,
    "The gravest of what holds for a lot (R-4.8).",
    AVAILABLE="It has stock left, and nothing keeps it from use but, perhaps, its expiry date.",
    ON_HOLD="Somebody put it on hold; production passes it over.",
    RECALLED="A recall holds it; production passes it over.",
    DEPLETED="Nothing is left of it.",
)
enum(
    LotSource,
    "How a lot came to be (R-4.8).",
    PURCHASE_ORDER="Received on a purchase order (R-4.1).",
    RESTOCK="By a quick restock (R-4.2).",
    MANUAL="Added by hand (R-4.3).",
    PRODUCTION="Made here: the output of a run of an intermediate (R-4.4).",
)
enum(
    ExpiryStatus,
    "How near a lot is to its expiry date, by the bakery's own day (R-6.1).",
    EXPIRED="Its last usable day is over.",
    EXPIRING="Its last usable day is today or within the warning window.",
    FRESH="Its last usable day lies beyond the warning window.",
    UNDATED="It has no expiry date.",
)
enum(
    HoldCause,
    "Who asked for a hold (R-4.8).",
    MANUAL="A person; lifted by `releaseLot`.",
    RECALL="A recall; lifted with it.",
)
enum(
    MovementKind,
    "Why stock moved (R-2.1).",
    PURCHASE="A delivery of a purchase order came in.",
    RESTOCK="Stock came in by a quick restock.",
    MANUAL_LOT="A lot was added by hand.",
    PRODUCTION="A run used it.",
    OUTPUT="A run made it.",
    SALE="An intermediate was sold as it is.",
    WRITE_OFF="It became waste.",
    ADJUSTMENT="A count or a correction changed the figure.",
    REVERSAL="An earlier movement was taken back.",
)
enum(
    WriteOffReason,
    "Why stock became waste (R-6.3).",
    EXPIRED="It was past its last usable day.",
    DAMAGED="It was damaged.",
    CONTAMINATED="It was contaminated.",
    RECALLED="It was recalled.",
    OTHER="Something else; the note says what.",
)
_PASSED_OVER = {
    "EXPIRED": "The lot is expired on the day of production.",
    "ON_HOLD": "The lot is on hold.",
    "RECALLED": "A recall holds the lot.",
    "NOT_YET_RECEIVED": "The lot was received after the day of production.",
}
enum(SkipReason, "Why a lot with stock was passed over (R-5.1).", **_PASSED_OVER)
enum(
    ShortfallReason,
    "Why an ingredient falls short: a lot that was passed over would have helped, or there is not enough (R-5.5).",
    NOT_ENOUGH="There is too little, whatever was passed over.",
    **_PASSED_OVER,
)
enum(
    BatchStatus,
    "Whether a run stands (R-5.9).",
    name="ProductionBatchStatus",
    CONFIRMED="It stands.",
    REVERSED="It was taken back; it is part of no trace.",
)
enum(
    ConsumptionSource,
    "Where a consumed quantity came from (R-5.5).",
    LOT="From a lot.",
    UNTRACKED="From stock that no lot explains.",
    UNACCOUNTED="From nowhere in the books: an allowed shortfall.",
)
enum(
    OrderStatus,
    "The life of an order; it moves forward, and steps may be skipped (R-7.1).",
    DRAFT="Being written.",
    CONFIRMED="Agreed with the customer.",
    IN_PRODUCTION="Being made.",
    READY="Made, and linked to production batches.",
    COMPLETED="Handed over; final.",
    CANCELLED="Called off, its allocations freed; final.",
)
enum(
    PurchaseOrderStatus,
    "The life of a purchase order (R-4.1).",
    DRAFT="Being written; nothing can be received yet.",
    ORDERED="Sent to the supplier.",
    PARTIALLY_RECEIVED="A delivery came in, and a line is still short.",
    RECEIVED="No line is short.",
    CANCELLED="Called off; final.",
)
enum(
    Verdict,
    "How much a trace proves (R-7.5).",
    PROVEN="It has no gap.",
    POSSIBLE="It has gaps, and at least one recorded link.",
    UNKNOWN="It has gaps, and no recorded link.",
)
enum(
    GapKind,
    "What a trace does not know (R-7.5).",
    name="TraceGapKind",
    UNTRACKED="A run used stock that no lot explains.",
    UNACCOUNTED="A run used what was not in the books: an allowed shortfall.",
    UNLINKED_LINE="A line of an order is not linked to a production batch, in whole or in part.",
    NO_RECIPE="A line of an order is bought in: it is made of nothing that is tracked.",
    ADJUSTED="A count or a correction took from the lot.",
    UNALLOCATED="Of a batch, this is neither linked to an order, used nor written off.",
)
enum(
    WasteGrouping,
    "What a waste report tells apart (R-6.3); of the periods one at most.",
    REASON="Why it is waste.",
    INGREDIENT="What was thrown away: the ingredient, or the finished product.",
    SUPPLIER="Who delivered it.",
    DAY="The bakery's own day.",
    WEEK="The week of that day, from Monday.",
    MONTH="The month of that day.",
)

# ── the audit log ─────────────────────────────────────────────────────────────────────────────────────────────────────
enum(
    AuditKind,
    "What an entry of the audit log is of.",
    CHANGE="A mutation.",
    READ="A root field that a partner read.",
    COMMAND="A command of whoever runs the server, such as an import.",
)
enum(
    AuditOutcome,
    "How it ended.",
    DONE="It was done.",
    REPEATED="It had been done before under the same idempotency key, and was not done again (R-5.10).",
    REFUSED="It was refused, and changed nothing.",
    FAILED="Something went wrong on our side, and nothing was changed.",
)

# ── lists ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
enum(
    ArchivedFilter,
    "Whether a list has archived things.",
    EXCLUDED="Only what is in use.",
    INCLUDED="Both what is in use and what is archived.",
    ONLY="Only what is archived.",
)
enum(
    NameSort,
    "The order of suppliers, customers, ingredients and products.",
    RECORDED="In the order of recording.",
    NAME="By name, whatever its case and accents.",
)
enum(
    LotSort,
    "The order of lots.",
    NEWEST="Recorded last comes first.",
    EXPIRY="By expiry date, undated last, then by receipt and recording, as production takes them (R-5.3).",
    RECEIVED="By day of receipt, then by expiry date, undated last, and recording (R-5.3).",
)
enum(
    OrderSort,
    "The order of orders.",
    NEWEST="Recorded last comes first.",
    DUE_DATE="By the day they are wanted, those without one last, then by recording.",
)
enum(
    ProductionBatchSort,
    "The order of production batches.",
    NEWEST="Recorded last comes first.",
    PRODUCED_ON="Made last comes first, by day of production, then recorded last.",
)
