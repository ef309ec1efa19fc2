"""Ways to spoil the story's books, and what the proof must say of each: no rule less, and none more.

A `{name}` is the number of the record of that name in the story. Quantities in statements are millionths.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Corruption:
    """`found` has a part of `subject: message` for each rule that is broken. It breaks no other."""

    name: str
    statements: tuple[str, ...]
    found: dict[str, str]


def corruption(name: str, *statements: str, **found: str) -> Corruption:
    """A rule is written `R_2_1`."""
    rules = {f"R-{rule[2:].replace('_', '.')}": part for rule, part in found.items()}
    return Corruption(name, statements, rules)
