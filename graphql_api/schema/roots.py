"""The schema: the roots, put together from the nouns."""

from __future__ import annotations

import strawberry
from graphql import GraphQLError
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry.types import ExecutionContext

from graphql_api.schema.ingredients import IngredientMutations, IngredientQueries
from graphql_api.schema.lots import LotMutations, LotQueries
from graphql_api.schema.orders import OrderMutations, OrderQueries
from graphql_api.schema.partners import PartnerMutations, PartnerQueries
from graphql_api.schema.people import PeopleQueries
from graphql_api.schema.production import ProductionMutations, ProductionQueries
from graphql_api.schema.products import ProductMutations, ProductQueries
from graphql_api.schema.purchases import PurchaseMutations, PurchaseQueries
from graphql_api.schema.scalars import SCALARS
from graphql_api.schema.settings import SettingsMutations, SettingsQueries

QUERIES = (
    PeopleQueries,
    SettingsQueries,
    PartnerQueries,
    IngredientQueries,
    ProductQueries,
    PurchaseQueries,
    LotQueries,
    ProductionQueries,
    OrderQueries,
)
MUTATIONS = (
    SettingsMutations,
    PartnerMutations,
    IngredientMutations,
    ProductMutations,
    PurchaseMutations,
    LotMutations,
    ProductionMutations,
    OrderMutations,
)


class Schema(strawberry.Schema):
    """Strawberry logs every error with its traceback; refusals are no errors of ours, and the rest is logged where
    it is masked (`graphql_api.http.errors`)."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        pass


def build() -> Schema:
    """The one schema, the same for every bakery."""
    return Schema(
        query=merge_types("Query", QUERIES),
        mutation=merge_types("Mutation", MUTATIONS),
        extensions=[ParserCache, ValidationCache],
        config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
    )
