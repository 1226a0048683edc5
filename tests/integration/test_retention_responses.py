"""Responses, bundles and handovers once what they are about is erased, or made anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from test_retention import BEGUN, Years, started

from aforo.answers.road_response import RoadResponse
from aforo.custody.retention import read, shipped
from aforo.domain.event import Payload, new_event
from aforo.domain.handover import HandoverSigned
from aforo.domain.response import (
    ResponseArrived,
    ResponseContacted,
    ResponseEnded,
    ResponseOwned,
)
from aforo.domain.retention import LeafRestated
from aforo.domain.trip import BundleGiven
from aforo.flow.custody import Custody
from aforo.flow.custody_given import record_given
from aforo.flow.handover import UnknownHandoverError, open_handover, signed_handovers
from aforo.flow.responses import Responses
from aforo.flow.retention import due, erase_due
from aforo.flow.scoreboard import Board
from aforo.log import withheld
from aforo.scoreboard.places import number_of
from aforo.scoreboard.responses import TimedResponse


@pytest.fixture
def years(store_url: str, tmp_path: Path) -> Iterator[Years]:
    made = Years(store_url, tmp_path)
    with closing(made.keys), made.log:
        yield made


def test_a_response_says_nowhere_where_its_truck_was_once_its_trip_is_erased(years: Years) -> None:
    """Versions that recorded a position with a response left it there for good."""
    for year in (2020, 2021, 2025):
        name, at = f"T{year}", BEGUN.replace(year=year)
        years.trip(name, at)
        fix = {"latitude": 257_00_0000 + year, "longitude": -1_003, "at": 1, "device": "seal-1", "grade": "device"}
        started(years.log, name, f"alert-{year}", years.now, fix)
        started(years.log, name, f"again-{year}", years.now, None)
    # The words of this one went before such starts did.
    withheld.erase(
        years.log, [years.log.stream("trip/T2021")], withheld.Reason("Five years are over.", "1", "0" * 64),
        actor="tester",
    )  # fmt: skip
    years.log.projections.save("responses/1", 1, b"257002020")
    years.now = datetime(2026, 1, 1, tzinfo=UTC)
    found = due(years.log, shipped(), years.now)
    assert [(each.trip, each.events) for each in found.trips] == [("T2020", 4), ("T2021", 1)]
    erase_due(years.log, shipped(), years.now, "Five years are over.", actor="tester")
    held = years.held()
    assert [str(257_00_0000 + year).encode() in held for year in (2020, 2021, 2025)] == [False, False, True]
    responses = Responses(years.custody)
    assert [each.response for each in responses.all()] == ["alert-2020", "alert-2021", "alert-2025"]
    assert all([cause.alert for cause in each.causes] == [each.response, f"again-{each.response[-4:]}"]
               for each in responses.all())  # fmt: skip
    assert due(years.log, shipped(), years.now).events == 0
    years.good()


def test_what_is_known_of_responses_is_made_anew_as_it_was_though_their_starts_are_erased(years: Years) -> None:
    """Their times are published: who owned which when, what joined it, and what began after it was over."""
    years.trip("T0", BEGUN)
    at, fix = years.now, {"latitude": 257_00_0000, "longitude": -1_003, "at": 1, "device": "seal-1", "grade": "device"}
    versions: dict[str, int] = {}

    def say(response: str, said: Payload) -> None:
        versions[response] = versions.get(response, 1) + 1
        years.now += timedelta(minutes=3)
        years.log.append(
            [
                new_event(
                    f"{response}-{versions[response]}", said, f"response/{response}", versions[response],
                    occurred_at=years.now, recorded_at=years.now, actor="luz",
                )
            ]
        )  # fmt: skip

    started(years.log, "T0", "first", at, fix)
    started(years.log, "T0", "joins", at + timedelta(minutes=1), fix)
    say("first", ResponseOwned("luz"))
    say("first", ResponseContacted("authority", "emergency-911", "reached"))
    started(years.log, "T0", "unseen", at + timedelta(minutes=8), None)
    say("first", ResponseArrived("Guardia Nacional"))
    say("first", ResponseEnded("saved", 2))
    say("unseen", ResponseEnded("false", 1))
    started(years.log, "T0", "again", at + timedelta(minutes=30), fix)
    say("again", ResponseOwned("ana"))

    def known() -> tuple[list[RoadResponse], list[TimedResponse]]:
        """What both make of the whole log."""
        return Responses(Custody(years.log)).all(), Board(years.log).responses([number_of(at.date())])

    before = known()
    assert [(each.response, len(each.causes)) for each in before[0]] == [("again", 1), ("first", 2), ("unseen", 1)]
    assert {each.response for each in before[1]} == {"first", "unseen", "again"}
    behind, board = Responses(Custody(years.log)), Board(years.log)
    years.now = datetime(2026, 1, 1, tzinfo=UTC)
    assert erase_due(years.log, shipped(), years.now, "Five years are over.", actor="tester").trips == 1
    assert b"257000000" not in years.held()
    assert {each.event.type for each in years.log.stream("response/first", types=("response.started",))} == set()
    assert known() == before
    assert (behind.all(), board.responses([number_of(at.date())])) == before
    # Done again, as after a backup was restored, nothing is said twice.
    assert erase_due(years.log, shipped(), years.now, "Five years are over.", actor="tester").events == 0
    assert len(years.log.read(types=(LeafRestated.TYPE,))) == 3
    years.good()


def test_who_was_given_a_bundle_is_kept_as_long_as_the_trip_and_then_for_its_own_time(years: Years) -> None:
    """It names an account of staff; while the words of the trip are there, somebody may ask who had them."""
    years.trip("T0", BEGUN, discharged=False)
    given = years.now
    record_given(years.log, "T0", b"a bundle", actor="luz the officer", token="token-1")
    # The trip goes when its deadline is five years past, a month after the record would be due.
    years.now = given.replace(year=2025) + timedelta(days=2)
    assert due(years.log, shipped(), years.now).given == []
    years.now = given.replace(year=2025) + timedelta(days=31)
    kept = read(b'version="a"\ntrip={years=5,source="assumed"}\nreadings={years=5,source="assumed"}')
    assert (due(years.log, kept, years.now).given, len(due(years.log, kept, years.now).trips)) == ([], 1)
    (found,) = due(years.log, shipped(), years.now).given
    assert (found.trip, found.since, found.events) == ("T0", given.replace(year=2025), 1)
    record_given(years.log, "T0", b"another", actor="ana the auditor")
    erase_due(years.log, shipped(), years.now, "Five years are over.", actor="tester")
    held = years.held()
    assert (b"luz the officer" in held, b"ana the auditor" in held) == (False, True)
    assert due(years.log, shipped(), years.now).events == 0
    # The hour in which one record stands for others goes by those that are left.
    record_given(years.log, "T0", b"another", actor="ana the auditor")
    assert len(years.log.stream("bundle-given/T0", types=(BundleGiven.TYPE,))) == 1
    years.good()


def test_a_signed_handover_goes_with_its_page_and_stays_while_that_tells_of_a_trip_on_hold(years: Years) -> None:
    """The page has carriers and Carta Porte; what a trip's erasure took away was still to be read there."""
    for version, trip in enumerate(("T0", "T1", "T2"), 1):
        years.now = BEGUN.replace(year=2025 if trip == "T2" else 2020) + timedelta(days=version)
        page = {"responses": [{"trip": trip, "carrier": f"carrier-{trip}"}]}
        shown = years.log.artefacts.put("handover", msgspec.json.encode(page))
        said = HandoverSigned("world-trade", years.now, years.now, f"to-{trip}", shown, f"remarks-{trip}")
        event = new_event(
            f"handed-{trip}", said, "handover/world-trade", version, occurred_at=years.now, recorded_at=years.now,
            actor=f"by-{trip}",
        )  # fmt: skip
        years.log.append([event])
    years.now = datetime(2026, 1, 1, tzinfo=UTC)
    document = b"""
version = "test"
trip = { years = 5, source = "assumed" }
readings = { years = 5, source = "assumed" }
handovers = { years = 5, source = "assumed" }
hold = [{ trip = "T1", why = "an inquiry" }]
"""
    policy = read(document)
    (found,) = due(years.log, policy, years.now).handovers
    assert (found.place, found.since.year, found.events) == ("world-trade", 2025, 1)
    assert erase_due(years.log, policy, years.now, "Five years are over.", actor="tester").events == 1
    held = years.held()
    for word in ("to", "remarks", "by", *(("carrier",) if years.url.startswith("sqlite") else ())):
        assert [f"{word}-{trip}".encode() in held for trip in ("T0", "T1", "T2")] == [False, True, True], word
    with pytest.raises(UnknownHandoverError):
        open_handover("handed-T0", years.log)
    assert [each.to for each in signed_handovers("world-trade", years.log)] == ["to-T2", "to-T1"]
    assert due(years.log, policy, years.now).events == 0
    # Without the hold it goes too; the policy that ships says how long.
    assert [each.events for each in due(years.log, shipped(), years.now).handovers] == [1]
    years.good()
