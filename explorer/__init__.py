"""The browser's side: GraphiQL with the project's own panels, and the page of a trace. Built by `build.py`."""
