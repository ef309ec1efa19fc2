"""What whoever runs the server sees of it: logs, metrics and traces.

`observer.py` is the one place that all requests pass. It opens a note (`notes.py`), on which whoever finds something
out on the way writes it: who calls, which operation, what it cost, which errors it was answered. At the end the note
becomes a line of the log (`logs.py`), figures (`metrics.py`) and a span (`traces.py`).
"""
