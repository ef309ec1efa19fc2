"""A gate that depends on a switch, at a field that the compiled executor would write for a whole list at once."""

from collections.abc import Awaitable, Callable

import pytest
import strawberry

from graphql_api.context import Context
from graphql_api.plugins import Plugin
from graphql_api.schema.features import BUILT_IN
from graphql_api.schema.fields import derived
from plans import Feature, Operation, Plan
from plans.tiers import LEADERS
from tests.api.bakeries import Bakery
from tests.api.in_process import InProcessApi

PRAISE = Feature(key="PRAISE", name="Praise", plan=Plan.ESSENTIALS, operations={"praise": Operation(LEADERS)})
RECIPE = "... on UpdateProductSuccess { product { recipe { quantity ingredient { name praise } } } }"


async def _todays_word(context: Context) -> str:
    return "fine"


def _plugin() -> Plugin:
    fact: Callable[[Context], Awaitable[str]] = _todays_word
    praise = derived(
        "A kind word.", lambda ingredient, word: f"{word} {ingredient.name}", fact, gate=PRAISE.gate("praise")
    )
    added = strawberry.type(type("Added", (), {"__annotations__": {"praise": str | None}, "praise": praise}))
    return Plugin(PRAISE, extends={"Ingredient": added})


@pytest.mark.parametrize("compiled", [True, False])
def test_what_was_switched_acts_from_the_next_field_on(database_url: str, compiled: bool) -> None:
    """R-1.7, R-1.4: a gate is asked anew once a mutation of the same request has switched what it asks for."""
    api = InProcessApi(database_url, plugins=(*BUILT_IN, _plugin()), compiled=compiled)
    bakery = Bakery.opened(api)
    product = bakery.product("Bread", {bakery.ingredient("Rye"): "1", bakery.ingredient("Wheat"): "2"})

    bakery.owner.does("SetFeature", feature="PRAISE", enabled=True)

    answer = bakery.owner.send(
        f"""
        mutation ($product: ID!) {{
          on: updateProduct(input: {{productId: $product}}) {{ {RECIPE} }}
          switchOff: setFeature(input: {{feature: "PRAISE", enabled: false}}) {{ __typename }}
          off: updateProduct(input: {{productId: $product}}) {{ {RECIPE} }}
          switchOn: setFeature(input: {{feature: "PRAISE", enabled: true}}) {{ __typename }}
          onAgain: updateProduct(input: {{productId: $product}}) {{ {RECIPE} }}
        }}
        """,
        {"product": product},
    )
    api.close()

    words = {
        alias: [line["ingredient"]["praise"] for line in answer.body["data"][alias]["product"]["recipe"]]
        for alias in ("on", "off", "onAgain")
    }
    kind = ["fine Rye", "fine Wheat"]
    assert words == {"on": kind, "off": [None, None], "onAgain": kind}
    refused = [error for error in answer.errors if error["extensions"]["code"] == "FEATURE_DISABLED"]
    assert refused == answer.errors
    assert [error["path"][0] for error in refused] == ["off", "off"]
