"""What a race sends: one mutation a document, with no more in the answer than the judge needs."""

from tests.real.client import Document


def _mutation(field: str, answer: str, more: str = "") -> Document:
    name = field[0].upper() + field[1:]
    return Document(
        name,
        f"mutation {name}($input: {name}Input!) {{ {field}(input: $input) {{ __typename "
        f"... on {name}Success {{ {answer} }} {more} ... on Error {{ message }} }} }}",
    )


SWITCH_ON = _mutation("updateLotTrackingSettings", "settings { enabled }")
CREATE_INGREDIENT = _mutation("createIngredient", "ingredient { id }")
CREATE_PRODUCT = _mutation("createProduct", "product { id }")
ADD_LOT = _mutation("addLot", "lot { id }")
QUICK_RESTOCK = _mutation("quickRestock", "lot { id }")
ADJUST_STOCK = _mutation("adjustStock", "ingredient { id }")
WRITE_OFF_LOT = _mutation("writeOffLot", "lot { id }")
HOLD_LOT = _mutation("holdLot", "lot { id }")
RELEASE_LOT = _mutation("releaseLot", "lot { id }")
REVERSE_PRODUCTION = _mutation("reverseProduction", "batch { id }")
CONFIRM_PRODUCTION = _mutation(
    "confirmProduction",
    "batch { id }",
    "... on InsufficientStock { shortfalls { ingredient { id } required available } }",
)
