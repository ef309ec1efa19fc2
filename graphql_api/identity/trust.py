"""What is trusted, as it is configured: whose tokens, made for whom, signed how, and where the keys are."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from graphql_api.spelling import is_loopback, listed

ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
"""Those with a public key. With a shared secret, whoever can check a token could also make one."""

UNTYPED = "untyped"
"""Among the types: tokens that say nothing of their type are taken, too."""


@dataclass(frozen=True)
class Trust:
    """`jwks` is a URL or the path of a file; `types` are what a token's header may have as `typ`, in small letters."""

    issuer: str
    audience: str
    jwks: str
    algorithms: tuple[str, ...]
    types: frozenset[str]


def algorithms_of(text: str) -> tuple[str, ...]:
    """Raises ValueError for one that is unknown, or is not asymmetric."""
    found = listed(text)
    wrong = [name for name in found if name not in ALGORITHMS]
    if wrong or not found:
        raise ValueError(f"{', '.join(wrong) or 'nothing'} is not allowed; choose from {', '.join(ALGORITHMS)}")
    return tuple(found)


def source_of(jwks: str) -> str:
    """A place to read keys from. Raises ValueError for an address that others could answer under."""
    parts = urlsplit(jwks)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("keys are fetched by https only, since whoever can change them can sign in as anybody")
    if "://" in jwks and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("it is neither an https URL nor the path of a file")
    return jwks
