"""The replay's own parts, without a server: matches, formulas, the plan's stock, documents."""

from decimal import Decimal
from fractions import Fraction

import pytest
from graphql import FieldNode, OperationDefinitionNode, parse

from tests.real import documents, shared
from tests.real.bakery_plan import STOCK_UNITS_A_PURCHASE_UNIT, BakeryPlan, build_plan
from tests.real.catalogue import Ingredient, build_catalogue
from tests.real.client import Document
from tests.real.formulas import Formula, FormulaCycle, FormulaLine, in_order_of_making, load_formulas
from tests.real.matches import ASSEMBLED, BAKED, why_not_baked
from tests.real.run import SEED, plan_replay
from tests.real.sales import load_trading_days
from tests.real.shelf import Need, needed, rounded

needs_real_data = pytest.mark.skipif(not shared.is_present(), reason=shared.ABSENT_REASON)


@pytest.fixture(scope="module")
def plan() -> BakeryPlan:
    return plan_replay(None)


@needs_real_data
def test_the_sales_are_read_whole() -> None:
    trading_days = load_trading_days(shared.SALES_CSV)

    assert len(trading_days) == 159
    assert sum(len(trading.tickets) for trading in trading_days) == 9_531
    assert sum(sum(trading.sold().values()) for trading in trading_days) == 21_293
    assert [trading.day for trading in trading_days] == sorted(trading.day for trading in trading_days)


@needs_real_data
def test_every_item_is_matched_or_has_a_reason_why_not() -> None:
    items = {item for trading in load_trading_days(shared.SALES_CSV) for item in trading.sold()}
    baked = [match.item for match in BAKED] + [entry.item for entry in ASSEMBLED]

    assert sorted([*baked, *why_not_baked()]) == sorted(items)


@needs_real_data
def test_every_match_is_made_of_several_things_at_some_depth() -> None:
    formulas = load_formulas(shared.FORMULAS_CSV)
    for match in BAKED:
        plain = {
            line.code
            for code in in_order_of_making([match.food_code], formulas)
            for line in formulas[code].lines
            if line.code not in formulas
        }
        assert len(plain) > 1, match


@needs_real_data
def test_intermediates_nest_three_deep_and_are_made_before_they_are_used(plan: BakeryPlan) -> None:
    catalogue = plan.catalogue
    assert {catalogue.depth(catalogue.products[item]) for item in ("Toast", "Tartine", "Lemon and coconut")} == {3}
    for planned in plan.days():
        made: set[Ingredient] = set()
        for run in planned.runs:
            inner = {line.ingredient for line in run.product.lines if line.ingredient in catalogue.makers}
            assert inner <= made
            if run.product.makes:
                made.add(run.product.makes)


def test_a_circle_of_formulas_is_refused() -> None:
    def food(code: str, inner: str) -> Formula:
        return Formula(code, code, (FormulaLine(inner, inner, Decimal(1)),))

    formulas = {"a": food("a", "b"), "b": food("b", "c"), "c": food("c", "b")}
    with pytest.raises(FormulaCycle) as raised:
        in_order_of_making(["a"], formulas)
    assert raised.value.path == ("b", "c", "b")


@needs_real_data
def test_what_is_bought_and_made_covers_what_is_used_and_sold(plan: BakeryPlan) -> None:
    stock: dict[Ingredient, Decimal] = dict(plan.opening_stock)

    def add(ingredient: Ingredient, quantity: Decimal) -> None:
        stock[ingredient] = stock.get(ingredient, Decimal(0)) + quantity

    for week in plan.weeks:
        for delivery in week.deliveries:
            for line in delivery.lines:
                assert sum(part.quantity for part in line.parts) == line.quantity > 0
                add(line.ingredient, line.quantity * STOCK_UNITS_A_PURCHASE_UNIT)
        for planned in week.days:
            baked: dict[str, Decimal] = {}
            for run in planned.runs:
                baked[run.product.key] = baked.get(run.product.key, Decimal(0)) + run.quantity
                for ingredient, need in run.product.needs(run.quantity).items():
                    add(ingredient, -need)
                    assert stock[ingredient] >= 0, (planned.day, ingredient)
                if run.product.makes:
                    add(run.product.makes, run.quantity)
            for item, sold in planned.trading.sold().items():
                product = plan.catalogue.products[item]
                assert not product.lines or baked[item] > sold
                if product.makes:
                    add(product.makes, Decimal(-sold))
                    assert stock[product.makes] >= 0, (planned.day, item)


@needs_real_data
def test_the_seed_alone_decides() -> None:
    trading_days = load_trading_days(shared.SALES_CSV)[:14]
    catalogue = build_catalogue(
        load_formulas(shared.FORMULAS_CSV), {item for trading in trading_days for item in trading.sold()}
    )
    assert build_plan(catalogue, trading_days, SEED) == build_plan(catalogue, trading_days, SEED)
    assert build_plan(catalogue, trading_days, SEED) != build_plan(catalogue, trading_days, SEED + 1)


def test_a_need_is_rounded_once() -> None:
    third = Need(Decimal(1), None)
    assert needed([third, third], Decimal(1), Decimal(3)) == Decimal("0.666667")
    assert needed([Need(Decimal(1), Decimal("1.03"))], Decimal(1), Decimal(1)) == Decimal("0.970874")
    assert rounded(Fraction(25, 10**7)) == Decimal("0.000002")
    assert rounded(Fraction(35, 10**7)) == Decimal("0.000004")


@pytest.mark.parametrize("document", documents.SENT, ids=lambda document: document.name)
def test_a_document_has_one_operation_of_its_name_with_one_root_field(document: Document) -> None:
    (operation,) = parse(document.text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name
    assert operation.name.value == document.name
    (root,) = operation.selection_set.selections
    assert isinstance(root, FieldNode)


@needs_real_data
@pytest.mark.parametrize("name", ["LotTrace", "LotUsage", "OrderTrace"])
def test_the_contract_has_the_traces(name: str) -> None:
    assert documents.contract_document(name).text.startswith(f"query {name}(")
