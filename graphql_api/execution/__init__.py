"""How a document becomes an answer: the document pipeline and the compiled executor.

`documents.py` keeps, for each text, all that can be known without its variables: it is parsed, validated and, as its
parts are first met, compiled. `executor.py` is graphql-core's executor with one addition: where the rest of an answer
follows from records that are at hand, or can be loaded as sets, it is written by generated functions (`compiler.py`)
instead of field by field. What a field's value comes from is said at the field (`sources.py`).
"""
