"""What a partner's key may be allowed to read (R-1.11). Features that are plugged in may add scopes of their own."""

from __future__ import annotations

TRACE_READ = "trace:read"
LOTS_READ = "lots:read"
ORDERS_READ = "orders:read"
CUSTOMERS_READ = "customers:read"

SCOPES = {
    TRACE_READ: "lots, production batches and orders by their code, with their traces both ways and their suppliers",
    LOTS_READ: "the list of lots, with their dates and what remains; no supplier and no trace",
    ORDERS_READ: "the list of orders, with their lines and the customer's name; no trace",
    CUSTOMERS_READ: "customers' e-mail addresses and telephone numbers, wherever a customer is shown",
}
"""Each with what it opens. None opens costs, balances, movements or people."""
