"""The story's people spoilt: the owner, and what somebody who was removed is left with."""

from __future__ import annotations

from tests.store.corruption import corruption

REMOVED = "removed_at = '2026-06-09 12:00:00.000000+00'"

PEOPLE = (
    corruption(
        "nobody is the owner",
        "UPDATE members SET role = 'MANAGER' WHERE role = 'OWNER' AND bakery_id = {far}",
        R_1_3="the owner: There are 0, and not one",
    ),
    corruption(
        "the owner is removed",
        f"UPDATE members SET {REMOVED} WHERE role = 'OWNER' AND bakery_id = {{far}}",
        R_1_9="is the owner, has 1 tokens that were not revoked",
    ),
    corruption(
        "somebody who was removed could sign in",
        f"UPDATE members SET {REMOVED}, subject_hash = 'a', invitation_hash = 'b' "
        "WHERE role = 'STAFF' AND bakery_id = {far}",
        R_1_9="is bound to a subject, has an invitation, has 1 tokens that were not revoked",
    ),
)
