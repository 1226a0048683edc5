"""Few rows are done one by one, many in columns: each of the two gives what the other gives, to the byte."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from aforo.domain.codes import port_zone
from aforo.domain.declaration import ENTITY_KINDS
from aforo.domain.table import DECLARATION_SCHEMA
from aforo.flow import arrival, filing, json_columns, recording
from aforo.flow.recorded import CONTENT_COLUMNS, json_rows
from aforo.intake import few, validation
from aforo.intake.limits import Limits
from aforo.intake.message import COLUMNS, plan_of
from aforo.intake.validation import Checked, Rows
from aforo.risk import columns
from aforo.routing.policy import default_document, parse

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
#: All that the table has no column for, as JSON.
EXTRA = st.dictionaries(TEXT, TEXT, min_size=1, max_size=3).map(lambda extra: msgspec.json.encode(extra).decode())
NUMBERS = st.sampled_from(
    ["1", " 2.5 ", "-1", "-0", "1e400", "nan", "inf", "1e13", "0x1", "1_0", "1,5", "+3", "", "٣", "0.1", "15", "1.5"]
)
INSTANTS = st.sampled_from(
    [
        "2026-03-02T07:15:00-06:00",
        "2026-03-02T07:15:00.250Z",
        "2026-03-02T07:15:00.123456+00:00",
        " 2026-12-31T23:59:59+13:59 ",
        "",
    ]
)
#: Forms that are left to the columns: then the one gives way.
RARE = st.sampled_from(
    [
        *("2026-03-02", "2026-02-30T00:00:00Z", "2026-03-02T07:15:00+14:30", "x"),
        *("1999-12-31T08:00:00Z", "2000-01-01T00:00:00+13:00", "2099-12-31T23:00:00-13:00", "2100-01-01T00:00:00Z"),
    ]
)
VALUES: dict[str, st.SearchStrategy[str]] = {
    "filed_at": INSTANTS | INSTANTS | RARE,
    "hs6": st.sampled_from(["870829", "87082", "999999", "870829\n", " 870829", "８７０８２９", ""]),
    "declared_empty": st.sampled_from(["true", "TRUE", "0", "yes", "", " 1 "]),
    "origin": st.sampled_from(["MX", "mx", "ZZ", "", "M\x00X"]),
    "port": st.sampled_from(["2304", "9999", "", "23\x0704"]),
    "lane": st.sampled_from(["fast", "empty", "slow", ""]),
    "action": st.sampled_from(["replace", "cancel", "undo", ""]),
    "amends": st.sampled_from(["A", "B", ""]),
    "declaration_id": st.sampled_from(["A", "B", "C", "", "\u2028D", "E" * 300, "\x1cF\x1c", "\x85G"]),
    **dict.fromkeys(("gross_mass_kg", "value_usd", "duty_rate", "packages"), NUMBERS),
}
#: A date of departure of the zones' clocks, and both sides of it.
EDGES = [
    datetime(2026, 3, 8, 8, tzinfo=UTC),
    datetime(2026, 11, 1, 7, tzinfo=UTC),
    datetime(2022, 10, 30, 7, tzinfo=UTC),
]
SEALS = st.sampled_from(["UL123", "UL", "12345678901234567890", "A٣", "9", "7\n", "", "x1\x1c"])
GOODS = st.none() | st.sampled_from(["870829", "010121"])
PRIVATE = ("12-3456789", "123-45-6789", "GOAP900101HNLXXX01", "goap 900101 abc")


@st.composite
def rows(draw: st.DrawFn) -> Rows:
    """Rows of a message, with and without their fields, good and bad."""
    count = draw(st.integers(1, 6))
    names = COLUMNS
    values = {
        name: draw(
            st.lists(st.none() | VALUES.get(name, TEXT), min_size=count, max_size=count)
            if name in VALUES or draw(st.booleans())
            else st.just([None] * count)
        )
        for name in names
        if name != "filed_offset_minutes"
    } | {"filed_offset_minutes": [None] * count}
    frame = pl.DataFrame({name: values[name] for name in names}, schema=dict.fromkeys(names, pl.String))
    numbers = np.arange(1, count + 1, dtype=np.int64)
    long = {name: frame[name].str.len_chars() > 6 for name in names if (frame[name].str.len_chars() > 6).any()}
    extra = pl.Series(draw(st.lists(st.none() | EXTRA, min_size=count, max_size=count)), dtype=pl.String)
    texts = {name: values[name] for name in names}
    return Rows(texts, numbers, numbers, "record", long, lambda row, column: f"record {row + 1}, {column}", extra)


def _said(checked: Checked) -> list[Any]:
    return [
        (each.code, each.column, each.gravity, each.records.tolist(), [each.place(i) for i in range(len(each.records))])
        for each in checked.findings
    ]


@given(rows())
def test_a_few_rows_are_checked_as_columns_are(few_rows: Rows) -> None:
    plan, limits = plan_of({}), Limits(identifier_bytes=20)
    one = few.check(few_rows, plan, limits)
    other = validation.check(few_rows, plan, limits)
    if one is None:
        return
    assert _said(one) == _said(other)
    assert one.refused.tolist() == other.refused.tolist()
    assert_frame_equal(one.table, other.table)


@given(rows(), st.data())
def test_messages_as_they_usually_are_need_no_columns(few_rows: Rows, data: st.DataObject) -> None:
    count = len(few_rows.records)
    usual = pl.Series("filed_at", data.draw(st.lists(INSTANTS, min_size=count, max_size=count)), dtype=pl.String)
    rows = dataclasses.replace(few_rows, texts=few_rows.frame.with_columns(usual))
    assert few.check(rows, plan_of({}), Limits()) is not None


@st.composite
def tables(draw: st.DrawFn) -> pl.DataFrame:
    """A declaration table with anything in it that intake lets pass."""
    count = draw(st.integers(1, 5))
    kinds: dict[Any, st.SearchStrategy[Any]] = {
        pl.String(): TEXT,
        pl.Float64(): st.floats(-1e18, 1e18) | st.integers(0, 10**12).map(float),
        pl.Boolean(): st.booleans(),
    }
    made: dict[str, list[Any]] = {
        name: draw(st.lists(st.none() | kinds[kind], min_size=count, max_size=count))
        for name, kind in DECLARATION_SCHEMA.items()
        if kind in kinds
    }
    edge = draw(st.sampled_from(EDGES))
    shifts = st.integers(-7_200_000_000, 7_200_000_000).map(lambda us: edge + timedelta(microseconds=us))
    made["extra"] = draw(st.lists(st.none() | EXTRA, min_size=count, max_size=count))
    made["record"] = list(range(1, count + 1))
    made["declaration_id"] = [f"D{number}" for number in range(count)]
    made["filed_at"] = draw(st.lists(shifts, min_size=count, max_size=count))
    made["filed_offset_minutes"] = draw(st.lists(st.integers(-840, 840), min_size=count, max_size=count))
    made["port"] = draw(
        st.lists(st.none() | st.sampled_from(["2304", "2402", "2506", "2604", "9999"]), min_size=count, max_size=count)
    )
    made["lane"] = draw(st.lists(st.none() | st.sampled_from(["fast", "standard"]), min_size=count, max_size=count))
    return pl.DataFrame(made, schema=DECLARATION_SCHEMA)


@given(tables())
def test_a_row_is_recorded_the_same_one_by_one_and_in_columns(table: pl.DataFrame) -> None:
    one = list(json_rows(table, CONTENT_COLUMNS))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(json_columns, "FEW", 0)
        other = list(json_rows(table, CONTENT_COLUMNS))
    assert one == other


@given(tables())
def test_instants_are_written_the_same_one_by_one_and_in_columns(table: pl.DataFrame) -> None:
    filings = filing.Filings(table, {}, [], [], [])
    one = list(recording.filing_instants(filings))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(recording, "FEW", 0)
        other = list(recording.filing_instants(filings))
    assert one == other


@given(tables())
def test_clocks_are_read_the_same_one_by_one_and_in_columns(table: pl.DataFrame) -> None:
    policy = parse(default_document())
    one, days = columns.local_times(table).tolist(), arrival.arrival_days(table, policy, port_zone)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(columns, "FEW", 0)
        patched.setattr(arrival, "FEW", 0)
        other, other_days = columns.local_times(table).tolist(), arrival.arrival_days(table, policy, port_zone)
    assert one == other
    assert days == other_days
    assert all(isinstance(day, date) for day in days)


@given(tables(), st.lists(SEALS | st.none(), min_size=5, max_size=5), st.lists(GOODS, min_size=5, max_size=5))
def test_what_a_memory_reads_is_the_same_one_by_one_and_in_columns(
    table: pl.DataFrame, seals: list[str | None], goods: list[str | None]
) -> None:
    count = table.height
    table = table.with_columns(
        pl.Series("seal_id", seals[:count], pl.String), pl.Series("hs6", goods[:count], pl.String)
    )
    identities = {kind: np.zeros(count, np.uint64) for kind in ENTITY_KINDS}
    local = columns.local_times(table)
    one = columns.key_columns(table, identities, local), columns.number_columns(table, local)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(columns, "FEW", 0)
        other = columns.key_columns(table, identities, local), columns.number_columns(table, local)
    for some, others in zip(one, other, strict=True):
        np.testing.assert_array_equal(some, others)


@given(st.lists(st.none() | TEXT | st.sampled_from(PRIVATE)))
def test_private_identifiers_are_found_the_same_one_by_one_and_in_columns(values: list[str | None]) -> None:
    series = pl.Series(values, dtype=pl.String)
    one = set(filing._private_identifiers(series).to_list())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(filing, "FEW", -1)
        other = set(filing._private_identifiers(series).to_list())
    assert one == other


MEMBERS = st.dictionaries(
    st.sampled_from("abcdef"),
    st.sampled_from(["1", "null"]) | st.lists(st.none() | st.sampled_from(["2", '"x"']), min_size=3, max_size=3),
    max_size=6,
)


@given(MEMBERS)
def test_objects_are_put_together_the_same_one_by_one_and_in_columns(named: dict[str, Any]) -> None:
    one = list(json_columns.objects(named, 3))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(json_columns, "FEW", 0)
        other = list(json_columns.objects(named, 3))
    assert one == other


def test_what_is_put_together_differs_by_no_field_that_the_test_forgets() -> None:
    assert [each.name for each in dataclasses.fields(Checked)] == ["table", "labels", "findings", "refused"]
