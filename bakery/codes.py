"""Codes that people read out on the phone: `LOT-260621-001` (R-4.5)."""

from __future__ import annotations

import re
from datetime import date
from enum import Enum


class CodeKind(Enum):
    """What a code names; the value is its prefix."""

    LOT = "LOT"
    PRODUCTION_BATCH = "PB"
    PURCHASE_ORDER = "PO"
    ORDER = "ORD"
    RECALL = "RC"


def code(kind: CodeKind, day: date, number: int) -> str:
    """The code of the `number`th thing of its kind on the local `day`, counted from 1; four digits after 999."""
    return f"{kind.value}-{day:%y%m%d}-{number:03d}"


def has_form_of(kind: CodeKind, text: str) -> bool:
    """Whether the text reads like a code of the kind, whoever wrote it."""
    return re.fullmatch(rf"{kind.value}-\d{{6}}-(\d{{3}}|[1-9]\d{{3,}})", text) is not None
