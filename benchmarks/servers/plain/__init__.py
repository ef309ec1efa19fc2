"""A plain Strawberry server as the guides show it: ORM objects, a loader for each relation, a resolver a field.

It signs nobody in and asks no gate; the bakery is a header. That is in its favour.
"""
