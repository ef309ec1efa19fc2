"""Servers and databases that are killed under load, and what clients were told by then, judged by what is there."""
