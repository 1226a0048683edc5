"""Words that go from a log: what the log itself had erased is told, and what anybody else took is found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert, text, update
from test_retention import BEGUN, Years
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.custody.retention import shipped
from aforo.domain.event import Event, new_event
from aforo.domain.retention import ErasedVersions, LeafWithheld, LeavesErased
from aforo.flow.retention import erase_due
from aforo.log import schema, withheld
from aforo.log import verify as verify_module
from aforo.log.findings import Report
from aforo.log.ids import event_id
from aforo.log.keys import KeyStore
from aforo.log.leaves_erased import STREAM, is_signed_by, signed
from aforo.log.merkle import leaf_hash
from aforo.log.note import Signer
from aforo.log.proof import last_checkpoint
from aforo.log.rotation import rotate_key
from aforo.log.sequencer import sequence
from aforo.log.store import ConcurrencyError, Log
from aforo.log.stored import StoredEvent, encode
from aforo.log.verify import verify

LATER = datetime(2026, 1, 1, tzinfo=UTC)
OTHER = Signer("aforo/other", b"o" * 32)
#: What somebody makes of a record.
Change = Callable[[LeavesErased, Event], LeavesErased]


@pytest.fixture
def years(store_url: str, tmp_path: Path) -> Iterator[Years]:
    made = Years(store_url, tmp_path)
    with closing(made.keys), made.log:
        made.trip("T0", BEGUN)
        made.trip("T1", BEGUN.replace(year=2025))
        sequence(made.log)
        yield made


def erased(years: Years) -> int:
    years.now = LATER
    return erase_due(years.log, shipped(), LATER, "Five years are over.", actor="the archivist").events


def codes(report: Report) -> set[str]:
    return {each.code for each in report.findings}


def without_keys(years: Years) -> Report:
    """What an auditor finds who has the first key, and a checkpoint from before whatever was done."""
    return verify(years.log.database, years.log.keys.signing.first(years.log.origin))


class Intruder:
    """Whoever can write to the database and to nothing else: not to the key store."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def record(self, victim: StoredEvent, stream: str = STREAM, change: Change | None = None) -> str:
        """A record that says that the words of an event were erased, at the log's end; its identifier."""
        at, own, event = LATER, event_id(LATER), victim.event
        said = LeavesErased(
            "Five years are over.", "2026-11", "0" * 64, (ErasedVersions(event.stream, event.version, event.version),)
        )
        version = self.log.versions([stream]).get(stream, 0) + 1
        made = new_event(own, said, stream, version, occurred_at=at, recorded_at=at, actor="the archivist")
        if change is not None:
            made = msgspec.structs.replace(made, data=change(said, made))
        body = encode(made)
        with self.log.database.write() as connection:
            connection.execute(
                insert(schema.event).values(
                    event_id=own, stream=stream, version=version, type=made.type, leaf_hash=leaf_hash(body), body=body
                )
            )
        return own

    def take(self, victim: StoredEvent, record: str, was: str | None = None) -> None:
        """An event's words, by what a record says."""
        event = victim.event
        instead = new_event(
            event.event_id, LeafWithheld(was or event.type, record), event.stream, event.version,
            occurred_at=event.recorded_at, recorded_at=event.recorded_at, actor="",
            idempotency_key=event.idempotency_key,
        )  # fmt: skip
        with self.log.database.write() as connection:
            connection.execute(
                update(schema.event).where(schema.event.c.position == victim.position)
                .values(type=instead.type, body=encode(instead))
            )  # fmt: skip


def test_every_erasure_is_told_with_who_and_by_which_policy(years: Years) -> None:
    assert erased(years) == 7
    report = years.verified()
    assert report.good, report.findings
    (told,) = report.erasures
    (stored,) = years.log.stream(STREAM)
    assert (told.record, told.at, told.actor) == (stored.event.event_id, LATER, "the archivist")
    assert (told.ground, told.policy, told.digest) == ("Five years are over.", "2026-11", shipped().digest)
    assert {each.stream for each in told.versions} == {"trip/T0", "device/seal-1"}
    assert (told.events, told.erased, told.signature, report.withheld) == (7, 7, "good", 7)
    assert told.leaf is not None


def test_the_record_is_in_the_tree_before_a_word_goes(years: Years, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    write_over = withheld._write_over

    def looked(connection: Any, stored: StoredEvent, event: Event) -> None:
        (record,) = years.log.stream(STREAM)
        query = text("SELECT leaf_index FROM leaf WHERE position = :position")
        seen.append(connection.execute(query, {"position": record.position}).scalar_one())
        write_over(connection, stored, event)

    monkeypatch.setattr(withheld, "_write_over", looked)
    erased(years)
    assert len(set(seen)) == 1


def _forge(key: Signer | None) -> Change:
    def change(said: LeavesErased, event: Event) -> LeavesErased:
        said = msgspec.structs.replace(said, leaves="0" * 64)
        if key is None:
            return msgspec.structs.replace(said, signature="A" * 86 + "==")
        return signed(said, key, event.event_id, event.recorded_at, event.actor)

    return change


@pytest.mark.parametrize(
    ("stream", "change", "found"),
    [
        (STREAM, None, {"erasure_unsigned"}),
        (STREAM, _forge(None), {"erasure_forged"}),
        (STREAM, _forge(OTHER), {"erasure_forged"}),
        ("trip/T9", None, {"erasure_elsewhere", "event_erased_unrecorded"}),
        ("retention/other", _forge(OTHER), {"erasure_elsewhere", "event_erased_unrecorded"}),
    ],
)
def test_a_record_that_the_log_did_not_sign_takes_no_words(
    years: Years, stream: str, change: Any, found: set[str]
) -> None:
    """It has the next position and version, the right hash, and a leaf under a checkpoint that the node signed."""
    kept = last_checkpoint(years.log.database)
    assert kept is not None
    intruder, victim = Intruder(years.log), years.log.stream("trip/T1")[0]
    intruder.take(victim, intruder.record(victim, stream, change))
    sequence(years.log)
    assert codes(years.verified()) == found
    first = years.log.keys.signing.first(years.log.origin)
    auditor = verify(years.log.database, first, notes={"kept": kept.note})
    if found == {"erasure_unsigned"}:
        # Without the node's key store it may be one of an earlier version, and is told as not signed.
        assert auditor.good
        assert [each.signature for each in auditor.erasures] == ["none"]
    else:
        assert codes(auditor) == found


def test_words_that_no_erasure_takes_are_missed_whoever_recorded_it(years: Years) -> None:
    intruder, victim = Intruder(years.log), years.log.stream("device/seal-1")[0]
    assert victim.event.type == "device.registered"
    intruder.take(victim, intruder.record(victim))
    sequence(years.log)
    assert codes(without_keys(years)) == {"event_erased_kept"}
    # Nor does it help to call it something else where nothing of that kind is.
    victim = years.log.stream("retention/log")[0]
    intruder.take(victim, victim.event.event_id, was="trip.opened")
    assert {"event_erased_kept", "event_erased_unrecorded"} <= codes(without_keys(years))


def test_what_is_not_signed_behind_what_is_is_found_by_everybody(years: Years) -> None:
    erased(years)
    intruder, victim = Intruder(years.log), years.log.stream("trip/T1")[0]
    intruder.take(victim, intruder.record(victim))
    sequence(years.log)
    assert codes(without_keys(years)) == {"erasure_unsigned"}


def test_nothing_hides_behind_an_erasure_of_the_logs_own(years: Years) -> None:
    erased(years)
    (own,) = years.log.stream(STREAM)
    intruder, victim = Intruder(years.log), years.log.stream("trip/T1")[0]
    intruder.take(victim, own.event.event_id)
    assert codes(without_keys(years)) == {"event_erased_unrecorded"}


@pytest.mark.parametrize("change", ["was", "recorded_at"])
def test_what_stands_in_the_place_of_the_words_is_signed_too(years: Years, change: str) -> None:
    erased(years)
    stored = years.log.stream("trip/T0")[0]
    event = stored.event
    if change == "was":
        event = msgspec.structs.replace(event, data={**event.data, "was": "trip.sealed"})
    else:
        event = msgspec.structs.replace(event, recorded_at=LATER)
    with years.log.database.write() as connection:
        connection.execute(
            update(schema.event).where(schema.event.c.position == stored.position).values(body=encode(event))
        )
    assert codes(without_keys(years)) == {"erasure_changed"}


def test_a_record_that_says_another_thing_than_was_signed_is_found(years: Years) -> None:
    erased(years)
    (own,) = years.log.stream(STREAM)
    said, key = own.payload, years.log.keys.signing.first(years.log.origin)
    assert isinstance(said, LeavesErased)
    assert is_signed_by(key, own.event, said)
    for event, other in (
        (msgspec.structs.replace(own.event, actor="somebody"), said),
        (msgspec.structs.replace(own.event, recorded_at=BEGUN), said),
        (msgspec.structs.replace(own.event, recorded_at=datetime(2026, 1, 1)), said),
        (msgspec.structs.replace(own.event, event_id="another"), said),
        (own.event, msgspec.structs.replace(said, ground="x")),
        (own.event, msgspec.structs.replace(said, policy="x")),
        (own.event, msgspec.structs.replace(said, digest="x")),
        (own.event, msgspec.structs.replace(said, leaves="x")),
        (own.event, msgspec.structs.replace(said, versions=said.versions[1:])),
        (own.event, msgspec.structs.replace(said, signature=said.signature[:-4])),
    ):
        assert not is_signed_by(key, event, other)


def test_words_that_go_before_their_record_is_in_the_tree_are_found(
    years: Years, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withheld, "_sequenced", lambda log, event: None)
    erased(years)
    assert codes(without_keys(years)) == {"erasure_not_in_tree"}
    sequence(years.log)
    assert without_keys(years).good


def as_before(years: Years, monkeypatch: pytest.MonkeyPatch) -> None:
    """An erasure as a version recorded it that did not sign, and what the key store knew then."""
    with monkeypatch.context() as earlier:
        earlier.setattr(withheld, "signed", lambda said, *rest: msgspec.structs.replace(said, leaves=""))
        erased(years)
    with closing(sqlite3.connect(years.folder / "keys")) as keys, keys:
        keys.execute("DELETE FROM erasures_signed")


def test_what_an_earlier_version_erased_is_told_as_not_signed(years: Years, monkeypatch: pytest.MonkeyPatch) -> None:
    as_before(years, monkeypatch)
    signing = years.log.keys.signing
    assert signing.erasures_signed_since(years.log.origin) is None
    events = len(years.log.read())
    # The first start of a version that signs remembers from where on it does.
    with Log.open(years.url, years.log.keys) as opened:
        assert signing.erasures_signed_since(opened.origin) == events
    report = years.verified()
    assert report.good, report.findings
    assert [(each.signature, each.erased) for each in report.erasures] == [("none", 7)]
    # From there on none passes that is not signed.
    intruder, victim = Intruder(years.log), years.log.stream("trip/T1")[0]
    intruder.take(victim, intruder.record(victim))
    sequence(years.log)
    assert codes(years.verified()) == {"erasure_unsigned"}


def test_the_command_names_every_erasure_and_those_that_are_not_signed(
    years: Years, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_before(years, monkeypatch)
    key = years.log.keys.signing.first(years.log.origin).text
    alone = ["--store", years.url, "--key", key, "--keys", str(tmp_path / "none")]

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(complete_app(), ["log", "verify", *arguments], env={"COLUMNS": "200"})
        return done.exit_code, done.output

    (unsigned,) = years.log.stream(STREAM)
    code, told = run(*alone)
    assert code == 0
    assert told.count(unsigned.event.event_id) == 2, "in the list, and by name in the warning"
    for word in ("the archivist", "2026-11", "7/7", "not signed"):
        assert word in told
    said = json.loads(run(*alone, "--json")[1])["erasures"]
    assert [(each["record"], each["signature"]) for each in said] == [(unsigned.event.event_id, "none")]
    intruder, victim = Intruder(years.log), years.log.stream("trip/T1")[0]
    intruder.take(victim, intruder.record(victim, change=_forge(OTHER)))
    sequence(years.log)
    code, told = run(*alone)
    assert (code, "not signed by the log's own key" in " ".join(told.split())) == (1, True)


def test_erasures_are_good_under_the_key_that_was_in_force(years: Years, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where another comes into force between signing a record and writing it: then it is recorded anew."""
    append, rotated = years.log.append, []

    def rotates(events: Any) -> Any:
        if any(each.type == LeavesErased.TYPE for each in events) and not rotated:
            rotated.append(rotate_key(years.log, actor="tester"))
            sequence(years.log)
        return append(events)

    monkeypatch.setattr(years.log, "append", rotates)
    erased(years)
    monkeypatch.undo()
    rotate_key(years.log, actor="tester")
    sequence(years.log)
    report = years.verified()
    assert report.good, report.findings
    assert [(each.erased, each.signature) for each in report.erasures] == [(0, "good"), (7, "good")]
    # The one that took nothing is no licence for who has an old key, or none.
    first, victim = years.log.stream(STREAM)[0], years.log.stream("trip/T0")[0]
    with years.log.database.write() as connection:
        body = encode(
            msgspec.structs.replace(victim.event, data={"was": "trip.opened", "erased": first.event.event_id})
        )
        connection.execute(update(schema.event).where(schema.event.c.position == victim.position).values(body=body))
    assert codes(years.verified()) == {"erasure_forged", "erasure_changed"}


def test_what_is_erased_during_a_verification_is_no_finding(years: Years, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of the words are seen before they go, and the others not."""
    monkeypatch.setattr(verify_module, "_BATCH", 3)
    done: list[int] = []

    def erases(count: int) -> None:
        if not done:
            done.append(erased(years))
            rotate_key(years.log, actor="tester")
            sequence(years.log)

    first = years.log.keys.signing.first(years.log.origin)
    report = verify(years.log.database, first, advance=erases)
    assert report.good, report.findings
    assert 0 < report.withheld < 7
    assert years.verified().good


def test_of_two_erasures_at_once_one_takes_the_words(years: Years, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slower one is refused, since what stands there is what the faster one signed."""
    recorded, runs = withheld._recorded, []

    def also(*given: Any) -> Any:
        made = recorded(*given)
        if not runs:
            runs.append(True)
            assert erased(years) == 7
        return made

    monkeypatch.setattr(withheld, "_recorded", also)
    with pytest.raises(ConcurrencyError):
        erased(years)
    assert erased(years) == 0
    report = years.verified()
    assert report.good, report.findings
    assert [each.erased for each in report.erasures] == [0, 7]


def test_what_a_key_store_knows_of_erasures_is_known_of_the_log_that_goes_on(tmp_path: Path) -> None:
    with closing(KeyStore(tmp_path / "keys")) as keys:
        assert keys.signing.erasures_signed_since("aforo/one") is None
        keys.signing.begin("aforo/one")
        keys.signing.sign_erasures_since("aforo/one", 9)
        keys.signing.sign_erasures_since("aforo/one", 99)
        keys.signing.succeed("aforo/one", "aforo/two")
        assert keys.signing.erasures_signed_since("aforo/two") == 9
