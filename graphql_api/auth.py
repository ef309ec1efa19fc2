"""Who calls: bearer tokens and API keys, and the caller that they prove.

A token is random and stored as a keyed hash (HMAC-SHA256 under `BAKETRACE_SECRET_KEY`): who reads the database can
sign in as nobody, and a new secret ends every token at once. The membership behind a token, not the token, says which
bakery and which role.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from bakery.catalogue import Bakery
from bakery.store.people import SignIn, find_sign_in
from bakery.store.session import BakeryId, Session
from plans import Feature, Plan, Role

PERSON_TOKEN_PREFIX = "bt_person_"  # noqa: S105 - a prefix, so that a leaked token is recognised
API_KEY_PREFIX = "bt_live_"
TOKEN_BYTES = 32


@dataclass(frozen=True)
class Caller:
    """Somebody signed in. A machine has `scopes` and no `member_id`."""

    bakery_id: BakeryId
    bakery: Bakery
    member_id: int | None
    id: int
    name: str
    role: Role
    plan: Plan
    switches: frozenset[str]
    scopes: frozenset[str]

    def has_switched_on(self, feature: Feature) -> bool:
        return feature.key in self.switches

    def has_scope(self, scope: str) -> bool:
        return scope in self.scopes


def new_token(prefix: str) -> str:
    """A fresh secret of 256 random bits behind a prefix that tells what it is."""
    return prefix + secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str, secret_key: str) -> str:
    return hmac.new(secret_key.encode(), token.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()


async def sign_in(session: Session, hashed: str, now: datetime) -> Caller | None:
    """The caller that the token of this hash proves now; None if it proves nobody. `session` began with that hash."""
    found = await find_sign_in(session, hashed, now)
    return None if found is None else _caller(session, found)


def _caller(session: Session, found: SignIn) -> Caller:
    session.bind(BakeryId(found.bakery_id))
    return Caller(
        bakery_id=session.bakery_id,
        bakery=found.bakery,
        member_id=found.member_id,
        id=found.member_id or found.key_id or 0,
        name=found.name,
        role=Role(found.role),
        plan=Plan(found.plan),
        switches=frozenset((found.switched_on or "").split()),
        scopes=frozenset((found.scopes or "").split()),
    )
