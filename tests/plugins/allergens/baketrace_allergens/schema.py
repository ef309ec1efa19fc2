"""What the feature adds to the schema, and what happens behind it."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import UNSET, Parent

from bakery.lots import Lot as LotRecord
from bakery.store.paging import Listing
from baketrace_allergens.feature import ALLERGENS
from baketrace_allergens.records import Allergen, Law
from baketrace_allergens.records import AllergenSettings as AllergenSettingsRecord
from baketrace_allergens.records import Declared as DeclaredRecord
from baketrace_allergens.store import ANNEX, Allergens
from graphql_api.context import Info, Work
from graphql_api.loaders import Group
from graphql_api.plugins import Plugin
from graphql_api.refs import Outcome, Ref
from graphql_api.resolvers.checks import Checks
from graphql_api.schema.fields import Connection, Node, connection, field, reference, view
from graphql_api.schema.lots import Lot
from graphql_api.schema.mutations import mutation, outcome, success
from graphql_api.schema.people import Member

strawberry.enum(Allergen, description="What has to be declared on a label.")
strawberry.enum(Law, description="Whose list of allergens applies; the US one has no lupin.")

OF_LOT: Group[DeclaredRecord] = Group(lambda store, ids: store.of(Allergens).of_lots(ids), lambda record: record.lot_id)


# ── what is read ──────────────────────────────────────────────────────────────────────────────────────────────────────
@view(DeclaredRecord, "That a lot contains an allergen.", node=ALLERGENS.gate("allergens"))
class LotAllergen(Node):
    allergen: Allergen = field("Which.")
    declared_at: datetime = field("When it was declared.")
    declared_by: Member = reference("Who declared it.", "Member", "declared_by")
    lot: Lot = reference("The lot.", "Lot", "lot_id")


@view(AllergenSettingsRecord, "How the bakery declares allergens.")
class AllergenSettings:
    law: Law = field("Whose list of allergens applies.")


async def _of_lot(lot: Parent[LotRecord], info: Info) -> list[DeclaredRecord]:
    return await info.context.loaders.of(OF_LOT).load(lot.id)


async def _lots_with(root: object, info: Info, allergen: Allergen) -> Listing[LotRecord]:
    return (await info.context.reading()).of(Allergens).lots_with(allergen)


async def _settings(root: object, info: Info) -> AllergenSettingsRecord:
    return await (await info.context.reading()).of(Allergens).settings()


@strawberry.type
class LotFields:
    allergens: list[LotAllergen] | None = field(
        "What it contains; staff see it, too.", resolver=_of_lot, gate=ALLERGENS.gate("allergens")
    )


@strawberry.type
class Queries:
    lots_with_allergen: Connection[Lot] | None = connection(
        "The lots that contain an allergen, newest first.",
        resolver=_lots_with,
        gate=ALLERGENS.gate("lotsWithAllergen"),
        arguments={"allergen": "Which allergen."},
    )
    allergen_settings: AllergenSettings | None = field(
        "How the bakery declares allergens.", resolver=_settings, gate=ALLERGENS.gate("allergenSettings")
    )


# ── what changes things ───────────────────────────────────────────────────────────────────────────────────────────────
@strawberry.input(description="All allergens of a lot.")
class SetLotAllergensInput:
    lot_id: strawberry.ID = strawberry.field(description="The lot.")
    allergens: list[Allergen] = strawberry.field(description="All that it contains; may be empty.")


@success("The allergens are declared.")
class SetLotAllergensSuccess:
    lot: Lot = outcome("The lot as it is now.")


@strawberry.input(description="What to change; fields left out change nothing.")
class UpdateAllergenSettingsInput:
    law: Law | None = strawberry.field(default=UNSET, description="Whose list applies.")


@success("The settings were changed.")
class UpdateAllergenSettingsSuccess:
    settings: AllergenSettings = field("All settings as they are now.", resolver=_settings)


async def _set_lot_allergens(work: Work, *, lot_id: str, allergens: list[Allergen]) -> Outcome:
    checks, store = Checks(), work.store
    wanted = checks.id("lotId", lot_id, "Lot")
    ingredient = checks.require("lotId", await store.lots.ingredient_of(wanted), wanted, "Lot")
    await store.ingredients.lock([ingredient])
    law = (await store.of(Allergens).settings()).law
    for place, allergen in enumerate(allergens):
        if allergen not in law.allergens:
            checks.refuse(f"allergens[{place}]", f"{allergen.value} is not on the list of the {law.value}.")
    checks.done()
    declared = list(dict.fromkeys(allergens))
    await store.of(Allergens).replace(wanted, declared, work.actor_id, work.now)
    return Outcome(lot=Ref("Lot", wanted))


async def _update_settings(work: Work, *, law: Law | None) -> Outcome:
    if law is not None:
        await work.store.of(Allergens).keep_settings(AllergenSettingsRecord(law))
    return Outcome()


@strawberry.type
class Mutations:
    set_lot_allergens = mutation(
        "Declare what a lot contains.",
        resolver=_set_lot_allergens,
        input=SetLotAllergensInput,
        success=SetLotAllergensSuccess,
        gate=ALLERGENS.gate("setLotAllergens"),
    )
    update_allergen_settings = mutation(
        "Change how allergens are declared.",
        resolver=_update_settings,
        input=UpdateAllergenSettingsInput,
        success=UpdateAllergenSettingsSuccess,
        gate=ALLERGENS.gate("updateAllergenSettings"),
    )


PLUGIN = Plugin(
    ALLERGENS,
    extends={"Query": Queries, "Mutation": Mutations, "Lot": LotFields},
    nodes={"LotAllergen": lambda store, ids: store.of(Allergens).by_ids(ids)},
    annex=ANNEX,
)
