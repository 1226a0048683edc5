"""A database that goes away: everyone is told when to come back, nobody 500, and it is picked up again by itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from journeys import Post, truck
from listening import Listening, listening
from sqlalchemy.exc import OperationalError

from aforo.flow.names import filing_key
from aforo.log.sequencer import Sequencing
from aforo.log.store import Log


@contextmanager
def out_of_reach(log: Log, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The log's database, as it is for a client while its server is down."""

    def gone(*_: Any, **__: Any) -> Any:
        raise OperationalError("SELECT 1", None, Exception("server closed the connection unexpectedly"))

    with monkeypatch.context() as patched:
        for name in ("read", "write", "snapshot", "insert_events"):
            patched.setattr(log.database, name, gone)
        patched.setattr(log, "insert", gone)
        yield


def until(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


def status_of(served: Listening, name: str) -> int:
    return served.as_("officer").post("/v1/filings", content=json.dumps(truck(name))).status_code


def test_while_the_database_is_away_all_are_told_when_to_come_back(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(post) as served:
        officer = served.as_("officer")
        assert status_of(served, "BEFORE") == 200
        with out_of_reach(served.log, monkeypatch):
            asked = [
                officer.post("/v1/filings", content=json.dumps(truck("DURING"))),
                officer.get("/v1/filings/BEFORE"),
                officer.get("/v1/crossings/BEFORE"),
                officer.post("/v1/crossings/BEFORE/override", json={"examination": "hold", "reason": "Seen."}),
                officer.post("/v1/outcomes", content=json.dumps({"crossing_id": "BEFORE", "examined": 0})),
                officer.post("/v1/filings", content=json.dumps(truck("DURING"))),
            ]
            assert [each.status_code for each in asked] == [503] * len(asked)
            assert all(each.headers["Retry-After"].isdigit() for each in asked)
            assert until(lambda: served.nobody.get("/readyz").status_code == 503)  # what it found is believed a second
            assert served.nobody.get("/healthz").status_code == 200
        # Nobody can file while there is no node, so that nobody's filing could be what has it opened again.
        assert until(lambda: served.nobody.get("/readyz").status_code == 200)
        assert status_of(served, "DURING") == 200
        assert officer.get("/v1/filings/DURING").status_code == 200
        assert list(served.log.find([filing_key("DURING")]))


def test_a_refusal_does_not_wait_for_the_database(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(post) as served, out_of_reach(served.log, monkeypatch):
        begun = time.monotonic()
        assert [status_of(served, f"T{n}") for n in range(10)] == [503] * 10
        assert time.monotonic() - begun < 5


def test_the_tree_is_kept_up_again_after_the_database_was_away(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(post) as served, Sequencing(served.log, interval=0.05) as sequencing:
        with out_of_reach(served.log, monkeypatch):
            time.sleep(0.3)
        assert until(lambda: served.nobody.get("/readyz").status_code == 200)
        assert status_of(served, "AFTER") == 200

        def leaves() -> int:
            with served.log.database.read() as connection:
                return int(connection.exec_driver_sql("SELECT count(*) FROM leaf").scalar_one())

        assert until(lambda: leaves() >= served.log.position())
        assert sequencing.failure is None
