"""The contract that clients see: types, inputs, results, errors and gates; one file a noun.

Types are views over the records of `bakery`: a resolver hands over a record, and a type says which of it shows.
"""

# Registers the enums, before any noun uses one.
from graphql_api.schema import enums as enums
