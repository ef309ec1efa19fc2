"""Whether a JSON Web Token is one that the identity provider made for us, and is good now.

Of a token's header only the name of the key counts, and its type: where to find a key, or how to check by it, is never
taken from the token (`jku`, `x5u`, `jwk`, `x5c`). The algorithm has to be one that is configured, and the key has to be
one for it. Whatever is wrong, the answer is the same: it proves nobody.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry, extract_compact, validate_compact

from graphql_api.identity.keys import Keys
from graphql_api.identity.trust import UNTYPED, Trust

LEEWAY = timedelta(seconds=30)
"""How far the provider's clock and ours may be apart."""

NAME_LENGTH_MAX = 255
"""Of the subject (OpenID Connect Core, 2) and of a key's name."""

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_YEARS_MAX = 253_402_300_799
"""The last second that a date can have."""


class _Headers(JWSRegistry):
    """Headers that carry certificates are longer than joserfc allows; they are not looked at."""

    max_header_length = 8_192


class Provider:
    """One identity provider."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._keys = Keys(trust.jwks)
        self._registry = _Headers(algorithms=trust.algorithms, strict_check_header=False)

    async def subject_of(self, token: str, now: datetime) -> str | None:
        """The hash of whom the token proves; None if it proves nobody."""
        if _COMPACT.fullmatch(token) is None:
            return None
        try:
            signed = extract_compact(token.encode(), registry=self._registry)
            header = signed.headers()
            if not isinstance(header, dict):
                return None
            name = header.get("kid")
            if header["alg"] not in self._trust.algorithms or not self._is_of_type(header) or not _is_name(name):
                return None
            key = await self._keys.find(name, now)
            if key is None or not self._fits(key, header["alg"]):
                return None
            if not validate_compact(signed, key, self._trust.algorithms, self._registry):
                return None
            claims = json.loads(signed.payload)
        except (JoseError, ValueError, TypeError, LookupError, RecursionError, OverflowError):
            return None
        if not isinstance(claims, dict) or not self._is_for_us(claims) or not _is_good_at(claims, now):
            return None
        return subject_hash(claims["iss"], claims["sub"])

    def _is_of_type(self, header: Mapping[str, Any]) -> bool:
        kind = header.get("typ")
        if kind is None:
            return UNTYPED in self._trust.types
        return isinstance(kind, str) and kind.lower().removeprefix("application/") in self._trust.types - {UNTYPED}

    def _fits(self, key: Key, algorithm: str) -> bool:
        """A key may say itself what it is for."""
        return key.get("alg", algorithm) == algorithm

    def _is_for_us(self, claims: Mapping[str, Any]) -> bool:
        audience, subject = claims.get("aud"), claims.get("sub")
        audiences = audience if isinstance(audience, list) else [audience]
        is_somebody = isinstance(subject, str) and 0 < len(subject) <= NAME_LENGTH_MAX
        return claims.get("iss") == self._trust.issuer and self._trust.audience in audiences and is_somebody


def subject_hash(issuer: str, subject: str) -> str:
    """What a member is bound to: no secret, and the same under every secret of the server."""
    return hashlib.sha256(json.dumps([issuer, subject]).encode()).hexdigest()


def _is_name(name: Any) -> bool:
    return name is None or (isinstance(name, str) and 0 < len(name) <= NAME_LENGTH_MAX)


def _is_good_at(claims: Mapping[str, Any], now: datetime) -> bool:
    """It ends, and has not; it has begun, and was not made in the future."""
    moment, leeway = now.timestamp(), LEEWAY.total_seconds()
    if not _is_moment(claims.get("exp")) or moment >= claims["exp"] + leeway:
        return False
    return all(
        _is_moment(claims[name]) and claims[name] <= moment + leeway for name in ("nbf", "iat") if name in claims
    )


def _is_moment(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _YEARS_MAX
