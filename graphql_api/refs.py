"""References to records: `Ref("Lot", 12)` inside, an opaque global id outside."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

MAX_RECORD_NUMBER = 2**63 - 1


class Ref(NamedTuple):
    """A record by the name of its GraphQL type and its number."""

    kind: str
    id: int


class Outcome(dict[str, Ref | list[Ref] | str | None]):
    """What a mutation made or changed: references by the field of its `…Success` that shows them, and by its key what
    has no number.

    References and not records: a repeat under the same idempotency key answers with the same objects as they are
    then, so both are read after the fact, in the same way.
    """


def global_id(ref: Ref) -> str:
    return urlsafe_b64encode(f"{ref.kind}:{ref.id}".encode()).decode()


def parse_global_id(text: str) -> Ref | None:
    """The reference behind a global id, or None for anything that we never gave out."""
    try:
        kind, _, number = urlsafe_b64decode(text.encode()).decode().partition(":")
        ref = Ref(kind, int(number))
    except (binascii.Error, ValueError):
        return None
    # Only the very text that we made: a second spelling of one id would confuse clients' caches.
    return ref if 0 < ref.id <= MAX_RECORD_NUMBER and global_id(ref) == text else None
