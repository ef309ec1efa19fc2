"""The tables, and the only SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint, delete, exists, select

from bakery.lots import Lot
from bakery.store import Session, tables
from bakery.store.annex import Annex, reference
from bakery.store.columns import Instant, one_of
from bakery.store.lots import LOTS_WITH_UNIT, lot_columns
from bakery.store.paging import Listing
from baketrace_allergens.records import Allergen, AllergenSettings, Declared, Law

ANNEX = Annex("allergens", migrations="baketrace_allergens.migrations")

on_lots = ANNEX.of_bakery(
    "on_lots",
    Column("lot_id", BigInteger, nullable=False),
    Column("allergen", one_of(Allergen, "allergen"), nullable=False),
    Column("declared_by", BigInteger, nullable=False),
    Column("declared_at", Instant, nullable=False),
    reference(tables.lots, "lot_id"),
    reference(tables.members, "declared_by"),
    UniqueConstraint("bakery_id", "lot_id", "allergen"),
    Index(None, "bakery_id", "allergen", "lot_id"),
)

settings = ANNEX.one_a_bakery("settings", Column("law", one_of(Law, "law"), nullable=False))


@dataclass(frozen=True)
class Allergens:
    session: Session

    async def of_lots(self, lot_ids: Sequence[int]) -> list[Declared]:
        return await self._declared(self.session.among(on_lots.c.lot_id, lot_ids))

    async def by_ids(self, ids: Sequence[int]) -> list[Declared]:
        return await self._declared(self.session.among(on_lots.c.id, ids))

    async def _declared(self, chosen: object) -> list[Declared]:
        columns = on_lots.c
        statement = (
            select(columns.id, columns.lot_id, columns.allergen, columns.declared_by, columns.declared_at)
            .where(columns.bakery_id == self.session.bakery_id, chosen)  # type: ignore[arg-type]
            .order_by(columns.id)
        )
        return await self.session.records(Declared, statement)

    async def replace(self, lot_id: int, allergens: Sequence[Allergen], actor_id: int, now: datetime) -> None:
        """Declare these allergens of a lot and no other. The lot's ingredient is locked."""
        columns = on_lots.c
        await self.session.execute(
            delete(on_lots).where(columns.bakery_id == self.session.bakery_id, columns.lot_id == lot_id)
        )
        numbers = await self.session.numbers(len(allergens))
        await self.session.insert(
            on_lots,
            [
                {
                    "bakery_id": self.session.bakery_id,
                    "id": number,
                    "lot_id": lot_id,
                    "allergen": allergen,
                    "declared_by": actor_id,
                    "declared_at": now,
                }
                for number, allergen in zip(numbers, allergens, strict=True)
            ],
        )

    def lots_with(self, allergen: Allergen) -> Listing[Lot]:
        lots, columns = tables.lots.c, on_lots.c
        declared = exists().where(
            columns.bakery_id == lots.bakery_id, columns.lot_id == lots.id, columns.allergen == allergen
        )
        statement = select(*lot_columns()).select_from(LOTS_WITH_UNIT)
        return Listing(
            self.session,
            Lot,
            statement.where(lots.bakery_id == self.session.bakery_id, declared),
            [lots.id],
            descending=True,
        )

    async def settings(self) -> AllergenSettings:
        found = await self.session.record(
            AllergenSettings, select(settings.c.law).where(settings.c.bakery_id == self.session.bakery_id)
        )
        return found or AllergenSettings()

    async def keep_settings(self, changed: AllergenSettings) -> None:
        await self.session.execute(delete(settings).where(settings.c.bakery_id == self.session.bakery_id))
        await self.session.insert(settings, [{"bakery_id": self.session.bakery_id, "law": changed.law}])
