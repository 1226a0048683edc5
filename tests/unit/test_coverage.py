"""Coverage: protections with their sources, the gap by size and when it is refused, where traffic moves."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.cli.language import Sentences
from aforo.flow.coverage import coverage
from aforo.ports.shipped import bridge_called, ports
from aforo.scoreboard.coverage import frame
from aforo.scoreboard.coverage_told import paper
from aforo.scoreboard.on_screen import page
from aforo.scoreboard.protections import Known, Protected, Protection, Seen, protected
from aforo.scoreboard.size_classes import gaps, size_of
from aforo.twin.closures import reach_minutes
from aforo.twin.closures_held import COUNTED, MONTHS, held_against_el_paso
from aforo.twin.volumes import shipped

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def a_bridge(name: str, trucks: float | None, value: float, *, assumed: bool = False) -> Protected:
    own = Known("readers", value, ("assumed" if assumed else "a source",), assumed)
    return Protected(name, name, "2304", "Laredo", trucks, False, (own,))


def test_every_figure_of_every_bridge_has_a_source_or_says_that_it_is_assumed() -> None:
    told = coverage(ports(), shipped(), NOW)
    assert len(told.bridges) == sum(len(each.bridges) for each in ports())
    for bridge in told.bridges:
        for known in bridge.known:
            assert known.sources, (bridge.bridge, known.name)
            assert known.assumed == ("assumed" in known.sources)


def test_joint_hours_and_open_hours_are_those_of_the_document() -> None:
    found = bridge_called("mariposa")
    assert found is not None
    told = protected(*found, 1_000.0, None, "")
    joint, hours = told.of("joint_hours"), told.of("open_hours")
    assert joint is not None
    assert joint.value == 5 * 10 + 8  # Nogales: 08 to 18 on weekdays, 08 to 16 on Saturday
    assert not joint.assumed
    assert [each.en for each in joint.notes[:2]] == ["Mon Tue Wed Thu Fri 08:00–18:00", "Sat 08:00–16:00"]
    assert joint.notes[1].es == "sáb 08:00–16:00"
    assert hours is not None
    assert hours.value == 7 * 16
    assert told.of("yard_places") is None  # the document says nothing of a yard, which is not none


def test_what_the_log_does_not_know_is_missing_and_what_it_knows_has_its_interval() -> None:
    found = bridge_called("pharr")
    assert found is not None
    silent = protected(*found, 1_000.0, Seen(crossings=100), "log")
    assert not {"in_service", "up", "read_days", "sealed", "seals_read"} & {each.name for each in silent.known}
    heard = protected(*found, 1_000.0, Seen(3, 2, 5, 200, 10, 4), "log")
    sealed = heard.of("sealed")
    assert sealed is not None
    assert (sealed.part, sealed.whole, sealed.value) == (10, 200, 0.05)
    assert sealed.low is not None
    assert sealed.high is not None
    assert sealed.low < 0.05 < sealed.high
    assert heard.rate("in_service") == 3.0
    assert heard.rate("sealed") == 0.05
    read = heard.of("seals_read")
    assert read is not None
    assert (read.part, read.whole, heard.rate("seals_read")) == (4, 200, 0.02)


def test_the_gap_is_the_difference_of_sums_with_what_each_bridge_does_to_it() -> None:
    bridges = [a_bridge(f"L{n}", 2_000.0, 2) for n in range(3)] + [a_bridge(f"M{n}", 500.0, 2) for n in range(3)]
    (gap,) = gaps(bridges)
    assert gap.refused is None
    assert gap.difference == pytest.approx(4.0 - 1.0)
    assert gap.least == pytest.approx(3.0) == gap.most
    changed = msgspec.structs.replace(bridges[-1], known=(Known("readers", 5, ("a source",), False),))
    (gap,) = gaps([*bridges[:-1], changed])
    assert gap.difference == pytest.approx(1_000 * 9 / 1_500 - 1.0)
    assert gap.least == pytest.approx(3.0)  # without the bridge that has five
    assert gap.most == pytest.approx(1_000 * 7 / 1_000 - 1.0)


@pytest.mark.parametrize(
    ("mid", "reason"),
    [
        ([("known", False)] * 2, "few"),
        ([("known", False)] * 3 + [("not", False)] * 4, "partly"),
        ([("known", True)] * 2 + [("known", False)], "assumed"),
    ],
)
def test_a_gap_that_rests_on_too_little_is_refused(mid: list[tuple[str, bool]], reason: str) -> None:
    bridges = [a_bridge(f"L{n}", 2_000.0, 2) for n in range(3)]
    for number, (known, assumed) in enumerate(mid):
        own = a_bridge(f"M{number}", 500.0, 2, assumed=assumed)
        bridges.append(own if known == "known" else msgspec.structs.replace(own, known=()))
    (gap,) = gaps(bridges)
    assert (gap.difference, gap.least, gap.most, gap.refused) == (None, None, None, reason)


def test_scanners_of_the_shipped_documents_are_assumed_so_no_gap_of_them_is_told() -> None:
    told = {each.name: each for each in coverage(ports(), shipped(), NOW).gaps}
    assert told["scanners"].refused == "assumed"
    assert told["open_hours"].refused is None


@given(st.lists(st.floats(1.0, 9_000.0), min_size=1, max_size=12), st.integers(1, 6))
def test_counts_and_bounds_that_grow_alike_change_no_class(trucks: list[float], doubled: int) -> None:
    factor = 2.0**doubled
    bridges = [a_bridge(f"B{n}", each, n + 1) for n, each in enumerate(trucks)]
    grown = [a_bridge(f"B{n}", factor * each, n + 1) for n, each in enumerate(trucks)]
    assert [size_of(each) for each in bridges] == [size_of(each, 100.0 * factor, 1_000.0 * factor) for each in grown]


def test_a_port_that_nobody_counted_has_no_class_and_no_rate() -> None:
    told = coverage(ports(), {code: months for code, months in shipped().items() if code != "2604"}, NOW)
    (nogales,) = [each for each in told.bridges if each.port == "2604"]
    assert nogales.trucks is None
    assert nogales.rate("scanners") is None
    assert size_of(nogales) is None


def test_a_month_that_is_counted_alone_after_a_year_takes_no_year_away() -> None:
    known = shipped()
    later = {**known, "2305": {**known["2305"], (2031, 10): 60_000}}
    told, before = (coverage(ports(), each, NOW).bridges for each in (later, known))
    assert [each.trucks for each in told] == [each.trucks for each in before]
    assert any(each.port == "2305" and each.trucks for each in told)


def test_the_csv_says_of_what_a_figure_is_and_whether_it_is_made_up() -> None:
    table = frame(coverage(ports(), shipped(), NOW))
    assert table["unit"].null_count() == 0
    assert table["unit"].is_in(["number", "hours a week", "share", "days"]).all()
    assert set(table.filter(table["protection"] == "open_hours")["unit"]) == {"hours a week"}
    assert table["synthetic"].null_count() == len(table)  # no log was looked at
    made_up = msgspec.structs.replace(coverage(ports(), shipped(), NOW), origin="synthetic", since=NOW.date())
    assert frame(made_up)["synthetic"].all()
    assert set(frame(made_up)["since"]) == {"2026-03-01"}


def test_shares_of_a_closed_bridge_and_of_nowhere_are_shares() -> None:
    told = {each.bridge: each for each in coverage(ports(), shipped(), NOW).moves.closed}
    for each in told.values():
        for taken in each.taken:
            assert 0.0 <= taken.low <= taken.share <= taken.high <= 1.0
            assert taken.minutes is None or 1.0 <= taken.minutes <= reach_minutes()
        assert (each.nowhere is None) == (not each.taken)
    assert [each.bridge for each in told["world-trade"].taken] == ["colombia", "roma", "rio-grande-city", "camino-real"]
    assert told["presidio"].taken == ()
    assert told["rio-grande-city"].farther == ("World Trade Bridge",)


def test_the_model_holds_what_el_paso_counted_in_2023_which_it_was_not_fitted_on() -> None:
    held = held_against_el_paso()
    assert {(each.name, each.month) for each in held} == {
        (name, month) for name in ("Santa Teresa", "Tornillo") for month in ("2023-09", "2023-10")
    }
    assert all(each.within for each in held)
    assert COUNTED["Santa Teresa"][MONTHS.index("2023-10")] == 26_046


def test_a_name_that_would_be_a_formula_stands_as_a_text_in_the_csv() -> None:
    told = coverage(ports(), shipped(), NOW)
    first = msgspec.structs.replace(told.bridges[0], name="=1+1")
    made = frame(msgspec.structs.replace(told, bridges=(first,)))
    assert set(made["name"].to_list()) == {"'=1+1"}
    assert set(made["official_use_only"].to_list()) == {True}


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_sources_of_the_documents_that_ship_are_told_in_the_language_of_the_paper(language: str) -> None:
    told = coverage(ports(), shipped(), NOW)
    shown = page(paper(told, Sentences("aforo.scoreboard", language), language)).decode()
    assert ("Public descriptions of unified cargo processing" in shown) == (language == "en")
    assert ("Descripciones públicas del despacho conjunto de carga" in shown) == (language == "es")


def test_each_protection_is_told_once() -> None:
    told = coverage(ports(), shipped(), NOW)
    for each in told.bridges:
        names: list[Protection] = [known.name for known in each.known]
        assert len(names) == len(set(names))
