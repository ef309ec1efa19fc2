"""Fuzzing by schemathesis: documents that the schema allows, and some that it does not, sent as a bakery's owner."""
