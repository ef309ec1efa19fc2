"""What a bakery knows of its ingredients besides the formula: who brings them, how long they keep, how they are sold.

The formulas identify an ingredient by its number in the USDA's Standard Reference, whose leading digits are a food
group, or by an eight-digit food code. Where a food had no number of its own, the file's makers used a neighbour's and
wrote another name ("1001 suet, beef, raw": 1001 is butter), so the name decides first.
"""

from dataclasses import dataclass
from decimal import Decimal

MILLER, SECOND_MILLER = "Lothian Flour Mill", "Forth Valley Millers"
DAIRY = "Pentland Dairy"
PROVISIONS = "Leith Provisions"
FRUIT = "Tweed Fruit"
FINE_GOODS = "Haymarket Spice & Oil"
SUPPLIERS = (MILLER, SECOND_MILLER, DAIRY, PROVISIONS, FRUIT, FINE_GOODS)

TAP_WATER_CODE = "14429"


@dataclass(frozen=True)
class Kind:
    """A sort of goods.

    `keeps_days` from delivery to the last usable day, none for what does not spoil; at least 6, so that a delivery
    lasts its week. `pack` is the smallest unit of sale in `purchase_unit` (kg or l), `price` is for one of these.
    Liquids are kept in ml and weighed into recipes in g, by their `density` in g/ml.
    """

    name: str
    supplier: str
    keeps_days: int | None
    pack: Decimal
    price: Decimal
    density: Decimal | None = None

    @property
    def stock_unit(self) -> str:
        """Unit of the stock figure."""
        return "ml" if self.density else "g"

    @property
    def purchase_unit(self) -> str:
        """Unit of orders and prices: 1,000 stock units."""
        return "l" if self.density else "kg"


def _kind(name: str, supplier: str, keeps_days: int | None, pack: str, price: str, density: str | None = None) -> Kind:
    return Kind(name, supplier, keeps_days, Decimal(pack), Decimal(price), Decimal(density) if density else None)


WHITE_FLOUR = _kind("white flour", MILLER, 150, "16", "0.85")
WHOLE_FLOUR = _kind("wholemeal flour", MILLER, 75, "16", "1.05")
STARCH = _kind("starch", MILLER, 365, "1", "2.10")
MILK = _kind("milk", DAIRY, 6, "2", "0.92", "1.03")
CREAM = _kind("cream", DAIRY, 8, "0.5", "3.60")
CUSTARD = _kind("custard", DAIRY, 6, "1", "2.95")
EGGS = _kind("eggs", DAIRY, 20, "1.2", "3.20")
CHEESE = _kind("cheese", DAIRY, 27, "2.5", "6.80")
BUTTER = _kind("butter", DAIRY, 45, "2.5", "5.75")
SOLID_FAT = _kind("solid fat", PROVISIONS, 120, "2.5", "2.40")
MEAT_FAT = _kind("suet and tallow", DAIRY, 21, "0.25", "4.10")
TINNED_MILK = _kind("dried and tinned milk", PROVISIONS, 270, "1", "4.50")
DRIED_EGG = _kind("dried egg", PROVISIONS, 360, "0.5", "14.20")
OIL = _kind("oil", FINE_GOODS, 365, "5", "2.15", "0.92")
RUM = _kind("rum", FINE_GOODS, None, "0.7", "19.50", "0.94")
SALT = _kind("salt", FINE_GOODS, None, "3", "0.60")
SPICE = _kind("spice and flavouring", FINE_GOODS, 720, "0.1", "18.00")
FRESH_YEAST = _kind("fresh yeast", MILLER, 14, "1", "3.10")
DRY_YEAST = _kind("dry yeast", PROVISIONS, 365, "0.5", "7.40")
RAISING_AGENT = _kind("raising agent", PROVISIONS, 365, "1", "4.25")
SUGAR = _kind("sugar and syrup", PROVISIONS, 540, "5", "1.15")
CHOCOLATE = _kind("chocolate and sweets", PROVISIONS, 300, "2.5", "7.90")
ICING = _kind("icing", PROVISIONS, 60, "2.5", "3.30")
NUTS = _kind("nuts and seeds", PROVISIONS, 240, "1", "9.60")
DRIED_FRUIT = _kind("dried fruit", PROVISIONS, 240, "1", "5.20")
TINNED_FRUIT = _kind("tinned fruit", PROVISIONS, 300, "0.8", "2.60")
FRESH_FRUIT = _kind("fresh fruit", FRUIT, 6, "0.25", "6.40")
CEREALS = _kind("cereals and pulses", MILLER, 180, "0.5", "2.30")
BAKED_PARTS = _kind("biscuits, crumbs and mixes", PROVISIONS, 180, "0.5", "4.80")
FROZEN_PASTRY = _kind("frozen pastry", PROVISIONS, 120, "2.5", "3.90")

BY_NAME = {
    "suet, beef, raw": MEAT_FAT,
}

BY_CODE = {
    "1001": BUTTER,
    "1009": CHEESE,
    "1050": CREAM,
    "12140000": CREAM,
    "13210300": CUSTARD,
    "1077": MILK,
    "11100000": MILK,
    "1091": TINNED_MILK,
    "1095": TINNED_MILK,
    "1123": EGGS,
    "1124": EGGS,
    "1125": EGGS,
    "1133": DRIED_EGG,
    "2047": SALT,
    "4001": MEAT_FAT,
    "4053": OIL,
    "4582": OIL,
    "4651": OIL,
    "82101000": OIL,
    "9008": TINNED_FRUIT,
    "9009": DRIED_FRUIT,
    "9011": DRIED_FRUIT,
    "9087": DRIED_FRUIT,
    "9298": DRIED_FRUIT,
    "9426": DRIED_FRUIT,
    "12179": NUTS,
    "14050": RUM,
    "18211": FROZEN_PASTRY,
    "18369": RAISING_AGENT,
    "18370": RAISING_AGENT,
    "18372": RAISING_AGENT,
    "18374": FRESH_YEAST,
    "18375": DRY_YEAST,
    "19080": CHOCOLATE,
    "19120": CHOCOLATE,
    "19165": CHOCOLATE,
    "19166": CHOCOLATE,
    "20027": STARCH,
    "20080": WHOLE_FLOUR,
    "83140": SUGAR,
    "91305020": ICING,
    "91702010": CHOCOLATE,
}

# Numbers of the Standard Reference: the first two digits, with the leading zero that the file leaves out.
REFERENCE_DIGITS = 5
BY_GROUP = {
    "02": SPICE,
    "04": SOLID_FAT,
    "08": CEREALS,
    "09": FRESH_FRUIT,
    "12": NUTS,
    "16": CEREALS,
    "18": BAKED_PARTS,
    "19": SUGAR,
    "20": WHITE_FLOUR,
}


def kind_of(code: str, name: str) -> Kind:
    """The sort of goods an ingredient of the formulas is."""
    group = code.zfill(REFERENCE_DIGITS)[:2] if len(code) <= REFERENCE_DIGITS else None
    kind = BY_NAME.get(name) or BY_CODE.get(code) or BY_GROUP.get(group or "")
    if kind is None:
        raise KeyError(f"no kind of goods is given for the ingredient {code} {name}")
    return kind
