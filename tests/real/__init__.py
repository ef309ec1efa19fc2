"""Real input: five months of a bakery's till, replayed through the API over HTTP (`python -m tests.real.replay`).

Nothing in here imports the product. It talks to a server as any client would, keeps its own books of what the
server answered, and compares the two at the end.
"""
