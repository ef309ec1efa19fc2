"""The form of each file: its columns, named as the fields of the API's inputs. `docs/import.md` describes them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """A kind of file. Rows with the same text in `key` are one record where `grouped`."""

    noun: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    grouped: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return self.required + self.optional

    @property
    def key(self) -> str:
        """The column that names the record."""
        return self.required[0]


SUPPLIERS = Form("suppliers", ("name",), ("email",))
INGREDIENTS = Form("ingredients", ("name", "unit"), ("opening_stock", "density", "reorder_point"))
CUSTOMERS = Form("customers", ("name",), ("email", "phone"))
RECIPES = Form(
    "recipes",
    ("product",),
    (
        "yield_quantity",
        "shelf_life_days",
        "makes_ingredient",
        "inherit_expiry",
        "ingredient",
        "quantity",
        "unit",
    ),
    grouped=True,
)
ORDERS = Form("orders", ("number", "product", "quantity"), ("customer", "due_on"), grouped=True)

FORMS = (SUPPLIERS, INGREDIENTS, CUSTOMERS, RECIPES, ORDERS)
"""In the order in which they are imported: what is referred to comes first."""
