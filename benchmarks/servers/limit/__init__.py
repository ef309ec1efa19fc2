"""The limit: what reading the rows and writing the JSON costs, and nothing else.

The same HTTP stack as the product's, the same sign-in and transaction statements, the same driver without a layer on
it, statements written by hand for each document, dictionaries without cycles and orjson. No GraphQL.
"""
