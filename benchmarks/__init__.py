"""Measurements, each beside what it is to be compared with. None is part of the tests."""
