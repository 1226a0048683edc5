"""Designs of a port over the year: days of futures, what is told of a year, tolls, notes, limits of the street."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import msgspec
import numpy as np
import polars as pl
import pytest

from aforo.domain.text import catalogue
from aforo.measures.crossing_times import mean_interval, skewed_mean_interval
from aforo.measures.intervals import Interval
from aforo.twin import border
from aforo.twin.border import Border
from aforo.twin.design_plan import PlanOfPort, frame, plan_of_port
from aforo.twin.designs import PortPlan, Toll, parse, ready
from aforo.twin.designs_cost import WEEKS
from aforo.twin.designs_days import start_of, starts_of
from aforo.twin.designs_told import told_of
from aforo.twin.designs_tried import future_of, futures_tried
from aforo.twin.plan_documents import Fraction, Multiple, PlanError
from aforo.twin.week_run import FIGURES

BORDER = border.shipped()
OTAY = ready()["otay-mesa-east"]
PLAN = parse(OTAY, BORDER.ports)
OCTOBER = msgspec.structs.replace(PLAN, first=date(2024, 10, 7))


def speaks(language: str) -> Callable[..., str]:
    def say(code: str, **fields: object) -> str:
        return catalogue("aforo.twin").say(code, **fields).told(language)

    return say


def sentences(told: PlanOfPort, language: str = "en") -> str:
    spoken = told_of(told, speaks(language), language)
    return "\n".join((*spoken.headline, *spoken.sentences))


def made_up(*trucks: float, **figures: float) -> list[tuple[dict[str, float], ...]]:
    """Futures of so many trucks, in which all designs come to the same."""
    usual = dict.fromkeys(FIGURES, 0.1) | {"missing_share": 0.0} | figures
    return [tuple(usual | {"trucks": each} for _ in PLAN.design) for each in trucks]


def test_a_document_that_names_its_days_has_them_in_every_future() -> None:
    starts = starts_of(OCTOBER, BORDER)
    assert starts == (date(2024, 10, 7),)
    assert {future_of(OCTOBER, starts, number).first for number in range(30)} == {date(2024, 10, 7)}


@pytest.mark.parametrize(("days", "runs"), [(1, 366), (7, 52), (10, 36), (28, 13)])
def test_the_counted_year_is_cut_into_days_of_which_none_is_there_twice(days: int, runs: int) -> None:
    starts = starts_of(msgspec.structs.replace(PLAN, days=days), BORDER)
    assert (starts[0], len(starts)) == (date(2024, 1, 1), runs)
    assert {(after - before).days for before, after in pairwise(starts)} == {days}
    assert starts[-1] + timedelta(days=days - 1) <= date(2024, 12, 31)


def test_futures_are_spread_over_the_year_and_more_of_them_keep_those_before() -> None:
    starts = starts_of(PLAN, BORDER)
    firsts = [future_of(PLAN, starts, number).first for number in range(240)]
    for turn in range(20):
        twelve = sorted(starts.index(each) for each in firsts[12 * turn : 12 * turn + 12])
        assert all(part / 12 * 52 - 1 < at < (part + 1) / 12 * 52 for part, at in enumerate(twelve))
    assert len(set(firsts)) > 45
    few = msgspec.structs.replace(PLAN, replications=12)
    assert [future_of(few, starts, number).first for number in range(12)] == firsts[:12]
    other = msgspec.structs.replace(PLAN, seed=2)
    assert [future_of(other, starts, number).first for number in range(12)] != firsts[:12]
    assert start_of(starts, 1, 0, 1.0 - 2**-53) in starts


def test_the_year_is_of_the_last_twelve_months_that_were_counted() -> None:
    code = PLAN.counted(BORDER.ports).code
    months = dict(BORDER.counts[code])
    newer = Border(BORDER.ports, {code: months | {(2025, 1): 80_000, (2025, 2): 78_000}})
    starts = starts_of(PLAN, newer)
    assert starts[0] == date(2024, 3, 4)
    assert starts[-1] + timedelta(days=6) <= date(2025, 2, 28)
    for counts in ({}, {month: trucks for month, trucks in months.items() if month != (2024, 5)}):
        with pytest.raises(PlanError) as raised:
            starts_of(PLAN, Border(BORDER.ports, {code: counts}))
        assert raised.value.place == "first"
        assert "Otay Mesa" in raised.value.text.es


def test_limits_of_a_year_hold_how_far_its_weeks_are_apart() -> None:
    """At one share and one growth the trucks of a named week differ by chance alone, those of the year by season."""
    fixed = msgspec.structs.replace(
        PLAN.traffic,
        share=Fraction(share=0.5, source="assumed"),
        growth=Multiple(factor=1.0, source="assumed"),
    )
    spread = {}
    for plan in (PLAN, OCTOBER):
        plan = msgspec.structs.replace(plan, traffic=fixed, design=PLAN.design[:2])
        made = list(futures_tried(plan, BORDER, range(12), workers=2))
        assert all(first["trucks"] == second["trucks"] for first, second in made)
        spread[plan.first] = np.array([first["trucks"] for first, _ in made])
    assert spread[None].std() > 3 * spread[OCTOBER.first].std()
    # October is busier than the year.
    assert spread[None].mean() < spread[OCTOBER.first].mean()


def test_of_which_days_a_year_is_made_is_told_in_both_languages() -> None:
    futures = made_up(1000.0, 1100.0)
    year, week = plan_of_port(PLAN, BORDER, futures), plan_of_port(OCTOBER, BORDER, futures)
    assert (year.start, year.end, year.runs) == ("2024-01-01", "2024-12-29", 52)
    assert (week.start, week.end, week.runs) == ("2024-10-07", "2024-10-13", 1)
    for language, drawn, named in (
        ("en", "one of the 52 such runs", "7 from 2024-10-07, and what is said of a year is these days 52.2 times"),
        ("es", "una de las 52 series", "7 desde 2024-10-07, y lo que se dice de un año son esos días 52.2 veces"),
    ):
        assert drawn in sentences(year, language)
        assert named not in sentences(year, language)
        assert named in sentences(week, language)
        assert drawn not in sentences(week, language)


def test_tolls_have_the_limits_of_the_toll_and_of_the_trucks() -> None:
    toll = Toll(dollars=10.0, low=8.0, high=14.0, year=2015, source="assumed")
    plan = msgspec.structs.replace(PLAN, design=(msgspec.structs.replace(PLAN.design[0], toll=toll), *PLAN.design[1:]))
    trucks = np.linspace(8_000.0, 22_000.0, 201)
    told = plan_of_port(plan, BORDER, made_up(*trucks.tolist()))
    own, other = told.designs[0].tolls, told.designs[1].tolls
    assert own is not None
    assert other is not None
    assert own.value == pytest.approx(10.0 * WEEKS * 15_000.0)
    assert own.low == pytest.approx(8.0 * WEEKS * 8_350.0)
    assert own.high == pytest.approx(14.0 * WEEKS * 21_650.0)
    # A toll without a range has the range of the trucks alone.
    assert (other.low, other.high) == pytest.approx((15.45 * WEEKS * 8_350.0, 15.45 * WEEKS * 21_650.0))


def test_the_year_of_a_toll_is_told_and_that_it_is_not_that_of_the_costs() -> None:
    futures = made_up(1000.0, 1100.0)
    told = plan_of_port(PLAN, BORDER, futures)
    assert {each.toll_year for each in told.designs} == {2015}
    assert "(US$ of 2015)" in sentences(told)
    assert "Costs are in US$ of 2025" in sentences(told)
    assert "Los costos están en US$ de 2025" in sentences(told, "es")
    same = Toll(dollars=15.45, source="assumed")
    plan = msgspec.structs.replace(PLAN, design=tuple(msgspec.structs.replace(each, toll=same) for each in PLAN.design))
    told = plan_of_port(plan, BORDER, futures)
    assert {each.toll_year for each in told.designs} == {2025}
    assert "Costs are in US$ of 2025" not in sentences(told)


def test_what_a_design_rests_on_is_told_where_it_dominates_another() -> None:
    told = plan_of_port(PLAN, BORDER, made_up(1000.0, 1100.0, wait_mean=2.0))
    dearer = {by.by: by.note for each in told.designs for by in each.dominated}
    note = PLAN.design[-1].note
    assert note is not None
    assert dearer["more-trusted"] is not None
    assert (dearer["more-trusted"].en, dearer["more-trusted"].es) == (note.en, note.es)
    assert dearer["fewer-hours"] is None
    by_it = sum(by.by == "more-trusted" for each in told.designs for by in each.dominated)
    assert sentences(told).count(note.en) == sentences(told, "es").count(note.es) == by_it > 0
    assert note.en in msgspec.json.encode(told).decode()
    silent = tuple(msgspec.structs.replace(each, note=None) for each in PLAN.design)
    told = plan_of_port(msgspec.structs.replace(PLAN, design=silent), BORDER, made_up(1000.0, 1100.0))
    assert "the document says" not in sentences(told)


@pytest.mark.parametrize("note", ['{ en = "In one language." }', '{ en = "", es = "" }', '"Not in languages."'])
def test_a_note_that_is_not_in_both_languages_is_refused(note: str) -> None:
    document = OTAY.decode()
    mark = 'id = "fewer-hours"\n'
    assert mark in document
    with pytest.raises(PlanError) as raised:
        parse(document.replace(mark, f"{mark}note = {note}\n").encode(), BORDER.ports)
    assert raised.value.place.startswith("design[fewer-hours].note")


def queued_in_few(figure: str, values: list[float]) -> PlanOfPort:
    """A plan of two designs: in the second the figure has these values in so many futures, in the first none."""
    plan: PortPlan = msgspec.structs.replace(PLAN, design=PLAN.design[:2])
    usual = dict.fromkeys(FIGURES, 0.1) | {"missing_share": 0.0, figure: 0.0}
    return plan_of_port(plan, BORDER, [(usual, usual | {figure: each}) for each in values])


def test_limits_of_a_street_that_is_empty_in_most_futures_reckon_with_it() -> None:
    queued = [0.0] * 55 + [2.0, 9.0, 40.0, 300.0, 900.0]
    assert mean_interval(queued).low < 0.0
    first, second = queued_in_few("street_mean", queued).designs
    own, apart = second.figures["street_mean"], second.differences["street_mean"]
    assert apart == skewed_mean_interval(queued)
    assert (own.value, own.low, own.high) == (apart.value, max(apart.low, 0.0), apart.high)
    # The long side is the upper one.
    assert own.high - np.mean(queued) > mean_interval(queued).high - np.mean(queued)
    assert first.figures["street_mean"] == Interval(0.0, 0.0, 0.0)


@pytest.mark.parametrize("figure", ["street_over", "examined_share", "wait_mean"])
def test_limits_of_a_figure_lie_within_what_it_can_be_in_the_table_and_in_the_data(figure: str) -> None:
    told = queued_in_few(figure, [0.01, 0.02, 1.0])
    own = told.designs[1].figures[figure]
    assert own.low == 0.0
    assert (own.high == 1.0) == (figure != "wait_mean")
    assert told.designs[1].differences[figure].low < 0.0
    rows = frame(told).filter((pl.col("figure") == figure) & (pl.col("design") == told.designs[1].id))
    assert rows["value_low"].to_list() == [0.0]
    assert rows["value_high"].to_list() == [own.high]
