"""The story's purchase orders spoilt. Quantities in statements are millionths."""

from __future__ import annotations

from tests.store.corruption import corruption

PURCHASES = (
    *(
        corruption(
            f"a received purchase order is {status}",
            f"UPDATE purchase_orders SET status = '{status}' WHERE id = {{purchase}}",
            R_4_1=f"PO-260602-001: It is {status}, but its lines say that all that was ordered was received",
        )
        for status in ("DRAFT", "ORDERED", "PARTIALLY_RECEIVED")
    ),
    corruption(
        "a purchase order is received in part",
        "UPDATE purchase_order_lines SET quantity_ordered = 21000000 WHERE id = {purchase line 1}",
        R_4_1="PO-260602-001: It is RECEIVED, but its lines say that a part was received",
    ),
    corruption(
        "a receipt is not counted, and has its lot",
        "UPDATE purchase_order_lines SET quantity_received = 9000000, quantity_ordered = 9000000 "
        "WHERE id = {purchase line 3}",
        R_4_1="received 9 kg, but its lots 10 kg",
    ),
    corruption(
        "a receipt without a lot is counted twice",
        "UPDATE purchase_order_lines SET quantity_received = 2000000 WHERE id = {second purchase line 1}",
        R_4_1="sugar: Purchase orders received 2 kg, but the ledger has 1 kg purchased",
    ),
    corruption(
        "a receipt by another unit is not counted",
        "UPDATE purchase_order_lines SET unit = 'g' WHERE id = {second purchase line 1}",
        R_4_1="sugar: Purchase orders received 0.001 kg, but the ledger has 1 kg purchased",
    ),
    corruption(
        "what was purchased is in no purchase order",
        "DELETE FROM purchase_order_lines WHERE id = {second purchase line 1}",
        R_4_1="sugar: Purchase orders received 0 kg, but the ledger has 1 kg purchased",
    ),
)
