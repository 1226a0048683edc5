"""The public feed: of its own schema, every value with its age, and nothing in it that the public form withholds."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema_rs
import msgspec
import pytest
from boards import Written, a_border, a_log
from feeds import MEASURES, Stands, Waits, a_state, as_read
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aforo.domain.clock import instant, microseconds
from aforo.domain.incident import INCIDENT_KINDS, SEEN_FROM_THE_ROAD, IncidentReported
from aforo.domain.scanner import ScannerReported
from aforo.flow.feed import Feed, feed_of, last_told, mark, schema
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.scoreboard import Board
from aforo.flow.scoreboard_shown import public_shown
from aforo.log.store import Log
from aforo.measures.tallies import Cell, bits
from aforo.measures.waits import Quantity
from aforo.ports.standing import Known, ResourceStanding
from aforo.ports.waits import LaneWaits, Now
from aforo.scoreboard.incidents import KnownIncident
from aforo.scoreboard.state import BoardState, Day
from aforo.scoreboard.times import Times

KEPT = Path(__file__).parents[2] / "docs" / "reference" / "feed.schema.json"
BRIDGES = ("world-trade", "pharr", "ysleta", "otay-mesa")
#: A Monday that begins a quarter.
FIRST = 20_451
#: After its thirteen weeks have been settled.
NOW = datetime(2026, 4, 2, 12, 30, 17, tzinfo=UTC)
WORDS = "operator of portal 3 is ill"


def test_the_schema_that_is_kept_is_the_one_that_is_served() -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    assert kept == schema(), "aforo measure feed --schema > docs/reference/feed.schema.json"
    jsonschema_rs.meta.validate(kept)
    for name, part in kept["$defs"].items():
        if name != "Text":
            assert part["additionalProperties"] is False, name
            assert set(part["required"]) == set(part["properties"]) - {"synthetic", "at_least", "incomplete"}, name


# ---- any state there may be ------------------------------------------------------------------------------------------

counts = st.integers(0, 400)
minutes = st.dictionaries(st.integers(0, 300), st.integers(1, 60), max_size=6)


@st.composite
def a_day(draw: st.DrawFn) -> Day:
    day = Day(blocks=draw(st.integers(0, 2)), waits=Times({1: draw(minutes)}), crossings=Times({1: draw(minutes)}))
    for marks in (["arrived"], ["arrived", "examined"], ["arrived", "examined", "scanned"]):
        if number := draw(counts):
            day.cells[Cell("standard", "none", "pool", 50_000_000, bits(marks))] = number
    return day


@st.composite
def an_incident(draw: st.DrawFn) -> KnownIncident:
    began = microseconds(NOW) - draw(st.integers(0, 100)) * 86_400_000_000 - draw(st.integers(0, 86_399)) * 1_000_000
    ended = draw(st.none() | st.integers(0, 3 * 86_400).map(lambda seconds: began + seconds * 1_000_000))
    return KnownIncident(
        draw(st.uuids()).hex, draw(st.sampled_from(INCIDENT_KINDS)), draw(st.sampled_from((*BRIDGES, "2304"))),
        "fleet desk of Pharr", draw(st.integers(1, 5)), began, began, "Luz Rivera", 1, ended, WORDS,
        withdrawn=draw(st.booleans()),
    )  # fmt: skip


@st.composite
def some_waits(draw: st.DrawFn) -> Waits:
    at = microseconds(NOW) - draw(st.integers(0, 3 * 3_600)) * 1_000_000
    now = draw(st.none() | st.floats(0, 600).map(lambda value: Now(Quantity(value), "reads", at)))
    lane = LaneWaits("standard", queue=draw(st.floats(0, 400)), now=now, missing=None if now else "unreadable")
    up = ResourceStanding("scanner", Known(float(draw(st.integers(0, 9))), "fleet"))
    return Waits(msgspec.structs.replace(lane, lane=None), {"standard": lane}, draw(st.booleans()), (up,))


@st.composite
def standing(draw: st.DrawFn) -> Stands:
    state = a_state()
    first = FIRST + 91 - 7 * draw(st.sampled_from((1, 2, 13)))
    for bridge in BRIDGES:
        for day in range(first, FIRST + 91, draw(st.sampled_from((1, 7)))):
            if draw(st.integers(0, 9)):
                state.days.setdefault(bridge, {})[day] = draw(a_day())
    state.days.setdefault(BRIDGES[0], {}).setdefault(first, Day())
    state.incidents = {each.incident: each for each in draw(st.lists(an_incident(), max_size=6))}
    return Stands(state, NOW, {bridge: draw(some_waits()) for bridge in BRIDGES})


ANY = settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))


def validated(feed: Feed) -> dict[str, Any]:
    told = as_read(feed)
    jsonschema_rs.validator_for(schema(), validate_formats=True).validate(told)
    return told


def values(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything that has an age."""
    yield from told["waits_now"]
    for period in (*told["weeks"], *told["quarters"]):
        yield from period["values"]
        yield from period["incidents"]


@ANY
@given(standing())
def test_any_feed_is_of_the_schema_and_every_value_has_its_age_or_its_reason(stands: Stands) -> None:
    stands.publish()
    told = validated(stands.feed())
    known = {each["document"] for each in told["measures"]}
    for each in values(told):
        age, missing = each["age"], each.get("missing")
        assert (age["seconds"] is None) == (missing is not None)
        if missing is not None:
            assert missing["text"]["en"]
            assert missing["text"]["es"]
            assert not each.get("estimates")
            assert each.get("value") is None
        else:
            until = datetime.fromisoformat(age["measured_until"])
            assert age["seconds"] == int((NOW - until).total_seconds()) >= 0
        if "document" in each:
            assert each["document"] in known
            assert each["unit"]
    if told["weeks"]:
        assert last_told(stands.feed()) is not None


@ANY
@given(standing())
def test_no_feed_has_what_the_public_form_withholds(stands: Stands) -> None:
    stands.publish()
    told = as_read(stands.feed())
    for week in told["weeks"]:
        assert {each["measure"] for each in week["values"]} <= {"wait-to-primary"}
        assert {each["kind"] for each in week["incidents"]} <= SEEN_FROM_THE_ROAD
        for each in week["incidents"]:
            assert len(each["started"]) == 10  # a day, and no hour
    for quarter in told["quarters"]:
        assert {each["bridge"] for each in quarter["values"]} <= {None}
        assert quarter["incidents"] == []
    for each in told["waits_now"]:
        assert each["missing"] is None or each["missing"]["code"] in ("closed", "not_known")
        assert each["age"]["measured_until"] in (None, "2026-04-02T12:30:00Z")  # whenever the last truck was read
    said = msgspec.json.encode(told).decode()
    for word in (WORDS, "Luz Rivera", "fleet desk", "scanner_outage", "staffing", "unreadable", "queue"):
        assert word not in said.replace("queue_end", "")
    every = {name for own in values(told) for name in own}
    assert every <= {
        "bridge", "lane", "unit", "value", "source", "missing", "age", "measure", "version", "document", "part",
        "whole", "estimates", "days", "bridges", "kind", "started", "ended", "severity",
    }  # fmt: skip


def otherwise(state: BoardState) -> BoardState:
    """A state that differs in what the public is not told: what bridges examined, how long that took, and incidents at
    their scanners."""
    made = a_state()
    made.days, made.incidents = copy.deepcopy(state.days), dict(state.incidents)
    for own in made.days.values():
        for day in own.values():
            day.cells = {Cell("standard", "none", "pool", 50_000_000, bits(["arrived", "examined"])): 300}
            day.crossings = Times({1: {500: 40}})
    for kind in ("scanner_outage", "system_outage", "staffing", "finding", "other"):
        at = microseconds(NOW) - 9 * 86_400_000_000
        made.incidents[kind] = KnownIncident(kind, kind, "pharr", "fleet", 5, at, at, "Luz", 1, None, WORDS)
    return made


@ANY
@given(standing())
def test_what_is_withheld_does_not_move_a_bit_of_the_feed(stands: Stands) -> None:
    """Weeks alone: a quarter tells of the border what its bridges examined together."""
    other = Stands(otherwise(stands.state), NOW, stands.waits)
    shut = ResourceStanding("scanner", Known(0.0, "fleet"))
    for each in other.waits.values():
        each.resources = (shut,)
    for own in (stands, other):
        own.publish()
    one, two = (as_read(each.feed()) for each in (stands, other))
    for each in (one, two):
        each["quarters"], each["measures"] = [], []
    assert one == two


def test_a_quarter_is_the_same_whichever_bridge_examined_it() -> None:
    one, two = a_state(), a_state()
    for state, order in ((one, (40, 10, 25)), (two, (10, 25, 40))):
        for bridge, examined in zip(BRIDGES, order, strict=False):
            for day in range(FIRST, FIRST + 91):
                cells = {
                    Cell("standard", "none", "pool", 50_000_000, bits(["arrived"])): 100 - examined,
                    Cell("standard", "none", "pool", 50_000_000, bits(["arrived", "examined", "scanned"])): examined,
                }
                state.days.setdefault(bridge, {})[day] = Day(cells)
    made = []
    for state in (one, two):
        stands = Stands(state, NOW)
        stands.publish()
        made.append(stands.feed())
    assert as_read(made[0]) == as_read(made[1])
    assert mark(made[0]) == mark(made[1])
    (rate,) = [each for each in made[0].quarters[0].values if each.measure == "examination-rate"]
    assert rate.estimates[0].value == pytest.approx(0.25)
    assert rate.unit == "share"


def test_the_mark_is_of_what_is_told_and_not_of_how_old_it_is() -> None:
    state = a_state()
    at = microseconds(NOW) - 60_000_000
    now = LaneWaits(None, now=Now(Quantity(20.0), "reads", at))
    made = [
        Stands(state, NOW + timedelta(seconds=later), {"pharr": Waits(wait)}).feed()
        for later, wait in ((0, now), (4, now), (0, LaneWaits(None, now=Now(Quantity(21.0), "bwt", at))))
    ]
    assert mark(made[0]) == mark(made[1]) != mark(made[2])
    assert as_read(made[0]) != as_read(made[1])
    assert last_told(made[0]) == datetime(2026, 4, 2, 12, 30, tzinfo=UTC)
    assert last_told(made[2]) == instant(at - at % 60_000_000) == datetime(2026, 4, 2, 12, 29, tzinfo=UTC)


# ---- a whole log -----------------------------------------------------------------------------------------------------


def told_by(log: Log) -> bytes:
    board = Board(log, MEASURES)
    board.publish()
    return msgspec.json.encode(
        feed_of(public_shown(board, LiveBridges(log, board.directory), NOW, "live", 4), MEASURES)
    )


def test_a_planted_outage_of_scanners_is_not_seen(tmp_path: Path) -> None:
    """Two logs of the same crossings and readings; in one, all scanners of a bridge fail, and it is said so."""
    made = []
    monday = datetime(2025, 12, 29, tzinfo=ZoneInfo("America/Chicago"))
    for name in ("sound", "failed"):
        said: Written = a_border(monday)
        at = NOW - timedelta(hours=5)
        for number in range(4):
            stream = f"scanner/pharr-{number}"
            up = ScannerReported("commissioned", port="pharr", kind="HE")
            said.say(stream, up, monday)
            if name == "failed":
                down = ScannerReported("down", port="pharr", kind="HE", cause="parts")
                said.say(stream, down, NOW - timedelta(days=6))
        if name == "failed":
            told = IncidentReported("scanner_outage", "pharr", "fleet", 5, WORDS)
            said.say("incident/fails", told, NOW - timedelta(days=6))
            said.say("incident/staff", IncidentReported("staffing", "pharr", "port", 5, WORDS), at)
        with a_log(tmp_path / name, NOW) as (log, _):
            said.put(log)
            made.append(told_by(log))
    assert made[0] == made[1]
    feed = msgspec.json.decode(made[0], type=Feed)
    assert [each.period for each in feed.quarters] == ["2026-Q1"]
    assert {each.bridge for week in feed.weeks for each in week.incidents} == {"world-trade"}
