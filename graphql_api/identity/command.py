"""`baketrace access`: what people and partners of a bakery sign in with, for whoever runs the server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bakery.audit import named
from bakery.errors import InvalidInput
from graphql_api.administration import Administration


@dataclass(frozen=True)
class Access:
    """A token or a key, as the command shows it."""

    number: int
    kind: str
    whose: str
    prefix: str
    expires_at: datetime | None
    revoked_at: datetime | None

    def __str__(self) -> str:
        state = "revoked" if self.revoked_at else f"until {self.expires_at:%Y-%m-%d}" if self.expires_at else "for ever"
        return f"{self.number:>10}  {self.kind:6} {self.prefix or '-':20} {state:17} {self.whose}"


async def listed(administration: Administration, bakery_id: int) -> list[Access]:
    """Every token and key of the bakery, newest first. Raises `UnknownBakery`."""
    async with administration.of_bakery(bakery_id) as store:
        tokens, keys = await store.access_tokens.all(), await store.api_keys.all()
        names = {member.id: member.name for member in await store.people.by_ids([each.member_id for each in tokens])}
    found = [
        *(
            Access(each.id, "token", names[each.member_id], each.prefix, each.expires_at, each.revoked_at)
            for each in tokens
        ),
        *(Access(each.id, "key", each.name, each.prefix, each.expires_at, each.revoked_at) for each in keys),
    ]
    return sorted(found, key=lambda access: access.number, reverse=True)


async def revoke(administration: Administration, bakery_id: int, numbers: Sequence[int]) -> None:
    """End them all, or none of them. Raises `UnknownBakery` and `InvalidInput`."""
    async with administration.of_bakery(bakery_id) as store:
        tokens = [token for number in numbers if (token := await store.access_tokens.lock(number))]
        keys = [key for number in numbers if (key := await store.api_keys.lock(number))]
        if unknown := set(numbers) - {token.id for token in tokens} - {key.id for key in keys}:
            missing = ", ".join(map(str, sorted(unknown)))
            raise InvalidInput.at(
                "number", f"This bakery has no token or key {missing}; `baketrace access list` has them."
            )
        for token in tokens:
            await store.access_tokens.revoke(token.id, administration.now)
        for key in keys:
            await store.api_keys.revoke(key.id, administration.now)
        things = [*(named("AccessToken", each.id) for each in tokens), *(named("ApiKey", each.id) for each in keys)]
        await administration.record(store, "access revoke", {"numbers": list(numbers)}, *things)


def as_json(found: Sequence[Access]) -> str:
    return json.dumps(
        [
            {
                "number": each.number,
                "kind": each.kind,
                "whose": each.whose,
                "prefix": each.prefix,
                "expiresAt": each.expires_at and each.expires_at.isoformat(),
                "revokedAt": each.revoked_at and each.revoked_at.isoformat(),
            }
            for each in found
        ]
    )
