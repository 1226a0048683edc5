"""Parties of filings are screened: hits are asked about with the filing, are evidence, and stay answered."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec
import pytest
from journeys import Post, decisions, file, table_of, truck
from listed import LADISLAO, NAMED, PUBLISHED, entry, lists
from test_flow_stated import adds_up, stated

from aforo.domain.event import PersonRead
from aforo.domain.screening import ScreeningDismissed, ScreeningHit, ScreeningListed
from aforo.flow.asked import Asked
from aforo.flow.hits import HitRefusedError, NoHitError, answer_hit, hit_with_name, hits
from aforo.flow.journey import record, settle, write_up
from aforo.flow.lists import Lists
from aforo.flow.replay import decisions_of, replay
from aforo.flow.shown import show
from aforo.intake.lists import copies
from aforo.log.store import ConcurrencyError, Log
from aforo.routing import policy as policies
from aforo.settings import Settings


def questions(log: Log) -> list[ScreeningHit]:
    return [
        payload for each in log.read(types=[ScreeningHit.TYPE]) if isinstance(payload := each.payload, ScreeningHit)
    ]


def different(log: Log) -> list[Any]:
    code = metadata.version("aforo")
    return [each for group in decisions_of(log) for each in replay(group, log, code) if each.differences]


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, post: Post) -> Post:
    if request.param == "postgresql":
        post.settings = Settings(str(request.getfixturevalue("emptied_postgres")), post.settings.keys)
    return post


def test_a_hit_is_asked_about_once_and_is_evidence_until_it_is_dismissed(either: Post) -> None:
    driver = {"driver_id": "DR-L", "driver_name": NAMED}
    with either.node(lists=lists()) as node:
        plain, hit = file(node, [truck("S-0", driver_name="Ana Torres"), truck("S-1", **driver)])
        (asked,) = questions(node.log)
        assert (asked.entry, asked.crossing, asked.declaration, asked.column) == ("7001", "S-1", "S-1", "driver_name")
        events = [stored.event.type for stored in node.log.read()][-7:]
        assert events == [
            "crossing.filed", "crossing.assessed", "crossing.decided", "crossing.filed", "crossing.assessed",
            "crossing.decided", "screening.hit",
        ]  # fmt: skip
        assert not stated(plain, "list", "possible")
        assert stated(hit, "list", "possible") == {"contraband": 0.3, "misdeclaration": 0.1}
        adds_up(hit)
        again = file(node, truck("S-2", driver_id="dr l", driver_name="QUINTANAR Ladislao"))
        assert len(questions(node.log)) == 2  # spelled otherwise in words: another name with the same number
        file(node, truck("S-3", **driver))
        assert len(questions(node.log)) == 2
        (listed,) = decisions(node.log)[1].listed
        assert (listed.place, listed.column, listed.entry, listed.standing) == (0, "driver_name", "7001", "possible")
        assert again

        shown = hits(node.asking, node.lists())
        assert [each.state for each in shown] == ["open", "open"]
        assert shown[0].listed is not None
        assert shown[0].reason is not None
        assert "Ladislao" in shown[0].reason.en
        assert 1_000_000 + sum(part.share for part in shown[0].parts) == shown[0].score
        first = answer_hit(node.log, shown[0].hit, "dismissed", "luz", "Born in 1990.", node.lists())
        assert (first.state, first.answered_by, first.answer) == ("dismissed", "luz", "Born in 1990.")
        (line,) = file(node, truck("S-4", **driver))
        assert not stated(line, "list", "possible")
        assert decisions(node.log)[-1].listed == ()
        assert len(questions(node.log)) == 2

        answer_hit(node.log, shown[0].hit, "confirmed", "luz", "The passport is his.")
        (line,) = file(node, truck("S-5", **driver))
        assert stated(line, "list", "confirmed") == {"contraband": 1.5, "misdeclaration": 1.0}
        assert not stated(line, "list", "possible")
        assert line.examination in ("release", "scan")  # no hold for a hit
        namesake = file(node, truck("S-6", driver_id="DR-OTHER", driver_name=NAMED))[0]
        assert stated(namesake, "list", "possible")  # what is said holds for the number that came with the name
        assert different(node.log) == []
    with either.node() as node:  # a node without lists
        (line,) = file(node, truck("S-7", **driver))
        assert not stated(line, "list", "confirmed")
        assert different(node.log) == []
    for place in either.folder.glob("log.sqlite*"):
        assert b"Ladislao" not in place.read_bytes()
        assert b"Quint" not in place.read_bytes()


def test_firms_and_numbers_are_found_too(post: Post) -> None:
    with post.node(lists=lists()) as node:
        file(
            node,
            truck("F-1", exporter_name="Comercializadora Valle Gris SAPI de CV"),
            truck("F-2", exporter_id="gta-010203-ab1"),
            truck("F-3", importer_id="GTA010203AB1", importer_name="Otro Nombre"),
            truck("F-4", carrier_id="12345"),
        )
        asked = [(each.crossing, each.column, each.entry, each.identifier) for each in questions(node.log)]
    assert asked == [
        ("F-1", "exporter_name", "7003", False),
        ("F-2", "exporter_name", "7005", True),
        ("F-3", "importer_name", "7005", True),
    ]


def test_a_crossing_that_is_filed_to_again_keeps_its_hits_with_what_was_said_since(post: Post) -> None:
    together = {"crossing_id": "TRIP", "tractor_id": "TR-T"}
    with post.node(lists=lists()) as node:
        file(node, truck("A-1", driver_id="DR-L", driver_name=NAMED, **together))
        file(node, truck("A-2", driver_id="DR-L", **together))  # without a name
        listed = decisions(node.log)[-1].listed
        assert [(each.place, each.entry, each.standing) for each in listed] == [(0, "7001", "possible")]
        (shown,) = hits(node.asking, None)
        answer_hit(node.log, shown.hit, "confirmed", "luz", "It is he.")
        file(node, truck("A-3", driver_id="DR-L", **together))
        assert [each.standing for each in decisions(node.log)[-1].listed] == ["confirmed"]
        file(node, truck("A-4", amends="A-1", action="replace", driver_id="DR-L", driver_name="Ana Torres", **together))
        assert decisions(node.log)[-1].listed == ()
        file(node, truck("A-5", amends="A-3", action="replace", driver_id="DR-L", driver_name=NAMED, **together))
        own = decisions(node.log)[-1].listed
        assert [(each.place, each.standing) for each in own] == [(2, "confirmed")]
        file(node, truck("A-6", amends="A-2", action="cancel", **together))
        own = decisions(node.log)[-1].listed
        assert [(each.place, each.standing) for each in own] == [(1, "confirmed")]
        assert different(node.log) == []


def test_the_policy_may_order_an_examination_for_a_confirmed_party(post: Post) -> None:
    document = policies.default_document().replace(
        b"confirmed = { contraband = 1.5", b'confirmed = { examination = "secondary", contraband = 1.5'
    )
    driver = {"driver_id": "DR-L", "driver_name": NAMED}
    with post.node(policy=document, lists=lists()) as node:
        (line,) = file(node, truck("P-1", **driver))
        assert line.basis != "mandatory"
        answer_hit(node.log, hits(node.asking, None)[0].hit, "confirmed", "luz", "It is he.")
        (line,) = file(node, truck("P-2", **driver))
        assert (line.basis, line.examination) == ("mandatory", "secondary")
        assert "sanctions list" in line.reasons.en
        assert "list" not in line.public_reason.en
        assert different(node.log) == []
    weightless = document.replace(b'contraband = 1.5, misdeclaration = 1.0, source = "assumed"', b'source = "assumed"')
    with pytest.raises(policies.PolicyError, match="orders an examination"):
        policies.parse(weightless)


def test_an_entry_that_changed_is_asked_about_again(post: Post) -> None:
    driver = {"driver_id": "DR-L", "driver_name": NAMED}
    with post.node(lists=lists()) as node:
        file(node, truck("E-1", **driver))
        answer_hit(node.log, hits(node.asking, None)[0].hit, "dismissed", "luz", "Another.")
    other = msgspec.structs.replace(LADISLAO, programmes=("SDGT",))
    with post.node(lists=lists(other, digest="1" * 64)) as node:
        (line,) = file(node, truck("E-2", **driver))
        assert stated(line, "list", "possible")
        old, new = hits(node.asking, node.lists(), answered=True)
        assert (old.state, new.state) == ("dismissed", "open")
        assert old.listed is not None
        assert old.listed.changed
        assert old.reason is None
        assert [type(each.payload) for each in node.log.stream("artefact/list/ofac")] == [ScreeningListed] * 2
        assert different(node.log) == []


def test_batches_in_hand_ask_once_and_what_another_process_asked_is_seen(post: Post) -> None:
    driver = {"driver_id": "DR-L", "driver_name": NAMED}
    with post.node(lists=lists()) as node:
        tables = [table_of(_frame(truck(f"H-{n}", **driver))) for n in range(3)]
        settled = [settle(table, node) for table in tables]  # three in hand, none recorded
        assert [len(each.questions) for each in settled] == [1, 0, 0]
        for each in settled:
            record(write_up(each, node, "declarations"), node)
        assert len(questions(node.log)) == 1
        node.asked = Asked()  # as another process has it, which did not ask
        other = settle(table_of(_frame(truck("H-4", **driver))), node)
        assert other.questions == []
        asking = settle(table_of(_frame(truck("H-5", driver_name=NAMED, driver_id="DR-M"))), node)
        node.asked = Asked()
        file(node, truck("H-6", driver_name=NAMED, driver_id="DR-M"))  # another was faster
        with pytest.raises(ConcurrencyError):
            record(write_up(asking, node, "declarations"), node)


def test_an_answer_says_who_and_why_and_names_nobody(post: Post) -> None:
    driver = {"driver_id": "DR-L", "driver_name": NAMED}
    with post.node(lists=lists()) as node:
        file(node, truck("R-1", **driver))
        (shown,) = hits(node.asking, None)

        def refused(verdict: Any, officer: str, reason: str) -> str:
            with pytest.raises(HitRefusedError) as wrong:
                answer_hit(node.log, shown.hit, verdict, officer, reason)
            return wrong.value.code

        assert refused("dismissed", " ", "Another.") == "hit_needs_officer"
        assert refused("dismissed", "luz", " ") == "hit_needs_reason"
        assert refused("dismissed", "luz", "ladislao quintanar is another") == "hit_names_person"
        answer_hit(node.log, shown.hit, "dismissed", "luz", "Another.")
        assert refused("dismissed", "ana", "Another.") == "hit_answered_already"
        decided = node.log.stream("crossing/R-1")[-1].event.event_id
        for which in ("none", decided):
            with pytest.raises(NoHitError):
                answer_hit(node.log, which, "dismissed", "luz", "Another.")
        last = node.log.stream(f"screening/{shown.party}")[-1]
        assert isinstance(last.payload, ScreeningDismissed)
        assert (last.event.actor, last.event.causation_id) == ("luz", shown.hit)
        named = hit_with_name(node.log, shown.hit, node.lists(), "luz", "tok")
        assert named.name == NAMED
        read = node.log.stream("read/R-1")[-1]
        assert read.payload == PersonRead("R-1", ("driver_name",), "tok")
        assert node.keys.erase_all(node.keys.identity_hashes("driver", ["DR-L"]).tolist())
        assert hit_with_name(node.log, shown.hit, node.lists(), "luz", "tok").name is None
        assert different(node.log) == []


def test_a_hundred_namesakes_make_ten_questions(post: Post) -> None:
    many = [entry(str(number), "person", "QUINTANAR OSORNO, Ladislao") for number in range(100)]
    with post.node(lists=lists(*many)) as node:
        (line,) = file(node, truck("M-1", driver_id="DR-L", driver_name=NAMED))
        assert len(questions(node.log)) == 10
        assert stated(line, "list", "possible") == {"contraband": 0.3, "misdeclaration": 0.1}
        adds_up(line)


def test_the_folder_is_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = '7001,"QUINTANAR OSORNO, Ladislao","individual","SDNTK",' + ",".join(["-0- "] * 7) + ',"DOB 02 Jul 1957."\n'
    with Lists(tmp_path, every=0.02) as watched:
        assert watched() is None
        copies.keep(tmp_path, "ofac", {"sdn.csv": row.encode()}, PUBLISHED)
        _until(lambda: watched() is not None)
        first = watched()
        assert first is not None
        assert len(first.of("ofac").entries) == 1
        later = copies.keep(tmp_path, "ofac", {"sdn.csv": row.encode() + row.encode().replace(b"7001", b"7002")},
                            PUBLISHED.replace(day=20))  # fmt: skip
        _until(lambda: watched() is not first)
        second = watched()
        assert second is not None
        assert len(second.of("ofac").entries) == 2
        (later / "sdn.csv").write_bytes(b"changed")
        copies.keep(tmp_path, "un", {"x.xml": b"<x/>"}, PUBLISHED)
        _until(lambda: False, patience=0.3)
        assert watched() is second


def _until(true: Any, patience: float = 10.0) -> None:
    import time

    end = time.monotonic() + patience
    while not true() and time.monotonic() < end:
        time.sleep(0.01)


def _frame(*rows: dict[str, Any]) -> Any:
    import polars as pl

    return pl.DataFrame(list(rows))


def test_a_trip_that_takes_a_declaration_in_takes_its_hits(post: Post) -> None:
    same = {"tractor_id": "T-1", "driver_id": "DR-L", "seal_id": "S-1", "shipment_id": "ABCDS1"}
    with post.node(lists=lists()) as node:
        file(node, truck("T-0", importer_name="Comercializadora Valle Gris", crossing_id="ABCD77", **same))
        file(node, truck("T-1", **same | {"driver_name": NAMED, "shipment_id": "ABCDS2"}))
        file(node, truck("T-2", crossing_id="ABCD77", **same | {"shipment_id": "ABCDS2"}))
        last = decisions(node.log)[-1]
        crossing = show("ABCD77", node, persons=False)
        taken = show("T-1", node, persons=False)
        assert different(node.log) == []
    assert crossing is not None
    assert taken == crossing
    assert {(each.declaration_id, each.entry, each.standing) for each in crossing.listed} == {
        ("T-0", "7003", "possible"),
        ("T-1", "7001", "possible"),
    }
    assert len(last.listed) == 2
