"""One bakery tries all that another has at every place, and is judged by what it is answered.

Each answer must be, byte for byte, that for a value which never was anybody's; and nothing may change.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import GraphQLSchema

from plans import Role
from tests.api.in_process import InProcessApi
from tests.tenancy.bakeries import Tenant, settled
from tests.tenancy.places import Place, never, places


@dataclass
class Findings:
    """What an attack came to; `leaks` is empty where nothing was told and nothing changed."""

    tries: int = 0
    places: set[str] = field(default_factory=set)
    leaks: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.tries:,} tries at {len(self.places)} places, {len(self.leaks)} leaks"


@dataclass(frozen=True)
class Town:
    """Several bakeries on one database, and every place to attack."""

    api: InProcessApi
    tenants: list[Tenant]
    places: list[Place]

    @classmethod
    def settled(cls, api: InProcessApi, schema: GraphQLSchema, count: int) -> Town:
        tenants = [settled(api, schema, number) for number in range(1, count + 1)]

        def inputs(own: Any) -> Any:
            return next(one.world.inputs for one in tenants if one.own == own)

        return cls(api, tenants, places(schema, inputs))

    def pairs(self) -> Iterator[tuple[Tenant, Tenant]]:
        for attacker in self.tenants:
            yield from ((attacker, victim) for victim in self.tenants if victim is not attacker)


@dataclass
class Attack:
    """`tries_each` values at each place, chosen by chance; all of them where it is None. `role` is the attacker's."""

    town: Town
    random: Random
    tries_each: int | None = None
    role: Role = Role.OWNER
    findings: Findings = field(default_factory=Findings)

    def run(self, attacker: Tenant, victim: Tenant) -> None:
        before = self.town.api.snapshot()
        for place in self.town.places:
            values = self._chosen(place, self._values(place, attacker, victim))
            if not values:
                self.findings.leaks.append(f"nobody knows: the victim has nothing to try at {place}")
            for value in values:
                self._try(place, attacker, victim, value)
            self.findings.places.add(place.where)
        if self.town.api.snapshot() != before:
            self.findings.leaks.append(f"bakery {attacker.bakery.id} changed something at bakery {victim.bakery.id}")

    def _try(self, place: Place, attacker: Tenant, victim: Tenant, value: str) -> None:
        self.findings.tries += 1
        told = self.sent(place, attacker, value)
        unknown = self.sent(place, attacker, never(place.kind, value, victim.bakery.id))
        # With its quotes: one id may be the beginning of another.
        stolen = [other for other in victim.all_ids if f'"{other}"' in told.decode()]
        if told != unknown or stolen:
            of_whom = f"{value!r} of bakery {victim.bakery.id}"
            self.findings.leaks.append(f"{place} told {self.role.value} {of_whom}: {told.decode()[:300]}")

    def sent(self, place: Place, tenant: Tenant, value: str) -> bytes:
        """The body of the answer, as it came."""
        text, variables = place.request(value, tenant.own)
        body = json.dumps({"query": text, "variables": variables})
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {tenant.token(self.role)}"}
        return self.town.api.request("POST", "/graphql", content=body, headers=headers).content

    def _values(self, place: Place, attacker: Tenant, victim: Tenant) -> Sequence[str]:
        """What the victim has that fits in the place."""
        match place.kind:
            case "id":
                return victim.all_ids
            case "thing":
                return [*victim.all_ids, *sorted(victim.texts - attacker.texts)]
            case "key":
                return sorted(victim.keys.values())
            case "cursor":
                return sorted(self._cursors(place, victim))
        return sorted(victim.texts - attacker.texts)

    def _cursors(self, place: Place, victim: Tenant) -> set[str]:
        """The cursors of the same list of the victim's, as its own pages give them."""
        text, variables = place.request(None, victim.own)
        answer = victim.bakery.owner.send(text, variables)
        assert not answer.errors, (place, answer.errors)
        return set(_cursors(answer.body["data"]))

    def _chosen(self, place: Place, values: Sequence[str]) -> Sequence[str]:
        if self.tries_each is None or len(values) <= self.tries_each:
            return values
        return self.random.sample(values, self.tries_each)


def _cursors(value: Any) -> Iterator[str]:
    """Of the list that was asked for, not of those within it."""
    if isinstance(value, dict):
        if edges := next((inner for alias, inner in value.items() if alias.endswith("_edges")), None):
            yield from (text for edge in edges for alias, text in edge.items() if alias.endswith("_cursor"))
            return
        for inner in value.values():
            yield from _cursors(inner)
