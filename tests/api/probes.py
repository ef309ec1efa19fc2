"""A document for each gated field, which asks for that field and as little else as leads to it."""

import re

from graphql import GraphQLInputObjectType, build_schema, get_named_type

from graphql_api.schema import roots

_SCHEMA = build_schema(roots.build().as_str())


def _mutations() -> dict[str, str]:
    kind = _SCHEMA.mutation_type
    assert kind
    documents = {}
    for name, field in kind.fields.items():
        input_type = get_named_type(field.args["input"].type)
        assert isinstance(input_type, GraphQLInputObjectType)
        documents[name] = (
            f"mutation ($input: {input_type.name}!) {{ {name}(input: $input) "
            "{ __typename ... on Error { message } } }"
        )
    return documents


MUTATIONS = _mutations()
"""Every mutation of the schema, by name."""

_LOT = 'lot(code: "LOT-260302-001")'
_BATCH = 'productionBatch(code: "PB-260302-001")'
_ORDER = 'order(number: "N-1")'
_PREVIEW = "previewProduction(input: {productId: $Product, quantity: 1})"

FIELDS = {
    "Query.viewer": "{ viewer { id } }",
    "Query.lot": f"{{ {_LOT} {{ id }} }}",
    "Query.lots": "{ lots { totalCount } }",
    "Query.expiringLots": "{ expiringLots { totalCount } }",
    "Query.productionBatch": f"{{ {_BATCH} {{ id }} }}",
    "Query.productionBatches": "{ productionBatches { totalCount } }",
    "Query.order": f"{{ {_ORDER} {{ id }} }}",
    "Query.orders": "{ orders { totalCount } }",
    "Query.ingredient": "query ($Ingredient: ID!) { ingredient(id: $Ingredient) { id } }",
    "Query.ingredients": "{ ingredients { totalCount } }",
    "Query.product": "query ($Product: ID!) { product(id: $Product) { id } }",
    "Query.products": "{ products { totalCount } }",
    "Query.previewProduction": f"query ($Product: ID!) {{ {_PREVIEW} {{ sufficient }} }}",
    "Query.lotTrackingSettings": "{ lotTrackingSettings { enabled } }",
    "Query.suppliers": "{ suppliers { totalCount } }",
    "Query.customers": "{ customers { totalCount } }",
    "Query.purchaseOrder": "query ($PurchaseOrder: ID!) { purchaseOrder(id: $PurchaseOrder) { id } }",
    "Query.purchaseOrders": "{ purchaseOrders { totalCount } }",
    **{
        f"Lot.{name}": f"{{ {_LOT} {{ {name} {selection} }} }}"
        for name, selection in {
            "originBatch": "{ id }",
            "supplier": "{ id }",
            "supplierLotNumber": "",
            "consumptions": "{ quantity }",
            "trace": "{ verdict }",
            "expiryStatus": "",
            "unitCost": "",
            "balance": "{ closes }",
        }.items()
    },
    **{
        f"ProductionBatch.{name}": f"{{ {_BATCH} {{ {name} {selection} }} }}"
        for name, selection in {
            "consumptions": "{ quantity }",
            "outputLot": "{ id }",
            "allocations": "{ quantity }",
            "trace": "{ verdict }",
        }.items()
    },
    **{
        f"Ingredient.{name}": f"{{ {_LOT} {{ ingredient {{ {name} {selection} }} }} }}"
        for name, selection in {
            "onHand": "",
            "tracked": "",
            "untracked": "",
            "reorderPoint": "",
            "lots": "{ totalCount }",
            "movements": "{ totalCount }",
        }.items()
    },
    "Order.trace": f"{{ {_ORDER} {{ trace {{ verdict }} }} }}",
    "OrderLine.linkedQuantity": f"{{ {_ORDER} {{ lines {{ linkedQuantity }} }} }}",
    "OrderLine.allocations": f"{{ {_ORDER} {{ lines {{ allocations {{ quantity }} }} }} }}",
    "Customer.email": f"{{ {_ORDER} {{ customer {{ email }} }} }}",
    "Customer.phone": f"{{ {_ORDER} {{ customer {{ phone }} }} }}",
    "Product.recipe": f"{{ {_BATCH} {{ product {{ recipe {{ quantity }} }} }} }}",
}
"""Every gated field of a type that is read, reached from what is open to all roles."""

FIELDS_BEGIN_AT = {field: "Query." + re.findall(r"{ (\w+)", document)[0] for field, document in FIELDS.items()}
"""The root field that each document begins at, which has a gate of its own."""
