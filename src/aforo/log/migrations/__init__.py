"""The history of the record's tables (Alembic). `upgrade` brings a store of any earlier version to today's."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

#: The newest revision. A test holds it equal to the newest of `versions`.
HEAD = "0002"


class StoreTooNewError(Exception):
    """The store was written by a newer version of the product."""


def revision(connection: Connection) -> str | None:
    """The revision that a store stands at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(connection: Connection, target: str = HEAD) -> None:
    """Bring the tables to `target`, within the caller's transaction. Raises StoreTooNewError."""
    stands_at = revision(connection)
    if stands_at == target:
        return
    if stands_at is not None and stands_at > target:
        raise StoreTooNewError(f"the store is at revision {stands_at}; this version of the product knows {target}")
    # Alembic takes most of a second to import, and a store is upgraded once.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, target)
