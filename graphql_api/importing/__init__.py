"""`baketrace import`: a bakery's books from CSV files, in the form that `docs/import.md` describes.

    files      a CSV file to rows, with the physical line that each begins on
    forms      which columns each file has
    cells      a cell to a value
    names      which record a row means by a name
    known      a store that answers from memory what thousands of rows ask again and again
    records    rows to records, by the resolvers of the mutations: the checks are the very same
    command    all of it in one transaction

Errors: `problems.ImportRefused`, with every problem of every file; nothing was imported then.
"""
