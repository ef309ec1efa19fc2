"""The records: values without a database or GraphQL."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Allergen(Enum):
    GLUTEN = "GLUTEN"
    EGG = "EGG"
    MILK = "MILK"
    PEANUT = "PEANUT"
    SESAME = "SESAME"
    LUPIN = "LUPIN"


class Law(Enum):
    """Which country's list of allergens has to be declared."""

    EU = "EU"
    US = "US"

    @property
    def allergens(self) -> frozenset[Allergen]:
        return frozenset(Allergen) - ({Allergen.LUPIN} if self is Law.US else set())


@dataclass(frozen=True, slots=True)
class AllergenSettings:
    law: Law = Law.EU


@dataclass(frozen=True, slots=True)
class Declared:
    """That a lot contains an allergen: who declared it, and when."""

    id: int
    lot_id: int
    allergen: Allergen
    declared_by: int
    declared_at: datetime
