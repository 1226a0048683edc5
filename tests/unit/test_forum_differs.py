"""Where two published tables differ: both figures, the greatest difference first, and no month that cannot be held."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from aforo.flow.forum_differs import counts_apart, not_compared, port_codes
from aforo.intake import bts, texas_bridges
from aforo.ports.shipped import directory


def counts(*rows: tuple[str, date, int | None]) -> pl.DataFrame:
    return pl.DataFrame([(port, month, "trucks", n) for port, month, n in rows], schema=bts.SCHEMA, orient="row")


def bridges(*rows: tuple[str, str, date, int | None]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=texas_bridges.SCHEMA, orient="row")


CODES = (("Laredo", "2304"), ("El Paso", "2402"))


def test_bridges_of_a_port_are_added_and_what_agrees_is_left_out() -> None:
    told = counts_apart(
        counts(("2304", date(2024, 1, 1), 100), ("2304", date(2024, 2, 1), 100), ("2304", date(2024, 3, 1), 90)),
        bridges(
            ("Laredo", "World Trade", date(2024, 1, 1), 70),
            ("Laredo", "Colombia", date(2024, 1, 1), 30),
            ("Laredo", "World Trade", date(2024, 2, 1), 70),
            ("Laredo", "Colombia", date(2024, 2, 1), 45),
            ("Laredo", "World Trade", date(2024, 3, 1), 50),
            ("Laredo", "Colombia", date(2024, 3, 1), 0),
        ),
        CODES,
    )
    assert [(each.place, each.when, each.one, each.other, each.by) for each in told] == [
        ("Laredo", "2024-03", 90, 50, -40),
        ("Laredo", "2024-02", 100, 115, 15),
    ]


def test_a_month_that_lacks_a_bridge_or_is_of_a_port_cut_anew_is_not_held_against_the_other() -> None:
    told = counts_apart(
        counts(("2304", date(2024, 1, 1), 100), ("2402", date(2019, 1, 1), 900), ("2304", date(2024, 2, 1), None)),
        bridges(
            ("Laredo", "World Trade", date(2024, 1, 1), 70),
            ("Laredo", "Colombia", date(2024, 1, 1), None),
            ("El Paso", "Bridge of the Americas", date(2019, 1, 1), 300),
            ("Laredo", "World Trade", date(2024, 2, 1), 70),
        ),
        CODES,
    )
    assert told == ()


def test_a_bridge_that_is_not_there_leaves_no_sum_of_its_port_and_that_is_said() -> None:
    months = [date(2024, month, 1) for month in (1, 2, 3, 4)]
    counted = counts(*(("2304", month, 100) for month in months))
    table = bridges(
        *(("Laredo", "World Trade", month, None if month.month == 2 else 70) for month in months),
        *(("Laredo", "Colombia", month, 40) for month in months[1:3]),  # first counted in February, not there in April
        *(("Laredo", "Railroad", month, 0) for month in months[:2]),  # no truck ever crossed it
    )
    told = counts_apart(counted, table, CODES)
    assert [(each.when, each.one, each.other) for each in told] == [("2024-01", 100, 70), ("2024-03", 100, 110)]
    said = not_compared(counted, table, CODES)
    assert [each.what.en for each in said] == ["Trucks of Laredo in the month, by bridge"] * 2
    assert "No sum for 2024-04: CBP's table has no count of Colombia" in said[0].why.en
    assert "Sin suma de 2024-02: la tabla de CBP no tiene un conteo de World Trade" in said[1].why.es


def test_a_port_that_both_tables_call_otherwise_is_one_and_what_only_one_has_is_said(shared_data: Path) -> None:
    crossings = shared_data / "crossings"
    own = bts.read((crossings / "bts_us_mexico_trucks.csv").read_bytes())
    others = texas_bridges.read((crossings / "cbp_texas_bridges_to_2025-02.csv").read_bytes())
    stray = bridges(("Atlantis", "Bridge of Sighs", date(2024, 1, 1), 7))
    table = pl.concat([others.frame, stray])
    codes = port_codes(own.names, table, directory())
    told = [each for each in counts_apart(own.frame, table, codes) if "Tornillo" in each.place]
    assert {each.when for each in told} == {"2016-08", "2016-11", "2017-04", "2024-11"}
    assert [(each.one, each.other) for each in told if each.when == "2024-11"] == [(1_861, 1_816)]
    said = [each.why.en for each in not_compared(own.frame, table, codes)]
    assert any("does not have, under any name that is known: Atlantis." in each for each in said)
    assert any("Andrade, Boquillas, Calexico" in each and "Tornillo" not in each for each in said)
    assert any("before 2020-03 El Paso, TX (2402) was counted together with Ysleta, TX (2401)" in each for each in said)


def test_a_row_that_is_refused_makes_no_difference_of_its_month(shared_data: Path) -> None:
    crossings = shared_data / "crossings"
    own = bts.read((crossings / "bts_us_mexico_trucks.csv").read_bytes())
    rows = (crossings / "cbp_texas_bridges_to_2025-02.csv").read_text("utf-8-sig").splitlines()
    place = next(n for n, row in enumerate(rows) if "World Trade Bridge,Commercial" in row and ",2024,5," in row)
    head, _, figure = rows[place].rpartition(",")
    damages = (
        [*rows[:place], f"{head},n/a", *rows[place + 1 :]],
        [*rows[: place + 1], f"{head},{int(figure) + 1}", *rows[place + 1 :]],
        [*rows[:place], *rows[place + 1 :]],
        [*rows[:place], rows[place].replace(",2024,5,", ",2024,May,"), *rows[place + 1 :]],
    )
    for damaged in damages:
        table = texas_bridges.read("\n".join(damaged).encode()).frame
        codes = port_codes(own.names, table, directory())
        told = counts_apart(own.frame, table, codes)
        assert not any((each.place, each.when) == ("Laredo", "2024-05") for each in told)
        assert all(abs(each.by) < 22_000 for each in told)
        assert any("No sum for 2024-05" in each.why.en for each in not_compared(own.frame, table, codes))


def test_the_months_in_which_both_agencies_differ_at_laredo_come_first(shared_data: Path) -> None:
    crossings = shared_data / "crossings"
    own = bts.read((crossings / "bts_us_mexico_trucks.csv").read_bytes())
    others = texas_bridges.read((crossings / "cbp_texas_bridges_to_2025-02.csv").read_bytes())
    told = counts_apart(own.frame, others.frame, [(name, code) for code, name in own.names.items()])
    assert {each.when for each in told[:5]} == {"2019-10", "2019-11", "2019-12", "2020-01", "2020-02"}
    assert all(each.place == "Laredo" and 17_600 < each.by < 22_000 for each in told[:5])
