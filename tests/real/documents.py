"""The documents that a replay sends: parts of the contract's, cut down to what its books need.

The two traces are compared by the contract's own documents as well, which `contract_document` takes from its file.
"""

from functools import cache

from graphql import OperationDefinitionNode, parse, print_ast

from tests.real.client import Document
from tests.real.shared import CONTRACT

# Batches deep that the nested document goes; deeper recipes would be cut, so the replay refuses to plan them.
USAGE_DEPTH_MAX = 4


@cache
def contract_document(name: str) -> Document:
    """An operation of the contract as its clients send it."""
    for definition in parse(CONTRACT.read_text(encoding="utf-8")).definitions:
        if isinstance(definition, OperationDefinitionNode) and definition.name and definition.name.value == name:
            return Document(name, print_ast(definition))
    raise KeyError(f"the contract has no operation {name}")


UPDATE_SETTINGS = Document(
    "SwitchLotTrackingOn",
    """mutation SwitchLotTrackingOn($input: UpdateLotTrackingSettingsInput!) {
  updateLotTrackingSettings(input: $input) {
    __typename
    ... on UpdateLotTrackingSettingsSuccess { settings { enabled consumptionOrder } }
    ... on Error { message }
  }
}""",
)

CREATE_SUPPLIER = Document(
    "CreateSupplier",
    """mutation CreateSupplier($input: CreateSupplierInput!) {
  createSupplier(input: $input) {
    __typename
    ... on CreateSupplierSuccess { supplier { id name } }
    ... on Error { message }
  }
}""",
)

CREATE_CUSTOMER = Document(
    "CreateCustomer",
    """mutation CreateCustomer($input: CreateCustomerInput!) {
  createCustomer(input: $input) {
    __typename
    ... on CreateCustomerSuccess { customer { id name } }
    ... on Error { message }
  }
}""",
)

CREATE_INGREDIENT = Document(
    "CreateIngredient",
    """mutation CreateIngredient($input: CreateIngredientInput!) {
  createIngredient(input: $input) {
    __typename
    ... on CreateIngredientSuccess { ingredient { id onHand tracked untracked } }
    ... on Error { message }
  }
}""",
)

CREATE_PRODUCT = Document(
    "CreateProduct",
    """mutation CreateProduct($input: CreateProductInput!) {
  createProduct(input: $input) {
    __typename
    ... on CreateProductSuccess { product { id name } }
    ... on Error { message }
  }
}""",
)

CREATE_PURCHASE_ORDER = Document(
    "CreatePurchaseOrder",
    """mutation CreatePurchaseOrder($input: CreatePurchaseOrderInput!) {
  createPurchaseOrder(input: $input) {
    __typename
    ... on CreatePurchaseOrderSuccess { purchaseOrder { id status lines { id ingredient { id } } } }
    ... on Error { message }
  }
}""",
)

RECEIVE_PURCHASE_ORDER = Document(
    "ReceivePurchaseOrder",
    """mutation ReceivePurchaseOrder($input: ReceivePurchaseOrderInput!) {
  receivePurchaseOrder(input: $input) {
    __typename
    ... on ReceivePurchaseOrderSuccess {
      purchaseOrder { status }
      lots {
        id code quantityReceived unit supplierLotNumber expiresOn receivedOn
        supplier { id }
        ingredient { id }
      }
    }
    ... on Error { message }
  }
}""",
)

CONFIRM_PRODUCTION = Document(
    "ConfirmProduction",
    """mutation ConfirmProduction($input: ConfirmProductionInput!) {
  confirmProduction(input: $input) {
    __typename
    ... on ConfirmProductionSuccess {
      batch {
        id code producedOn quantity
        consumptions { ingredient { id } lot { code } quantity source }
        outputLot { id code expiresOn receivedOn quantityReceived }
      }
    }
    ... on InsufficientStock { shortfalls { ingredient { name } required available missing unit reason } }
    ... on InvalidInput { fields { path message } }
    ... on Error { message }
  }
}""",
)

WRITE_OFF_LOT = Document(
    "WriteOffLot",
    """mutation WriteOffLot($input: WriteOffLotInput!) {
  writeOffLot(input: $input) {
    __typename
    ... on WriteOffLotSuccess {
      lot { code quantityRemaining balance { received adjusted consumed writtenOff remaining closes } }
    }
    ... on Error { message }
  }
}""",
)

CREATE_ORDER = Document(
    "CreateOrder",
    """mutation CreateOrder($input: CreateOrderInput!) {
  createOrder(input: $input) {
    __typename
    ... on CreateOrderSuccess { order { id number lines { id product { id } } } }
    ... on Error { message }
  }
}""",
)

SET_ORDER_STATUS = Document(
    "SetOrderStatus",
    """mutation SetOrderStatus($input: SetOrderStatusInput!) {
  setOrderStatus(input: $input) {
    __typename
    ... on SetOrderStatusSuccess {
      order { status lines { id linkedQuantity allocations { quantity batch { code } } } }
    }
    ... on Error { message }
  }
}""",
)

INGREDIENT_STOCK = Document(
    "IngredientStock",
    """query IngredientStock($id: ID!) {
  ingredient(id: $id) { onHand tracked untracked movements(first: 1) { totalCount } }
}""",
)

LOT_COUNT = Document("LotCount", "query LotCount { lots(first: 1) { totalCount } }")

# The contract's LotUsage, taken two batches deeper: made by hand, since a document is never put together at run time.
LOT_USAGE = Document(
    "LotUsageWhole",
    """query LotUsageWhole($code: String!) {
  lot(code: $code) {
    code
    consumptions {
      quantity
      batch {
        code
        allocations { quantity order { number customer { id } } }
        outputLot {
          code quantityReceived
          consumptions {
            quantity
            batch {
              code
              allocations { quantity order { number customer { id } } }
              outputLot {
                code quantityReceived
                consumptions {
                  quantity
                  batch {
                    code
                    allocations { quantity order { number customer { id } } }
                    outputLot {
                      code quantityReceived
                      consumptions {
                        quantity
                        batch {
                          code
                          allocations { quantity order { number customer { id } } }
                          outputLot { code quantityReceived }
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}""",
)

SENT = (
    UPDATE_SETTINGS,
    CREATE_SUPPLIER,
    CREATE_CUSTOMER,
    CREATE_INGREDIENT,
    CREATE_PRODUCT,
    CREATE_PURCHASE_ORDER,
    RECEIVE_PURCHASE_ORDER,
    CONFIRM_PRODUCTION,
    WRITE_OFF_LOT,
    CREATE_ORDER,
    SET_ORDER_STATUS,
    INGREDIENT_STOCK,
    LOT_COUNT,
    LOT_USAGE,
)
