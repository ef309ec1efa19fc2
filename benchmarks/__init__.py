"""Measurements, each beside what it is to be compared with: `make bench`. Nothing of the product imports this."""
