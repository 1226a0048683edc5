"""Tariffs and rules: arrivals by hand, contingency plans, and promises that hold out of sample."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import msgspec
import numpy as np
import pytest
from bases import CHECKED

from aforo.domain.figure import figures
from aforo.measures.intervals import Interval
from aforo.ports.figure import Minutes, Share
from aforo.twin import border
from aforo.twin.plan_documents import Fraction, Multiple, PlanError, Weeks
from aforo.twin.tariff_arrivals import Drawn, _alternatives, _seed, arrivals, based_on, concerned_by_day
from aforo.twin.tariff_bridge import Opened, Site
from aforo.twin.tariff_contingency import Found, Plan, holds, loss, plan_of, searched
from aforo.twin.tariff_plan import frame, tariff_plan
from aforo.twin.tariff_promise import promised
from aforo.twin.tariffs import Promise, Tariff, parse, ready
from aforo.twin.working_days import of_month

BORDER = border.shipped()
SHIPPED = ready()["tariff-2025-03"]
TARIFF = parse(SHIPPED, BORDER.ports)
NOTHING = Drawn(0.5, 0.25, 0.0, 4.0, 1.0, 6.0, 0.0, 4.0, 0.0, 8.0, 0.0)


def small(ports: tuple[str, ...] = ("Columbus",), **more: object) -> Tariff:
    """A rule of a small port, in few weeks."""
    return msgspec.structs.replace(
        TARIFF, ports=ports, alternatives=(), weeks_after=2, announced=date(2025, 3, 10), effective=date(2025, 4, 1),
        futures=20, reported=(), **more,
    )  # fmt: skip


def site(tariff: Tariff, futures: int = 60) -> Site:
    port, bridge = tariff.concerned(BORDER.ports)[0]
    return Site(tariff, BORDER, port, bridge, arrivals(tariff, BORDER, futures))


def wrong(old: str, new: str) -> PlanError:
    document = SHIPPED.decode()
    assert old in document
    with pytest.raises(PlanError) as raised:
        parse(document.replace(old, new, 1).encode(), BORDER.ports)
    return raised.value


def test_what_ships_has_a_source_for_each_figure_or_says_that_it_is_assumed() -> None:
    assert {figure.source for _, figure in figures(TARIFF)} <= {"assumed", *TARIFF.sources}
    assert TARIFF.moves.elasticity.source == "arw-2019"
    assert TARIFF.weeks()[0] == date(2025, 1, 27)


def test_what_is_wrong_is_said_with_its_place() -> None:
    assert wrong("effective = 2025-04-02", "effective = 2025-01-02").code == "tariff_dates"
    assert wrong("announced = 2025-02-01", "announced = 2023-02-01").code == "tariff_weeks"
    assert wrong('ports = ["Laredo"', 'ports = ["Atlantis"').place == "ports[0]"
    assert wrong('alternatives = ["Santa Teresa"', 'alternatives = ["Nowhere"').place == "alternatives[0]"
    assert wrong("elasticity = {", "elasticities = {").place == "moves"
    assert wrong("share = 0.3\nlow = 0.1", "share = 0.05\nlow = 0.1").place == "goods"
    assert wrong("step = { minutes = 5", "step = { minutes = 0").code == "tariff_step"
    assert wrong('source = "texas-2025"', 'source = "hearsay"').place == "reported[0]"
    assert wrong('source = "landline-2025"', 'source = "hearsay"').place == "rate"


def test_who_does_nothing_changes_nothing() -> None:
    days = np.arange(-28, 70) / 7.0
    assert (concerned_by_day(NOTHING, days, -4.0) == 1.0).all()


def test_what_comes_early_is_missing_afterwards() -> None:
    days = np.arange(-56, 140) / 7.0
    early = replace(NOTHING, front=0.2)
    made = concerned_by_day(early, days, -8.0)
    before, after = made[days < 0], made[days >= 0]
    assert before.max() == pytest.approx(1.2, abs=0.01)
    assert (before[days[days < 0] < -4.0] == 1.0).all()
    # What was brought forward is paid back whole, over six weeks.
    assert (before - 1.0).sum() == pytest.approx((1.0 - after).sum())
    assert (after[days[days >= 0] >= 6.0] == 1.0).all()
    # Nobody comes early before it is known.
    late = concerned_by_day(early, days, -1.0)
    assert (late[days < -1.0] == 1.0).all()


def test_a_tariff_lowers_by_the_elasticity_and_some_of_it_returns() -> None:
    days = np.arange(0, 210) / 7.0
    falls = concerned_by_day(replace(NOTHING, elasticity=2.0, returned=0.5), days, 0.0)
    fallen = 1.0 - 1.25**-2.0
    assert falls[28] == pytest.approx(1.0 - fallen)  # four weeks on
    assert falls[-1] == pytest.approx(1.0 - 0.5 * fallen)
    assert falls[14] == pytest.approx(1.0 - 0.5 * fallen)


def test_weeks_that_were_not_counted_are_fed_with_the_year_before() -> None:
    whole = arrivals(TARIFF, BORDER, 20)
    assert whole.based["2025-03"] == "2024-03"
    assert based_on({(2024, 3): 1, (2023, 3): 2}, (2025, 3)) == (2024, 3)
    assert based_on({(2024, 3): 1}, (2025, 4)) is None
    counts = BORDER.counts["2304"]
    april = counts[2024, 4] * of_month((2025, 4)) / of_month((2024, 4))
    inside = [whole.usual[0, at] for at, week in enumerate(whole.weeks) if week.month == 4 and week.day in (7, 21)]
    assert sum(inside) / 2 == pytest.approx(april * 5.561 / of_month((2025, 4)), rel=0.02)


def test_ranges_are_of_the_share_that_is_concerned_and_the_same_for_a_seed() -> None:
    one, two = arrivals(TARIFF, BORDER, 50), arrivals(TARIFF, BORDER, 50)
    assert (one.factors == two.factors).all()
    other = arrivals(msgspec.structs.replace(TARIFF, seed=2), BORDER, 50)
    assert (one.factors != other.factors).any()
    quiet = msgspec.structs.replace(
        TARIFF,
        goods=Fraction(share=0.0, source="assumed"),
        moves=msgspec.structs.replace(TARIFF.moves, other=Multiple(factor=1.0, source="assumed")),
    )
    assert arrivals(quiet, BORDER, 20).factors == pytest.approx(1.0)


def test_an_assumption_that_changes_changes_the_answer() -> None:
    def highest(front: float) -> float:
        moves = msgspec.structs.replace(TARIFF.moves, front_loading=Multiple(factor=front, source="assumed"))
        return float(arrivals(msgspec.structs.replace(TARIFF, moves=moves), BORDER, 50).factors[:, 0].max())

    assert highest(0.1) < highest(0.5) < highest(2.0)


def test_trucks_that_are_diverted_come_where_they_can_go() -> None:
    moves = msgspec.structs.replace(
        TARIFF.moves,
        diverted=Fraction(share=0.5, source="assumed"),
        other=Multiple(factor=1.0, source="assumed"),
    )
    whole = arrivals(msgspec.structs.replace(TARIFF, moves=moves), BORDER, 40)
    trucks = whole.trucks().mean(axis=0)
    after = [at for at, week in enumerate(whole.weeks) if week > TARIFF.effective]
    others = [at for at, code in enumerate(whole.ports) if code in {"2408", "2302", "2307"}]
    own = [at for at in range(len(whole.ports)) if at not in others]
    gained = (trucks - whole.usual)[np.ix_(others, after)].sum()
    lost = (whole.usual - trucks)[np.ix_(own, after)].sum()
    assert 0.0 < gained < lost


def test_what_may_be_opened_is_what_the_document_of_the_port_has() -> None:
    laredo = site(small(("Laredo",)), 20)
    options = laredo.options()
    assert Opened() in options
    assert not any(each.standard or each.fast for each in options)  # all booths are staffed at the peak
    assert not any(each.later for each in options)  # it closes at midnight
    made = laredo.built(Opened(manned=True))
    assert made is not None
    assert {shift.count for shift in made.staff["scanner"]} == {sum(each.units.count for each in made.scanners)}
    assert laredo.built(Opened(later=2)) is None
    free = laredo.cost(Opened())
    assert free == (0.0, 0.0, 0.0)
    for each in options:
        stated, low, high = laredo.cost(each)
        assert low <= stated <= high
    units = sum(group.units.count for group in laredo.bridge.scanners)
    assert laredo.cost(Opened(kept=True))[0] == pytest.approx(4000 * units)


def test_nothing_is_opened_where_an_ordinary_week_is_held_anyway() -> None:
    own = site(small())
    usual = own.ready(Opened(), ordinary=True)
    ordinary = list(own.runs(usual, range(20), 2, ordinary=True))
    found, _ = searched(own, range(20), ordinary, 2)
    assert (found.opened, found.enough, found.tried) == (Opened(), True, 1)


def test_what_is_opened_is_the_cheapest_that_is_enough() -> None:
    rise = msgspec.structs.replace(
        TARIFF.moves,
        front_loading=Multiple(factor=0.5, source="assumed"),
        front_weeks=Weeks(weeks=4.0, source="assumed"),
    )
    asked = msgspec.structs.replace(TARIFF.contingency, longer=Minutes(minutes=2.0, source="assumed"))
    tariff = small(("Laredo/colombia",), moves=rise, contingency=asked, goods=Fraction(share=0.5, source="assumed"))
    own = next(
        Site(tariff, BORDER, port, bridge, arrivals(tariff, BORDER, 60))
        for port, bridge in tariff.concerned(BORDER.ports)
        if bridge.id == "colombia"
    )
    ordinary = list(own.runs(own.ready(Opened(), ordinary=True), range(12), 2, ordinary=True))
    found, ready_ = searched(own, range(12), ordinary, 2)
    assert not found.opened.nothing
    assert found.enough
    assert holds(own, ordinary, list(own.runs(ready_, range(12), 2))).mean() >= 0.9
    assert loss(ordinary, list(own.runs(ready_, range(12), 2))) <= tariff.contingency.less.share
    cheaper = [each for each in own.options() if own.cost(each)[0] < own.cost(found.opened)[0]]
    assert cheaper
    for each in cheaper:
        made = list(own.runs(own.ready(each), range(12), 2))
        short = holds(own, ordinary, made).mean() < 0.9
        assert short or loss(ordinary, made) > tariff.contingency.less.share


def planned(
    futures: int, kept: int, less: float = 0.0, wait: float = 10.0, missing: float = 0.0, checked: bool = True
) -> Plan:
    """A plan that was enough where it was searched, tried on others: the wait holds in so many of them."""
    usual = {"wait_p95": 10.0, "missing_share": 0.0, "prevented_share": 0.5, "truck_hours": 100.0}
    own = usual | {"prevented_share": 0.5 - less, "missing_share": missing}
    made = [own | {"wait_p95": 10.0 if at < kept else 10.0 + 1000.0} for at in range(futures)]
    made[0] = made[0] | {"wait_p95": wait}
    undone = [usual | {"truck_hours": 200.0 + at} for at in range(futures)]
    own = site(small())
    own.base = CHECKED if checked else own.base
    return plan_of(own, Found(Opened(manned=True), True, 1, 1), [usual] * futures, undone, made)


def test_a_plan_is_enough_only_where_it_holds_out_of_sample_in_all_that_is_asked() -> None:
    assert planned(60, 60).enough
    short = planned(60, 50)
    assert (short.found, short.enough) == (True, False)
    assert not planned(5, 5).enough  # too few to be sure
    harmed = planned(60, 60, less=0.5)
    assert harmed.held.value == 1.0
    assert harmed.lost.value == pytest.approx(0.5)
    assert not harmed.enough


def test_a_wait_without_end_has_no_mean_and_stranded_trucks_no_price() -> None:
    assert planned(60, 60).wait[2].value is not None
    assert planned(60, 60, wait=float("inf")).wait[2].value is None
    assert planned(60, 60).value is not None
    unchecked = planned(60, 60, checked=False)
    assert (unchecked.value, unchecked.saved) == (None, planned(60, 60).saved)
    assert unchecked.value_missing is not None
    assert "not checked" in unchecked.value_missing.en
    stuck = planned(60, 60, missing=0.01)
    assert (stuck.stranded, stuck.value) == (True, None)


def told(*waits: float) -> list[dict[str, float]]:
    return [{"fast_p95": wait} for wait in waits]


def asked(most: float = 60.0, held: float = 0.9) -> Promise:
    return Promise(
        step=Minutes(minutes=5.0, source="assumed"),
        most=Minutes(minutes=most, source="assumed"),
        held=Share(share=held, source="assumed"),
    )


def test_a_promise_is_the_longest_rounded_up_and_judged_by_others() -> None:
    own = promised(asked(), told(1.0, 11.0, 7.0), told(*[12.0] * 99, 20.0))
    assert (own.minutes, own.refused, own.longest) == (15.0, "", 11.0)
    assert (own.held, own.tested) == (99, 100)
    assert own.share.low == pytest.approx(0.9455, abs=1e-3)
    assert promised(asked(), told(10.0), told(*[1.0] * 100)).minutes == 10.0
    assert promised(asked(), told(0.2), told(*[1.0] * 100)).minutes == 5.0


@pytest.mark.parametrize(
    ("made", "tested", "most", "why"),
    [
        ([8.0] * 20, [8.0] * 80 + [30.0] * 20, 60.0, "broken"),
        ([8.0] * 20, [8.0] * 10, 60.0, "broken"),  # too few to be sure
        ([70.0] * 20, [8.0] * 100, 60.0, "long"),
        ([8.0, float("inf")], [8.0] * 100, 60.0, "stuck"),
        ([8.0, float("nan")], [8.0] * 100, 60.0, "few"),
    ],
)
def test_what_cannot_be_promised_is_refused(made: list[float], tested: list[float], most: float, why: str) -> None:
    assert promised(asked(most), told(*made), told(*tested)).refused == why


def test_a_truck_that_never_comes_through_breaks_a_promise() -> None:
    own = promised(asked(), told(*[8.0] * 20), told(*[8.0] * 50, *[float("inf")] * 50))
    assert (own.held, own.refused) == (50, "broken")


def test_promised_levels_hold_in_futures_that_nobody_saw() -> None:
    tariff = small(("Otay Mesa",), goods=Fraction(share=0.5, source="assumed"))
    crossing = tariff_plan(tariff, BORDER, 2, lambda _: None).crossings[0]
    assert crossing.promise.minutes is not None
    assert crossing.promise.refused == ""
    own = Site(tariff, BORDER, *tariff.concerned(BORDER.ports)[0], arrivals(tariff, BORDER, 400))
    fresh = np.array([each["fast_p95"] for each in own.runs(own.ready(crossing.plan.opened), range(300, 400), 2)])
    assert float(np.mean(fresh <= crossing.promise.minutes)) >= tariff.promise.held.share
    # A level below what futures come to does not hold, and is refused.
    low = promised(asked(), told(0.0), [{"fast_p95": float(wait) + 5.0} for wait in fresh])
    assert low.refused == "broken"


def test_the_plan_is_marked_whole_and_the_same_for_a_seed() -> None:
    tariff = small(("Columbus",))
    one = tariff_plan(tariff, BORDER, 1, lambda _: None)
    two = tariff_plan(tariff, BORDER, 2, lambda _: None)
    assert msgspec.json.encode(one) == msgspec.json.encode(two)
    assert one.synthetic
    assert one.crossings[0].promise.refused == "no_lane"
    table = frame(one)
    assert table["synthetic"].all()
    assert table["row"].to_list() == ["week"] * len(one.ports[0].weeks) + ["bridge"]
    assert table["enough"].to_list()[-1] == one.crossings[0].plan.enough
    assert table["promise_refused"].to_list()[-1] == "no_lane"
    table = table.filter(table["row"] == "week")
    assert (table["trucks_low"] <= table["trucks"]).all()
    assert (table["trucks"] <= table["trucks_high"]).all()
    assert isinstance(one.crossings[0].plan.cost, Interval)
    assert one.ports[0].busiest in {week.start for week in one.ports[0].weeks}


def test_what_was_reported_stands_beside_what_is_posed() -> None:
    tariff = msgspec.structs.replace(small(("Columbus",)), reported=TARIFF.reported[:1])
    assert tariff_plan(tariff, BORDER, 2, lambda _: None).reported == ()  # Columbus is not in Texas
    laredo = msgspec.structs.replace(TARIFF.reported[0], ports=("Columbus",))
    beside = tariff_plan(msgspec.structs.replace(tariff, reported=(laredo,)), BORDER, 2, lambda _: None).reported
    assert beside[0].reported == 0.076
    assert beside[0].posed.low <= (beside[0].posed.value or 0.0) <= beside[0].posed.high


def test_a_month_that_was_never_counted_is_refused_in_words() -> None:
    empty = border.Border(BORDER.ports, {"2406": {(2024, 1): 1_000}})
    with pytest.raises(PlanError) as raised:
        arrivals(small(), empty, 20)
    assert "2025-03" in raised.value.text.en


def test_trucks_that_cannot_be_diverted_are_told_and_seeds_share_no_future() -> None:
    assert arrivals(TARIFF, BORDER, 2).undiverted == ()
    assert len({_seed(seed, future) for seed in range(20) for future in range(20)}) == 400
    concerned, others = (list({port.code: port for port, _ in each}.values()) for each in (
        TARIFF.concerned(BORDER.ports), TARIFF.others(BORDER.ports)))  # fmt: skip
    nowhere = msgspec.structs.replace(others[0], place=None)
    assert _alternatives(concerned[:1], [nowhere, *others[1:]]) == [[]]
