"""The story's reversals, waste of batches and relinks spoilt. Quantities in statements are millionths."""

from __future__ import annotations

from tests.store.corruption import corruption

SOUR_LOT = "(SELECT id FROM lots WHERE origin_batch_id = {sour run})"
MISTYPED_LOT = "(SELECT id FROM lots WHERE origin_batch_id = {mistyped sour})"
FREED = "(SELECT min(allocation_id) FROM relinked_allocations)"

UNDONE = (
    corruption(
        "a run is reversed by nobody",
        "DELETE FROM batch_reversals WHERE batch_id = {mistyped sour}",
        R_5_9="PB-260606-001: It is reversed, but who did it, when and why is not kept",
    ),
    corruption(
        "a reversed run stands again",
        "UPDATE production_batches SET status = 'CONFIRMED' WHERE id = {mistyped sour}",
        R_5_9="It is CONFIRMED, but a reversal of it is recorded",
    ),
    corruption(
        "a run is reversed without a movement",
        "UPDATE production_batches SET status = 'REVERSED' WHERE id = {second rye bread run}",
        "UPDATE batch_reversals SET batch_id = {second rye bread run} WHERE batch_id = {mistyped off sour}",
        R_5_9="its REVERSAL movements sum to 0 kg, not 1 kg",
    ),
    corruption(
        "what a reversal gave back is in another lot",
        f"UPDATE movements SET lot_id = {SOUR_LOT}, ingredient_id = {{sour}} "
        "WHERE batch_id = {mistyped sour} AND kind = 'REVERSAL' AND quantity > 0",
        R_5_9="in LOT-260606-001, its REVERSAL movements sum to 0 kg, not 4 kg",
        R_2_1="4 kg on hand is kept, but its movements sum to 0 kg",
        R_2_3="its movements with a lot sum to",
        R_2_4="consumed is kept",
    ),
    corruption(
        "a reversal of nothing",
        "UPDATE movements SET batch_id = NULL WHERE batch_id = {mistyped sour} AND kind = 'REVERSAL' AND quantity < 0",
        R_5_9="A REVERSAL is of a run or of a sale, and this is of neither",
    ),
    corruption(
        "a correction is not undone",
        "UPDATE movements SET batch_id = NULL "
        "WHERE batch_id = {mistyped off sour} AND kind = 'ADJUSTMENT' AND lot_id IS NOT NULL AND quantity > 0",
        R_5_9="its corrections sum to -3 kg, not 0",
        R_2_5="sum to -3 kg, not 0",
    ),
    corruption(
        "waste of a batch is lost",
        "DELETE FROM batch_write_offs WHERE batch_id = {rye bread run}",
        R_6_4="0.5 written off is kept, but its waste sums to 0",
    ),
    corruption(
        "an intermediate's waste is kept too low",
        "UPDATE production_batches SET quantity_written_off = 0 WHERE id = {sour run}",
        R_6_4="0 written off is kept, but its waste sums to 0.25",
    ),
    corruption(
        "an intermediate's waste is told twice",
        "UPDATE batch_write_offs SET batch_id = {off sour}, quantity = 1 WHERE batch_id = {rye bread run}",
        "UPDATE production_batches SET quantity_written_off = 0 WHERE id = {rye bread run}",
        "UPDATE production_batches SET quantity_written_off = 500001 WHERE id = {off sour}",
        R_6_4="but 0.000001 more is in rows of its own",
    ),
    corruption(
        "a relink freed what still stands",
        f"UPDATE relinked_allocations SET allocation_id = (SELECT max(id) FROM allocations WHERE freed_at IS NULL "
        f"AND order_id = {{sour order}}) WHERE allocation_id = {FREED}",
        R_7_2="which still stands",
    ),
    corruption(
        "a relink freed another order's link",
        f"UPDATE relinked_allocations SET allocation_id = (SELECT id FROM allocations WHERE freed_at IS NOT NULL "
        f"AND order_id = {{cancelled order}}) WHERE allocation_id = {FREED}",
        R_7_2="but freed a link of order",
    ),
)
