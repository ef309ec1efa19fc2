"""Codes that people read out on the phone (R-4.5)."""

from datetime import date

import pytest

from bakery.codes import CodeKind, code

JUNE_21 = date(2026, 6, 21)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "LOT-260621-001"),
        (42, "LOT-260621-042"),
        (999, "LOT-260621-999"),
        (1000, "LOT-260621-1000"),
        (9999, "LOT-260621-9999"),
    ],
)
def test_a_lots_code(number: int, text: str) -> None:
    """R-4.5: `LOT-YYMMDD-NNN`, counted from 001, four digits after 999."""
    assert code(CodeKind.LOT, JUNE_21, number) == text


@pytest.mark.parametrize(
    ("kind", "prefix"),
    [(CodeKind.PRODUCTION_BATCH, "PB"), (CodeKind.PURCHASE_ORDER, "PO"), (CodeKind.RECALL, "RC")],
)
def test_other_codes_have_the_same_form(kind: CodeKind, prefix: str) -> None:
    """R-4.5: production batches `PB-…`, purchase orders `PO-…`, recalls `RC-…`."""
    assert code(kind, date(2026, 1, 2), 7) == f"{prefix}-260102-007"


def test_no_two_codes_are_alike() -> None:
    """R-4.5: kind, day and number are all in the code, so none can be taken for another."""
    days = [date(2026, 1, 11), date(2026, 11, 1), date(2027, 1, 11)]
    codes = {code(kind, day, number) for kind in CodeKind for day in days for number in range(1, 1200)}
    assert len(codes) == len(CodeKind) * len(days) * 1199
