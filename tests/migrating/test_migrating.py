"""Migrations while people work: what squawk finds, and that waiting for a lock is done in short turns."""

import threading
import time

import psycopg
import pytest

from bakery.store import migration, patience
from bakery.store.annex import Annex
from tests.migrating.squawk import FIRST_RELEASE, complaints, sql_since
from tests.migrating.stall import TYPICAL

CARELESS = Annex("careless", migrations="tests.migrating.careless")


def test_squawk_finds_nothing_in_what_was_written_since_the_first_release() -> None:
    assert not (written := sql_since(FIRST_RELEASE)) or complaints(written) == ""


def test_squawk_finds_nothing_in_a_typical_migration_and_much_in_a_careless_one() -> None:
    """So that it is known to look, and what docs/migrations.md advises is known to please it."""
    typical, careless = (complaints(sql_since("base", annex)) for annex in (TYPICAL, CARELESS))
    assert typical == ""
    for rule in ("require-concurrent-index-creation", "changing-column-type", "ban-drop-column"):
        assert rule in careless


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_migration_steps_back_from_a_lock_and_comes_again(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody reads a table for long, others go on reading it; once it is free, the migration is done."""
    monkeypatch.setattr(patience, "PAUSE_SECONDS", 0.05)
    migrating = threading.Thread(target=migration._upgrade, args=(database_url, TYPICAL, migration.HEAD))
    with psycopg.connect(database_url) as holder, psycopg.connect(database_url, autocommit=True) as reader:
        holder.execute("SELECT count(*) FROM lots")
        migrating.start()
        waits = 0
        while waits < 3:
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'lots'::regclass"
            found = reader.execute(waiting).fetchone()
            waits += bool(found and found[0])
            started = time.monotonic()
            reader.execute("SELECT count(*) FROM lots")
            assert time.monotonic() - started < 60  # a guard; `make stall` has the figure
            assert migrating.is_alive()
        holder.rollback()
        migrating.join()
        assert reader.execute("SELECT shelf FROM lots").fetchall() == []
