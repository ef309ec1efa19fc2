"""That a bakery's people are as R-1.9 has them: one owner, and nothing left to sign in with for who was removed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bakery.proof.records import Breach


@dataclass(frozen=True, slots=True)
class Person:
    """A member, and by how much they could sign in; `is_bound` to a subject of the identity provider."""

    id: int
    name: str
    is_owner: bool
    was_removed: bool
    is_bound: bool
    is_invited: bool
    tokens: int


def people_breaches(people: Sequence[Person]) -> list[Breach]:
    owners = [person for person in people if person.is_owner]
    found = [] if len(owners) == 1 else [Breach("R-1.3", "the owner", f"There are {len(owners)}, and not one.")]
    return [*found, *_of_removed(person for person in people if person.was_removed)]


def _of_removed(people: Iterable[Person]) -> list[Breach]:
    found = []
    for person in people:
        left = [
            *(["is the owner"] if person.is_owner else []),
            *(["is bound to a subject"] if person.is_bound else []),
            *(["has an invitation"] if person.is_invited else []),
            *([f"has {person.tokens} tokens that were not revoked"] if person.tokens else []),
        ]
        if left:
            message = f"They were removed, and still each of this holds: {person.name} {', '.join(left)}."
            found.append(Breach("R-1.9", f"member {person.id}", message))
    return found
