"""Alembic migrations: one line of history for SQLite and PostgreSQL. Run them with `baketrace migrate`."""
