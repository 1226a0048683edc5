"""What is stated of a trip before its words go, and that its bundle is to be had of whoever may, afterwards too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from acting import ACT
from journeys import Post
from listening import listening
from sealed import MINUTE, YARD, drive, opened
from test_retention import BEGUN, Years
from typer.testing import CliRunner
from under_seal import sound

from aforo.api.access import Rate
from aforo.cli import complete_app
from aforo.custody.retention import shipped
from aforo.domain.clock import microseconds
from aforo.domain.trip import Covered, CustodyStated, Discharged, Place
from aforo.flow import trip_acts
from aforo.flow.custody import Custody
from aforo.flow.custody_bundle import bundle_of, state_at_last, state_custody
from aforo.flow.retention import erase_due
from aforo.flow.telemetry import Statement, record
from aforo.log.sequencer import sequence

LATER = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def years(store_url: str, tmp_path: Path) -> Iterator[Years]:
    made = Years(store_url, tmp_path)
    with closing(made.keys), made.log:
        yield made


def stated(years: Years) -> list[CustodyStated]:
    said = [each.payload for each in years.log.stream("trip/T0", types=(CustodyStated.TYPE,))]
    return [each for each in said if isinstance(each, CustodyStated)]


@pytest.mark.parametrize("discharged", [True, False])
def test_what_came_of_a_trip_after_it_was_stated_is_in_the_bundle_that_is_left(years: Years, discharged: bool) -> None:
    """A bundle was asked for while the seal was in order; it was broken later. What was left told the first."""
    years.sealed("T0", BEGUN)
    start = microseconds(BEGUN)
    whole = opened(drive(61, start=start, began=start), 40, 42)
    years.now = BEGUN + timedelta(minutes=59)
    years.say(whole[:30])
    state_custody(Custody(years.log), "T0")
    assert [each.state for each in stated(years)[0].spans] == ["intact"]
    years.now = BEGUN + timedelta(minutes=121)
    years.say(whole[30:])
    if discharged:
        trip_acts.discharge(years.custody, "T0", Discharged("customs"), **ACT)
    years.now = LATER
    assert erase_due(years.log, shipped(), LATER, "Five years are over.", actor="tester").stated == 1
    verdict = years.proven(bundle_of(years.log, "T0"))
    assert {each.why for each in verdict.withheld} == {"personal"}
    assert "broken" in {each.state for each in stated(years)[-1].spans}


def test_what_was_stated_of_all_that_came_stands(years: Years) -> None:
    years.trip("T0", BEGUN)
    state_custody(Custody(years.log), "T0")
    years.trip("T1", BEGUN.replace(year=2025))  # under the same seal
    years.now = LATER
    assert erase_due(years.log, shipped(), LATER, "Five years are over.", actor="tester").stated == 0
    assert len(stated(years)) == 1


def test_what_is_said_of_the_road_later_is_stated_too(years: Years) -> None:
    """It comes on a stream of its own, and tells what a silence of the seal was."""
    years.sealed("T0", BEGUN)
    start = microseconds(BEGUN)
    years.now = BEGUN + timedelta(minutes=121)
    kept = [*range(20), *range(40, 61)]
    years.say(drive(61, start=start, began=start)[kept])
    state_custody(Custody(years.log), "T0")
    assert not state_at_last(Custody(years.log), "T0")
    there = Place("everywhere", YARD.latitude, YARD.longitude, 400_000)
    jammed = Covered(start + 35 * MINUTE, start + 90 * MINUTE, 0, 9, there, jammed=True)
    record([Statement(jammed, "road/85", years.now, "covered")], years.log, actor="tester")
    assert state_at_last(Custody(years.log), "T0")
    assert not state_at_last(Custody(years.log), "T0")
    assert len(stated(years)) == 2


def test_the_bundle_of_an_erased_trip_is_made_at_the_node(years: Years, tmp_path: Path) -> None:
    years.trip("T0", BEGUN)
    years.now = LATER
    erase_due(years.log, shipped(), LATER, "Five years are over.", actor="tester")
    place = ["--store", years.url, "--keys", str(tmp_path / "keys")]
    file = tmp_path / "left.bundle"

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(complete_app(), ["bundle", *arguments, *place])
        return done.exit_code, done.output

    assert run("make", "T0", "-o", str(file))[0] == 0
    assert {each.why for each in years.proven(file.read_bytes()).withheld} == {"personal"}
    code, told = run("state", "T0", "--json")
    said = years.log.stream("trip/T0", types=(CustodyStated.TYPE,))
    assert (code, json.loads(told)["event"]) == (0, said[-1].event.event_id)
    assert len(said) == 1, "nothing is stated anew of what is gone"
    assert run("make", "T9", "-o", str(file))[0] == 1


def test_the_bundle_of_an_erased_trip_is_for_those_who_may_see_every_trip(post: Post) -> None:
    """Whose it was is not known any more: so no carrier is given it, nor told that there is one."""
    with listening(post, rate=Rate(1e6, 1e6)) as made:
        sound(made, "OLD-1")
        officer, carrier = made.as_("officer"), made.carrier("CA-1")
        place, bundle = "/v1/trips/OLD-1/statement", "/v1/trips/OLD-1/bundle"
        assert officer.post("/v1/trips/OLD-1/unseal", json={"device": "OLD-1-seal", "authority": "CBP"}).is_success
        assert officer.post("/v1/trips/OLD-1/discharge", json={"where": "World Trade"}).is_success
        # It is stated by the erasure, which finds it due by the calendar of then.
        far = made.log.clock().replace(year=made.log.clock().year + 10)
        erase_due(made.log, shipped(), far, "Five years are over.", actor="tester")
        sequence(made.log)
        (said,) = made.log.stream("trip/OLD-1", types=(CustodyStated.TYPE,))
        answer = officer.post(place)
        assert (answer.status_code, answer.json()["event"]) == (200, said.event.event_id)
        answer = officer.get(bundle, params={"uncosigned": True})
        assert answer.status_code == 200, answer.text
        assert said.event.event_id.encode() in answer.content
        for client, trip in ((carrier, "OLD-1"), (made.carrier("CA-2"), "OLD-1"), (officer, "NONE"), (carrier, "NONE")):
            for refused in (
                client.post(f"/v1/trips/{trip}/statement"),
                client.get(f"/v1/trips/{trip}/bundle", params={"uncosigned": True}),
            ):
                assert (refused.status_code, refused.json()["type"]) == (404, "urn:aforo:problem:not_found")
        # Nor is it told to whoever takes its name.
        deadline = (made.log.clock() + timedelta(days=1)).isoformat()
        again = carrier.put("/v1/trips/OLD-1", json={"regime": "export", "carrier": "CA-1", "deadline": deadline})
        assert again.status_code == 422
        assert [each["code"] for each in again.json()["problems"]] == ["trip_name_erased"]
