"""Designs of a port: documents, what they cost by hand, how they do on the same trucks, and who dominates whom."""

from __future__ import annotations

from datetime import date

import msgspec
import numpy as np
import pytest
from bases import CHECKED

from aforo.domain.figure import figures
from aforo.domain.text import catalogue
from aforo.ports.schedule import Shift
from aforo.twin import border
from aforo.twin.design_plan import frame, plan_of_port
from aforo.twin.designs import Design, Negligible, PortPlan, built, parse, ready
from aforo.twin.designs_compared import dominated
from aforo.twin.designs_cost import WEEKS, Priced, annual, counts, staffed
from aforo.twin.designs_told import told_of
from aforo.twin.designs_tried import futures_tried
from aforo.twin.plan_documents import Dollars, Fraction, Multiple, PlanError
from aforo.twin.week_run import FIGURES

BORDER = border.shipped()
OTAY = ready()["otay-mesa-east"]
PLAN = parse(OTAY, BORDER.ports)
FUTURES = 6


@pytest.fixture
def checked_base(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every first design has a base that was checked: no port of the plans that ship can be measured yet."""
    monkeypatch.setattr("aforo.twin.design_plan.plan_base", lambda *_: CHECKED)


def of(plan: PortPlan, name: str) -> Design:
    return next(each for each in plan.design if each.id == name)


def with_booths(plan: PortPlan, number: int, name: str) -> Design:
    """The first design with so many standard booths in all hours."""
    lane = plan.port.lanes["standard"]
    shifts = tuple(msgspec.structs.replace(each, count=number) for each in lane.booths)
    return msgspec.structs.replace(
        plan.design[0], id=name, lanes={"standard": msgspec.structs.replace(lane, booths=shifts)}
    )


def busy(*designs: Design, factor: float = 1.6) -> PortPlan:
    """The plan with these designs, at the same traffic of the same week in every future."""
    traffic = msgspec.structs.replace(
        PLAN.traffic,
        share=Fraction(share=0.6, source="assumed"),
        growth=Multiple(factor=factor, source="assumed"),
    )
    return msgspec.structs.replace(PLAN, first=date(2024, 10, 7), traffic=traffic, design=designs)


def wrong(old: str, new: str) -> PlanError:
    document = OTAY.decode()
    assert old in document
    with pytest.raises(PlanError) as raised:
        parse(document.replace(old, new, 1).encode(), BORDER.ports)
    return raised.value


def test_what_ships_has_a_source_for_each_figure_or_says_that_it_is_assumed() -> None:
    known = {"assumed", *PLAN.sources}
    assert all(figure.source in known for _, figure in figures(PLAN))
    cited = {figure.source for _, figure in figures(PLAN)}
    assert {"reader-2015", "scanners", "crossing", "oig-2025"} <= cited
    toll = PLAN.design[0].toll
    assert toll is not None
    assert (toll.dollars, toll.year, toll.source) == (15.45, 2015, "reader-2015")


def test_what_is_wrong_is_said_with_its_place() -> None:
    assert wrong("share = 0.5, low = 0.35", "share = 0.5, low = 0.55").place == "traffic.share"
    assert wrong('port = "Otay Mesa"', 'port = "Atlantis"').place == "traffic.port"
    hearsay = wrong('high = 0.07, source = "assumed", note = "real', 'high = 0.07, source = "hearsay", note = "real')
    assert hearsay.place == "costs.discount"
    assert wrong('id = "fewer-hours"', 'id = "as-announced"').place == "design"
    assert wrong("life = { years = 40", "lives = { years = 40").place.startswith("costs.item")
    assert wrong('life = { years = 40, source = "assumed" }\n', "").place == "design[as-announced].cost[port]"
    assert wrong("fast = { share = 0.5, source", "fast = { share = 0.7, source").place == "design[more-trusted]"
    assert wrong('booths = { count = 10, source = "reader-2015"', 'booths = { count = 5, source = "reader-2015"').place
    assert wrong("days = 7\n", "days = nan\n").code == "plan_document_not_plain"
    assert wrong("days = 7\n", "days = 700\n").place == "days"


def test_a_duty_without_a_price_is_refused_where_it_is_manned() -> None:
    costs = msgspec.structs.replace(PLAN.costs, staff={k: v for k, v in PLAN.costs.staff.items() if k != "dock"})
    plan = msgspec.structs.replace(PLAN, costs=costs)
    with pytest.raises(PlanError) as raised:
        Priced(plan, 10, 1).lines(plan.design[0])
    assert "dock" in raised.value.text.en


def test_an_annuity_pays_back_what_was_spent() -> None:
    assert annual(1000.0, 0.0, 10.0) == 100.0
    year = annual(1000.0, 0.05, 10.0)
    assert sum(year / 1.05**n for n in range(1, 11)) == pytest.approx(1000.0)
    assert annual(1000.0, 1e-9, 10.0) == pytest.approx(100.0, rel=1e-6)


@pytest.mark.parametrize("rate", [1e-17, 1e-12, 1e-300, 5e-324])
def test_a_discount_near_nothing_is_nearly_none(rate: float) -> None:
    assert annual(1000.0, rate, 10.0) == pytest.approx(100.0, rel=1e-6)


def test_designs_that_beat_each_other_in_a_ring_leave_a_front() -> None:
    same = Negligible(cost=0.1, wait=0.3, street=0.5, examination=0.01)

    def design(wait: float, street: float, cost: float = 100.0) -> dict[str, np.ndarray]:
        means = {"cost": cost, "wait_mean": wait, "street_mean": street, "prevented_share": 0.4}
        return {name: np.full(4, value) for name, value in means.items()}

    # Each is better than the next by more than counts, and poorer by less.
    ring = [design(0.0, 1.6, 115.0), design(0.4, 1.2, 106.0), design(0.2, 1.9, 100.0)]
    poorer = design(9.0, 9.0, 200.0)
    told = dominated(list("abcd"), [*ring, poorer], same)
    assert any(not each for each in told[:3])
    assert told[3]
    for one in range(4):
        for other in range(4):
            names = [{each.by for each in told[at]} for at in (one, other)]
            assert not ("abcd"[other] in names[0] and "abcd"[one] in names[1])


@pytest.mark.usefixtures("checked_base")
def test_what_stranded_trucks_would_be_worth_is_not_told() -> None:
    figures = dict.fromkeys(FIGURES, 0.1) | {"trucks": 1000.0, "missing_share": 0.0}
    plan = msgspec.structs.replace(PLAN, design=PLAN.design[:2])
    less = [figures | {"truck_hours": 900.0 + at} for at in range(4)]
    more = [figures | {"truck_hours": 1000.0 - at} for at in range(4)]
    clear = plan_of_port(plan, BORDER, list(zip(more, less, strict=True))).designs[1]
    assert clear.value is not None
    jammed = [each | {"missing_share": 0.2} for each in less]
    for pair in ((more, jammed), ([each | {"missing_share": 0.2} for each in more], less)):
        own = plan_of_port(plan, BORDER, list(zip(*pair, strict=True))).designs[1]
        assert own.stranded
        assert own.value is None


@pytest.mark.usefixtures("checked_base")
def test_a_design_that_loses_net_is_never_first_and_its_net_is_its_value_less_its_cost() -> None:
    """Cheaper by some millions a year, and many truck-hours longer: on the front by cost, and a net loss."""
    figures = dict.fromkeys(FIGURES, 0.1) | {"trucks": 1000.0, "missing_share": 0.0}
    plan = msgspec.structs.replace(PLAN, design=PLAN.design[:2])
    few = [figures | {"truck_hours": 1000.0 + at} for at in range(6)]
    many = [figures | {"truck_hours": 9000.0 + 3 * at} for at in range(6)]
    told = plan_of_port(plan, BORDER, list(zip(few, many, strict=True)))
    first, cheap = told.designs
    assert cheap.front
    assert first.net is None
    assert cheap.value is not None
    assert cheap.net is not None
    assert cheap.net.low == cheap.value.low - cheap.cost_difference.high
    assert cheap.net.high == cheap.value.high - cheap.cost_difference.low
    assert cheap.loses
    say = catalogue("aforo.twin").say
    spoken = told_of(told, lambda code, **fields: say(code, **fields).en, "en")
    assert spoken.headline[0].startswith("Net of the value of truck-hours the first design, As announced")
    assert "(net loss:" in spoken.headline[1]
    assert "yes, with a net loss" in spoken.tables[1].rows[1]
    assert any(each.startswith("Designs with a net loss") for each in spoken.sentences)
    # Beside one that gains it is named last.
    wider = msgspec.structs.replace(PLAN, design=(*PLAN.design[:2], PLAN.design[4]))
    better = [each | {"truck_hours": 900.0, "wait_mean": 0.0, "prevented_share": 0.9} for each in few]
    three = plan_of_port(wider, BORDER, list(zip(few, many, better, strict=True)))
    line = told_of(three, lambda code, **fields: say(code, **fields).en, "en").headline[0]
    assert line.index("Half of the trucks trusted") < line.index("Fewer hours")
    # Trucks of its own that never come through take no fewer hours: it loses all the same, and no money is told.
    jammed = [each | {"missing_share": 0.2} for each in many]
    cheap = plan_of_port(plan, BORDER, list(zip(few, jammed, strict=True))).designs[1]
    assert (cheap.value, cheap.net, cheap.loses) == (None, None, True)
    # Where it is not clear whether hours are taken there is no money, and no loss.
    some = [figures | {"truck_hours": 1000.0 + (-1) ** at * 500.0} for at in range(6)]
    cheap = plan_of_port(plan, BORDER, list(zip(few, some, strict=True))).designs[1]
    assert (cheap.value, cheap.net, cheap.loses) == (None, None, False)


@pytest.mark.usefixtures("checked_base")
def test_every_amount_of_a_plan_is_of_a_year() -> None:
    figures = dict.fromkeys(FIGURES, 0.1) | {"trucks": 1000.0, "truck_hours": 700.0, "missing_share": 0.0}
    plan = msgspec.structs.replace(PLAN, design=PLAN.design[:2])
    more = figures | {"truck_hours": 1400.0}
    told = plan_of_port(plan, BORDER, [(figures, {**more, "trucks": 1000.0 + at}) for at in range(6)])
    year = 365.25 / 7.0
    say = catalogue("aforo.twin").say
    tables = {table.title: table for table in told_of(told, lambda code, **fields: say(code, **fields).en, "en").tables}
    net = tables["Net value a year beside as-announced"]
    assert net.heads[1:] == (
        "truck-hours more a year [95 %]", "value of truck-hours saved (million US$ a year)",
        "cost more (million US$ of 2025 a year)", "NET: value less cost (million US$ a year)",
    )  # fmt: skip
    assert net.rows[0][1].startswith(f"+{700.0 * year:,.0f}")
    assert tables["Least and most over 6 futures"].rows[0][1] == f"{1000.0 * year:,.0f}–{1000.0 * year:,.0f}"
    assert all(
        "truck-hours" not in head for head in tables["Difference from as-announced, on the same trucks [95 %]"].heads
    )
    booths = {line.id: line for line in told.designs[0].lines}["staff.booth"].count
    assert f"{booths:,.0f}" in tables["Unit-hours manned a year"].rows[0]
    rows = {(row["design"], row["figure"]): row for row in frame(told).iter_rows(named=True)}
    own = told.designs[1].id
    assert rows[own, "truck_hours_year"]["difference"] == pytest.approx(700.0 * year)
    assert rows[own, "trucks_year"]["value"] == pytest.approx(1002.5 * year)
    assert not {"truck_hours", "trucks"} & {figure for _, figure in rows}
    assert told.designs[1].net is not None
    assert rows[own, "net"]["difference_low"] == told.designs[1].net.low


def test_costs_add_up_by_hand() -> None:
    design = of(PLAN, "as-announced")
    lines = {line.id: line for line in Priced(PLAN, 10, 1).lines(design)}
    # Ten booths of 1.5 million over 25 years at 3 %, and 40,000 a year for each.
    assert lines["booth"].year == pytest.approx(10 * (1.5e6 * 0.03 / (1 - 1.03**-25) + 40e3))
    # Two FAST and eight standard booths on working days, one and three at weekends, sixteen hours.
    hours = 16 * (5 * 10 + 2 * 4)
    assert lines["staff.booth"].count == pytest.approx(hours * 365.25 / 7)
    assert lines["staff.booth"].year == pytest.approx(hours * 365.25 / 7 * 95)
    assert "holding" not in lines
    told = {each.duty: each for each in staffed(built(PLAN, design))}
    assert (told["booth"].weekday, told["booth"].saturday, told["booth"].sunday) == (800, 64, 64)
    assert counts(built(PLAN, of(PLAN, "yard-outside")), of(PLAN, "yard-outside"))["holding"] == 150
    made = list(futures_tried(PLAN, BORDER, range(2)))
    whole = plan_of_port(PLAN, BORDER, made).designs[0]
    assert whole.cost.value == pytest.approx(sum(line.year for line in lines.values()))
    assert whole.cost.low <= (whole.cost.value or 0.0) <= whole.cost.high
    assert whole.tolls is not None
    assert whole.tolls.value == pytest.approx(15.45 * WEEKS * (whole.figures["trucks"].value or 0.0))


def test_staff_beyond_the_open_hours_or_what_stands_there_is_not_paid() -> None:
    late = Shift(days=("mon",), since="21:00", until="24:00", count=99, source="assumed")
    bridge = msgspec.structs.replace(PLAN.port, staff={"dock": (late,)})
    told = {each.duty: each for each in staffed(bridge)}
    assert told["dock"].week == pytest.approx(6.0)  # six docks for the hour until ten


def test_a_draw_of_costs_is_the_same_for_all_designs() -> None:
    priced = Priced(PLAN, 300, 1)
    same = msgspec.structs.replace(PLAN.design[0], id="same")
    plan = msgspec.structs.replace(PLAN, design=(*PLAN.design, same))
    again = Priced(plan, 300, 1)
    assert (again.drawn(plan.design[0]) == again.drawn(same)).all()
    assert priced.drawn(PLAN.design[0]).std() > 1e6
    fixed = Dollars(dollars=650e6, source="assumed")
    items = tuple(
        msgspec.structs.replace(each, capital=fixed) if each.id == "port" else each for each in PLAN.costs.item
    )
    narrow = msgspec.structs.replace(PLAN, costs=msgspec.structs.replace(PLAN.costs, item=items))
    assert Priced(narrow, 300, 1).drawn(narrow.design[0]).std() < priced.drawn(PLAN.design[0]).std()


def test_more_booths_do_not_wait_longer_at_the_same_traffic() -> None:
    plan = busy(with_booths(PLAN, 3, "three"), with_booths(PLAN, 4, "four"), with_booths(PLAN, 6, "six"))
    for future in futures_tried(plan, BORDER, range(FUTURES)):
        trucks = {each["trucks"] for each in future}
        assert len(trucks) == 1
        for name in ("wait_mean", "wait_p95", "street_mean", "street_over"):
            three, four, six = (each[name] for each in future)
            assert three >= four - 1e-9
            assert four >= six - 1e-9
        assert future[0]["wait_mean"] > 3 * future[2]["wait_mean"]
        assert future[0]["street_mean"] > 0.0


def test_a_yard_outside_town_takes_trucks_from_the_street_and_not_from_the_queue() -> None:
    few = with_booths(PLAN, 3, "street")
    holding = msgspec.structs.replace(few, id="holding", holding=of(PLAN, "yard-outside").holding)
    for street, held in futures_tried(busy(few, holding), BORDER, range(FUTURES)):
        assert held["wait_mean"] == street["wait_mean"]
        assert held["street_most"] == max(street["street_most"] - 150, 0)
        assert held["street_mean"] < street["street_mean"]


def test_a_detour_adds_to_the_crossing_of_who_goes_by_the_yard_alone() -> None:
    own = of(PLAN, "yard-outside")
    near = msgspec.structs.replace(own, id="near", detour=None)
    far, none = next(iter(futures_tried(busy(own, near, factor=1.0), BORDER, range(1))))
    assert far["wait_mean"] == none["wait_mean"]
    added = (far["crossing_mean"] - none["crossing_mean"]) / 4.0
    assert 0.3 < added < far["scan_share"] + 0.01


def test_the_same_seed_gives_the_same_and_workers_change_nothing() -> None:
    plan = busy(*PLAN.design[:2])
    one = list(futures_tried(plan, BORDER, range(4), workers=1))
    two = list(futures_tried(plan, BORDER, range(4), workers=2))
    assert msgspec.json.encode(plan_of_port(plan, BORDER, one)) == msgspec.json.encode(plan_of_port(plan, BORDER, two))
    other = msgspec.structs.replace(plan, seed=2)
    assert one != list(futures_tried(other, BORDER, range(4), workers=2))


def test_an_assumption_that_changes_changes_the_answer() -> None:
    def answer(plan: PortPlan) -> list[float | None]:
        told = plan_of_port(plan, BORDER, list(futures_tried(plan, BORDER, range(3))))
        return [each.figures["wait_mean"].value for each in told.designs]

    few = busy(with_booths(PLAN, 3, "three"), with_booths(PLAN, 6, "six"))
    more = busy(with_booths(PLAN, 3, "three"), with_booths(PLAN, 6, "six"), factor=1.8)
    assert answer(few) != answer(more)


def columns(cost: float, wait: list[float], street: float = 0.0, prevented: float = 0.4) -> dict[str, np.ndarray]:
    n = len(wait)
    return {
        "cost": np.full(n, cost), "wait_mean": np.array(wait), "street_mean": np.full(n, street),
        "prevented_share": np.full(n, prevented),
    }  # fmt: skip


def test_who_is_dominated_by_whom_and_how_surely() -> None:
    names = ["dear", "cheap", "slow"]
    dear = columns(100.0, [5.0, 5.0, 5.0, 5.0])
    cheap = columns(80.0, [5.0, 5.0, 5.0, 6.0])
    slow = columns(60.0, [50.0, 50.0, 50.0, 50.0])
    beaten = dominated(names, [dear, cheap, slow], Negligible())
    assert [each.by for each in beaten[0]] == ["cheap"]
    assert beaten[0][0].apart["cost"].value == -20.0
    assert beaten[0][0].apart["wait_mean"].value == 0.25
    assert beaten[0][0].share.value == 0.75  # in the fourth future it waits longer
    assert beaten[1] == beaten[2] == ()
    # What is negligible makes neither better nor worse.
    near = columns(80.0 * 1.001, [5.0, 5.0, 5.0, 6.0])
    assert dominated(["a", "b"], [cheap, near], Negligible()) == ((), ())
    assert dominated(["a", "b"], [cheap, near], Negligible(cost=0.0))[1][0].by == "a"
    # More examination keeps a dearer design on the front.
    safer = columns(100.0, [5.0, 5.0, 5.0, 5.0], prevented=0.6)
    assert dominated(["safer", "cheap"], [safer, cheap], Negligible()) == ((), ())


@pytest.mark.usefixtures("checked_base")
def test_the_plan_names_who_is_on_the_front_and_marks_it_synthetic() -> None:
    plan = busy(with_booths(PLAN, 8, "eight"), with_booths(PLAN, 7, "seven"), with_booths(PLAN, 3, "three"))
    told = plan_of_port(plan, BORDER, list(futures_tried(plan, BORDER, range(FUTURES))))
    assert told.synthetic
    front = {each.id: each.front for each in told.designs}
    assert front == {"eight": False, "seven": True, "three": True}
    assert told.designs[0].dominated[0].by == "seven"
    assert told.designs[2].value is not None
    assert told.designs[2].value.high < 0.0  # three booths cost those who wait
    table = frame(told)
    assert table["synthetic"].all()
    assert set(table["design"]) == {"eight", "seven", "three"}
    assert told.designs[0].differences["wait_mean"].value == 0.0


def test_a_figure_without_an_end_in_one_future_has_no_mean() -> None:
    plan = msgspec.structs.replace(PLAN, design=PLAN.design[:2])
    made = list(futures_tried(plan, BORDER, range(3)))
    stuck = [(made[0][0], made[0][1] | {"fast_p95": np.inf}), *made[1:]]
    told = plan_of_port(plan, BORDER, stuck)
    assert told.designs[0].figures["fast_p95"].value is not None
    assert told.designs[1].figures["fast_p95"].value is None
    assert told.designs[1].range["fast_p95"].most is None


def test_no_trucks_are_no_error() -> None:
    traffic = msgspec.structs.replace(PLAN.traffic, growth=Multiple(factor=0.0, source="assumed"))
    plan = msgspec.structs.replace(PLAN, traffic=traffic, design=PLAN.design[:2])
    told = plan_of_port(plan, BORDER, list(futures_tried(plan, BORDER, range(2))))
    assert told.designs[0].figures["wait_mean"].value is None
    assert told.designs[0].figures["trucks"].value == 0.0


def test_more_units_than_can_be_simulated_are_refused_in_words() -> None:
    lane = PLAN.port.lanes["fast"]
    shifts = tuple(msgspec.structs.replace(each, count=1_000) for each in lane.booths)
    port = msgspec.structs.replace(
        PLAN.port, booths=None, lanes=dict(PLAN.port.lanes) | {"fast": msgspec.structs.replace(lane, booths=shifts)},
        scanners=tuple(
            msgspec.structs.replace(each, units=msgspec.structs.replace(each.units, count=2_000))
            for each in PLAN.port.scanners
        ),
        staff={},
    )  # fmt: skip
    plan = msgspec.structs.replace(PLAN, port=port, design=PLAN.design[:2])
    with pytest.raises(PlanError) as raised:
        list(futures_tried(plan, BORDER, range(1)))
    assert raised.value.place == "design[as-announced]"


def test_a_base_that_was_not_checked_has_no_money_and_says_why() -> None:
    figures = dict.fromkeys(FIGURES, 0.1) | {"trucks": 1000.0, "truck_hours": 700.0, "missing_share": 0.0}
    plan = msgspec.structs.replace(PLAN, design=PLAN.design[:2])
    more = figures | {"truck_hours": 1400.0}
    told = plan_of_port(plan, BORDER, [(figures, {**more, "trucks": 1000.0 + at}) for at in range(6)])
    assert not told.base.checked
    design = told.designs[1]
    assert (design.value, design.net, design.loses) == (None, None, False)
    assert design.value_missing == catalogue("aforo.twin").template("value_unchecked")
    say = catalogue("aforo.twin").say
    spoken = told_of(told, lambda code, **fields: say(code, **fields).en, "en")
    assert any("No money is given" in each for each in spoken.sentences)
    net = next(table for table in spoken.tables if table.title.startswith("Net value"))
    assert net.rows[0][2] == net.rows[0][4] == "base not checked"
