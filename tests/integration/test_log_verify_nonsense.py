"""A store that makes no sense at all is reported, to a limit and without a crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from recorded import event
from sqlalchemy import text
from test_log_verify import (
    EVENTS,
    change_column,
    found,
    verified,
)

from aforo.log.keys import KeyStore
from aforo.log.sequencer import sequence
from aforo.log.signing import EquivocationError
from aforo.log.store import Log


@pytest.mark.parametrize("column", ["body", "leaf_hash", "version", "event_id", "stream", "idempotency_key", "type"])
@pytest.mark.parametrize("value", ["text", b"\xff\x00", -1, 0.5])
def test_values_of_the_wrong_type_are_findings_and_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, column: str, value: object
) -> None:
    """SQLite keeps them; who changes a file by hand may write any."""
    with Log.open(f"sqlite:///{tmp_path / 'log.sqlite'}", KeyStore(tmp_path / "keys.sqlite")) as log:
        log.append([event(f"s{i // 2}", 1 + i % 2, key=f"k{i}") for i in range(EVENTS)])
        sequence(log)
        with log.database.write() as connection:
            change_column(column, value)(connection)
        assert 5 in [leaf for _, leaf in found(log)]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE leaf SET position = 'x' WHERE leaf_index = 5",
        "UPDATE leaf SET leaf_index = -5 WHERE leaf_index = 5",
        "UPDATE leaf SET leaf_index = 9000000000000 WHERE leaf_index = 5",
        "UPDATE checkpoint SET position = 'x'",
        "UPDATE checkpoint SET position = -3",
        "UPDATE checkpoint SET note = x'ff00'",
        "UPDATE checkpoint SET note = ''",
        "UPDATE checkpoint SET frontier = 'x'",
        "UPDATE checkpoint SET size = -1",
    ],
)
def test_a_tree_that_makes_no_sense_is_a_finding_and_no_crash(tmp_path: Path, change: str) -> None:
    with Log.open(f"sqlite:///{tmp_path / 'log.sqlite'}", KeyStore(tmp_path / "keys.sqlite")) as log:
        log.append([event(f"s{i}") for i in range(EVENTS)])
        sequence(log)
        with log.database.write() as connection:
            connection.execute(text(change))
        assert not verified(log).good


@pytest.mark.parametrize("position", ["NULL", "'x'"])
def test_a_store_whose_last_checkpoint_makes_no_sense_opens_for_reading_alone(tmp_path: Path, position: str) -> None:
    """As a power cut leaves it where syncing is switched off: the column's own constraint is lost with the page."""
    keys = KeyStore(tmp_path / "keys.sqlite")
    with Log.open(f"sqlite:///{tmp_path / 'log.sqlite'}", keys) as log:
        for first in (0, 1):
            log.append([event(f"s{first}-{i}") for i in range(EVENTS)])
            sequence(log)
        with log.database.write() as connection:
            for change in (
                "CREATE TABLE left_over AS SELECT * FROM checkpoint WHERE size = (SELECT min(size) FROM checkpoint)",
                "DROP TABLE checkpoint",
                "ALTER TABLE left_over RENAME TO checkpoint",
                f"UPDATE checkpoint SET position = {position}",
            ):
                connection.execute(text(change))
    with Log.open(f"sqlite:///{tmp_path / 'log.sqlite'}", keys) as log:
        assert len(log.read()) == 2 * EVENTS
        with pytest.raises(EquivocationError, match="damaged"):
            log.append([event("another")])
