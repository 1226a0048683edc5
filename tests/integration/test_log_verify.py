"""Whatever is done to a store behind the product's back, verification finds it and says where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from recorded import Clock, event
from sqlalchemy import Connection, text

from aforo.log import findings as findings_module
from aforo.log import sequencer, tree_check
from aforo.log import verify as verify_module
from aforo.log.findings import Finding, Report
from aforo.log.keys import KeyStore
from aforo.log.merkle import leaf_hash
from aforo.log.note import Signer
from aforo.log.rotation import rotate_key
from aforo.log.sequencer import sequence
from aforo.log.store import Log
from aforo.log.verify import verify

#: Leaves 0-3, 4-7, 8-11 and 12-13 lie under a checkpoint each; two more events wait.
BATCH, EVENTS, WAITING = 4, 14, 2


@pytest.fixture
def log(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    monkeypatch.setattr(sequencer, "BATCH", BATCH)
    with Log.open(store_url, KeyStore(tmp_path / "keys.sqlite"), clock=Clock()) as opened:
        opened.append([event(f"s{i // 2}", 1 + i % 2, key=f"k{i}") for i in range(EVENTS)])
        opened.artefacts.put("model", b"weights")
        sequence(opened)
        opened.append([event(f"w{i}", 1) for i in range(WAITING)])
        yield opened


def verified(log: Log, **more: object) -> Report:
    return verify(log.database, log.keys.signing.verifiers(log.origin)[0], **more)


def found(log: Log, **more: object) -> list[tuple[str, int | None]]:
    """Code and leaf of each finding."""
    return [(finding.code, finding.place.leaf) for finding in verified(log, **more).findings]


def at(connection: Connection, leaf: int) -> int:
    query = text("SELECT position FROM leaf WHERE leaf_index = :leaf")
    return int(connection.execute(query, {"leaf": leaf}).scalar_one())


def other_body(connection: Connection, position: int) -> bytes:
    """The event's bytes with another ground."""
    query = text("SELECT body FROM event WHERE position = :position")
    body = bytes(connection.execute(query, {"position": position}).scalar_one())
    return body.replace(b"a test", b"a lie!")


def change_body(connection: Connection, leaf: int) -> None:
    position = at(connection, leaf)
    connection.execute(
        text("UPDATE event SET body = :body WHERE position = :position"),
        {"body": other_body(connection, position), "position": position},
    )


def change_body_and_hash(connection: Connection, leaf: int) -> None:
    position = at(connection, leaf)
    body = other_body(connection, position)
    connection.execute(
        text("UPDATE event SET body = :body, leaf_hash = :hash WHERE position = :position"),
        {"body": body, "hash": leaf_hash(body), "position": position},
    )


def change_column(column: str, value: object) -> Callable[[Connection], None]:
    def change(connection: Connection) -> None:
        connection.execute(
            text(f"UPDATE event SET {column} = :value WHERE position = :position"),
            {"value": value, "position": at(connection, 5)},
        )

    return change


def test_an_untouched_log_is_good(log: Log) -> None:
    seen: list[int] = []
    report = verified(log, advance=seen.append, witnessed=log.keys.signing.witnessed(log.origin))
    assert report.good, report.findings
    assert (report.leaves, report.waiting, report.checkpoints) == (EVENTS, WAITING, 4)
    assert sum(seen) == EVENTS + WAITING
    assert report.root == log.keys.signing.witnessed(log.origin).root.hex()


def test_an_empty_log_is_good(tmp_path: Path) -> None:
    with Log.open(f"sqlite:///{tmp_path / 'empty.sqlite'}", KeyStore(tmp_path / "keys.sqlite")) as empty:
        assert verified(empty).good


def test_what_is_written_during_a_verification_is_the_next_ones(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_module, "_BATCH", 3)
    before = verified(log)
    steps: list[int] = []

    def go_on(count: int) -> None:
        """The node files into new and old streams, keeps documents, and signs, between two batches of the verifier."""
        steps.append(count)
        if len(steps) > 9:
            return
        log.append([event(f"new{len(steps)}"), event("s0", 2 + len(steps))])
        log.artefacts.put("model", b"weights %d" % len(steps))
        if len(steps) == 2:
            rotate_key(log, actor="test")
        sequence(log)

    witnessed = log.keys.signing.witnessed(log.origin)
    assert verified(log, witnessed=witnessed, advance=go_on) == before
    assert sum(steps) == EVENTS + WAITING
    after = verified(log, witnessed=log.keys.signing.witnessed(log.origin))
    assert after.good, after.findings
    assert (after.leaves, after.waiting, len(after.keys)) == (len(log.read()), 0, 2)


def stop_before_storing(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """The node is stopped between signing a checkpoint and storing it."""
    sign = log.keys.signing.sign

    def signed_and_stopped(*arguments: object) -> None:
        sign(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(log.keys.signing, "sign", signed_and_stopped)
        with pytest.raises(KeyboardInterrupt):
            sequence(log)


def test_what_is_signed_and_about_to_be_stored_is_no_finding(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_before_storing(log, monkeypatch)
    witnessed = log.keys.signing.witnessed(log.origin)
    assert witnessed.size == EVENTS + WAITING
    report = verified(log, witnessed=witnessed)
    assert report.good, report.findings
    assert (report.leaves, report.waiting) == (EVENTS, WAITING)
    sequence(log)
    assert found(log, witnessed=witnessed) == []


def test_what_was_signed_and_then_removed_or_changed_is_found_before_it_is_stored(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_before_storing(log, monkeypatch)
    witnessed = log.keys.signing.witnessed(log.origin)
    with log.database.write() as connection:
        position = connection.execute(text("SELECT max(position) FROM event")).scalar_one()
        body = other_body(connection, position)
        connection.execute(
            text("UPDATE event SET body = :body, leaf_hash = :hash WHERE position = :position"),
            {"body": body, "hash": leaf_hash(body), "position": position},
        )
    assert found(log, witnessed=witnessed) == [("record_truncated", EVENTS)]
    with log.database.write() as connection:
        connection.execute(text("DELETE FROM event WHERE position = :position"), {"position": position})
    assert found(log, witnessed=witnessed) == [("record_truncated", EVENTS)]


def test_a_changed_event_is_named(log: Log) -> None:
    with log.database.write() as connection:
        change_body(connection, 5)
        change_body(connection, 9)
    report = verified(log)
    assert [(f.code, f.place.leaf, f.place.stream) for f in report.findings] == [
        ("event_changed", 5, "s2"),
        ("event_changed", 9, "s4"),
    ]
    stored = log.stream("s2")[1]
    assert report.findings[0].place.event_id == stored.event.event_id
    assert report.findings[0].place.position == stored.position


def test_a_changed_hash_is_told_from_a_changed_event(log: Log) -> None:
    with log.database.write() as connection:
        change_column("leaf_hash", b"\0" * 32)(connection)
    assert found(log) == [("hash_changed", 5)]


def test_an_event_rewritten_with_its_hash_is_found_between_two_checkpoints(log: Log) -> None:
    with log.database.write() as connection:
        change_body_and_hash(connection, 5)
    report = verified(log)
    assert found(log) == [("leaves_differ", 4)]
    assert "from leaf 4 to leaf 7" in report.findings[0].reason.en
    assert "hoja 4 a la hoja 7" in report.findings[0].reason.es


def test_the_search_goes_on_behind_a_bad_stretch(log: Log) -> None:
    with log.database.write() as connection:
        change_body_and_hash(connection, 1)
        change_body(connection, 6)
        change_body_and_hash(connection, 13)
    assert found(log) == [("leaves_differ", 0), ("event_changed", 6), ("leaves_differ", 12)]


def test_a_bad_stretch_without_a_frontier_behind_it_is_not_called_good(log: Log) -> None:
    with log.database.write() as connection:
        change_body_and_hash(connection, 1)
        connection.execute(text("UPDATE checkpoint SET frontier = NULL"))
        change_body(connection, 9)
    assert found(log) == [
        ("leaves_differ", 0),
        ("leaves_unverifiable", 4),
        ("event_and_hash_differ", 9),
        ("leaves_unverifiable", 8),
        ("leaves_unverifiable", 12),
    ]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("event_id", "another", "column_changed"),
        ("idempotency_key", "another", "column_changed"),
        ("idempotency_key", None, "column_changed"),
        ("type", "crossing.filed", "column_changed"),
        ("stream", "s99", "column_changed"),
        ("version", 7, "column_changed"),
    ],
)
def test_a_column_that_does_not_say_what_the_event_says_is_named(
    log: Log, column: str, value: object, code: str
) -> None:
    with log.database.write() as connection:
        change_column(column, value)(connection)
    codes = found(log)
    assert codes[0] == (code, 5)
    assert {code for code, _ in codes[1:]} <= {"version_missing"}


def test_bytes_that_are_no_event_are_named(log: Log) -> None:
    with log.database.write() as connection:
        change_column("body", b"\xff{")(connection)
    assert found(log) == [("event_unreadable", 5), ("event_changed", 5)]


def test_a_removed_event_is_named(log: Log) -> None:
    with log.database.write() as connection:
        connection.execute(text("DELETE FROM event WHERE position = :p"), {"p": at(connection, 4)})
    report = verified(log)
    assert found(log) == [("event_removed", 4), ("leaves_unverifiable", 4), ("version_missing", None)]
    assert report.findings[2].place.stream == "s2"


def test_an_event_removed_with_its_leaf_is_named(log: Log) -> None:
    with log.database.write() as connection:
        position = at(connection, 5)
        connection.execute(text("DELETE FROM event WHERE position = :p"), {"p": position})
        connection.execute(text("DELETE FROM leaf WHERE position = :p"), {"p": position})
    assert found(log) == [("leaves_missing", 5), ("leaves_unverifiable", 4)]


def test_an_event_removed_with_the_leaves_closed_up_is_found(log: Log) -> None:
    with log.database.write() as connection:
        position = at(connection, 5)
        connection.execute(text("DELETE FROM event WHERE position = :p"), {"p": position})
        connection.execute(text("DELETE FROM leaf WHERE position = :p"), {"p": position})
        for index in range(6, EVENTS):
            connection.execute(
                text("UPDATE leaf SET leaf_index = :j WHERE leaf_index = :i"), {"i": index, "j": index - 1}
            )
    codes = found(log)
    assert codes[0] == ("checkpoint_misplaced", 7)
    assert ("leaves_differ", 4) in codes
    assert ("record_truncated", EVENTS - 1) in codes


def test_an_inserted_event_is_named(log: Log) -> None:
    with log.database.write() as connection:
        position = at(connection, 5)
        row = connection.execute(text("SELECT * FROM event WHERE position = :p"), {"p": at(connection, 7)}).one()
        connection.execute(text("UPDATE leaf SET position = -1 WHERE leaf_index = 5"))
        connection.execute(text("UPDATE event SET position = -1 WHERE position = :p"), {"p": position})
        values = {**row._mapping, "position": position, "event_id": "new", "stream": "new", "version": 1,
                  "idempotency_key": "new"}  # fmt: skip
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        connection.execute(text(f"INSERT INTO event ({names}) VALUES ({marks})"), values)
    inserted = [f for f in verified(log).findings if f.code == "event_inserted"]
    assert [(f.place.position, f.place.event_id, f.place.stream) for f in inserted] == [(position, "new", "new")]


def test_reordered_events_are_found(log: Log) -> None:
    with log.database.write() as connection:
        connection.execute(text("UPDATE leaf SET leaf_index = 99 WHERE leaf_index = 5"))
        connection.execute(text("UPDATE leaf SET leaf_index = 5 WHERE leaf_index = 6"))
        connection.execute(text("UPDATE leaf SET leaf_index = 6 WHERE leaf_index = 99"))
    assert found(log) == [("event_reordered", 6), ("leaves_differ", 4)]


def test_versions_that_changed_places_are_named(log: Log) -> None:
    with log.database.write() as connection:
        first, second = at(connection, 4), at(connection, 5)
        for old, new in ((first, -1), (second, first), (-1, second)):
            connection.execute(text("UPDATE event SET position = :new WHERE position = :old"), {"old": old, "new": new})
    report = verified(log)
    assert found(log) == [("leaves_differ", 4), ("version_reordered", None)]
    assert report.findings[1].place.stream == "s2"


def test_a_forged_checkpoint_is_refused_and_does_not_hide_what_it_covers(log: Log) -> None:
    forger = Signer(log.origin, bytes(32))
    with log.database.write() as connection:
        change_body_and_hash(connection, 5)
        note = connection.execute(text("SELECT note FROM checkpoint WHERE size = 8")).scalar_one()
        forged = forger.note(note.rpartition("\n\n")[0] + "\n")
        connection.execute(text("UPDATE checkpoint SET note = :note WHERE size = 8"), {"note": forged})
    assert found(log) == [("checkpoint_unsigned", 7), ("leaves_differ", 4)]


def test_a_checkpoint_moved_to_another_size_is_refused(log: Log) -> None:
    with log.database.write() as connection:
        connection.execute(text("UPDATE checkpoint SET size = 9 WHERE size = 8"))
    assert found(log) == [("checkpoint_unsigned", 8)]


def test_a_changed_frontier_is_named_and_not_used(log: Log) -> None:
    with log.database.write() as connection:
        connection.execute(text("UPDATE checkpoint SET frontier = :f WHERE size = 8"), {"f": b"\1" * 32})
        connection.execute(text("UPDATE checkpoint SET frontier = :f WHERE size = 12"), {"f": b"\1" * 7})
    assert sorted(found(log)) == [("frontier_changed", 7), ("frontier_changed", 11)]


def test_leaves_without_a_checkpoint_are_named(log: Log) -> None:
    with log.database.write() as connection:
        change_body(connection, 13)
        connection.execute(text("DELETE FROM checkpoint WHERE size > 8"))
    assert found(log) == [("event_and_hash_differ", 13), ("leaves_unsigned", 8)]


def test_a_cut_off_end_is_seen_by_whoever_kept_a_later_checkpoint(log: Log) -> None:
    with log.database.write() as connection:
        note = connection.execute(text("SELECT note FROM checkpoint WHERE size = 14")).scalar_one()
        connection.execute(text("DELETE FROM event WHERE position >= :p"), {"p": at(connection, 8)})
        connection.execute(text("DELETE FROM leaf WHERE leaf_index >= 8"))
        connection.execute(text("DELETE FROM checkpoint WHERE size > 8"))
    assert found(log) == [], "nothing in the store can tell"
    assert found(log, notes={"auditor": note}) == [("record_truncated", 8)]
    assert found(log, witnessed=log.keys.signing.witnessed(log.origin)) == [("record_truncated", 8)]


def test_a_history_that_was_signed_anew_is_seen_by_whoever_kept_a_checkpoint(log: Log) -> None:
    """Even who holds the signing key cannot change what somebody has kept."""
    with log.database.write() as connection:
        note = connection.execute(text("SELECT note FROM checkpoint WHERE size = 8")).scalar_one()
        change_body_and_hash(connection, 5)
        connection.execute(text("DELETE FROM leaf"))
        connection.execute(text("DELETE FROM checkpoint"))
        log.keys._file.db.execute("DELETE FROM signed")
    sequence(log)
    assert found(log) == []
    report = verified(log, notes={"auditor": note})
    assert [finding.code for finding in report.findings] == ["witness_differs"]
    assert "auditor" in report.findings[0].reason.es


def test_a_kept_checkpoint_of_another_key_is_refused(log: Log) -> None:
    assert found(log, notes={"x": Signer(log.origin, bytes(32)).note("a\n")}) == [("witness_unsigned", None)]


def test_a_changed_artefact_is_named(log: Log) -> None:
    with log.database.write() as connection:
        connection.execute(text("UPDATE artefact SET body = :body"), {"body": b"others"})
    assert [code for code, _ in found(log)] == ["artefact_changed"]


def test_a_wasted_store_is_reported_to_a_limit(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings_module, "MOST", 5)
    monkeypatch.setattr(tree_check, "_BUFFER", 2)
    with log.database.write() as connection:
        for leaf in range(EVENTS):
            change_body(connection, leaf)
    codes = found(log)
    assert len(codes) == 6
    assert codes[-1] == ("findings_left_out", None)


def test_a_finding_is_json(log: Log) -> None:
    with log.database.write() as connection:
        change_body(connection, 5)
    (finding,) = msgspec.json.decode(msgspec.json.encode(verified(log).findings), type=list[Finding])
    assert finding.place.leaf == 5
