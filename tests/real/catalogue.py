"""What the bakery buys, makes and sells: formulas and matches turned into ingredients and products.

A food within a food becomes an intermediate: a product that makes an ingredient, in grams. Tap water is left out of
the recipes, though not out of the weights: nobody books it in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property

from tests.real.formulas import Formula, in_order_of_making, levels, nested_codes
from tests.real.kinds import TAP_WATER_CODE, Kind, kind_of
from tests.real.matches import ASSEMBLED, BAKED, Assembled, Match
from tests.real.shelf import Need, needed

# Bakers' scales: recipe lines are given to the milligram, so that a pinch of cinnamon is still something.
SCALE = Decimal("0.001")
PIECES_A_RECIPE = Decimal(12)
GRAMS_A_RECIPE = Decimal(1000)
# A base is made the day it is used; what is left may serve for two more.
INTERMEDIATE_SHELF_LIFE_DAYS = 2
# Batter with milk and egg in it must not outlive them.
INHERITING_CODES = frozenset({"52306010"})


@dataclass(frozen=True)
class Ingredient:
    """Something with a stock figure in `unit`; what is bought has a kind, what is made here has none."""

    key: str
    name: str
    unit: str
    kind: Kind | None = None

    @property
    def density(self) -> Decimal | None:
        """Grams a ml, of what is kept in ml."""
        return self.kind.density if self.kind else None


@dataclass(frozen=True)
class RecipeLine:
    """What goes into a recipe's yield, in grams or pieces."""

    ingredient: Ingredient
    quantity: Decimal

    @property
    def unit(self) -> str:
        """`each` of an ingredient that is kept by the piece, else grams."""
        return "each" if self.ingredient.unit == "each" else "g"


@dataclass(frozen=True)
class Product:
    """Something sold by the piece, or an intermediate made by the gram; without lines it is bought in."""

    key: str
    name: str
    yield_quantity: Decimal
    lines: tuple[RecipeLine, ...] = ()
    shelf_life_days: int | None = None
    makes: Ingredient | None = None
    inherits_expiry: bool = False
    bakes_a_day: int = 1

    def needs(self, quantity: Decimal) -> dict[Ingredient, Decimal]:
        """What a run of `quantity` takes of each ingredient, in its stock unit."""
        lines: dict[Ingredient, list[Need]] = {}
        for line in self.lines:
            need = Need(line.quantity, line.ingredient.density)
            lines.setdefault(line.ingredient, []).append(need)
        return {ingredient: needed(parts, quantity, self.yield_quantity) for ingredient, parts in lines.items()}


@dataclass
class Catalogue:
    """Ingredients and products by key; products stand in order of making, intermediates before their users."""

    ingredients: dict[str, Ingredient] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)

    @cached_property
    def bought(self) -> list[Ingredient]:
        """What suppliers bring."""
        return [ingredient for ingredient in self.ingredients.values() if ingredient.kind]

    @cached_property
    def makers(self) -> dict[Ingredient, Product]:
        """Which product makes an ingredient."""
        return {product.makes: product for product in self.products.values() if product.makes}

    def depth(self, product: Product) -> int:
        """How many batches deep a product is: 1 for one without intermediates."""
        inner = (self.makers[line.ingredient] for line in product.lines if line.ingredient in self.makers)
        return 1 + max((self.depth(maker) for maker in inner), default=0)


def build_catalogue(formulas: Mapping[str, Formula], items: Iterable[str]) -> Catalogue:
    """Everything needed to sell the given items of the till."""
    sold = set(items)
    assembled = [entry for entry in ASSEMBLED if entry.item in sold]
    bases = {entry.base_item for entry in assembled}
    baked = [match for match in BAKED if match.item in sold | bases]
    catalogue = Catalogue()
    order = in_order_of_making((match.food_code for match in baked), formulas)
    within = {nested for code in order for nested in nested_codes(formulas[code], formulas)}
    for code in order:
        if code in within:
            _add_intermediate(catalogue, formulas[code])
    for match in baked:
        _add_baked(catalogue, formulas, match, is_base=match.item in bases)
    for entry in assembled:
        _add_assembled(catalogue, entry)
    for item in sorted(sold - catalogue.products.keys()):
        catalogue.products[item] = Product(item, item, Decimal(1))
    return catalogue


def _add_intermediate(catalogue: Catalogue, formula: Formula) -> None:
    lines = _scaled(catalogue, formula, GRAMS_A_RECIPE)
    made = Ingredient(formula.code, f"{formula.name} (made here)", "g")
    catalogue.ingredients[made.key] = made
    catalogue.products[formula.code] = Product(
        formula.code,
        f"{formula.name} (base)",
        GRAMS_A_RECIPE,
        lines,
        shelf_life_days=INTERMEDIATE_SHELF_LIFE_DAYS,
        makes=made,
        inherits_expiry=formula.code in INHERITING_CODES,
    )


def _add_baked(catalogue: Catalogue, formulas: Mapping[str, Formula], match: Match, *, is_base: bool) -> None:
    lines = _scaled(catalogue, formulas[match.food_code], match.portion * PIECES_A_RECIPE)
    made = Ingredient(match.item, f"{match.item}, by the piece", "each") if is_base else None
    if made:
        catalogue.ingredients[made.key] = made
    catalogue.products[match.item] = Product(
        match.item,
        match.item,
        PIECES_A_RECIPE,
        lines,
        shelf_life_days=match.shelf_life_days,
        makes=made,
        bakes_a_day=match.bakes_a_day,
    )


def _add_assembled(catalogue: Catalogue, entry: Assembled) -> None:
    base = RecipeLine(catalogue.ingredients[entry.base_item], entry.base_pieces * PIECES_A_RECIPE)
    parts = tuple(
        RecipeLine(_bought(catalogue, part.code, part.name), part.weight * PIECES_A_RECIPE) for part in entry.parts
    )
    catalogue.products[entry.item] = Product(
        entry.item, entry.item, PIECES_A_RECIPE, (base, *parts), shelf_life_days=entry.shelf_life_days
    )


def _scaled(catalogue: Catalogue, formula: Formula, weight: Decimal) -> tuple[RecipeLine, ...]:
    """The formula's lines for a total of `weight` grams, water counted and then left out."""
    lines: list[RecipeLine] = []
    for line in formula.lines:
        if line.code == TAP_WATER_CODE:
            continue
        quantity = (line.weight * weight / formula.weight).quantize(SCALE, ROUND_HALF_EVEN)
        made = catalogue.ingredients.get(line.code)
        lines.append(RecipeLine(made or _bought(catalogue, line.code, line.name), max(quantity, SCALE)))
    return tuple(lines)


def _bought(catalogue: Catalogue, code: str, name: str) -> Ingredient:
    kind = kind_of(code, name)
    # The code alone would take suet for butter: see `kinds`.
    key = f"{code} {name}"
    return catalogue.ingredients.setdefault(key, Ingredient(key, name, kind.stock_unit, kind))


def matching_lines(formulas: Mapping[str, Formula]) -> list[tuple[str, str, str, str]]:
    """The table of matches to print: item, formula with its code, levels, reason."""
    lines = [
        (
            match.item,
            f"{match.food_code} {formulas[match.food_code].name}",
            str(levels(match.food_code, formulas)),
            f"{match.portion} g; {match.reason}",
        )
        for match in BAKED
    ]
    lines += [(entry.item, "(none)", "", entry.reason) for entry in ASSEMBLED]
    return lines
