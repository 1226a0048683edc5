"""The history of the record's tables (Alembic). `upgrade` brings a store of any earlier version to today's."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

#: The newest revision. A test holds it equal to the newest of `versions`.
HEAD = "0004"


#: Tables of every revision, by which a store is told from what another program keeps with Alembic.
_OURS = frozenset({"log", "event"})


class StoreTooNewError(Exception):
    """The store was written by a newer version of the product."""


class StoreForeignError(Exception):
    """The database is another program's."""


def revision(connection: Connection) -> str | None:
    """The revision that a store stands at; None where there is no store. Raises StoreForeignError."""
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" not in tables:
        return None
    if not tables >= _OURS:
        raise StoreForeignError("the database's revision is another program's")
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def refuse_newer(stands_at: str | None, known: str = HEAD) -> None:
    """Raise StoreTooNewError where a store stands at a revision behind `known`."""
    if stands_at is not None and stands_at > known:
        raise StoreTooNewError(f"the store is at revision {stands_at}; this version of the product knows {known}")


def upgrade(connection: Connection, target: str = HEAD) -> None:
    """Bring the tables to `target`, within the caller's transaction. Raises StoreTooNewError, StoreForeignError."""
    stands_at = revision(connection)
    if stands_at == target:
        return
    refuse_newer(stands_at, target)
    # Alembic takes most of a second to import, and a store is upgraded once.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, target)
