"""The trade: pure rules of lot tracking, without I/O, clock or GraphQL.

Rule numbers (`R-4.3`) refer to `docs/rules.md`. Only `bakery.store` knows SQL.
"""
