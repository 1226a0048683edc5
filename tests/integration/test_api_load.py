"""A server as its users start it, killed and flooded: nothing acknowledged is lost, and nothing but refusals."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from programs import program

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture
def served(learnt: Learnt, tmp_path: Path) -> Iterator[Any]:
    with program("http_served").Served(tmp_path, learnt.folder) as made:
        shutil.copy(learnt.keys, made.keys)
        yield made


@pytest.fixture
def cluster() -> Iterator[Any]:
    module = program("postgres_cluster")
    # Not below the folder of the tests, which is closed to the account that the database runs under.
    with tempfile.TemporaryDirectory(prefix="aforo-cluster-") as folder:
        Path(folder).chmod(0o755)
        try:
            opened = module.cluster(Path(folder) / "postgres")
            made = opened.__enter__()
        except (StopIteration, FileNotFoundError):
            pytest.skip("no PostgreSQL of one's own can be started: its programs are absent")
        yield made
        opened.__exit__(None, None, None)


def hold(row: list[str], held: bool) -> None:
    assert held, dict(zip(program("http_kills").COLUMNS, row, strict=True))


def test_a_server_that_is_killed_loses_nothing_it_acknowledged(served: Any) -> None:
    hold(*program("http_kills").tried("SQLite", served, None, 2, 3))


def test_a_database_that_is_killed_loses_nothing_and_is_taken_up_again(
    learnt: Learnt, tmp_path: Path, cluster: Any
) -> None:
    with program("http_served").Served(tmp_path, learnt.folder, cluster.url) as served:
        shutil.copy(learnt.keys, served.keys)
        hold(*program("http_kills").tried("PostgreSQL", served, cluster, 2, 4))


def test_a_flood_is_refused_and_what_is_answered_did_not_wait_long(served: Any) -> None:
    token = served.tokens(1)[0]
    served.start()
    rows, good = program("http_overload").flooded(served, token, 5_000, 4, 400, 12)
    assert good, dict(rows)


@pytest.mark.long
def test_fifty_kills(served: Any) -> None:
    hold(*program("http_kills").tried("SQLite", served, None, 50, 5))


@pytest.mark.long
def test_fifty_kills_of_server_and_database(learnt: Learnt, tmp_path: Path, cluster: Any) -> None:
    with program("http_served").Served(tmp_path, learnt.folder, cluster.url) as served:
        shutil.copy(learnt.keys, served.keys)
        hold(*program("http_kills").tried("PostgreSQL", served, cluster, 50, 6))


@pytest.mark.long
def test_five_minutes_of_ten_times_the_load(served: Any) -> None:
    token = served.tokens(1)[0]
    served.start()
    rate, _ = asyncio.run(program("http_clients").closed_loop(served.port, [token], 64, 1, 5))
    rows, good = program("http_overload").flooded(served, token, 10 * rate, 300, 10_000, 100)
    assert good, dict(rows)
