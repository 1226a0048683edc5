"""A store on either database, for the tests that must hold on both; a bridge that can be cut off
from its node, and brokers that may be killed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cut_off import Cut, bridge_of
from journeys import Post
from programs import program


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str) -> Iterator[str]:
    """The URL of a database of this session's own, which is much slower to make than a schema."""
    with program("databases").database(postgres_server) as url:
        yield url


@pytest.fixture
def emptied_postgres(postgres_database: str) -> str:
    """The session's database with nothing in it."""
    from sqlalchemy import create_engine, text
    from sqlalchemy.pool import NullPool

    with create_engine(postgres_database, poolclass=NullPool).begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    return postgres_database


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store that does not exist yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'log.sqlite'}"
    return str(request.getfixturevalue("emptied_postgres"))


@pytest.fixture
def cut(post: Post) -> Iterator[Cut]:
    """The post's node with an edge at World Trade Bridge."""
    with bridge_of(post) as made:
        yield made


def _started(name: str, folder: Path) -> Iterator[Any]:
    """A broker of the test's own; skipped where the machine has no such program, which on CI is a failure."""
    brokers = program("brokers")
    try:
        made = getattr(brokers, name)(folder)
    except FileNotFoundError as error:
        reason = f"no program {error} here: the Debian packages mosquitto and nats-server have them"
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with made:
        yield made


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Any]:
    """A Mosquitto of the test's own (benchmarks/brokers.py), which may be killed."""
    yield from _started("mosquitto", tmp_path / "mosquitto")


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Any]:
    """A NATS with JetStream of the test's own (benchmarks/brokers.py), which may be killed."""
    yield from _started("nats", tmp_path / "nats")
