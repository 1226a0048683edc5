"""Where a store is: a SQLite file or a PostgreSQL server, by its URL."""

from __future__ import annotations

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError


class UnknownStoreError(ValueError):
    """A URL leads to no store that the product knows."""


def parsed(url: str) -> URL:
    """`sqlite:///FILE` or `postgresql+psycopg://HOST/NAME`, in parts. Raises UnknownStoreError."""
    try:
        parts = make_url(url)
    except ArgumentError as error:
        raise UnknownStoreError(f"{url} is no URL of a store") from error
    file = is_file(parts) and parts.database not in (None, "", ":memory:")
    if not file and parts.drivername != "postgresql+psycopg":
        raise UnknownStoreError(f"a store is sqlite:///FILE or postgresql+psycopg://HOST/NAME, not {shown(url)}")
    return parts


def is_file(parts: URL) -> bool:
    """Whether a URL is of SQLite."""
    return parts.get_backend_name() == "sqlite"


def is_server(url: str) -> bool:
    """Whether a store is kept by a server. Raises UnknownStoreError."""
    return not is_file(parsed(url))


def shown(url: str) -> str:
    """A store's URL as it may be shown: without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return url
