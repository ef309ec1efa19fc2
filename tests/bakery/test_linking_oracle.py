"""The engine and the oracle link the same batches; and what holds for every order (R-7.1)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from bakery.linking import Link, Supply, link, oldest_usable_day
from bakery.quantity import ZERO
from tests.bakery import oracle
from tests.bakery.strategies import DAY, Linking, few_hundred_examples, linkings, two_hundred_examples


def linkable(case: Linking) -> list[Supply]:
    """The batches that the engine is handed: made on or before the day, and from its oldest usable day on."""
    return [
        supply
        for supply in case.supplies
        if oldest_usable_day(DAY, case.shelf_lives[supply.product_id]) <= supply.produced_on <= DAY
    ]


def links_of(case: Linking) -> list[Link]:
    return link(case.lines, linkable(case))


def after(case: Linking, links: list[Link]) -> Linking:
    """The same order and batches when `links` are recorded."""
    filled, taken = totals(links)
    return replace(
        case,
        lines=tuple(replace(line, unlinked=line.unlinked - filled.get(line.line_id, ZERO)) for line in case.lines),
        supplies=tuple(replace(item, left=item.left - taken.get(item.batch_id, ZERO)) for item in case.supplies),
    )


def totals(links: list[Link]) -> tuple[dict[int, Decimal], dict[int, Decimal]]:
    """What was linked, by line and by batch."""
    filled: dict[int, Decimal] = {}
    taken: dict[int, Decimal] = {}
    for item in links:
        filled[item.line_id] = filled.get(item.line_id, ZERO) + item.quantity
        taken[item.batch_id] = taken.get(item.batch_id, ZERO) + item.quantity
    return filled, taken


@few_hundred_examples
@given(linkings())
def test_the_engine_links_what_the_oracle_links(case: Linking) -> None:
    """R-7.1: the same batches to the same lines, in the same order, within the shelf life."""
    wishes = [oracle.Wish(line.line_id, line.product_id, Fraction(line.unlinked)) for line in case.lines]
    trays = [
        oracle.Tray(supply.batch_id, supply.product_id, supply.produced_on, Fraction(supply.left))
        for supply in case.supplies
    ]
    told = [(item.line_id, item.batch_id, Fraction(item.quantity)) for item in links_of(case)]
    assert told == oracle.link(wishes, trays, DAY, case.shelf_lives)


@two_hundred_examples
@given(linkings())
def test_neither_lines_nor_batches_are_overdrawn(case: Linking) -> None:
    """R-7.1: never over what is left, never over what is needed, and never nothing."""
    links = links_of(case)
    assert all(item.quantity > 0 for item in links)
    assert len({(item.line_id, item.batch_id) for item in links}) == len(links)
    then = after(case, links)
    assert all(line.unlinked >= 0 for line in then.lines)
    assert all(supply.left >= 0 for supply in then.supplies)


@two_hundred_examples
@given(linkings())
def test_a_line_stays_open_only_where_nothing_is_left(case: Linking) -> None:
    """R-7.1: whatever may be linked is; so linking once more changes nothing."""
    then = after(case, links_of(case))
    for line in then.lines:
        if line.unlinked > 0:
            assert all(supply.left == 0 for supply in linkable(then) if supply.product_id == line.product_id)
    assert links_of(then) == []


@two_hundred_examples
@given(linkings())
def test_a_batch_is_opened_when_all_older_ones_are_empty(case: Linking) -> None:
    """R-7.1: oldest first, by day of production, then order of recording."""
    links = links_of(case)
    left = {supply.batch_id: supply.left for supply in after(case, links).supplies}
    opened = {item.batch_id for item in links}
    usable = linkable(case)
    for young in usable:
        for old in usable:
            same_product = old.product_id == young.product_id
            older = (old.produced_on, old.batch_id) < (young.produced_on, young.batch_id)
            if young.batch_id in opened and same_product and older:
                assert left[old.batch_id] == 0


@two_hundred_examples
@given(linkings(), st.integers(0, 8))
def test_ready_and_then_completed_links_what_one_step_links(case: Linking, ready: int) -> None:
    """R-7.1: lines that were linked at `READY` and those left for `COMPLETED` come to what one step comes to."""
    at_ready = link(case.lines[:ready], linkable(case))
    then = after(case, at_ready)
    at_completed = link(then.lines, linkable(then))
    assert totals(at_ready + at_completed) == totals(links_of(case))


@two_hundred_examples
@given(linkings())
def test_the_order_in_which_batches_are_handed_over_does_not_matter(case: Linking) -> None:
    """R-7.1: no ties."""
    in_order = replace(case, supplies=tuple(sorted(case.supplies, key=lambda supply: supply.batch_id)))
    assert links_of(in_order) == links_of(case)


@few_hundred_examples
@given(st.integers(0, 800_000), st.integers(0, 4000))
def test_the_oldest_usable_day_is_the_last_whose_shelf_life_reaches(shelf_life: int, ago: int) -> None:
    """R-7.1, R-4.4: a batch may be linked as long as what it made has not expired by its shelf life."""
    made_on = DAY - timedelta(days=ago)
    assert (made_on >= oldest_usable_day(DAY, shelf_life)) == (ago <= shelf_life)
