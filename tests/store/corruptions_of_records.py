"""The story's codes, runs and allocations spoilt. Quantities in statements are millionths."""

from __future__ import annotations

from tests.store.corruption import Corruption, corruption


def code_corruptions(
    table: str, column: str, first: tuple[str, str], second: tuple[str, str]
) -> tuple[Corruption, ...]:
    """Two records by name and code, the `first` recorded before the `second` on the same day."""
    (one, code), (other, other_code) = first, second
    kind, day, _ = code.split("-")
    counter = f"kind = '{kind}' AND day = '20{day[:2]}-{day[2:4]}-{day[4:]}'"
    return (
        corruption(
            f"{table}: a number is missing",
            f"UPDATE {table} SET {column} = '{kind}-{day}-010' WHERE id = {{{one}}}",
            R_4_5="It is number 10 of its day, but number",
        ),
        corruption(
            f"{table}: two numbers are exchanged",
            f"UPDATE {table} SET {column} = 'x' WHERE id = {{{one}}}",
            f"UPDATE {table} SET {column} = '{code}' WHERE id = {{{other}}}",
            f"UPDATE {table} SET {column} = '{other_code}' WHERE id = {{{one}}}",
            R_4_5="in the order of recording",
        ),
        corruption(
            f"{table}: recorded on another day",
            f"UPDATE {table} SET recorded_at = '2026-06-08 12:00:00+00' WHERE id = {{{one}}}",
            R_4_5="It was recorded on 2026-06-09, by the bakery's clock, and bears another day",
        ),
        corruption(
            f"{table}: the counter is ahead",
            f"UPDATE code_counters SET last_number = 20 WHERE {counter}",
            R_4_5="The counter of this day stands at 20, but",
        ),
        corruption(
            f"{table}: the counter is behind",
            f"UPDATE code_counters SET last_number = 1 WHERE {counter}",
            R_4_5="The counter of this day stands at 1, but",
        ),
    )


CODES = (
    *code_corruptions("lots", "code", ("A3", "LOT-260602-004"), ("Y1", "LOT-260602-006")),
    *code_corruptions("production_batches", "code", ("held bun", "PB-260602-001"), ("bread run", "PB-260602-003")),
    corruption(
        "orders: a number is missing",
        "UPDATE orders SET number = 'mine' WHERE id = {bread order}",
        R_4_5="The counter of this day stands at 3, but 1 of them, this the first, are missing",
    ),
    corruption(
        "orders: the counter is ahead",
        "UPDATE code_counters SET last_number = 20 WHERE kind = 'ORD' AND day = '2026-06-04'",
        R_4_5="ORD-260604-004: The counter of this day stands at 20, but 17 of them, this the first, are missing",
    ),
    corruption(
        "orders: recorded on a later day",
        "UPDATE orders SET recorded_at = '2026-06-08 12:00:00+00' WHERE id = {bread order}",
        R_4_5="It was recorded on 2026-06-09, by the bakery's clock, and bears another day",
    ),
    corruption(
        "purchase orders: a number is missing",
        "UPDATE purchase_orders SET code = 'PO-260602-002' WHERE id = {purchase}",
        R_4_5="It is number 2 of its day, but number 1 in the order of recording",
    ),
    corruption(
        "a counter is lost",
        "DELETE FROM code_counters WHERE kind = 'PO' AND day = '2026-06-05'",
        R_4_5="PO-260605: The counter of this day stands at 0, but 1 are recorded",
    ),
    corruption(
        "a counter of a day without records",
        "UPDATE code_counters SET day = '2026-07-01' WHERE kind = 'PO' AND day = '2026-06-05'",
        R_4_5="The counter of this day stands at 1, but 0 are recorded",
    ),
    corruption(
        "a code of no form",
        "UPDATE purchase_orders SET code = 'PO-260602-01' WHERE id = {purchase}",
        R_4_5="A code of this kind reads PO-YYMMDD-NNN",
    ),
    corruption(
        "a lot with a code of another kind",
        "UPDATE lots SET code = 'PB-260602-004' WHERE id = {A3}",
        R_4_5="A code of this kind reads LOT-YYMMDD-NNN",
    ),
)

STARTER_LOT = "(SELECT id FROM lots WHERE origin_batch_id = {second levain run})"
INSERT_HOLD = (
    "INSERT INTO lot_holds (bakery_id, id, lot_id, cause, reason, placed_by, placed_at) "
    "SELECT bakery_id, {run} - 1, {lot}, '{cause}', 'x', placed_by, placed_at FROM lot_holds WHERE lot_id = {{A 2}}"
)

DATES = (
    corruption(
        "the changes of a date are lost: a run seems to have used an expired lot",
        "DELETE FROM lot_expiry_edits WHERE lot_id = {W 1}",
        R_5_3="PB-260604-005: Made on 2026-06-04, it took 2 kg from LOT-260602-003, which expired on 2026-06-03",
    ),
    corruption(
        "a date was changed without a word",
        "UPDATE lots SET expires_on = NULL WHERE id = {W 1}",
        R_4_6="LOT-260602-003: It is kept to expire never, but its last change says on 2026-06-03",
    ),
    corruption(
        "a change does not go on from the one before",
        "UPDATE lot_expiry_edits SET old_expires_on = '2026-06-08' WHERE old_expires_on = '2026-06-09'",
        R_4_6="says that it expired on 2026-06-08, not on 2026-06-09",
    ),
    corruption(
        "a change to a day before the receipt",
        "UPDATE lot_expiry_edits SET new_expires_on = '2026-06-01' WHERE new_expires_on = '2026-06-09'",
        "UPDATE lot_expiry_edits SET old_expires_on = '2026-06-01' WHERE old_expires_on = '2026-06-09'",
        R_4_6="has it expire on 2026-06-01, before it was received",
    ),
)

RUNS = (
    corruption(
        "an expired lot was used",
        "UPDATE lots SET expires_on = '2026-06-03' WHERE id = {Y2}",
        R_5_3="PB-260604-001: Made on 2026-06-04, it took 1 kg from LOT-260602-007, which expired on 2026-06-03",
    ),
    corruption(
        "a lot was used before it was received",
        "UPDATE lots SET received_on = '2026-06-03' WHERE id = {salt lot}",
        R_5_3="Made on 2026-06-02, it took 0.2 kg from LOT-260602-005, which was received on 2026-06-03",
    ),
    corruption(
        "a held lot was used",
        INSERT_HOLD.format(run="{roll run}", lot="{Y2}", cause="MANUAL"),
        R_5_3="it took 1 kg from LOT-260602-007, which was held",
    ),
    corruption(
        "a recalled lot was used, chosen by hand",
        INSERT_HOLD.format(run="{chosen bun}", lot="{A3}", cause="RECALL"),
        R_5_3="it took 1 kg from LOT-260602-004, which was held",
    ),
    corruption(
        "a hold was lifted after the lot was used",
        "UPDATE lot_holds SET lift_number = {levain run} + 1 WHERE lot_id = {A 2}",
        R_5_3="it took 1 kg from LOT-260602-002, which was held",
    ),
    corruption(
        "an older lot was passed over for no reason",
        "DELETE FROM lot_holds WHERE lot_id = {A 2}",
        R_5_3="It took 1 kg from LOT-260602-001 and left 10 kg in LOT-260602-002, which comes before it by date of "
        "expiry",
    ),
    corruption(
        "an older lot was passed over while its hold was lifted",
        "UPDATE lot_holds SET lift_number = {held bun} - 1, id = {held bun} - 2 WHERE lot_id = {A 2}",
        R_5_3="left 10 kg in LOT-260602-002",
    ),
    corruption(
        "a run in the other order",
        "UPDATE production_batches SET consumption_order = 'EXPIRY_DATE' WHERE id = {receipt bun}",
        R_5_3="It took 1 kg from LOT-260604-001 and left 7 kg in LOT-260602-001",
    ),
    corruption(
        "a run in the other order still",
        "UPDATE lots SET received_on = '2026-06-02' WHERE id = {A4}",
        R_5_3="It took 1 kg from LOT-260604-001 and left 7 kg in LOT-260602-001, which comes before it by date of "
        "receipt",
    ),
    corruption(
        "a later lot was taken that nobody chose",
        "UPDATE consumptions SET chosen = {false} WHERE batch_id = {chosen bun}",
        R_5_3="It took 1 kg from LOT-260602-004 and left 7 kg in LOT-260602-001",
    ),
    corruption(
        "beside the chosen lot a later one was taken",
        "UPDATE lots SET expires_on = '2026-07-20' WHERE id = {A 1}",
        "UPDATE consumptions SET chosen = {true} WHERE lot_id = {A 1}",
        "UPDATE consumptions SET chosen = {false} WHERE batch_id = {chosen bun} AND lot_id = {A 1}",
        R_5_3="It took 1 kg from LOT-260602-001 and left 4 kg in LOT-260602-004",
    ),
    corruption(
        "untracked stock was used before a lot",
        f"UPDATE movements SET id = {{second bread run}} WHERE lot_id = {STARTER_LOT} AND kind = 'OUTPUT'",
        f"UPDATE lots SET received_on = '2026-06-02' WHERE id = {STARTER_LOT}",
        R_5_4="It took 2 kg UNTRACKED and left 4 kg in LOT-260604-003",
    ),
    corruption(
        "a shortfall leaves a lot",
        "UPDATE lots SET expires_on = '2026-06-20' WHERE id = {Y1}",
        "UPDATE consumptions SET chosen = {true} WHERE batch_id IN ({roll run}, {short roll}) AND source <> "
        "'UNACCOUNTED'",
        R_5_5="It took 5 kg UNACCOUNTED and left 1.5 kg in LOT-260602-006",
    ),
    corruption(
        "a shortfall leaves untracked stock",
        "UPDATE consumptions SET source = 'UNACCOUNTED' WHERE batch_id = {short roll} AND source = 'UNTRACKED'",
        R_5_5="7 kg is UNACCOUNTED, but 2 kg untracked was left",
    ),
    corruption(
        "lots were used while lot tracking was off",
        "UPDATE production_batches SET consumption_order = NULL WHERE id = {bread run}",
        R_5_2="Lot tracking was off, but 10 kg of ingredient",
    ),
    corruption(
        "more is recorded than was booked",
        "UPDATE consumptions SET quantity = 3000000 WHERE batch_id = {receipt bun}",
        R_5_2="PB-260604-003: 3 kg of ingredient {flour} from LOT-260604-001 is recorded as consumed, but its "
        "PRODUCTION movements say 1 kg",
    ),
    corruption(
        "a consumption is lost",
        "DELETE FROM consumptions WHERE batch_id = {receipt bun}",
        R_5_2="0 kg of ingredient {flour} from LOT-260604-001 is recorded as consumed",
    ),
    corruption(
        "a consumption of untracked stock is lost",
        "DELETE FROM consumptions WHERE batch_id = {off bun}",
        R_5_2="0 kg of ingredient {flour} without a lot is recorded as consumed",
    ),
    corruption(
        "a run without its movement",
        "UPDATE movements SET batch_id = NULL WHERE batch_id = {receipt bun}",
        R_5_2="movements without a run: 0 kg of ingredient {flour} from LOT-260604-001 is recorded as consumed",
    ),
)

BREAD_LINE = "(SELECT id FROM order_lines WHERE order_id = {bread order})"

LINKS = (
    corruption(
        "allocated is kept too high",
        "UPDATE production_batches SET quantity_allocated = 3000000 WHERE id = {bread run}",
        R_7_1="3 allocated is kept, but its allocations sum to 2",
    ),
    corruption(
        "a freed allocation stands again",
        "UPDATE allocations SET freed_at = NULL WHERE order_id = {cancelled order}",
        R_7_1="2 allocated is kept, but its allocations sum to 7",
        R_7_3="It is CANCELLED, but 5 is allocated to it",
    ),
    corruption(
        "more is allocated and written off than was made",
        "UPDATE production_batches SET quantity_written_off = 19000000 WHERE id = {bread run}",
        R_7_1="2 allocated and 19 written off are more than the 20 made",
        R_6_4="19 written off is kept, but its waste sums to 0",
    ),
    corruption(
        "more is allocated than was ordered",
        f"UPDATE order_lines SET quantity = 11500000 WHERE id = {BREAD_LINE}",
        R_7_1="ordered 11.5, but 12 is allocated to it",
    ),
    corruption(
        "a batch of another product is allocated",
        f"UPDATE order_lines SET product_id = {{bun}} WHERE id = {BREAD_LINE}",
        R_7_1="to a line of order ORD-260604-001 for product",
    ),
    corruption(
        "an allocation of another order",
        f"UPDATE allocations SET order_id = {{last order}} WHERE order_line_id = {BREAD_LINE}",
        R_7_1="but its line is of order",
    ),
    corruption(
        "a cancelled order keeps its bread",
        "UPDATE orders SET status = 'CANCELLED' WHERE id = {bread order}",
        R_7_3="order ORD-260604-001: It is CANCELLED, but 12 is allocated to it",
    ),
    corruption(
        "an order goes back and keeps its bread",
        "UPDATE orders SET status = 'IN_PRODUCTION' WHERE id = {bread order}",
        R_7_1="order ORD-260604-001: It is IN_PRODUCTION, but 12 is allocated to it",
    ),
    corruption(
        "a reversed batch is allocated",
        "UPDATE production_batches SET status = 'REVERSED' WHERE id = {bread run}",
        R_5_9="It is reversed, but 2 of it is allocated to orders",
    ),
    corruption(
        "an intermediate was allocated but not sold",
        "UPDATE movements SET batch_id = {levain run} WHERE kind = 'SALE' AND order_id = {levain order}",
        R_4_4="3.5 of it is allocated to order",
    ),
    corruption(
        "an untracked intermediate was sold to nobody",
        "UPDATE movements SET order_id = NULL WHERE kind = 'SALE' AND order_id = {old levain order}",
        R_4_4="PB-260601-001: 0 of it is allocated to no order, but the SALE and REVERSAL movements for that order say "
        "1",
    ),
    corruption(
        "an intermediate made another quantity",
        "UPDATE production_batches SET quantity = 5000000 WHERE id = {levain run}",
        R_4_4="5 was made, but its OUTPUT movements say 2",
    ),
    corruption(
        "a product came to make something else",
        "UPDATE products SET makes_ingredient_id = {yeast} WHERE id = {levain}",
        R_4_4="of its batch, makes ingredient",
    ),
    corruption(
        "a lot of another batch",
        f"UPDATE lots SET origin_batch_id = {{levain run}} WHERE id = {STARTER_LOT}",
        R_4_4="(OUTPUT) is on LOT-260604-003, which this batch did not make",
    ),
)
