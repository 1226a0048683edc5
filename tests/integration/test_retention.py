"""Five years of trips: what is due is erased, the record says by whom and why, and every proof still verifies."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from acting import ACT
from at_custody import key_of
from both_verifiers import both
from nacl.signing import SigningKey
from sealed import YARD, drive, in_blocks
from sqlalchemy import text
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.custody.bundle_verdict import BundleVerdict
from aforo.custody.document import RoadError
from aforo.custody.fences import Fences
from aforo.custody.limits import shipped as shipped_limits
from aforo.custody.live import Ground, Live
from aforo.custody.retention import Policy, over_at, read, shipped
from aforo.custody.state import CustodyState
from aforo.domain.clock import microseconds
from aforo.domain.device import DeviceRegistered
from aforo.domain.event import new_event
from aforo.domain.reading import Readings
from aforo.domain.response import PeopleSigned, ResponseStarted
from aforo.domain.retention import LeavesErased
from aforo.domain.trip import CustodyStated, Discharged, Sealed, TripCause, TripCaused, TripOpened
from aforo.flow import device_acts, trip_acts
from aforo.flow.custody import Custody, UnknownTripError
from aforo.flow.custody_bundle import bundle_of, state_custody
from aforo.flow.custody_verdict import verdict_on
from aforo.flow.retention import due, erase_due
from aforo.flow.seal_blocks import of_signed
from aforo.flow.telemetry import Statement, record
from aforo.intake.seal_block import FIRST, encode
from aforo.log import projections, withheld
from aforo.log.findings import Report
from aforo.log.keys import KeyStore
from aforo.log.leaves_erased import STREAM
from aforo.log.sequencer import sequence
from aforo.log.store import Log
from aforo.log.verify import verify

KEY = SigningKey(b"5" * 32)
BEGUN = datetime(2020, 3, 2, 6, tzinfo=UTC)


class Years:
    """A log on disk whose clock goes through the years."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder, self.now = url, folder, BEGUN
        self.keys = KeyStore(folder / "keys")
        self.log = Log.open(url, self.keys, clock=lambda: self.now)
        self.custody = Custody(self.log)
        said = DeviceRegistered("seal", "Norte", 600, 60, key_of(KEY))
        device_acts.register(self.custody, "seal-1", said, **ACT)
        self._chain = (0, FIRST)

    def trip(self, name: str, at: datetime, *, discharged: bool = True, stated: bool = False) -> None:
        """A trip of an hour under the seal."""
        self.sealed(name, at)
        start = microseconds(at)
        self.now = at + timedelta(minutes=61)
        self.say(drive(31, start=start, began=start))
        if stated:
            state_custody(Custody(self.log), name)
        if discharged:
            trip_acts.discharge(self.custody, name, Discharged(f"customs-{name}"), **ACT)

    def sealed(self, name: str, at: datetime) -> None:
        """A trip is announced, and sealed."""
        self.now = at
        said = TripOpened("export", f"carrier-{name}", at + timedelta(days=30), "", f"carta-{name}", places=(YARD,))
        trip_acts.open_(self.custody, name, said, **ACT)
        sealed = Sealed("seal-1", f"MX {name}", trip_acts.person_of(self.log, f"Ana {name}"), f"yard-{name}")
        trip_acts.seal(self.custody, name, sealed, **ACT)

    def say(self, readings: Readings) -> None:
        """The seal's next blocks come."""
        number, previous = self._chain
        blocks = []
        for _, own in in_blocks(readings, 10):
            blocks.append(encode("seal-1", "seal-1", 1, number, previous, own, lambda said: KEY.sign(said).signature))
            number, previous = number + 1, sha256(blocks[-1]).digest()
        self._chain = number, previous
        taken = of_signed(blocks, self.custody, lambda device: True)
        assert not taken.problems
        record(taken.said, self.log, actor="tester")

    def proven(self, data: bytes) -> BundleVerdict:
        """What both verifiers make of a bundle, by its own checkpoint."""
        return both(self.log, data)

    def held(self) -> bytes:
        """All bytes of the store: of a file what is in it and beside it, of a server what is in the tables."""
        if self.url.startswith("sqlite"):
            return b"".join(file.read_bytes() for file in self.folder.iterdir() if not file.name.startswith("keys"))
        with self.log.database.read() as connection:
            rows = connection.execute(text("SELECT body FROM event UNION ALL SELECT state FROM projection"))
            return b"".join(bytes(each) for (each,) in rows)

    def good(self) -> int:
        """That the log verifies; how many leaves have no words."""
        sequence(self.log)
        report = self.verified()
        assert report.good, report.findings
        return report.withheld

    def verified(self) -> Report:
        """What a verification finds that has the node's key store."""
        signing, name = self.log.keys.signing, self.log.origin
        return verify(
            self.log.database, signing.first(name), witnessed=signing.witnessed(name),
            signed_since=signing.erasures_signed_since(name),
        )  # fmt: skip


@pytest.fixture
def years(store_url: str, tmp_path: Path) -> Iterator[Years]:
    made = Years(store_url, tmp_path)
    with closing(made.keys), made.log:
        yield made


def test_five_years_on_the_words_are_gone_and_every_proof_holds(years: Years) -> None:
    for year in range(7):
        years.trip(f"T{year}", BEGUN.replace(year=2020 + year), stated=year == 0)
    state_custody(Custody(years.log), "T0")
    sequence(years.log)
    before = bundle_of(years.log, "T0")
    assert [each.state for each in years.proven(before).spans] == ["intact"]
    now = years.now = datetime(2026, 3, 10, tzinfo=UTC)
    found = due(years.log, shipped(), now)
    assert [(each.trip, each.events, each.since.year) for each in found.trips] == [("T0", 3, 2025), ("T1", 3, 2026)]
    assert [(each.device, each.blocks) for each in found.readings] == [("seal-1", 8)]
    done = erase_due(years.log, shipped(), now, "Five years are over.", actor="the archivist")
    assert (done.trips, done.events, done.stated) == (2, 14, 1)
    # Everything that named a person, a firm, a place or a position is gone from every file of the store.
    held = years.held()
    for name in ("T0", "T1"):
        for word in (f"carrier-{name}", f"carta-{name}", f"yard-{name}", f"customs-{name}"):
            assert word.encode() not in held, word
        assert trip_acts.person_of(years.log, f"Ana {name}").encode() not in held
    assert b"carrier-T2" in held
    # The log says what was erased, by whom and why, and still verifies.
    (erasure,) = years.log.stream(STREAM)
    assert isinstance(erasure.payload, LeavesErased)
    assert (erasure.event.actor, erasure.payload.ground, erasure.payload.policy) == (
        "the archivist", "Five years are over.", "2026-11",
    )  # fmt: skip
    assert years.good() == 14
    # Bundles of before and after are taken by both verifiers, and those of after say what is withheld.
    assert years.proven(before).compared == ("seal-1",)
    for name in ("T0", "T1"):
        after = years.proven(bundle_of(years.log, name))
        assert (after.compared, after.spans) == ((), ())
        assert {each.why for each in after.withheld} == {"personal"}
        assert {each.stream for each in after.withheld} == {f"trip/{name}", "device/seal-1"}
        stated = years.log.stream(f"trip/{name}", types=(CustodyStated.TYPE,))[-1].payload
        assert isinstance(stated, CustodyStated)
        assert stated.spans[0].state == "intact"
    # What is not due is what it was, and nothing is due twice.
    assert verdict_on(years.custody, "T2", None, None).spans
    state_custody(Custody(years.log), "T2")
    sequence(years.log)
    assert years.proven(bundle_of(years.log, "T2")).compared == ("seal-1",)
    assert due(years.log, shipped(), now).events == 0
    with pytest.raises(UnknownTripError):
        years.custody.trip("T0")
    with pytest.raises(UnknownTripError):
        Custody(years.log).trip("T1")


def test_where_a_truck_was_is_erased_with_its_trip_whoever_said_it(years: Years) -> None:
    """What was found to be cause to act has positions, and who reported signs of people said where."""
    for name in ("T0", "T1"):
        years.trip(name, BEGUN.replace(year=2020 if name == "T0" else 2025))
        cause = TripCause("fence:1", "fenced", "seal-1", 0, 0, 0, 1, "device", f"fence-{name}", "", 257001234, -1003)
        for stream in ("causes", "trip"):  # logs of before have them on the trip's stream
            said = Statement(TripCaused((cause,)), f"{stream}/{name}", years.now, f"{stream}:caused:{name}")
            record([said], years.log, actor="tester")
        signed = Statement(PeopleSigned(("call",), f"km-{name}"), f"people-signs/{name}", years.now, f"signs:{name}")
        record([signed], years.log, actor="tester")
    years.now = datetime(2026, 1, 1, tzinfo=UTC)
    assert [(each.trip, each.events) for each in due(years.log, shipped(), years.now).trips] == [("T0", 6)]
    erase_due(years.log, shipped(), years.now, "Five years are over.", actor="tester")
    held = years.held()
    for word in ("fence", "km"):
        assert f"{word}-T0".encode() not in held
        assert f"{word}-T1".encode() in held
    years.good()


def started(log: Log, trip: str, alert: str, at: datetime, fix: dict[str, Any] | None) -> None:
    """A response began; with a fix as versions recorded it that kept where the truck was."""
    said = ResponseStarted("theft", trip, alert, "custody_broken", at, at, at, at, "0" * 64)
    event = new_event(
        f"start-{alert}", said, f"response/{alert}", 1, occurred_at=at, recorded_at=at, actor="tester"
    )  # fmt: skip
    if fix is not None:
        data = {**msgspec.to_builtins(said), "fix": fix}
        event = msgspec.structs.replace(event, schema=1, data=data)
    log.append([event])


def test_a_trip_on_hold_and_what_it_rests_on_are_kept(years: Years) -> None:
    for year in range(3):
        years.trip(f"T{year}", BEGUN.replace(year=2020 + year))
    document = """
version = "test"
trip = { years = 1, source = "assumed" }
readings = { years = 1, source = "assumed" }
[[hold]]
trip = "T1"
why = "an inquiry"
"""
    years.now = datetime(2026, 1, 1, tzinfo=UTC)
    policy = read(document.encode())
    found = due(years.log, policy, years.now)
    assert [(each.trip, each.held) for each in found.trips] == [("T0", ""), ("T1", "an inquiry"), ("T2", "")]
    assert [each.blocks for each in found.readings] == [4 + 3], "all of T2 but the first, which goes on from T1"
    erase_due(years.log, policy, years.now, "A year is over.", actor="tester")
    assert verdict_on(years.custody, "T1", None, years.now).spans[0].state == "intact"
    assert years.good() == found.events


def test_a_trip_that_nobody_discharged_is_kept_from_its_deadline(years: Years) -> None:
    years.trip("T0", BEGUN, discharged=False)
    five = BEGUN.replace(year=2025)
    assert due(years.log, shipped(), five + timedelta(days=29)).trips == []
    assert [each.trip for each in due(years.log, shipped(), five + timedelta(days=31)).trips] == ["T0"]


def test_words_that_go_without_a_record_are_found(years: Years) -> None:
    years.trip("T0", BEGUN)
    sequence(years.log)
    stored = years.log.stream("trip/T0")[0]
    with years.log.database.write() as connection:
        instead = withheld._instead(stored.event, "no such record", withheld.as_it_was)
        withheld._write_over(connection, stored, instead)
    sequence(years.log)
    report = verify(years.log.database, years.log.keys.signing.first(years.log.origin))
    assert [each.code for each in report.findings] == ["event_erased_unrecorded"]


def test_the_hash_of_what_was_erased_cannot_be_changed(years: Years) -> None:
    years.trip("T0", BEGUN)
    years.now = datetime(2026, 1, 1, tzinfo=UTC)
    erase_due(years.log, shipped(), years.now, "Five years are over.", actor="tester")
    years.good()
    with years.log.database.write() as connection:
        connection.execute(text("UPDATE event SET leaf_hash = :hash WHERE stream = 'trip/T0' AND version = 1"),
                           {"hash": b"x" * 32})  # fmt: skip
    report = verify(years.log.database, years.log.keys.signing.first(years.log.origin))
    assert not report.good


def test_what_comes_again_after_it_was_erased_is_not_recorded_again(years: Years) -> None:
    years.trip("T0", BEGUN)
    blocks = [each.payload for each in years.log.stream("device/seal-1") if each.event.type == "device.block"]
    raw = [base64.b64decode(each.block) for each in blocks]  # type: ignore[attr-defined]
    years.now = datetime(2026, 1, 1, tzinfo=UTC)
    erase_due(years.log, shipped(), years.now, "Five years are over.", actor="tester")
    taken = of_signed(raw, years.custody, lambda device: True)
    assert record(taken.said, years.log, actor="tester").written == 0


def test_the_command_says_what_is_due_and_erases_it(years: Years, tmp_path: Path) -> None:
    """By the machine's own clock, by which those of 2020 are due."""
    years.trip("T0", BEGUN)
    place = ["--store", years.url, "--keys", str(tmp_path / "keys")]

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(complete_app(), [*arguments, *place])
        return done.exit_code, done.output

    code, said = run("seal", "retention", "--json")
    assert code == 0
    assert [each["trip"] for each in json.loads(said)["trips"]] == ["T0"]
    assert run("seal", "retention", "--erase")[0] == 2
    code, said = run("seal", "retention", "--erase", "--ground", "Five years are over.", "--by", "archivist")
    assert (code, "7" in said) == (0, True)
    assert "2026-11" in run("seal", "retention")[1]
    assert run("log", "verify")[0] == 0
    wrong = tmp_path / "policy.toml"
    wrong.write_text("version = 1")
    assert run("seal", "retention", "--policy", str(wrong))[0] == 2


def test_the_policy_is_a_document_with_sources_and_years_of_the_calendar() -> None:
    assert isinstance(shipped(), Policy)
    leap = datetime(2024, 2, 29, 5, tzinfo=UTC)
    assert over_at(leap, shipped().retention.trip) == datetime(2029, 3, 1, 5, tzinfo=UTC)
    for wrong in ("", 'version = "a"\ntrip = { years = 0, source = "assumed" }', "version = 'a'\n" * 2,
                  'version="a"\ntrip={years=1,source="x"}\nreadings={years=1,source="assumed"}'):  # fmt: skip
        with pytest.raises(RoadError):
            read(wrong.encode())


def words_of(years: Years, name: str) -> set[str]:
    """What is in the files of the store of the words of a trip."""
    held = years.held()
    words = [f"carrier-{name}", f"carta-{name}", f"yard-{name}", f"customs-{name}"]
    return {each for each in (*words, trip_acts.person_of(years.log, f"Ana {name}")) if each.encode() in held}


@pytest.mark.parametrize("meanwhile", ["encoded", "written", "caught up"])
def test_what_is_erased_while_a_state_is_saved_is_not_in_it(
    years: Years, meanwhile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a command may erase while the node's watch saves: the state was made before, and is written after."""
    years.trip("T0", BEGUN)
    years.trip("T1", BEGUN.replace(year=2025))
    years.now = datetime(2026, 1, 1, tzinfo=UTC)

    def erasing(done: Callable[..., Any], *, first: bool) -> Callable[..., Any]:
        def called(*given: Any) -> Any:
            made = None if first else done(*given)
            if due(years.log, shipped(), years.now).events:
                erase_due(years.log, shipped(), years.now, "Five years are over.", actor="tester")
            return done(*given) if first else made

        return called

    custody = Custody(years.log)
    custody.trips()
    assert words_of(years, "T0")
    if meanwhile == "encoded":
        encode = custody._state.snapshot()
        monkeypatch.setattr(custody._state, "snapshot", lambda: erasing(encode, first=True))
        custody.save()
    elif meanwhile == "written":
        monkeypatch.setattr(years.log.projections, "save", erasing(years.log.projections.save, first=True))
        custody.save()
    else:
        custody = Custody(years.log)
        monkeypatch.setattr(projections, "SAVE_EVERY_S", 0.0)
        monkeypatch.setattr(custody._state, "apply", erasing(custody._state.apply, first=False))
        custody.trips()
    assert words_of(years, "T0") == set()
    # What is looked at afterwards has the erasure, and is kept.
    monkeypatch.undo()
    assert [each.trip for each in custody.trips()] == ["T1"]
    custody.save()
    assert years.log.projections.load(f"{CustodyState.name}/{CustodyState.version}") is not None
    assert words_of(years, "T0") == set()
    assert "carrier-T1" in words_of(years, "T1")


@pytest.mark.parametrize("later", [None, 2025])
def test_where_a_device_was_last_goes_with_the_last_that_it_said(years: Years, later: int | None) -> None:
    custody = Custody(years.log, Live(Ground(Fences(), {}, shipped_limits())))
    years.trip("T0", BEGUN)
    if later is not None:
        years.trip("T1", BEGUN.replace(year=later))
    stood = custody.stands("seal-1")
    assert stood is not None
    years.now = datetime(2026, 1, 1, tzinfo=UTC)
    assert erase_due(years.log, shipped(), years.now, "Five years are over.", actor="tester").trips == 1
    assert custody.stands("seal-1") == (None if later is None else stood)
    custody.save()
    loaded = Custody(years.log, Live(Ground(Fences(), {}, shipped_limits())))
    assert loaded.stands("seal-1") == custody.stands("seal-1")
