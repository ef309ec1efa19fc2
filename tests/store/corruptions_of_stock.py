"""The story's stock, lots and ledger spoilt. Quantities in statements are millionths."""

from __future__ import annotations

from tests.store.corruption import corruption

INSERT_MOVEMENT = (
    "INSERT INTO movements (bakery_id, id, ingredient_id, lot_id, kind, quantity, actor_id, happened_at, recorded_at) "
    "SELECT bakery_id, {number}, ingredient_id, {lot}, '{kind}', {quantity}, actor_id, happened_at, recorded_at "
    "FROM movements WHERE id = {like}"
)


def movement(number: str, like: str, kind: str, quantity: int, lot: str = "NULL") -> str:
    """One more movement under a free `number`, of the ingredient of the movement `like`."""
    return INSERT_MOVEMENT.format(number=number, like=like, kind=kind, quantity=quantity, lot=lot)


LAST = "9999"
OPENING_SUGAR = "(SELECT min(id) FROM movements WHERE ingredient_id = {sugar})"
OPENING_FLOUR = "(SELECT min(id) FROM movements WHERE ingredient_id = {flour})"
MAKING_Y1 = "(SELECT min(id) FROM movements WHERE lot_id = {Y1})"
MAKING_A3 = "(SELECT min(id) FROM movements WHERE lot_id = {A3})"

STOCK = (
    corruption(
        "untracked stock is kept too high",
        "UPDATE ingredients SET untracked = untracked + 1500000 WHERE id = {sugar}",
        R_2_1="ingredient {sugar} (sugar): 8.5 kg on hand is kept, but its movements sum to 7 kg",
        R_2_3="8.5 kg untracked is kept, but its movements without a lot sum to 7 kg",
    ),
    corruption(
        "untracked stock is kept as tracked",
        "UPDATE ingredients SET untracked = untracked - 1000000, tracked = tracked + 1000000 WHERE id = {sugar}",
        R_2_3="1 kg tracked is kept, but its lots have 0 kg",
    ),
    corruption(
        "a movement is changed",
        f"UPDATE movements SET quantity = 4000000 WHERE id = {OPENING_SUGAR}",
        R_2_1="7 kg on hand is kept, but its movements sum to 6 kg",
        R_2_3="7 kg untracked is kept, but its movements without a lot sum to 6 kg",
    ),
    corruption(
        "a movement is deleted",
        f"DELETE FROM movements WHERE id = {OPENING_SUGAR}",
        R_2_1="7 kg on hand is kept, but its movements sum to 2 kg",
        R_2_3="but its movements without a lot sum to 2 kg",
    ),
    corruption(
        "a movement without a lot is moved to one",
        f"UPDATE movements SET lot_id = {{A3}} WHERE id = {OPENING_FLOUR}",
        R_2_3="6.5 kg tracked is kept, but its movements with a lot sum to 16.5 kg",
        R_2_4="is its first, before any that made it",
        R_2_5="takes untracked stock to -2 kg",
    ),
    corruption(
        "a delivery takes stock out",
        "UPDATE movements SET kind = 'PURCHASE' WHERE ingredient_id = {flour} AND kind = 'ADJUSTMENT' "
        "AND lot_id IS NULL AND quantity < 0",
        R_2_1="A PURCHASE of -3 kg cannot be",
        R_4_1="flour: Purchase orders received 30 kg, but the ledger has 27 kg purchased",
    ),
    corruption(
        "a run brings stock in",
        movement(LAST, OPENING_SUGAR, "WRITE_OFF", 1000000),
        "UPDATE ingredients SET untracked = untracked + 1000000 WHERE id = {sugar}",
        R_2_1="movement 9999: A WRITE_OFF of 1 kg cannot be",
    ),
    corruption(
        "a movement of nothing", movement(LAST, OPENING_SUGAR, "ADJUSTMENT", 0), R_2_1="A ADJUSTMENT of 0 kg cannot be"
    ),
)

LOTS = (
    corruption(
        "received is kept too high",
        "UPDATE lots SET quantity_received = 5000000, quantity_adjusted = -1000000 WHERE id = {A4}",
        R_2_4="LOT-260604-001: 5 kg received is kept, but its movements say 3 kg",
    ),
    corruption(
        "consumed and adjusted are kept too high",
        "UPDATE lots SET quantity_consumed = 2000000, quantity_adjusted = 1000000 WHERE id = {A4}",
        R_2_4="1 kg adjusted is kept, but its movements say 0 kg",
    ),
    corruption(
        "consumed is kept as written off",
        "UPDATE lots SET quantity_consumed = 0, quantity_written_off = 1000000 WHERE id = {A4}",
        R_2_4="1 kg written off is kept, but its movements say 0 kg",
    ),
    corruption(
        "a balance that does not close",
        "UPDATE lots SET quantity_remaining = 1000000 WHERE id = {A4}",
        R_2_3="6.5 kg tracked is kept, but its lots have 5.5 kg",
        R_2_4="does not close: 1 kg remaining, but 3 received + 0 adjusted − 1 consumed − 0 written off is 2 kg",
    ),
    corruption(
        "more remains below zero",
        "UPDATE lots SET quantity_remaining = -1000000 WHERE id = {A4}",
        R_2_3="but its lots have 3.5 kg",
        R_2_4="-1 kg remaining is below zero",
    ),
    corruption(
        "waste is booked as a count",
        "UPDATE movements SET kind = 'ADJUSTMENT', write_off_reason = NULL WHERE kind = 'WRITE_OFF' AND lot_id = {Y1}",
        R_2_4="2 kg written off is kept, but its movements say 0 kg",
    ),
    corruption(
        "what came back was recorded after it was sold again",
        f"UPDATE movements SET id = {LAST} WHERE kind = 'REVERSAL' AND order_id = {{returned levain order}}",
        R_2_4="(SALE of -3.5 kg) it has -0.5 kg",
    ),
    corruption(
        "a lot was used before it was made",
        f"UPDATE movements SET id = {LAST} WHERE id = {MAKING_Y1}",
        R_2_4="is its first, before any that made it",
    ),
    corruption(
        "a lot was made twice",
        movement(LAST, MAKING_A3, "RESTOCK", 1000000, "{A3}"),
        movement("10000", MAKING_A3, "ADJUSTMENT", -1000000, "{A3}"),
        "UPDATE lots SET quantity_received = 6000000, quantity_adjusted = -1000000 WHERE id = {A3}",
        R_2_4="(RESTOCK) makes it a second time",
    ),
    corruption(
        "a lot of another source",
        "UPDATE lots SET source = 'MANUAL' WHERE id = {A4}",
        R_2_4="(RESTOCK) made it, but its source is MANUAL",
    ),
    corruption(
        "a lot of another ingredient",
        "UPDATE lots SET ingredient_id = {sugar} WHERE id = {A4}",
        R_2_3="0 kg tracked is kept, but its lots have 2 kg",
        R_2_4="is of ingredient",
    ),
    corruption(
        "a lot that nothing made",
        "UPDATE movements SET lot_id = NULL WHERE lot_id = {salt lot} AND kind = 'MANUAL_LOT'",
        "UPDATE movements SET lot_id = NULL WHERE lot_id = {salt lot}",
        "UPDATE consumptions SET lot_id = NULL, source = 'UNTRACKED' WHERE lot_id = {salt lot}",
        R_2_3="1.6 kg tracked is kept, but its movements with a lot sum to 0 kg",
        R_2_4="No movement made it, but it received 2 kg",
        R_4_3="A MANUAL_LOT of 2 kg has no lot",
    ),
)

UNTRACKED = (
    corruption(
        "a shortfall is recorded as untracked stock",
        "UPDATE consumptions SET source = 'UNTRACKED' WHERE batch_id = {short roll} AND source = 'UNACCOUNTED'",
        R_2_5="(PRODUCTION of -5 kg) takes untracked stock to -5 kg; 5 kg of that is not UNACCOUNTED",
    ),
    corruption(
        "a shortfall is recorded too small",
        "UPDATE consumptions SET quantity = 4000000 WHERE batch_id = {short roll} AND source = 'UNACCOUNTED'",
        R_2_5="takes untracked stock to -5 kg; 1 kg of that is not UNACCOUNTED",
        R_5_2="6 kg of ingredient",
    ),
    corruption(
        "a count takes untracked stock below zero",
        movement(LAST, OPENING_SUGAR, "ADJUSTMENT", -8000000),
        "UPDATE ingredients SET untracked = untracked - 8000000 WHERE id = {sugar}",
        R_2_5="(ADJUSTMENT of -8 kg) takes untracked stock to -1 kg; 1 kg of that is not UNACCOUNTED",
    ),
    corruption(
        "a count takes stock that is below zero further down",
        movement(LAST, "(SELECT min(id) FROM movements WHERE ingredient_id = {yeast})", "ADJUSTMENT", -1000000),
        "UPDATE ingredients SET untracked = untracked - 1000000 WHERE id = {yeast}",
        R_2_5="ingredient {yeast} (yeast): Movement 9999 (ADJUSTMENT of -1 kg) takes untracked stock to -6 kg; 1 kg "
        "of that is not UNACCOUNTED",
    ),
    corruption(
        "opening stock was recorded after it was used",
        f"UPDATE movements SET id = {LAST} WHERE id = {OPENING_FLOUR}",
        R_2_5="(PRODUCTION of -2 kg) takes untracked stock to -2 kg",
    ),
    corruption(
        "a run takes out of a lot what untracked stock does not gain",
        "UPDATE movements SET batch_id = NULL WHERE kind = 'ADJUSTMENT' AND lot_id IS NULL AND batch_id = {off bun}",
        R_2_5="Its corrections of lots and untracked stock of ingredient {flour} sum to -4 kg, not 0",
    ),
    corruption(
        "with lot tracking off a shortfall leaves stock in lots",
        "UPDATE consumptions SET source = 'UNACCOUNTED' WHERE batch_id = {off roll}",
        R_2_5="0.5 kg is UNACCOUNTED, but 1 kg was left in lots to reduce",
    ),
)
