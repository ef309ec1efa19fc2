"""The explorer and the trace's page in a real browser: `make browser`. Its files are no part of `make test`."""
