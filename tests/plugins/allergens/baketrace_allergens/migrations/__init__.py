"""Alembic revisions of the plug-in's own tables."""
