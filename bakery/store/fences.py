"""Row-level security: on PostgreSQL a bakery's rows are fenced in by the database itself (R-1.1).

Every statement names its bakery. Should one forget to, the fence holds: `migrate` puts a policy on each table with a
`bakery_id` that lets through the rows of the bakery in `SETTING` alone, for reading and for writing; where none is set,
no row at all. The setting is made inside each transaction and ends with it: one of the session would stay with a
connection that goes back to the pool.

Superusers and owners of tables pass policies by. So the server, whoever it connects as, takes a role that is neither:
it is named after the database, may not log in, and is made by `migrate`. The policies are forced on the owner, too,
who sees all bakeries only in a transaction that says so (`ALL`): migrations and `baketrace check`.

Before a caller has signed in, the bakery is not known. Whoever presents the hash of a token sees that token's row, and
so learns its bakery; the same goes for an invitation, and for the subject of an identity provider, which may be a
member of several. Nothing else is open.

SQLite has no such thing; there the statements alone keep bakeries apart, as the same tests show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, MetaData, Table, text
from sqlalchemy.exc import DBAPIError

SETTING = "baketrace.bakery_id"
TOKEN = "baketrace.token_hash"  # noqa: S105 - the name of a setting
ALL = "baketrace.all_bakeries"

PREFIX = "baketrace_"
NAME_BYTES_MAX = 63

# A name that would be cut might meet another's, so it is told by its hash. Made by the server, which knows the
# database's name also where the URL names none.
ROLE = (
    f"CASE WHEN octet_length(current_database()) <= {NAME_BYTES_MAX - len(PREFIX)} "
    f"THEN '{PREFIX}' || current_database() ELSE '{PREFIX}' || md5(current_database()) END"
)
OWNER = "(SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'bakeries'::regclass)"

# ── what the server says ──────────────────────────────────────────────────────────────────────────────────────────────
TAKE_ROLE = f"SELECT set_config('role', {ROLE}, false)"
"""On each new connection of the server."""

TAKE_OWNERS_ROLE = f"SELECT set_config('role', {OWNER}, false)"
"""On each new connection of what works across bakeries."""

OPEN_ALL = f"SET LOCAL {ALL} = 'on'"
"""In a transaction across bakeries; only the owner of the tables is let through by it."""


ENCLOSE = f"SELECT set_config('{SETTING}', $1, true)"
"""What fences a transaction in: from here on it sees and writes rows of this bakery only."""


def _presenting(bakery: str) -> str:
    """What fences a transaction in to the bakery that a query finds by the `hash` that was presented."""
    return (
        f"WITH presented AS MATERIALIZED (SELECT set_config('{TOKEN}', $1, true) AS hash) "  # noqa: S608 - ours alone
        f"SELECT set_config('{SETTING}', coalesce(({bakery})::text, ''), true) FROM presented"
    )


_PRESENT_TOKEN = _presenting(
    "SELECT bakery_id FROM access_tokens WHERE token_hash = hash "
    "UNION ALL SELECT bakery_id FROM api_keys WHERE key_hash = hash"
)
_PRESENT_INVITATION = _presenting("SELECT bakery_id FROM members WHERE invitation_hash = hash")
_PRESENT_SUBJECT = _presenting(
    "SELECT CASE WHEN count(*) = 1 THEN min(bakery_id) END FROM members "
    "WHERE subject_hash = hash AND (NULLIF($2, '') IS NULL OR bakery_id = NULLIF($2, '')::bigint)"
)


@dataclass(frozen=True)
class Presented:
    """What fences a transaction in to the bakery of what somebody presents; to none if nobody has it.

    What it looks up depends on what it has set, so the rows that it opens are open by then.
    """

    text: str
    values: tuple[str, ...]

    @classmethod
    def token(cls, hashed: str) -> Presented:
        return cls(_PRESENT_TOKEN, (hashed,))

    @classmethod
    def invitation(cls, hashed: str) -> Presented:
        return cls(_PRESENT_INVITATION, (hashed,))

    @classmethod
    def subject(cls, hashed: str, bakery_id: int | None) -> Presented:
        """Of a person who may be a member of several: to the one that is chosen, or the only one there is."""
        return cls(_PRESENT_SUBJECT, (hashed, "" if bakery_id is None else str(bakery_id)))


def enclosed(bakery_id: int) -> str:
    """`ENCLOSE` as a text by itself, which can go out together with what begins the transaction."""
    return f"SELECT set_config('{SETTING}', '{int(bakery_id)}', true)"


# ── what `migrate` puts up ────────────────────────────────────────────────────────────────────────────────────────────
# What was set in an earlier transaction of a connection reads as empty in the next.
_CURRENT = f"NULLIF(current_setting('{SETTING}', true), '')::bigint"
_PRESENTED = {
    "access_tokens": ("token_hash",),
    "api_keys": ("key_hash",),
    "members": ("invitation_hash", "subject_hash"),
}
_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"
# What is only ever added to cannot even be asked to change. What waits to be sealed is ids and nothing else: the sealer
# looks there for the bakeries that it has work in, and is fenced in to one after the other.
_RIGHTS_OF = {
    "audit_entries": "SELECT, INSERT",
    "audit_seals": "SELECT, INSERT",
    "audit_waiting": "SELECT, INSERT, DELETE",
    "trusted_documents": "SELECT",
    "trusted_document_ids": "SELECT",
}
_WITHOUT_FENCE = {"audit_waiting"}
# What belongs to no bakery: the same for all, and changed by the owner alone, on the command line.
_OF_ALL = {"trusted_documents", "trusted_document_ids"}


class FenceRefused(Exception):
    """The fence cannot be put up, or not be used; the message says what to do."""


@dataclass(frozen=True)
class Fenced:
    """A table, the column that says whose a row is, and what the server may do with those that it sees.

    Without a column it has rights only, and no fence.
    """

    name: str
    column: str | None
    rights: str


def fenced(metadata: MetaData) -> list[Fenced]:
    """Every table that the server uses; those with rows of bakeries have a fence."""
    return [
        Fenced(table.name, None if table.name in _WITHOUT_FENCE else column, _RIGHTS_OF.get(table.name, _RIGHTS))
        for table in metadata.sorted_tables
        if (column := _column(table)) or table.name in _OF_ALL
    ]


def _column(table: Table) -> str | None:
    if "bakery_id" in table.c:
        return "bakery_id"
    return "id" if table.name == "bakeries" else None


@dataclass(frozen=True)
class Fences:
    """The role and the policies of one PostgreSQL database, on a connection of whoever migrates it."""

    connection: Connection

    def make_role(self) -> None:
        """Make the server's role, where it is missing, and let the connected user take it. Raises `FenceRefused`."""
        role, quoted = self._role(), self._quoted(self._role())
        user = self._quoted(self._scalar("SELECT current_user"))
        create, grant = f"CREATE ROLE {quoted} NOLOGIN NOBYPASSRLS", f"GRANT {quoted} TO {user}"
        if self._attributes(role) is None:
            # Two may come here at once, from two databases as well: whoever is second finds it made.
            self._attempt(
                f"DO $$ BEGIN {create}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
                f"{user} may not create roles; let an administrator run: {create}; {grant}",
            )
        if any(self._attributes(role) or ()):
            wanted = f"ALTER ROLE {quoted} NOSUPERUSER NOBYPASSRLS NOLOGIN"
            raise FenceRefused(f"the role {quoted} could pass the fences by; let an administrator run: {wanted}")
        if not self._may_take(role):
            self._attempt(grant, f"{user} may not take the role {quoted}; let an administrator run: {grant}")

    def put_up(self, metadatas: Iterable[MetaData]) -> list[str]:
        """Put a fence round each table that has none yet, and let the server's role in; tells which.

        One table, or one right, a transaction: each lock is held for a moment, whatever number of tables is new.
        """
        role = self._role()
        done = []
        for statements in self._missing(role, metadatas):
            with self.connection.begin():
                for statement in statements:
                    self.connection.execute(text(statement))
            done += statements
        return done

    def is_up(self, metadatas: Iterable[MetaData]) -> bool:
        """Whether the server's role is there and every table is fenced in. Raises `FenceRefused` where it is there but
        the connected user may not take it."""
        role = self._role()
        if self._attributes(role) is None or any(self._missing(role, metadatas)):
            return False
        if not self._may_take(role):
            user, quoted = self._quoted(self._scalar("SELECT current_user")), self._quoted(role)
            raise FenceRefused(f"{user} may not take the role {quoted}; let its owner run: GRANT {quoted} TO {user}")
        return True

    def _missing(self, role: str, metadatas: Iterable[MetaData]) -> Iterator[list[str]]:
        """Statements that are still to be run, for each table those that belong together."""
        quoted = self._quoted(role)
        schema = self._quoted(self._scalar("SELECT current_schema()"))
        if not self._scalar("SELECT has_schema_privilege(:role, current_schema(), 'USAGE')", role=role):
            yield [f"GRANT USAGE ON SCHEMA {schema} TO {quoted}"]
        standing = self._standing(role)
        for metadata in metadatas:
            for sequence in metadata._sequences:
                if not self._scalar(f"SELECT has_sequence_privilege(:role, '{sequence}', 'USAGE')", role=role):
                    yield [f"GRANT USAGE ON SEQUENCE {sequence} TO {quoted}"]
            for table in fenced(metadata):
                policies, is_secured, rights = standing.get(table.name, (frozenset(), False, frozenset()))
                is_open = rights >= set(table.rights.split(", "))
                if table.column is None:
                    if not is_open:
                        yield [self._let_in(table, quoted)]
                elif not (is_secured and is_open and policies >= {name for name, _ in _policies(table)}):
                    yield self._fence(table, policies, quoted)

    def _let_in(self, table: Fenced, role: str) -> str:
        return f"GRANT {table.rights} ON {self._quoted(table.name)} TO {role}"

    def _fence(self, table: Fenced, policies: frozenset[str], role: str) -> list[str]:
        name = self._quoted(table.name)
        relation = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = CAST(:name AS regclass)"
        owner = self._quoted(self._scalar(relation, name=name))
        return [
            *(
                statement
                for policy, rule in _policies(table)
                if policy not in policies
                for statement in (
                    f"DROP POLICY IF EXISTS {policy} ON {name}",
                    f"CREATE POLICY {policy} ON {name} {rule.format(owner=owner)}",
                )
            ),
            f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
            self._let_in(table, role),
        ]

    def _standing(self, role: str) -> dict[str, tuple[frozenset[str], bool, frozenset[str]]]:
        """What each table has: its policies, whether they are enabled and forced, and the rights of the role."""
        rows = self.connection.execute(
            text(
                "SELECT c.relname, array(SELECT polname::text FROM pg_policy WHERE polrelid = c.oid"
                # A copy that belongs to somebody else still lets the owner of the original through.
                " AND (polname <> 'owner' OR polroles = ARRAY[c.relowner])),"
                " c.relrowsecurity AND c.relforcerowsecurity,"
                " array(SELECT wanted FROM unnest(string_to_array(:rights, ', ')) wanted"
                " WHERE has_table_privilege(:role, c.oid, wanted))"
                " FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace"
            ),
            {"role": role, "rights": _RIGHTS},
        ).all()
        self.connection.rollback()
        return {name: (frozenset(policies), secured, frozenset(rights)) for name, policies, secured, rights in rows}

    def _role(self) -> str:
        return str(self._scalar(f"SELECT {ROLE}"))

    def _attributes(self, role: str) -> Sequence[bool] | None:
        """What the role may that it must not; None where there is no such role."""
        statement = text("SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = :role")
        found = self.connection.execute(statement, {"role": role}).first()
        self.connection.rollback()
        return None if found is None else tuple(found)

    def _may_take(self, role: str) -> bool:
        # From 16 on, membership alone does not say whether a role may be taken.
        right = "SET" if int((self.connection.dialect.server_version_info or (0,))[0]) >= 16 else "MEMBER"
        return bool(self._scalar("SELECT pg_has_role(current_user, :role, :right)", role=role, right=right))

    def _attempt(self, statement: str, refusal: str) -> None:
        try:
            with self.connection.begin():
                self.connection.execute(text(statement))
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == "42501":  # insufficient privilege
                raise FenceRefused(refusal) from error
            raise

    def _scalar(self, statement: str, **values: str) -> str:
        found: str = self.connection.execute(text(statement), values).scalar_one()
        self.connection.rollback()
        return found

    def _quoted(self, name: str) -> str:
        return self.connection.dialect.identifier_preparer.quote(name)


def _policies(table: Fenced) -> Iterator[tuple[str, str]]:
    """Each policy of a table by its name: for whom, and which rows it lets through. One of them is enough."""
    yield "bakery", f"USING ({table.column} = {_CURRENT})"
    yield "owner", f"TO {{owner}} USING (current_setting('{ALL}', true) = 'on')"
    if columns := _PRESENTED.get(table.name):
        shown = " OR ".join(f"{column} = current_setting('{TOKEN}', true)" for column in columns)
        yield "presented", f"FOR SELECT USING ({shown})"
