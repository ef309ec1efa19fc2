"""The fences themselves, past the product's statements: on each PostgreSQL, migrated by whoever owns the database."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Column, String, text

from bakery.store import Database, tables
from bakery.store.annex import Annex
from bakery.store.engine import DatabaseUnavailable
from bakery.store.fences import PREFIX, TAKE_ROLE, fenced
from bakery.store.migration import fence_in, migrate
from bakery.store.session import BakeryId
from bakery.store.standing import is_current
from tests.support.postgres import drop_database, fresh_database

NOW = "2026-03-02 08:00:00+00"


def as_user(url: str, user: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{user}@{parts.netloc.rpartition('@')[2]}").geturl()


def owned(server_url: str, *, may_create_roles: bool) -> tuple[str, str, str]:
    """An empty database of an ordinary user: its URL as that user, as the administrator, and the user's name."""
    url, user = fresh_database(server_url), f"owner_{uuid4().hex[:12]}"
    database = urlsplit(url).path[1:]
    with psycopg.connect(url, autocommit=True) as administrator:
        option = sql.SQL("CREATEROLE" if may_create_roles else "NOCREATEROLE")
        administrator.execute(sql.SQL("CREATE ROLE {} LOGIN {}").format(sql.Identifier(user), option))
        names = sql.Identifier(database), sql.Identifier(user)
        administrator.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(*names))
    return as_user(url, user), url, user


@pytest.fixture
def urls(each_postgres_url: str) -> Iterator[tuple[str, str]]:
    """A migrated database, as its owner and as the administrator; bakeries 1 and 2 with a supplier each, 11 and 12."""
    url, administrators, user = owned(each_postgres_url, may_create_roles=True)
    migrate(url)
    with psycopg.connect(administrators, autocommit=True) as connection:
        for bakery in (1, 2):
            connection.execute("INSERT INTO bakeries VALUES (%s, 'B', 'GROWTH', 'UTC', 'EUR', %s)", [bakery, NOW])
            values = [bakery, 10 + bakery, f"Mill {bakery}", NOW]
            connection.execute(
                "INSERT INTO suppliers (bakery_id, id, name, recorded_at) VALUES (%s, %s, %s, %s)", values
            )
    yield url, administrators
    dropped(administrators, user)


def dropped(administrators: str, user: str) -> None:
    drop_database(administrators)
    with psycopg.connect(urlsplit(administrators)._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(user)))


SEEN = "SELECT id FROM suppliers ORDER BY id"


def test_only_rows_of_the_bakery_that_was_set_are_there(urls: tuple[str, str]) -> None:
    """R-1.1: for whoever connects, owner or superuser, reading and writing; none at all where none was set."""
    for url in urls:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(TAKE_ROLE)
            assert connection.execute(SEEN).fetchall() == []
            with connection.transaction(force_rollback=True):
                connection.execute("SELECT set_config('baketrace.bakery_id', '1', true)")
                assert connection.execute(SEEN).fetchall() == [(11,)]
                assert connection.execute("SELECT id FROM bakeries").fetchall() == [(1,)]
                assert connection.execute("UPDATE suppliers SET email = 'a@b.c'").rowcount == 1
                assert connection.execute("DELETE FROM suppliers WHERE id = 12").rowcount == 0
                for change in (
                    "INSERT INTO suppliers (bakery_id, id, name, recorded_at) VALUES (2, 99, 'X', now())",
                    "UPDATE suppliers SET bakery_id = 2",
                ):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                        connection.execute(change)
            # The setting ended with its transaction, and nothing of it is left in the connection.
            assert connection.execute(SEEN).fetchall() == []
            # The way for the owner's own work is not open to the server's role.
            connection.execute("SET baketrace.all_bakeries = 'on'")
            assert connection.execute(SEEN).fetchall() == []


def test_the_owner_sees_all_only_where_it_says_so(urls: tuple[str, str]) -> None:
    """Forced: an owner that forgets to take the server's role is fenced in all the same."""
    with psycopg.connect(urls[0], autocommit=True) as connection:
        assert connection.execute(SEEN).fetchall() == []
        connection.execute("SET baketrace.all_bakeries = 'on'")
        assert connection.execute(SEEN).fetchall() == [(11,), (12,)]


def test_the_server_is_in_its_role_whoever_connects(urls: tuple[str, str]) -> None:
    """A role without login and without BYPASSRLS, on each connection; across bakeries, the owner."""
    role = f"{PREFIX}{urlsplit(urls[0]).path[1:]}"

    async def users(url: str) -> list[str]:
        found = []
        for database in (Database(url), Database(url, across_bakeries=True)):
            async with database.reading() as session:
                found.append(await session.scalar(text("SELECT current_user")))
            await database.dispose()
        return found

    async def rows(bakery_id: int) -> list[int]:
        database = Database(urls[1])
        session = await database.begin_reading(BakeryId(bakery_id))
        found = [row[0] for row in await session.rows(text(SEEN))]
        await session.close()
        await database.dispose()
        return found

    for url in urls:
        assert asyncio.run(users(url)) == [role, urlsplit(urls[0]).username]
    assert asyncio.run(rows(1)) == [11]
    with psycopg.connect(urls[1]) as connection:
        attributes = "SELECT rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s"
        assert connection.execute(attributes, [role]).fetchall() == [(False, False, False)]


def test_every_table_with_rows_of_bakeries_is_fenced_in(urls: tuple[str, str]) -> None:
    """Enabled and forced, with its policies; a plug-in's tables, too."""
    annex = Annex("fenced", migrations="none")
    annex.of_bakery("things", Column("name", String))
    with psycopg.connect(urls[0], autocommit=True) as connection:
        connection.execute("CREATE TABLE fenced__things (bakery_id bigint, id bigint, name text)")
        assert "fenced__things" in open_tables(connection)
        fence_in(urls[0], annexes=[annex])
        # What waits to be sealed is ids and nothing else, and the sealer looks for them in all bakeries.
        assert open_tables(connection) == {"audit_waiting"}
    known = {each.name for each in fenced(tables.metadata)}
    assert known == {table.name for table in tables.metadata.sorted_tables if not table.info.get("only_on")}


def test_the_server_may_not_change_the_audit_log(urls: tuple[str, str]) -> None:
    """It has no right to: what guards the log is not the triggers alone. Nor may it do so by what waits for a seal."""
    role = f"{PREFIX}{urlsplit(urls[0]).path[1:]}"
    tables_of_log = ("audit_entries", "audit_seals", "audit_waiting")
    with psycopg.connect(urls[0], autocommit=True) as connection:
        may = "SELECT has_table_privilege(%s, %s, %s)"
        for table in tables_of_log:
            rights = {
                right
                for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
                if connection.execute(may, [role, table, right]).fetchone() == (True,)
            }
            assert rights == {"SELECT", "INSERT"} | ({"DELETE"} if table == "audit_waiting" else set())


def test_the_server_may_only_read_what_is_trusted(urls: tuple[str, str]) -> None:
    """Documents are registered by the owner of the tables, on the command line: no hole in the server can add one."""
    role = f"{PREFIX}{urlsplit(urls[0]).path[1:]}"
    with psycopg.connect(urls[0], autocommit=True) as connection:
        for table in ("trusted_documents", "trusted_document_ids"):
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"):
                may = connection.execute("SELECT has_table_privilege(%s, %s, %s)", [role, table, right]).fetchone()
                assert may == (right == "SELECT",)


def open_tables(connection: psycopg.Connection[tuple[str]]) -> set[str]:
    """Tables of the database with a bakery's rows and no fence, whatever the code knows."""
    found = connection.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'bakery_id'"
        " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT (c.relrowsecurity AND"
        " c.relforcerowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid AND polname = 'bakery'))"
    ).fetchall()
    return {name for (name,) in found}


def test_migrating_again_and_at_once_changes_nothing(urls: tuple[str, str]) -> None:
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(migrate, [urls[0]] * 3))
    assert is_current(urls[0])
    assert is_current(urls[1])


def test_who_may_not_create_roles_is_told_what_to_have_run(each_postgres_url: str) -> None:
    """In words that an administrator can paste; nothing has changed before."""
    url, administrators, user = owned(each_postgres_url, may_create_roles=False)
    role = f"{PREFIX}{urlsplit(url).path[1:]}"
    wanted = f"CREATE ROLE {role} NOLOGIN NOBYPASSRLS; GRANT {role} TO {user}"
    with pytest.raises(DatabaseUnavailable, match=f"{user} may not create roles; .*run: {wanted}$"):
        migrate(url)
    with psycopg.connect(administrators, autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
        connection.execute(wanted.encode())
    migrate(url)
    assert is_current(url)
    dropped(administrators, user)
