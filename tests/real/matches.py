"""Which formula stands for which item of the till: a table made by hand, one line of reason for each.

The till knows short names only ("Puff"), the formulas know American foods. An item is matched where a bakery bakes
it and the formulas hold something made the same way from scratch, or from parts that a bakery does buy ready. The
formulas of bought goods ("Bread, rye: 100 g of rye bread") say nothing about baking and were passed over.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Match:
    """How an item is baked: the weight of what goes into one sold piece in grams, and the bakes on a day."""

    item: str
    food_code: str
    portion: int
    shelf_life_days: int
    bakes_a_day: int
    reason: str


@dataclass(frozen=True)
class Part:
    """What one assembled piece takes of an ingredient of the formulas, in grams."""

    code: str
    name: str
    weight: Decimal


@dataclass(frozen=True)
class Assembled:
    """An item put together in the shop from another item's pieces and a few ingredients."""

    item: str
    base_item: str
    base_pieces: Decimal
    parts: tuple[Part, ...]
    shelf_life_days: int
    reason: str


BAKED = (
    Match("Bread", "51000180", 400, 2, 2, "the shop's plain loaf: bread purchased at a bakery, flour not stated"),
    Match("Farm House", "51301040", 800, 3, 1, "a farmhouse loaf: part wholemeal, big, keeps well"),
    Match("Scandinavian", "51805010", 500, 3, 1, "seeded northern loaf; the file's ryes are bought-in bread"),
    Match("Baguette", "51158100", 250, 1, 2, "lean white dough, hard crust: the bolillo is a small baguette"),
    Match("Focaccia", "51108010", 200, 2, 1, "the same food"),
    Match("Toast", "51106020", 80, 1, 1, "two slices of plain white bread, toasted; three levels of formulas"),
    Match("Tartine", "51301830", 110, 1, 1, "open toast of a fruit and nut dough; three levels of formulas"),
    Match("Medialuna", "51167000", 45, 1, 2, "Argentina's croissant is made of a sweet egg dough: brioche"),
    Match("Brioche and salami", "51167000", 120, 1, 1, "the brioche of it; the file has no salami"),
    Match("Pastry", "53452420", 90, 1, 1, "puff pastry with custard and cream, on bought sheets of pastry"),
    Match("Puff", "53452450", 70, 1, 1, "cheese puffs: choux with cheddar"),
    Match("Cake", "53116020", 100, 3, 1, "a slice of the plainest cake, iced, made over the baked base"),
    Match("Scone", "52105200", 75, 1, 1, "scone with fruit, the usual one"),
    Match("Muffin", "52302500", 110, 2, 1, "chocolate chip muffin, made over the plain muffin's batter"),
    Match("Brownie", "53204010", 80, 3, 1, "the same food"),
    Match("Cookies", "53206020", 60, 3, 1, "chocolate chip cookie as bakeries make it"),
    Match("Alfajores", "53270100", 50, 3, 1, "mantecaditos: the same short biscuit; no dulce de leche in the file"),
    Match("Jammie Dodgers", "53239010", 50, 3, 1, "the one shortbread of the file that is made, not bought"),
    Match("Raspberry shortbread sandwich", "53239010", 70, 3, 1, "shortbread, as above"),
    Match("Kids biscuit", "53200100", 35, 3, 1, "plain sugar biscuit dough"),
    Match("Tiffin", "53211000", 75, 3, 1, "biscuit, chocolate and condensed milk in a tray: the same thing"),
    Match("Truffles", "53237500", 25, 3, 1, "rum balls: what a bakery makes of its crumbs"),
    Match("Bakewell", "53202000", 90, 3, 1, "ground almond bake; the file has no frangipane"),
    Match("Vegan mincepie", "53306070", 70, 3, 1, "mince pie; the file knows mincemeat with tallow only"),
    Match("Christmas common", "53110100", 120, 3, 1, "plum pudding: the file's one Christmas bake left"),
    Match("Panatone", "51188100", 500, 3, 1, "the same food"),
    Match("Victorian Sponge", "53113000", 100, 2, 1, "egg sponge with jam, rolled instead of sandwiched"),
    Match("Lemon and coconut", "53114250", 90, 3, 1, "lemon cake, iced; three levels of formulas"),
    Match("Caramel bites", "53205600", 30, 3, 1, "caramel and nut biscuit"),
    Match("Empanadas", "53453150", 120, 1, 1, "the same food, filled with fruit"),
    Match("Crepes", "53430000", 150, 1, 1, "the same food"),
)

# The only recipe that is not the USDA's. It makes the till's best-selling loaf an ingredient as well, as in any
# bakery that sells sandwiches, so that one batch is both sold from and baked on.
ASSEMBLED = (
    Assembled(
        "Sandwich",
        "Bread",
        Decimal("0.25"),
        (
            Part("1009", "CHEESE,CHEDDAR", Decimal(40)),
            Part("4610", "MARGARINE,REG,STK,COMP,80% FAT,W/SALT", Decimal(10)),
        ),
        1,
        "a quarter of the shop's loaf, cheese and margarine; sandwiches are no bakery formula",
    ),
)

NOT_BAKED = {
    "drink": (
        "Coffee",
        "Tea",
        "Hot chocolate",
        "Juice",
        "Coke",
        "Mineral water",
        "Smoothies",
        "My-5 Fruit Shoot",
        "Gingerbread syrup",
    ),
    "dish of the kitchen": (
        "Soup",
        "Spanish Brunch",
        "Chicken Stew",
        "Hearty & Seasonal",
        "Salad",
        "Frittata",
        "Keeping It Local",
        "The Nomad",
        "Extra Salami or Feta",
        "Eggs",
        "Vegan Feast",
        "Tacos/Fajita",
        "Mighty Protein",
        "Argentina Night",
        "Pintxos",
        "Mortimer",
        "Chicken sand",
        "The BART",
        "Bacon",
        "Polenta",
        "Olum & polenta",
        "Muesli",
        "Granola",
    ),
    "bought ready to sell": (
        "Jam",
        "Fudge",
        "Ella's Kitchen Pouches",
        "Crisps",
        "Dulce de Leche",
        "Pick and Mix Bowls",
        "Duck egg",
        "Chocolates",
        "Drinking chocolate spoons",
        "Coffee granules",
        "Honey",
        "Bare Popcorn",
        "Cherry me Dried fruit",
        "Spread",
        "Chimichurri Oil",
        "Raw bars",
    ),
    "no food": (
        "Art Tray",
        "Tshirt",
        "Valentine's card",
        "Postcard",
        "Nomad bag",
        "Basket",
        "Soap",
        "Siblings",
        "Fairy Doors",
        "Bowl Nic Pitt",
        "Gift voucher",
        "Afternoon with the baker",
    ),
    "nothing like it among the formulas": ("Bread Pudding",),
    "the name does not tell": ("Half slice Monster", "Hack the stack", "Adjustment"),
}


def why_not_baked() -> dict[str, str]:
    """The reason of each item that is sold without a recipe."""
    return {item: reason for reason, items in NOT_BAKED.items() for item in items}
