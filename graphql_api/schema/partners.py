"""Suppliers and customers."""

from __future__ import annotations

import strawberry
from strawberry import UNSET

from bakery.catalogue import Customer as CustomerRecord
from bakery.catalogue import Supplier as SupplierRecord
from graphql_api.resolvers import catalogue as resolvers
from graphql_api.schema.fields import Connection, Node, connection, field, view
from graphql_api.schema.gates import CONTACT_DETAILS, OWNER_OR_MANAGER
from graphql_api.schema.mutations import mutation, outcome, success


@view(SupplierRecord, "Somebody who delivers ingredients.", node=True)
class Supplier(Node):
    name: str = field("The supplier's name.")
    email: str | None = field("Where to write to.")


@view(CustomerRecord, "Somebody who orders.", node=True)
class Customer(Node):
    name: str = field("The customer's name.")
    email: str | None = field("Where to write to.", gate=CONTACT_DETAILS)
    phone: str | None = field("Where to call.", gate=CONTACT_DETAILS)


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


@strawberry.type
class PartnerQueries:
    suppliers: Connection[Supplier] | None = connection(
        "The bakery's suppliers, in the order of recording.", resolver=resolvers.suppliers, gate=OWNER_OR_MANAGER
    )
    customers: Connection[Customer] | None = connection(
        "The bakery's customers, in the order of recording.", resolver=resolvers.customers, gate=OWNER_OR_MANAGER
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
    create_customer = mutation(
        "Add a customer.",
        resolver=resolvers.create_customer,
        input=CreateCustomerInput,
        success=CreateCustomerSuccess,
        gate=OWNER_OR_MANAGER,
    )
