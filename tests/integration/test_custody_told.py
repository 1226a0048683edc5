"""What is told of a trip beside its state: what was found of it, what asks nobody too; what came late; where nobody is
heard; and how a silence stands that somebody is asked about."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from road_scene import START, Road, blocks_of, drive
from sealed import MINUTE, opened
from straight import on_the_road, strayed
from test_custody_causes_apart import FENCES
from typer.testing import CliRunner, Result

from aforo.cli import complete_app
from aforo.cli.language import Sentences
from aforo.cli.seal_shown import show_verdict
from aforo.custody.bundle import read
from aforo.custody.bundle_verdict import verified
from aforo.domain.clock import instant, microseconds
from aforo.domain.trip import Covered, Place
from aforo.flow.alert_trips import trip_alert
from aforo.flow.alerts import Alerts
from aforo.flow.causes_shown import CauseShown, CausesShown, causes_on, for_its_carrier
from aforo.flow.custody import UnknownTripError
from aforo.flow.custody_bundle import bundle_of, state_custody
from aforo.flow.custody_verdict import verdict_on
from aforo.flow.telemetry import Statement, record
from aforo.log.checkpoint import opened as opened_checkpoint
from aforo.log.sequencer import sequence

#: Room for a table whose cells are on one line each.
WIDE = {"COLUMNS": "2000"}


@pytest.fixture
def road(tmp_path: Path) -> Road:
    return Road(tmp_path, "T1")


def run(folder: Path, *arguments: str, code: int = 0, lang: str = "en") -> Result:
    where = ["--store", str(folder / "log.sqlite"), "--keys", str(folder / "keys"), "--lang", lang]
    done = CliRunner().invoke(complete_app(), [*arguments, *where], env=WIDE)
    assert done.exit_code == code, done.output
    return done


def listed(folder: Path, lang: str) -> str:
    """The list of alerts; by the clock of the machine, which the commands go by, they may be overdue."""
    where = ["--store", str(folder / "log.sqlite"), "--keys", str(folder / "keys"), "--lang", lang]
    done = CliRunner().invoke(complete_app(), ["alerts", "list", *where], env=WIDE)
    assert done.exit_code in (0, 1), done.output
    return joined(done.output)


def joined(output: str) -> str:
    """What was printed, however its lines were broken."""
    return " ".join(output.split())


def told(road: Road, trip: str = "T1") -> dict[str, CauseShown]:
    return {each.kind: each for each in causes_on(road.custody, trip).causes}


def late(road: Road) -> None:
    """It is heard for twenty minutes, then not for thirty, of which all comes after that."""
    blocks = blocks_of(drive(30))
    for number in range(2):
        road.at(number * 10 + 9, blocks[number])
    road.at(49, *blocks[2:5])
    road.at(59, blocks[5])


def unheard(road: Road) -> None:
    """It says nothing for half an hour, on a stretch on which by a statement nobody of ten was heard."""
    blocks = blocks_of(drive(30)[[*range(10), *range(25, 30)]])
    for number in range(2):
        road.at(number * 10 + 9, blocks[number])
    here = Place("km 20", int(drive(30)["latitude"][9]), int(drive(30)["longitude"][9]), 30_000)
    start = microseconds(START)
    said = Covered(start + 10 * MINUTE, start + 60 * MINUTE, 0, 10, here)
    record([Statement(said, "road/straight", START + timedelta(minutes=55), "said:1")], road.log, actor="tester")
    road.at(59, blocks[2])


def test_what_was_found_is_told_of_the_trip_with_what_asks_nobody(road: Road) -> None:
    road.put(FENCES)
    for number, block in enumerate(blocks_of(opened(strayed(drive(30), 11, 18), 14, 16))):
        road.at(number * 10 + 9, block)
    found = told(road)
    watched, off, seal = found["geofence_watched"], found["deviation"], found["opened"]
    assert (watched.place, watched.asks, watched.grade, watched.device) == ("Hideout", False, "device", "T1-seal")
    assert (watched.what.en, watched.what.es) == ("in a watched fence", "dentro de una geocerca vigilada")
    assert (off.road, off.asks, off.gap, off.metres > 2_000) == ("straight", True, None, True)
    assert (seal.asks, seal.until) == (True, None)
    assert off.until is not None
    assert causes_on(road.custody, "T1").more == 0


def test_a_carrier_is_told_what_its_devices_record_says_and_nothing_of_where_trucks_are_watched(road: Road) -> None:
    road.put(FENCES)
    for number, block in enumerate(blocks_of(opened(strayed(drive(30), 11, 18), 14, 16))[:4]):
        road.at(number * 10 + 9, block)
    road.at(70)
    every = causes_on(road.custody, "T1")
    assert {"geofence_watched", "deviation", "opened", "silent"} <= {each.kind for each in every.causes}
    own = for_its_carrier(every)
    assert ([each.kind for each in own.causes], own.more) == (["opened"], None)


def test_of_a_trip_of_which_nothing_was_found_nothing_is_told(road: Road) -> None:
    assert causes_on(road.custody, "T1") == CausesShown("T1", [], 0)
    with pytest.raises(UnknownTripError):
        causes_on(road.custody, "nothing")


def test_what_was_found_is_told_on_the_terminal_in_both_languages(road: Road, tmp_path: Path) -> None:
    assert "Nothing was found of trip T1." in joined(run(tmp_path, "seal", "causes", "T1").output)
    road.put(FENCES)
    for number, block in enumerate(blocks_of(drive(30))):
        road.at(number * 10 + 9, block)
    shown = joined(run(tmp_path, "seal", "causes", "T1").output)
    for part in ("in a watched fence", "Hideout", "no, it is told alone", "proven: signed by the device"):
        assert part in shown, part
    shown = joined(run(tmp_path, "seal", "causes", "T1", lang="es").output)
    assert "geocerca vigilada" in shown
    (first, *_) = json.loads(run(tmp_path, "seal", "causes", "T1", "--json").output)["causes"]
    assert (first["kind"], first["asks"], first["place"]) == ("geofence_watched", False, "Hideout")
    road.at(90)
    asking = joined(run(tmp_path, "seal", "causes", "T1", code=1).output)
    assert "silent for longer than its seal promises" in asking, "a silence asks for somebody"
    assert "no trip T9" in joined(run(tmp_path, "seal", "causes", "T9", code=2).output)


def test_an_alert_of_silence_says_how_it_stands_and_how_it_is_known(road: Road, tmp_path: Path) -> None:
    blocks = blocks_of(drive(30))
    for number in range(2):
        road.at(number * 10 + 9, blocks[number])
    road.at(31)
    (alert,) = Alerts(road.log).open()
    shown = trip_alert(alert, road.custody, road.now)
    assert shown is not None
    (cause,) = shown.causes
    assert (cause.kind, cause.gap, cause.grade, cause.expected) == ("silent", "open", "device", 0)
    assert cause.what.en == "silent for longer than its seal promises", "of nobody else is anything known"
    for part in ("silent for longer", "may still come", "proven: signed"):
        assert part in listed(tmp_path, "en"), part
    road.at(49, *blocks[2:5])
    assert [(each.kind, each.gap, each.asks) for each in causes_on(road.custody, "T1").causes] == [
        ("silent", "late_filled", False)
    ]


@pytest.mark.parametrize(
    ("heard", "alone"), [(("T2", "T3", "T4", "T5"), True), (("T2", "T3", "T4"), False)], ids=["all others", "some"]
)
def test_a_silence_beside_others_that_are_heard_is_said_to_be_so(
    tmp_path: Path, heard: tuple[str, ...], alone: bool
) -> None:
    """A jammer in the truck, or beside it, silences that one alone."""
    names = ["T1", "T2", "T3", "T4", "T5"]
    road = Road(tmp_path, *names)
    blocks = {trip: blocks_of(on_the_road(microseconds(START), 40), trip) for trip in names}
    for number in range(6):
        now = names if number < 2 else heard
        road.at(number * 10 + 9, *(blocks[trip][number] for trip in now))
    (alert,) = (each for each in Alerts(road.log).open() if each.subject == "trip/T1")
    shown = trip_alert(alert, road.custody, road.now)
    assert shown is not None
    (cause,) = shown.causes
    assert (cause.kind, cause.heard, cause.expected, cause.gap) == ("silent", len(heard), 5, "open")
    assert ("jammer" in cause.what.en, "inhibidor" in cause.what.es) == (alone, alone)
    assert f"se oyeron {len(heard)} de 5" in listed(tmp_path, "es")


@pytest.mark.parametrize(("play", "code", "gap"), [(late, "late", "late_filled"), (unheard, "dead_zone", "open")])
def test_a_silence_that_makes_no_state_is_told_beside_the_verdict(
    road: Road, capsys: pytest.CaptureFixture[str], play: Any, code: str, gap: str
) -> None:
    play(road)
    verdict = verdict_on(road.custody, "T1", None, None)
    assert verdict.state == "intact"
    (fact,) = (each for each in verdict.noted if each.code == code)
    last = instant(microseconds(START) + 18 * MINUTE)
    assert (fact.code, fact.gap, fact.grade, fact.earliest) == (code, gap, "device", last)
    assert fact.since == last + timedelta(minutes=11)
    assert fact.rests_on
    show_verdict(verdict, Sentences("aforo.cli", "en"))
    shown = joined(capsys.readouterr().out)
    assert {"late": "came late", "dead_zone": "Hardly anybody is heard there"}[code] in shown
    assert {"late": "what was missing came later", "dead_zone": "what is missing may still come"}[code] in shown


def test_what_came_late_is_told_for_ever(road: Road) -> None:
    """However much comes after it: what was known in between was less."""
    late(road)
    road.now = START + timedelta(days=400)
    assert [each.code for each in verdict_on(road.custody, "T1", None, None).noted] == ["late"]
    before = verdict_on(road.custody, "T1", None, START + timedelta(minutes=45))
    assert (before.state, before.noted) == ("silent", [])


def test_a_bundle_tells_of_a_gap_with_what_is_missing_and_notes_what_it_noted(road: Road) -> None:
    late(road)
    state_custody(road.custody, "T1")
    sequence(road.log)
    data, key = bundle_of(road.log, "T1"), road.log.keys.signing.first(road.log.origin)
    said = verified(data, key, opened_checkpoint(read(data).checkpoint, key))
    assert ([each.code for each in said.gaps], said.noted) == (["late"], ())
