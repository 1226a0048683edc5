"""What gates and officers told an edge of persons is read by the node alone, of its own bridge, and after an erasure by
nobody.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cut_off import NOW, Bridge, Cut, given
from journeys import Post
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from aforo.domain.bridge import GateReads
from aforo.domain.clock import microseconds
from aforo.domain.edge import EdgeOrdered, EdgeReadings, EdgeScannerLog
from aforo.domain.scanner import ScannerReported
from aforo.flow.edge_marks import opened
from aforo.flow.edge_node import Named
from aforo.flow.edge_telemetry import keep_readings, keep_scanner_log
from aforo.intake import scanner_log
from aforo.intake.gate_reads import Read
from aforo.log.erasure import erase_identity
from aforo.log.key_tables import file_of
from aforo.log.keys import KeyStore
from aforo.log.sealing import SealingKeyDestroyedError, seal

PLATE, READER = "PLT4E9B916C", "world-trade-start"
ROWS = b"""scanner_id,event,at,reporter,port,note
LRD-1,down,2024-03-20T11:00:00Z,port,world-trade,PLT4E9B916C hit the gantry
"""


def bodies(cut: Cut) -> list[str]:
    """Every event of the edge's log, at the edge and at the node."""
    return [each.body.decode() for each in cut.edge.log.read()] + [each.body for each in cut.facts()]


def sealed_in(cut: Cut) -> list[str]:
    found = []
    for body in bodies(cut):
        data = json.loads(body)["data"]
        found += [data[name] for name in ("sealed", "reason") if isinstance(data, dict) and name in data]
    return found


def keys_of(files: list[Path]) -> Iterator[bytes]:
    """Whatever a file of keys, or a bundle, has of 32 bytes: as it is, in hexadecimal, or derived as a port's is."""
    for path in files:
        if path.suffix == ".json":
            text = path.read_text()
            yield from (bytes.fromhex(text[at : at + 64]) for at in range(len(text) - 63) if _hex(text[at : at + 64]))
            continue
        with closing(sqlite3.connect(path)) as db:
            for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                for row in db.execute(f"SELECT * FROM {table}"):
                    for value in row:
                        if isinstance(value, bytes) and len(value) == 32:
                            yield value
                        if isinstance(value, str) and len(value) == 64 and _hex(value):
                            yield bytes.fromhex(value)


def _hex(text: str) -> bool:
    return all(each in "0123456789abcdef" for each in text)


def read_by(keys: list[bytes], texts: list[str]) -> str:
    """What is read of sealed texts with keys, by every way in which an edge seals."""
    found = []
    for text in texts:
        for key in keys:
            found.append(opened(key, text) or "")
            with suppress(CryptoError, ValueError):
                found.append(SealedBox(PrivateKey(key)).decrypt(base64.b64decode(text)).decode())
    return " ".join(found)


def files(cut: Cut) -> tuple[list[Path], list[Path]]:
    """The files of keys at the edge, and at the node."""
    edge, node = file_of(cut.edge.log.keys.place), file_of(cut.node.keys.place)
    return [edge, edge.with_name("bundle.json")], [node]


def tell(cut: Cut) -> None:
    """A gate, a scanner and an officer tell of a plate while the port is cut off."""
    keep_readings([Read(READER, microseconds(cut.clock()) - 1_000_000, PLATE, None)], cut.edge, "gate")
    keep_scanner_log(scanner_log.read(ROWS, cut.clock()), cut.edge, "reader")
    cut.order("a", "scan", "Luz", f"{PLATE} was seen twice.", None)


def test_a_plate_does_not_outlive_its_erasure_in_any_log_under_any_key(cut: Cut) -> None:
    given(cut, "a", "release", tractor_id=PLATE)
    cut.connect()
    tell(cut)
    at_edge, at_node = files(cut)
    port_key = cut.expecting.key
    assert PLATE not in read_by([*keys_of(at_edge), port_key], sealed_in(cut)), "the edge itself reads it no more"
    cut.reconcile()
    assert [each.effects for each in cut.facts() if EdgeReadings.TYPE in each.body] == [("readings",)]
    node_keys = list(keys_of(at_node))
    assert read_by(node_keys, sealed_in(cut)).count(PLATE) == 6, "the control: at both places, three texts each"
    assert erase_identity(cut.node.log, "tractor", PLATE, "Request of 12 May.", actor="Root")[1] is not None
    cut.connect()
    cut.reconcile()
    after = [*keys_of(at_edge), *keys_of(at_node), port_key]
    assert len(after) > 3
    assert PLATE not in read_by(after, sealed_in(cut))
    for folder in {path.parent for path in (*at_edge, *at_node)}:
        for path in folder.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                assert PLATE.encode() not in data, path
                assert not any(key in data for key in set(node_keys) - set(after)), path
    # The node knows its readings, and goes on taking what the edge tells under the key of its next bundle.
    assert [each.payload.bridge for each in reads(cut)] == ["world-trade"]
    keep_readings([Read(READER, microseconds(cut.clock()), "ANOTHER", None)], cut.edge, "gate")
    cut.reconcile()
    assert cut.facts()[-1].effects == ("readings",)


def reads(cut: Cut) -> list[Any]:
    return [each for each in cut.node.log.read(types=[GateReads.TYPE]) if isinstance(each.payload, GateReads)]


def test_a_plate_that_nobody_filed_is_erased_too(cut: Cut) -> None:
    given(cut, "a", "release")
    cut.connect()
    tell(cut)
    cut.reconcile()
    _, at_node = files(cut)
    assert PLATE in read_by(list(keys_of(at_node)), sealed_in(cut))
    erase_identity(cut.node.log, "tractor", PLATE, "Request of 12 May.", actor="Root")
    assert PLATE not in read_by(list(keys_of(at_node)), sealed_in(cut))


def test_what_was_sealed_under_a_key_that_an_erasure_took_is_said_to_be_so(cut: Cut) -> None:
    """An edge that is cut off while somebody is erased goes on sealing under a key that was used before."""
    given(cut, "a", "release")
    cut.connect()
    tell(cut)
    cut.reconcile()
    erase_identity(cut.node.log, "tractor", PLATE, "Request of 12 May.", actor="Root")
    cut.clock.move(minutes=1)
    keep_readings([Read(READER, microseconds(cut.clock()), PLATE, None)], cut.edge, "gate")
    cut.order("a", "joint", "Luz", "Another reason.", None)
    cut.reconcile()
    assert [each.effects for each in cut.facts()[-2:]] == [
        ("key_destroyed",),
        ("reason_withheld", "ordered"),  # what raises is taken without its reason
    ]


def test_keys_are_of_a_day_and_go_when_they_were_passed_or_their_time_is_over(cut: Cut) -> None:
    def days() -> list[str]:
        with closing(sqlite3.connect(file_of(cut.node.keys.place))) as db:
            return [day for (day,) in db.execute("SELECT day FROM sealing_key ORDER BY day")]

    cut.connect()
    assert days() == ["2024-03-20", "2024-03-21"]
    for _ in range(3):
        cut.connect()
        keep_readings([Read(READER, microseconds(cut.clock()), PLATE, None)], cut.edge, "gate")
        cut.reconcile()
        cut.clock.move(days=1)
    assert days() == ["2024-03-21", "2024-03-22", "2024-03-23"], "what came under a later day's key passes the first"
    cut.clock.move(days=40)
    cut.connect()
    assert days() == ["2024-05-02", "2024-05-03"]


def test_an_edge_whose_bundle_is_old_seals_under_its_last_key(cut: Cut) -> None:
    cut.connect()
    cut.clock.move(days=9)
    keep_readings([Read(READER, microseconds(cut.clock()), PLATE, None)], cut.edge, "gate")
    cut.reconcile()
    assert cut.facts()[-1].effects == ("readings",)


@pytest.mark.parametrize("foreign", ["otay-mesa-end", "colombia-start", "nobody-knows"])
def test_an_edge_tells_of_the_readers_of_its_bridge_alone(cut: Cut, foreign: str) -> None:
    bundle = cut.connect().bundle
    assert bundle.readers == ("world-trade-end", "world-trade-start")
    at = microseconds(cut.clock())
    # The edge keeps whatever its owner writes: here it says what no reader of its bridge saw.
    keep_readings([Read(foreign, at, PLATE, None)], cut.edge, "gate")
    keep_readings([Read(READER, at, PLATE, None), Read(READER, at + 1, None, "T1")], cut.edge, "gate")
    cut.reconcile()
    told = [each.effects for each in cut.facts() if EdgeReadings.TYPE in each.body]
    assert told == [("elsewhere",), ("readings",)]
    assert {each.payload.reader for each in reads(cut)} == {READER}


def test_an_edge_of_before_at_a_bridge_without_a_document_tells_of_no_reader(post: Post) -> None:
    with post.node() as node, Bridge(post.folder / "edge", post.clock, node.log, "Nowhere").edge() as edge:
        cut = Cut(node, edge)
        cut.enrol_as_before()
        assert cut.connect().bundle.readers == ()
        keep_readings([Read(READER, microseconds(NOW), PLATE, None)], edge, "gate")
        cut.reconcile()
        assert cut.facts()[-1].effects == ("elsewhere",)
        assert reads(cut) == []


def seal_as_before(cut: Cut) -> None:
    """The edge has the bundle of a node that has no sealing keys."""
    force = cut.connect()
    cut.edge.force = replace(force, bundle=msgspec.structs.replace(force.bundle, sealing={}))


def test_what_an_edge_of_before_sealed_under_the_key_of_its_port_is_taken_in(cut: Cut) -> None:
    given(cut, "a", "release")
    seal_as_before(cut)
    tell(cut)
    assert not any('"sealing_key"' in body for body in bodies(cut))
    cut.reconcile()
    kinds = (EdgeReadings, EdgeScannerLog, EdgeOrdered)
    told = [each.effects for each in cut.facts() if any(kind.TYPE in each.body for kind in kinds)]
    assert told == [("readings",), ("scanners",), ("ordered",)]
    assert cut.node.log.read(types=[ScannerReported.TYPE])


@pytest.mark.parametrize("taken_in", ["by this version", "by the one before"])
def test_an_erasure_gives_ports_other_keys_where_their_keys_sealed_plates(cut: Cut, taken_in: str) -> None:
    given(cut, "a", "release", tractor_id=PLATE)
    given(cut, "b", "scan")
    seal_as_before(cut)
    tell(cut)
    at_edge, _ = files(cut)
    before = cut.expecting.key
    assert PLATE in read_by([*keys_of(at_edge)], sealed_in(cut)), "the control: whoever has the bundle reads it"
    cut.reconcile()
    if taken_in == "by the one before":
        with closing(sqlite3.connect(file_of(cut.node.keys.place))) as db:  # the store as that version left it
            db.execute("DROP TABLE sealing_key")
            db.execute("DROP TABLE port_sealed")
            db.commit()
        with closing(KeyStore(file_of(cut.node.keys.place))) as keys:
            erase(keys, PLATE)
    else:
        erase(cut.node.keys, PLATE)
    force = cut.connect()
    assert cut.expecting.key != before
    assert force.kept == {}
    every = [*keys_of([*at_edge, file_of(cut.node.keys.place)]), cut.expecting.key]
    assert before not in every
    assert PLATE not in read_by(every, sealed_in(cut))
    # The trucks are known by other marks, and all goes on.
    assert cut.edge.arrive(Named(trip="b"), "Luz").examination == "scan"
    assert cut.edge.arrive(Named(trip="a"), "Luz").examination == "scan"
    cut.reconcile()
    assert [each.effects for each in cut.facts()[-2:]] == [("arrived",)] * 2
    # Nothing is sealed under these any more: the next erasure leaves them.
    after = cut.expecting.key
    erase(cut.node.keys, "another")
    cut.connect()
    assert cut.expecting.key == after


def erase(keys: KeyStore, plate: str) -> None:
    keys.erase_all(keys.persons_named("tractor", plate))


def test_a_key_of_another_edge_opens_nothing(cut: Cut, tmp_path: Path) -> None:
    cut.connect()
    with closing(KeyStore(tmp_path / "k.sqlite")) as keys:
        mine = keys.sealing.public_key("aforo/one", NOW.date())
        assert keys.sealing.public_key("aforo/one", NOW.date()) == mine
        assert keys.sealing.public_key("aforo/two", NOW.date()) != mine
        assert keys.sealing.public_key("aforo/one", NOW.date() + timedelta(days=1)) != mine
        text = seal(mine, "clear")
        assert keys.sealing.open("aforo/one", mine, text) == "clear"
        assert keys.sealing.open("aforo/one", mine, "bm9uZQ==") is None
        for edge, key in (("aforo/two", mine), ("aforo/one", "00" * 32)):
            with pytest.raises(SealingKeyDestroyedError):
                keys.sealing.open(edge, key, text)


def test_a_truck_of_another_port_is_none_of_the_edges(cut: Cut) -> None:
    """An edge that knows a decision of a crossing at another port acts on nothing there."""
    given(cut, "a", "release")
    given(cut, "far", "release", port="2506", bridge="Otay Mesa")
    cut.connect()
    far = next(each for each in cut.node.log.stream("crossing/far") if each.event.type == "crossing.decided")
    assert cut.edge.force is not None
    truck = next(iter(cut.edge.force.trucks.values()))
    forged = msgspec.structs.replace(truck, decision=far.event.event_id)
    cut.edge._expectation = type(cut.edge._expectation)({forged.ref: forged})
    cut.edge.arrive(Named(trip="a"), "Luz")
    before = len(cut.node.log.stream("crossing/far"))
    cut.reconcile()
    assert len(cut.node.log.stream("crossing/far")) == before
    assert "arrived" in cut.facts()[-1].effects, "the trip's own number says which it was"
