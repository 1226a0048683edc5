"""Published counts of trucks: read row by row, re-cut codes kept apart, what is missing never zero."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from aforo.intake import bts, texas_bridges
from aforo.ports import shipped

HEADER = "Port Name,State,Port Code,Border,Date,Measure,Value\n"


def table(*rows: str, header: str = HEADER) -> bts.Counts:
    return bts.read((header + "\n".join(rows)).encode())


def test_editions_of_the_table_are_read_alike() -> None:
    own = table("Laredo,Texas,2304,US-Mexico Border,May 2024,Trucks,261745")
    api = bts.read(
        b'"port_name","state","port_code","border","date","measure","value"\n'
        b'"Laredo","Texas","2304","US-Mexico Border","2024-05-01T00:00:00.000","Trucks","261745"\n'
    )
    assert own.frame.equals(api.frame)
    assert own.frame.rows() == [("2304", date(2024, 5, 1), "trucks", 261745)]
    assert own.names == {"2304": "Laredo"}
    assert own.problems == ()


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("Laredo,Texas,2304,US-Mexico Border,2024-13,Trucks,1", "bts_month"),
        ("Laredo,Texas,2304,US-Mexico Border,0001-01,Trucks,1", "bts_month"),
        ("Laredo,Texas,2304,US-Mexico Border,2024-02,Trucks,-1", "bts_count"),
        ("Laredo,Texas,2304,US-Mexico Border,2024-02,Trucks,nan", "bts_count"),
        ("Laredo,Texas,2304,US-Mexico Border,2024-02,Trucks,", "bts_count"),
        ("Laredo,Texas,2304,US-Mexico Border,2024-02,Trucks,99999999999999999999", "bts_count"),
        ("Laredo,Texas,2304,US-Mexico Border,2024-02,Trucks,٣", "bts_count"),
        ("Laredo,Texas,LRD,US-Mexico Border,2024-02,Trucks,1", "bts_port"),
        ("Laredo,Texas,2304,US-Mexico Border,2024-02,Trucks", "fields_missing"),
    ],
)
def test_a_bad_row_is_told_and_stops_no_other(row: str, code: str) -> None:
    counts = table(row, "Laredo,Texas,2304,US-Mexico Border,2024-03,Trucks,7")
    assert code in counts.found
    assert counts.frame.rows() == [("2304", date(2024, 3, 1), "trucks", 7)]
    assert all(problem.reason.en and problem.reason.es and problem.place == "line 2" for problem in counts.problems)


def test_two_counts_of_one_month_are_neither() -> None:
    rows = [
        f"Laredo,Texas,2304,US-Mexico Border,2024-0{month},Trucks,{n}" for month, n in ((1, 5), (1, 6), (2, 7), (2, 7))
    ]
    counts = table(*rows)
    assert counts.found == {"bts_contradicts": 1, "bts_twice": 1}
    assert counts.frame.rows() == [("2304", date(2024, 2, 1), "trucks", 7)]


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"PK\x03\x04", b"a,b\n1,2\n", b"\xff\xfe\xff", b'"' * 5000])
def test_what_is_no_table_is_refused_in_words(data: bytes) -> None:
    counts = bts.read(data)
    assert counts.frame.is_empty()
    assert counts.problems
    assert counts.frame.schema == bts.SCHEMA


def test_other_measures_and_the_northern_border_are_passed_over() -> None:
    counts = table(
        "Laredo,Texas,2304,US-Mexico Border,2024-02,Pedestrians,5",
        "Detroit,Michigan,3801,US-Canada Border,2024-02,Trucks,5",
    )
    assert counts.frame.is_empty()
    assert counts.found == {"bts_nothing": 1}


@pytest.fixture(scope="module")
def real(shared_data: Path) -> bts.Counts:
    return bts.read((shared_data / "crossings" / "bts_us_mexico_trucks.csv").read_bytes())


def test_the_real_counts_of_2024(real: bts.Counts) -> None:
    assert real.frame.height == 24_961
    assert set(real.found) == {"bts_port_unlisted", "bts_containers"}
    of_2024 = real.frame.filter(pl.col("measure") == "trucks", pl.col("month").dt.year() == 2024)
    assert of_2024["count"].sum() == 7_617_207
    assert bts.monthly(real.frame, ["2304"]).filter(pl.col("month").dt.year() == 2024)["count"].sum() == 3_026_632


def test_a_code_that_counted_two_ports_is_no_count_of_one(real: bts.Counts) -> None:
    def at(ports: list[str], month: date) -> int | None:
        (found,) = bts.monthly(real.frame, ports).filter(pl.col("month") == month)["count"].to_list()
        return None if found is None else int(found)

    assert at(["2402"], date(2020, 2, 1)) is None
    assert at(["2401"], date(2020, 2, 1)) is None
    assert at(["2401", "2402"], date(2020, 2, 1)) == 62_892
    assert at(["2401", "2402"], date(2020, 3, 1)) == 13_506 + 53_842
    assert at(["2402"], date(2023, 9, 1)) == 5_203
    assert at(["2404"], date(2022, 9, 1)) is None  # no row: missing, not zero
    assert at(["2404"], date(2023, 9, 1)) == 2_785
    assert at(["2404", "2304"], date(2022, 9, 1)) is None


def test_the_shares_of_bridges_are_those_of_the_counts(shared_data: Path, real: bts.Counts) -> None:
    counts = texas_bridges.read((shared_data / "crossings" / "cbp_texas_bridges_to_2025-02.csv").read_bytes())
    assert counts.problems == ()
    for port in shipped.ports():
        for bridge in port.bridges:
            if bridge.share is None:
                continue
            own = texas_bridges.shares(counts.frame, port.name, int(bridge.share.period))
            share = next(share for name, share in own.items() if port.bridge(name) is bridge)
            assert bridge.share.share == pytest.approx(share, abs=5e-5)
    bridges = counts.frame.filter(pl.col("port") == "Laredo", pl.col("month").dt.year() == 2024)["count"].sum()
    assert bridges == 3_026_632
    assert texas_bridges.shares(counts.frame, "Laredo", 2025) == {}  # two months are no year


def test_empty_shares_are_those_of_the_counts(real: bts.Counts) -> None:
    for port in shipped.ports():
        counts = real.frame.filter(pl.col("port") == port.code, pl.col("month").dt.year() == 2022)
        empty, loaded = (counts.filter(pl.col("measure") == each)["count"].sum() for each in ("empty", "loaded"))
        for bridge in port.bridges:
            stated = bridge.arrivals.lanes.get("empty")
            if stated is not None:
                assert stated.share == pytest.approx(empty / (empty + loaded), abs=6e-4), port.name


def test_a_count_of_a_bridge_that_cannot_be_taken_is_missing_and_no_share_rests_on_the_others() -> None:
    rows = [
        f"{year},{month},Laredo,{bridge},Commercial Trucks,{count}"
        for year in (2023, 2024) for month in range(1, 13) for bridge, count in (("Colombia", 40), ("World Trade", 60))
    ]  # fmt: skip
    head = "Year,Month,POE,Crossing,Modes,Northbound Crossing"
    rows[-1] = rows[-1].replace(",60", ",n/a")
    read = texas_bridges.read("\n".join([head, *rows, rows[-2].replace(",40", ",41")]).encode())
    lacking = read.frame.filter(read.frame["count"].is_null())
    assert lacking.select("bridge", "month").rows() == [
        ("Colombia", date(2024, 12, 1)), ("World Trade", date(2024, 12, 1)),
    ]  # fmt: skip
    assert [each.code for each in read.problems] == ["bts_count", "bts_contradicts"]
    assert texas_bridges.shares(read.frame, "Laredo", 2023) == {"Colombia": 0.4, "World Trade": 0.6}
    assert texas_bridges.shares(read.frame, "Laredo", 2024) == {}
