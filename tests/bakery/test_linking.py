"""Production batches to order lines (R-7.1)."""

from datetime import date
from decimal import Decimal

import pytest

from bakery.linking import Link, OpenLine, Supply, link, merged, oldest_usable_day
from bakery.quantity import plain

BREAD, ROLL = 1, 2
PRODUCTS = {"bread": BREAD, "roll": ROLL}


def lines(text: str) -> list[OpenLine]:
    """Open lines such as `bread 5 | roll 3`, numbered as they stand."""
    words = [entry.split() for entry in text.split("|")]
    return [OpenLine(number, PRODUCTS[name], Decimal(open_)) for number, (name, open_) in enumerate(words, start=1)]


def supplies(text: str) -> list[Supply]:
    """Batches such as `bread 5 on 2026-03-01`, in the order of recording; handed over the other way round."""
    words = [entry.split() for entry in text.split("|") if entry.strip()]
    return [
        Supply(number, PRODUCTS[name], date.fromisoformat(day), Decimal(left))
        for number, (name, left, _, day) in enumerate(words, start=1)
    ][::-1]


def linked(open_lines: str, batches: str) -> str:
    return written(link(lines(open_lines), supplies(batches)))


def written(links: list[Link]) -> str:
    """Links such as `1 from batch 2: 5`."""
    return " | ".join(f"{item.line_id} from batch {item.batch_id}: {plain(item.quantity)}" for item in links)


def test_the_oldest_batch_goes_first() -> None:
    """R-7.1: by the day of production, whenever it was recorded."""
    batches = "bread 5 on 2026-03-02 | bread 5 on 2026-03-01"
    assert linked("bread 3", batches) == "1 from batch 2: 3"
    assert linked("bread 7", batches) == "1 from batch 2: 5 | 1 from batch 1: 2"


def test_batches_of_a_day_go_in_the_order_of_recording() -> None:
    """R-7.1: day of production, then order of recording."""
    batches = "bread 2 on 2026-03-01 | bread 2 on 2026-03-01 | bread 2 on 2026-03-01"
    assert linked("bread 5", batches) == "1 from batch 1: 2 | 1 from batch 2: 2 | 1 from batch 3: 1"


def test_a_line_is_linked_to_its_own_product() -> None:
    """R-7.1: batches of its product only."""
    batches = "bread 5 on 2026-03-01 | roll 5 on 2026-03-01"
    assert linked("roll 3 | bread 2", batches) == "1 from batch 2: 3 | 2 from batch 1: 2"
    assert linked("roll 3", "bread 5 on 2026-03-01") == ""


def test_a_line_takes_no_more_than_it_needs() -> None:
    """R-7.1: to the last digit; a line that is filled takes nothing."""
    batches = "bread 5 on 2026-03-01 | bread 5 on 2026-03-02"
    assert linked("bread 4.999999", batches) == "1 from batch 1: 4.999999"
    assert linked("bread 5", batches) == "1 from batch 1: 5"
    assert linked("bread 0", batches) == ""


def test_a_line_takes_no_more_than_there_is() -> None:
    """R-7.1: up to what each batch has left; the rest stays unlinked."""
    assert linked("bread 9", "bread 5 on 2026-03-01 | bread 0 on 2026-03-01 | bread 1.5 on 2026-03-02") == (
        "1 from batch 1: 5 | 1 from batch 3: 1.5"
    )
    assert linked("bread 9", "") == ""


def test_lines_of_one_product_share_its_batches() -> None:
    """R-7.1: what one line took, the next does not find; lines are filled in the order of the order."""
    batches = "bread 5 on 2026-03-01 | bread 5 on 2026-03-02"
    assert linked("bread 3 | roll 1 | bread 4 | bread 9", batches) == (
        "1 from batch 1: 3 | 3 from batch 1: 2 | 3 from batch 2: 2 | 4 from batch 2: 3"
    )


def test_completing_links_only_what_is_still_unlinked() -> None:
    """R-7.1: again at `COMPLETED`; it never links twice."""
    at_ready = link(lines("bread 8"), supplies("bread 5 on 2026-03-01"))
    assert written(at_ready) == "1 from batch 1: 5"
    # A second batch came out of the oven; of the first nothing is left, and of the line 3 are open.
    assert linked("bread 3", "bread 0 on 2026-03-01 | bread 9 on 2026-03-02") == "1 from batch 2: 3"
    assert linked("bread 0", "bread 0 on 2026-03-01 | bread 6 on 2026-03-02") == ""


@pytest.mark.parametrize(
    ("shelf_life", "oldest"),
    [
        (0, "2026-03-01"),
        (1, "2026-02-28"),
        (3, "2026-02-26"),
        (365, "2025-03-01"),
        (None, "0001-01-01"),
        (10**6, "0001-01-01"),
    ],
)
def test_how_old_a_batch_may_be(shelf_life: int | None, oldest: str) -> None:
    """R-7.1: not older than `shelfLifeDays`, where the product has one; a batch of shelf life 0 is of that day."""
    assert oldest_usable_day(date(2026, 3, 1), shelf_life) == date.fromisoformat(oldest)


@pytest.mark.parametrize("reach", [-1, 0, 1])
def test_a_shelf_life_may_reach_before_the_calendar(reach: int) -> None:
    """R-7.1: then every day is young enough."""
    day = date(2026, 3, 1)
    expected = date(1, 1, 2) if reach == -1 else date.min
    assert oldest_usable_day(day, day.toordinal() - 1 + reach) == expected


def test_a_batch_that_was_chosen_twice_is_one_link() -> None:
    """R-7.2: for each line by itself."""
    chosen = [Link(1, 7, Decimal(2)), Link(2, 7, Decimal(1)), Link(1, 8, Decimal(4)), Link(1, 7, Decimal("0.5"))]
    assert written(merged(chosen)) == "1 from batch 7: 2.5 | 2 from batch 7: 1 | 1 from batch 8: 4"
