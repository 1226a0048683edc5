"""Where two published tables differ: both figures, the greatest difference first, and no month that cannot be held."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from aforo.flow.forum_differs import counts_apart
from aforo.intake import bts, texas_bridges


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


def test_the_months_in_which_both_agencies_differ_at_laredo_come_first(shared_data: Path) -> None:
    crossings = shared_data / "crossings"
    own = bts.read((crossings / "bts_us_mexico_trucks.csv").read_bytes())
    others = texas_bridges.read((crossings / "cbp_texas_bridges_to_2025-02.csv").read_bytes())
    told = counts_apart(own.frame, others.frame, [(name, code) for code, name in own.names.items()])
    assert {each.when for each in told[:5]} == {"2019-10", "2019-11", "2019-12", "2020-01", "2020-02"}
    assert all(each.place == "Laredo" and 17_600 < each.by < 22_000 for each in told[:5])
