"""Names and numbers as lists sort them and searches find them, the same on every database."""

from __future__ import annotations

import unicodedata

FOLDED_LENGTH = 200


def folded(name: str) -> str:
    """The name without case, accents and superfluous white space: “Crème  Brûlée” sorts and is found as `creme brulee`.

    Cut to `FOLDED_LENGTH`, since a single sign may decompose into eighteen.
    """
    decomposed = unicodedata.normalize("NFKD", name)
    letters = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(letters.casefold().split())[:FOLDED_LENGTH]


def bare(number: str) -> str:
    """A number from a label without all that people leave out or type otherwise: “M 77/Ä” is found as `m77a`."""
    return "".join(sign for sign in folded(number) if sign.isalnum())
