"""Trusted documents: the ones that apps register when they are built, and run by their ids.

`manifests.py` reads what the tools of apps write, `command.py` registers it, and `register.py` finds the text that a
request asks for.
"""
