"""What of a list is shown, and in which order."""

from __future__ import annotations

from enum import Enum


class ArchivedFilter(Enum):
    """Whether a list has archived things, beside those in use."""

    EXCLUDED = "EXCLUDED"
    INCLUDED = "INCLUDED"
    ONLY = "ONLY"


class NameSort(Enum):
    """The order of suppliers, customers, ingredients and products."""

    RECORDED = "RECORDED"
    NAME = "NAME"


class LotSort(Enum):
    """The order of lots; by expiry and by receipt it is that in which production takes them (R-5.3)."""

    NEWEST = "NEWEST"
    EXPIRY = "EXPIRY"
    RECEIVED = "RECEIVED"


class OrderSort(Enum):
    NEWEST = "NEWEST"
    DUE_DATE = "DUE_DATE"


class ProductionBatchSort(Enum):
    NEWEST = "NEWEST"
    PRODUCED_ON = "PRODUCED_ON"
