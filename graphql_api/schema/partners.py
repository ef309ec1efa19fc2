"""Suppliers and customers."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import UNSET

from bakery.catalogue import Customer as CustomerRecord
from bakery.catalogue import Supplier as SupplierRecord
from bakery.lists import LotSort, NameSort, OrderSort
from graphql_api.resolvers import catalogue as resolvers
from graphql_api.resolvers import lots, orders, purchases, updates
from graphql_api.schema.archive import Archivable, archived_at
from graphql_api.schema.fields import Connection, change, connection, field, view
from graphql_api.schema.filters import CustomerFilter, LotFilter, OrderFilter, PurchaseOrderFilter, SupplierFilter
from graphql_api.schema.gates import CONTACT_DETAILS, OWNER_OR_MANAGER, TRACES
from graphql_api.schema.lazy import LazyLot, LazyOrder, LazyPurchaseOrder
from graphql_api.schema.mutations import mutation, outcome, success


@view(SupplierRecord, "Somebody who delivers ingredients.", node=TRACES)
class Supplier(Archivable):
    name: str = field("The supplier's name.")
    email: str | None = field("Where to write to.")
    archived_at: datetime | None = archived_at(OWNER_OR_MANAGER)
    lots: Connection[LazyLot] | None = connection(
        "The lots that came from it.",
        resolver=lots.of_supplier,
        gate=OWNER_OR_MANAGER,
        filter=LotFilter,
        sort=LotSort.NEWEST,
    )
    purchase_orders: Connection[LazyPurchaseOrder] | None = connection(
        "The orders that went to it, newest first.",
        resolver=purchases.of_supplier,
        gate=OWNER_OR_MANAGER,
        filter=PurchaseOrderFilter,
    )


@view(CustomerRecord, "Somebody who orders.", node=CONTACT_DETAILS)
class Customer(Archivable):
    name: str = field("The customer's name.")
    email: str | None = field("Where to write to.", gate=CONTACT_DETAILS)
    phone: str | None = field("Where to call.", gate=CONTACT_DETAILS)
    archived_at: datetime | None = archived_at(OWNER_OR_MANAGER)
    orders: Connection[LazyOrder] | None = connection(
        "What the customer ordered.",
        resolver=orders.of_customer,
        gate=OWNER_OR_MANAGER,
        filter=OrderFilter,
        sort=OrderSort.NEWEST,
    )


@strawberry.input(description="A supplier to add.")
class CreateSupplierInput:
    name: str = strawberry.field(description="Up to 200 characters.")
    email: str | None = strawberry.field(default=UNSET, description="An e-mail address.")


@success("The supplier was added.")
class CreateSupplierSuccess:
    supplier: Supplier = outcome("The new supplier.")


@strawberry.input(description="A customer to add.")
class CreateCustomerInput:
    name: str = strawberry.field(description="Up to 200 characters.")
    email: str | None = strawberry.field(default=UNSET, description="An e-mail address: where a recall would be told.")
    phone: str | None = strawberry.field(default=UNSET, description="A telephone number, up to 50 characters.")


@success("The customer was added.")
class CreateCustomerSuccess:
    customer: Customer = outcome("The new customer.")


@strawberry.input(description="Changes of a supplier.")
class UpdateSupplierInput:
    supplier_id: strawberry.ID = strawberry.field(description="The supplier.")
    name: str | None = change("Up to 200 characters; never null.")
    email: str | None = change("An e-mail address; null takes it away.")


@success("The supplier was changed.")
class UpdateSupplierSuccess:
    supplier: Supplier = outcome("The supplier as it is now.")


@strawberry.input(description="Changes of a customer.")
class UpdateCustomerInput:
    customer_id: strawberry.ID = strawberry.field(description="The customer.")
    name: str | None = change("Up to 200 characters; never null.")
    email: str | None = change("An e-mail address: where a recall would be told; null takes it away.")
    phone: str | None = change("A telephone number, up to 50 characters; null takes it away.")


@success("The customer was changed.")
class UpdateCustomerSuccess:
    customer: Customer = outcome("The customer as it is now.")


@strawberry.type
class PartnerQueries:
    suppliers: Connection[Supplier] | None = connection(
        "The bakery's suppliers.",
        resolver=resolvers.suppliers,
        gate=OWNER_OR_MANAGER,
        filter=SupplierFilter,
        sort=NameSort.RECORDED,
    )
    customers: Connection[Customer] | None = connection(
        "The bakery's customers.",
        resolver=resolvers.customers,
        gate=OWNER_OR_MANAGER,
        filter=CustomerFilter,
        sort=NameSort.RECORDED,
    )


@strawberry.type
class PartnerMutations:
    create_supplier = mutation(
        "Add a supplier.",
        resolver=resolvers.create_supplier,
        input=CreateSupplierInput,
        success=CreateSupplierSuccess,
        gate=OWNER_OR_MANAGER,
    )
    update_supplier = mutation(
        "Change a supplier. What is left out stays as it is; null takes an optional value away.",
        resolver=updates.update_supplier,
        input=UpdateSupplierInput,
        success=UpdateSupplierSuccess,
        gate=OWNER_OR_MANAGER,
    )
    create_customer = mutation(
        "Add a customer.",
        resolver=resolvers.create_customer,
        input=CreateCustomerInput,
        success=CreateCustomerSuccess,
        gate=OWNER_OR_MANAGER,
    )
    update_customer = mutation(
        "Change a customer. What is left out stays as it is; null takes an optional value away.",
        resolver=updates.update_customer,
        input=UpdateCustomerInput,
        success=UpdateCustomerSuccess,
        gate=OWNER_OR_MANAGER,
    )
