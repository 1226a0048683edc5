"""What is published: once, a day after, without small cells, and never changed without a word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import msgspec
import pytest
from boards import Clock, Written, a_log, day_of_waits, reads, truck
from hypothesis import given
from hypothesis import strategies as st

from aforo.domain.bridge import GateReads
from aforo.domain.event import new_event
from aforo.domain.incident import IncidentCorrected, IncidentReported
from aforo.domain.scoreboard import PublishedEstimate, PublishedFigure, ScoreboardPublished
from aforo.flow.scoreboard import Board, NeverPublishedError, Publishing
from aforo.log.ids import event_id
from aforo.log.store import Log
from aforo.measures.suppression import LEAST, blanks, rounded
from aforo.scoreboard.public import revised

#: A Monday at Laredo, the first day of an ISO week that begins a quarter of them.
MONDAY = datetime(2025, 12, 29, tzinfo=ZoneInfo("America/Chicago"))
WEEK = timedelta(days=7)
#: When the week of the westernmost bridge has been over for a day.
DUE = MONDAY + WEEK + timedelta(days=1, hours=2)


def a_quarter() -> Written:
    """Thirteen weeks at three bridges, waits of the first week only; at a fourth bridge hardly anything is read."""
    said, draw = Written(), Random(4)
    for day in range(7):
        for bridge, trucks in (("world-trade", 60), ("pharr", 40), ("ysleta", 30), ("mariposa", 1)):
            day_of_waits(said, draw, MONDAY + timedelta(days=day), bridge, trucks, 25.0)
    for day in range(91):
        for bridge, trucks in (("world-trade", 4), ("pharr", 3), ("ysleta", 3)):
            for number in range(trucks):
                at = MONDAY + timedelta(days=day, hours=2 + 4 * number)
                chosen = draw.random() < 0.2
                truck(
                    said, f"{bridge}-{day}-{number}", at, bridge, scan=chosen, targeted=chosen,
                    found=draw.random() < 0.3,
                )  # fmt: skip
    for each in (
        IncidentReported("closure", "2304", "port", 3, "Not for the public."),
        IncidentReported("scanner_outage", "pharr", "port", 3, "Not for the public."),
        IncidentReported("staffing", "ysleta", "port", 3, "Not for the public."),
    ):
        said.say(f"incident/{each.kind}", each, MONDAY + timedelta(days=2, hours=9))
    return said


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Log, Clock]]:
    with a_log(tmp_path_factory.mktemp("published"), DUE) as (log, clock):
        a_quarter().put(log)
        yield log, clock


def of(told: ScoreboardPublished, place: str, measure: str = "wait-to-primary") -> PublishedFigure:
    (found,) = [each for each in told.figures if (each.place, each.measure) == (place, measure)]
    return found


def test_a_week_is_published_when_it_has_been_over_for_a_day_everywhere_and_once(
    written: tuple[Log, Clock],
) -> None:
    log, clock = written
    board = Board(log)
    clock.now = MONDAY + WEEK + timedelta(days=1, hours=1, minutes=59)  # Tijuana's week ended an hour and more ago
    assert board.publish() == []
    clock.now = DUE
    (told,) = board.publish()
    assert (told.period, told.first, told.last) == ("2026-W01", date(2025, 12, 29), date(2026, 1, 4))
    assert board.publish() == Board(log).publish() == []
    ((kept,),) = board.published()
    assert (kept.told, kept.revision) == (told, 1)


def test_it_has_the_waits_of_each_bridge_and_nothing_that_tells_how_much_a_bridge_examines(
    written: tuple[Log, Clock],
) -> None:
    log, _ = written
    ((kept,),) = Board(log).published()
    told = kept.told
    assert {each.measure for each in told.figures} == {"wait-to-primary"}
    own = of(told, "world-trade")
    assert own.whole == 420
    assert {each.name for each in own.estimates} == {"mean", "p50", "p95", "buffer_time", "buffer_index"}
    for each in own.estimates:
        step = 10 if each.name == "buffer_index" else 1_000
        assert all(value is None or value % step == 0 for value in (each.value, each.low, each.high))
    assert of(told, "mariposa").missing == "under_ten"
    assert of(told, "ysleta").missing == "with_others"  # the smallest of the others: the total is published
    assert of(told, "").whole == 920
    assert of(told, "colombia").missing == "not_known"
    assert [(each.place, each.kind, each.started, each.ended) for each in told.incidents] == [
        ("world-trade", "closure", date(2025, 12, 31), None), ("colombia", "closure", date(2025, 12, 31), None),
    ]  # fmt: skip
    assert b"Not for the public" not in msgspec.json.encode(told)


def test_a_quarter_has_the_shares_of_the_whole_border_alone(written: tuple[Log, Clock]) -> None:
    log, clock = written
    clock.now = MONDAY + 13 * WEEK + timedelta(days=1, hours=2)
    board = Board(log)
    told = {each.period: each for each in board.publish()}
    quarter = told["2026-Q1"]
    assert (quarter.first, quarter.last) == (date(2025, 12, 29), date(2026, 3, 29))
    assert {each.place for each in quarter.figures} == {""}
    scanned = of(quarter, "", "scan-rate")
    assert scanned.whole == 910
    assert scanned.part is not None
    assert scanned.part % 10 == 0
    (share,) = scanned.estimates
    assert share.value is not None
    assert share.value % 10 == 0
    assert of(quarter, "", "control-hit-rate").missing == "none_drawn"
    found = of(quarter, "", "targeted-hit-rate")
    assert found.missing in ("", "under_ten")
    assert "2026-W02" in told  # a week in which nothing was read is published, and says so
    assert {each.missing for each in told["2026-W02"].figures} == {"not_known"}


def test_what_comes_later_changes_nothing_until_somebody_revises_it_with_a_reason(tmp_path: Path) -> None:
    with a_log(tmp_path, DUE) as (log, clock):
        said = Written()
        for day in range(7):
            for bridge in ("world-trade", "pharr", "ysleta"):
                day_of_waits(said, Random(day), MONDAY + timedelta(days=day), bridge, 30, 25.0)
        said.put(log)
        board = Board(log)
        (first,) = board.publish()
        with pytest.raises(NeverPublishedError):
            board.revise("2026-W02", "Nothing.", actor="luz")
        assert board.revise("2026-W01", "Nothing came.", actor="luz") is None
        clock.now = DUE + timedelta(days=3)
        assert board.publish() == []
        assert board.published()[0][-1].told == first


def test_the_example_of_the_guide_changes_the_days_of_an_incident_and_late_readings_change_nothing(
    tmp_path: Path,
) -> None:
    with a_log(tmp_path, DUE) as (log, _):
        said = Written()
        for day in range(7):
            for bridge in ("world-trade", "pharr", "ysleta"):
                day_of_waits(said, Random(day), MONDAY + timedelta(days=day), bridge, 30, 25.0)
        closure = IncidentReported("closure", "pharr", "port", 3)
        said.say("incident/closure", closure, MONDAY + timedelta(hours=9))
        said.put(log)
        board = Board(log)
        (first,) = board.publish()
        # Fifty trucks, each with its wait, of readers that the log had not heard of.
        late, begun = Written(), [MONDAY + timedelta(hours=12, minutes=minute) for minute in range(50)]
        served, tags = [each + timedelta(hours=2) for each in begun], list(range(1, 51))
        reads(late, "pharr", "queue_end", begun, tags, later=timedelta(days=8))
        reads(late, "pharr", "primary", served, tags, "hazmat", later=timedelta(days=8))
        late.events = [(f"{own}-late", payload, at, recorded) for own, payload, at, recorded in late.events]
        late.put(log)
        assert board.revise("2026-W01", "Readings of Pharr came days late.", actor="luz") is None
        tuesday = MONDAY + timedelta(days=1, hours=9)
        corrected = IncidentCorrected("closure", "pharr", "port", 3, tuesday, "It began a day later.")
        log.append(
            [new_event(event_id(DUE), corrected, "incident/closure", 2, occurred_at=DUE, recorded_at=DUE, actor="luz")]
        )
        anew = board.revise("2026-W01", "The closure at Pharr began on Tuesday, not on Monday.", actor="luz")
        assert anew is not None
        assert anew.figures == first.figures
        assert [each.started for each in (*first.incidents, *anew.incidents)] == [
            date(2025, 12, 29),
            date(2025, 12, 30),
        ]


def test_a_figure_is_revised_whole_or_not_at_all() -> None:
    def figure(whole: int, mean: int, missing: str = "") -> PublishedFigure:
        estimates = () if missing else (PublishedEstimate("mean", mean, mean, mean),)
        return PublishedFigure("a", "m", 1, "h", None, None if missing else whole, estimates, missing)

    def after(before: PublishedFigure, now: PublishedFigure) -> PublishedFigure:
        first = ScoreboardPublished("2026-W01", date(2026, 1, 1), date(2026, 1, 7), 1, (before,))
        made = revised(first, msgspec.structs.replace(first, figures=(now,)), "Corrected.")
        return before if made is None else made.figures[0]

    was = figure(500, 20_000)
    assert after(was, figure(510, 40_000)) == was, "times move with a count that does, or not at all"
    assert after(was, figure(520, 40_000)) == figure(520, 40_000)
    assert after(figure(0, 0, "not_known"), figure(500, 20_000)) == was
    assert after(figure(0, 0, "not_known"), figure(10, 20_000)).missing == "not_known"
    assert after(figure(0, 0, "under_ten"), was).missing == "under_ten"


def test_a_revision_does_not_show_a_few_trucks_more_or_less() -> None:
    figures = (PublishedFigure("a", "m", 1, "h", None, 500), PublishedFigure("b", "m", 1, "h", None, 500))
    before = ScoreboardPublished("2026-W01", date(2026, 1, 1), date(2026, 1, 7), 1, figures)
    few = msgspec.structs.replace(figures[0], whole=510)
    many = msgspec.structs.replace(figures[1], whole=560)
    gone = msgspec.structs.replace(figures[1], whole=None, missing="under_ten")
    assert revised(before, msgspec.structs.replace(before, figures=(few, figures[1])), "Late.") is None
    anew = revised(before, msgspec.structs.replace(before, figures=(few, many)), "Late.")
    assert anew is not None
    assert (anew.figures, anew.reason) == ((figures[0], many), "Late.")
    assert revised(before, msgspec.structs.replace(before, figures=(figures[0], gone)), "Withdrawn.") is None


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=6))
def test_no_two_publications_tell_a_few_trucks_apart(pairs: list[tuple[int, int]]) -> None:
    """Whatever a cell was and is: it stays kept back, it stays as it was, or it changed by ten at least."""

    def table(counts: list[int]) -> ScoreboardPublished:
        kept = blanks(counts)
        cells = []
        for place, count in enumerate(counts):
            hidden = "under_ten" if kept.small[place] else "with_others" if kept.with_others[place] else ""
            cells.append(PublishedFigure(f"{place}", "m", 1, "h", None, None if hidden else rounded(count), (), hidden))
        whole = None if kept.total else rounded(sum(counts))
        cells.append(PublishedFigure("", "m", 1, "h", None, whole, (), "with_others" if kept.total else ""))
        return ScoreboardPublished("2026-W01", date(2026, 1, 1), date(2026, 1, 7), 1, tuple(cells))

    before, later = ([pair[n] for pair in pairs] for n in (0, 1))
    first = table(before)
    second = revised(first, table(later), "Late.") or first
    truth = zip([*before, sum(before)], [*later, sum(later)], strict=True)
    for one, other, (was, now) in zip(first.figures, second.figures, truth, strict=True):
        if one != other:
            assert "" == one.missing == other.missing
            assert abs(was - now) >= LEAST


def test_readings_that_are_no_bridges_are_left_alone(tmp_path: Path) -> None:
    said = Written()
    reads(said, "nowhere", "primary", [MONDAY], [1])
    assert isinstance(said.events[0][1], GateReads)
    with a_log(tmp_path, DUE) as (log, _):
        said.put(log)
        assert Board(log).publish() == []


def test_two_processes_publish_a_week_once(tmp_path: Path) -> None:
    with a_log(tmp_path, DUE) as (log, _):
        said = Written()
        for day in range(7):
            day_of_waits(said, Random(day), MONDAY + timedelta(days=day), "pharr", 30, 25.0)
        said.put(log)
        one, other = Board(log), Board(log)
        for each in (one, other):
            each.incidents()  # both know what is due before either publishes
        (told,) = Publishing(lambda: one).look()
        assert not other._record(told, 1, "node", "live")
        assert [len(each) for each in other.published()] == [1]
        assert Publishing(lambda: None).look() == []
