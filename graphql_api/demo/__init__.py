"""`baketrace demo`: a bakery of three weeks, loaded through the API itself, and served. `docs/demo.md` tells its story.

    data/*.csv           what the bakery has, bought, baked and sold; days are counted back from the day of loading
    documents.graphql    the documents that load it, and those that `queries` prints
    books                the files of `data`
    client               sends documents to the schema, in this process
    one_transaction      all of the load as one transaction: a demo is there whole or not at all
    story                the three weeks, day by day
    queries              the three queries, as lines to paste into a shell
    command              all of it: migrate, load once, print, serve

The recipes are made from formulas of the USDA's FNDDS 2003-04, which is in the public domain: `docs/demo.md` names
each and what was changed.
"""
