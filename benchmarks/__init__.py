"""Side-by-side measurements: `make bench`. Nothing of the product imports this."""
