"""Who calls: tokens, API keys and the identity provider's tokens, and the caller that they prove.

Ours are random and stored as a keyed hash (HMAC-SHA256 under `BAKETRACE_SECRET_KEY`): who reads the database can
sign in as nobody, and a new secret ends every token at once. The membership behind a token, not the token, says which
bakery and which role.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bakery.catalogue import Bakery
from bakery.store.access import Secret
from bakery.store.people import SignIn, find_sign_in, find_subject
from bakery.store.session import BakeryId, Session
from graphql_api.refs import Ref, global_id
from plans import BakeryRequired, Feature, Plan, Role

PERSON_TOKEN_PREFIX = "bt_person_"  # noqa: S105 - a prefix, so that a leaked token is recognised
API_KEY_PREFIX = "bt_live_"
INVITATION_PREFIX = "bt_invite_"
TOKEN_BYTES = 32
SHOWN = 6
"""How many of a token's 43 random characters are kept and shown, so that people can tell theirs apart."""

TOKEN_LENGTH_MAX = 8_192
_BEARER = re.compile(r"bearer +([!-~]+) *", re.IGNORECASE)


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


@dataclass(frozen=True)
class Issued:
    """Something to sign in with, as it is shown this once, and what is kept of it."""

    text: str
    secret: Secret


@dataclass(frozen=True)
class Mint:
    """Makes what one signs in with, under the server's secret."""

    secret_key: str

    def person_token(self) -> Issued:
        return self._issued(PERSON_TOKEN_PREFIX)

    def api_key(self) -> Issued:
        return self._issued(API_KEY_PREFIX)

    def invitation(self) -> Issued:
        return self._issued(INVITATION_PREFIX)

    def _issued(self, prefix: str) -> Issued:
        text = new_token(prefix)
        return Issued(text, Secret(token_hash(text, self.secret_key), text[: len(prefix) + SHOWN]))


def new_token(prefix: str) -> str:
    """A fresh secret of 256 random bits behind a prefix that tells what it is."""
    return prefix + secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str, secret_key: str) -> str:
    return hmac.new(secret_key.encode(), token.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Credentials:
    """What somebody shows to be let in: a token, and the ids of the bakeries that they name."""

    token: str | None = None
    bakeries: tuple[str, ...] = ()


def bearer_token(headers: Sequence[object]) -> str | None:
    """The token of the `Authorization` headers; None for more than one, which could be read either way."""
    header = headers[0] if len(headers) == 1 else None
    if not isinstance(header, str) or len(header) > TOKEN_LENGTH_MAX:
        return None
    found = _BEARER.fullmatch(header)
    return found[1] if found else None


def is_ours(token: str) -> bool:
    """Whether it is of the form of a token that we issue."""
    return token.startswith((PERSON_TOKEN_PREFIX, API_KEY_PREFIX))


async def sign_in(session: Session, hashed: str, now: datetime) -> Caller | None:
    """The caller that the token of this hash proves now; None if it proves nobody. `session` began with that hash."""
    found = await find_sign_in(session, hashed, now)
    return None if found is None else _caller(session, found)


async def sign_in_subject(session: Session, hashed: str, bakery_id: int | None) -> Caller | None:
    """The member that a subject of the identity provider is, in the bakery that is chosen, or the only one there is.

    Raises `BakeryRequired` where there are several. `session` began with that subject.
    """
    found = await find_subject(session, hashed, bakery_id)
    if len(found) > 1:
        raise BakeryRequired([global_id(Ref("Bakery", each.bakery_id)) for each in found])
    return _caller(session, found[0]) if found else None


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
