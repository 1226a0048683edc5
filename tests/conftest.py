"""What tests share: the real inputs beside the repository, and a fresh PostgreSQL database.

Both may be absent on a user's machine; the test is then skipped with a reason that the summary shows. Where CI is set,
an absent database is a failure.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from aforo.cli.garbage import seldom_searched
from aforo.domain import structs

# No test judges speed, so a busy machine must not fail one; on CI the same commit always tries the same examples.
settings.register_profile(
    "aforo", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("aforo")

if TYPE_CHECKING:
    from journeys import Learnt, Post

REPOSITORY = Path(__file__).resolve().parent.parent

#: The real inputs lie beside the repository, never in it.
SHARED_DATA = REPOSITORY.parent / "shared" / "data"

DEFAULT_POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of every folder in turn, in proportion: those of the browser take a processor each and last longest, and
    several workers are not to have them all at once."""
    folders: dict[Path, dict[Path, None]] = {}
    for each in items:
        folders.setdefault(each.path.parent, {})[each.path] = None
    turn = {file: number / len(files) for files in folders.values() for number, file in enumerate(files)}
    items.sort(key=lambda each: turn[each.path])


# What is imported and collected is no garbage: a search for cycles among it cost a worker half a minute, and a twelfth
# of the time of the tests.
gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """As every program of ours that has threads (see `aforo.domain.structs`), and that has much that stays."""
    structs.make_ready()
    gc.enable()
    seldom_searched()


@pytest.fixture(scope="session", autouse=True)
def no_kept_counts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No copy of published figures that this machine keeps is used, unless a test names a folder of its own."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AFORO_DATA", str(tmp_path_factory.mktemp("published")))
        yield


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real inputs; the test is skipped where the folder is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real inputs are absent: no folder ../shared/data beside the repository")
    return SHARED_DATA


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The SQLAlchemy URL of a PostgreSQL database from which others may be created (AFORO_TEST_POSTGRES)."""
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import OperationalError
    from sqlalchemy.pool import NullPool

    url = os.environ.get("AFORO_TEST_POSTGRES", DEFAULT_POSTGRES)
    reason = ""
    try:
        with create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 5}).connect() as connection:
            connection.execute(text("SELECT 1"))
    except ModuleNotFoundError as error:
        reason = f"the PostgreSQL driver is absent: {error}"
    except OperationalError as error:
        reason = f"no PostgreSQL answers (AFORO_TEST_POSTGRES names another): {str(error.orig).splitlines()[0]}"
    if reason and os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    if reason:
        pytest.skip(reason)
    return url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database, made for this test and dropped after it."""
    from programs import program

    with program("databases").database(postgres_server) as url:
        yield url


@pytest.fixture(params=["file", "server"])
def keys_place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The place of a key store that is not made yet: a file's, and an empty database's."""
    return (
        str(tmp_path / "apart" / "keys.sqlite") if request.param == "file" else request.getfixturevalue("postgres_url")
    )


@pytest.fixture(scope="session")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Learnt:
    """A model learnt from a small world, once a session."""
    from journeys import learn

    return learn(tmp_path_factory.mktemp("learnt"))


@pytest.fixture
def post(learnt: Learnt, tmp_path: Path) -> Post:
    """A border post with an empty log."""
    from journeys import Post

    return Post(learnt, tmp_path / "post")
