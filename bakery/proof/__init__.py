"""Proving a bakery's books, from the ledger up: what the figures, codes, runs and links say must follow from it.

Pure: records in, breaches out. `bakery.store.proof` reads the records. It is written apart from the code that books,
and shares with it only the records and the one expiry predicate: a mistake there is not repeated here.
"""

from bakery.proof.books import Books, Proof
from bakery.proof.records import (
    Booked,
    Breach,
    CodeCounter,
    Coded,
    DateChange,
    Delivered,
    HeldLot,
    OrderedLine,
    ProvenLot,
    PurchasedLine,
    Relinked,
    Run,
    Used,
    Wasted,
)

__all__ = [
    "Booked",
    "Books",
    "Breach",
    "CodeCounter",
    "Coded",
    "DateChange",
    "Delivered",
    "HeldLot",
    "OrderedLine",
    "Proof",
    "ProvenLot",
    "PurchasedLine",
    "Relinked",
    "Run",
    "Used",
    "Wasted",
]
