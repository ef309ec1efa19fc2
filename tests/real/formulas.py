"""The USDA's formulas of baked foods: what goes into each, by weight, with foods made of other foods.

Errors: `FormulaCycle`, a food that would go into itself.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path


class FormulaCycle(ValueError):
    """Foods that go into each other; `path` names the codes, the first one again at its end."""

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__(f"formulas go round in a circle: {' → '.join(path)}")
        self.path = path


@dataclass(frozen=True)
class FormulaLine:
    """One ingredient of a food; `weight` in grams."""

    code: str
    name: str
    weight: Decimal


@dataclass(frozen=True)
class Formula:
    """A food; its lines are for a batch of `weight` grams, of any size."""

    code: str
    name: str
    lines: tuple[FormulaLine, ...]

    @property
    def weight(self) -> Decimal:
        """Grams that go in."""
        return sum((line.weight for line in self.lines), Decimal(0))


def load_formulas(path: Path) -> dict[str, Formula]:
    """The formulas by food code, lines in the file's order."""
    lines: dict[str, list[tuple[int, FormulaLine]]] = {}
    names: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            line = FormulaLine(row["ingredient_code"], row["ingredient"].strip(), Decimal(row["weight_g"]))
            names[row["food_code"]] = row["food"]
            lines.setdefault(row["food_code"], []).append((int(row["seq"]), line))
    return {
        code: Formula(code, names[code], tuple(line for _, line in sorted(found, key=lambda entry: entry[0])))
        for code, found in lines.items()
    }


def nested_codes(formula: Formula, formulas: Mapping[str, Formula]) -> list[str]:
    """The foods among the ingredients of a food."""
    return [line.code for line in formula.lines if line.code in formulas]


def in_order_of_making(codes: Iterable[str], formulas: Mapping[str, Formula]) -> list[str]:
    """The given foods and all foods within them, each after what goes into it."""
    made: dict[str, None] = {}

    def visit(code: str, path: tuple[str, ...]) -> None:
        if code in path:
            raise FormulaCycle((*path[path.index(code) :], code))
        if code in made:
            return
        for nested in nested_codes(formulas[code], formulas):
            visit(nested, (*path, code))
        made[code] = None

    for code in codes:
        visit(code, ())
    return list(made)


def levels(code: str, formulas: Mapping[str, Formula]) -> int:
    """How many foods deep a food is: 1 for one made of plain ingredients only."""
    return 1 + max((levels(nested, formulas) for nested in nested_codes(formulas[code], formulas)), default=0)
