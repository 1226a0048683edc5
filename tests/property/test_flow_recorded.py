"""What is recorded of a filing comes back as the same columns, without the sealed ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from aforo.domain.declaration import ENTITY_KINDS
from aforo.domain.event import Filed
from aforo.domain.table import DECLARATION_SCHEMA
from aforo.flow import recorded

texts = st.one_of(st.none(), st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12))
floats = st.one_of(st.none(), st.floats(0, 1e15, allow_nan=False))


@st.composite
def tables(draw: st.DrawFn) -> pl.DataFrame:
    rows = draw(st.integers(1, 4))
    columns: dict[str, list[object]] = {}
    for column, dtype in DECLARATION_SCHEMA.items():
        if dtype == pl.String():
            strategy: st.SearchStrategy[object] = texts
        elif dtype == pl.Float64():
            strategy = floats
        elif dtype == pl.Boolean():
            strategy = st.one_of(st.none(), st.booleans())
        elif column == "filed_at":
            strategy = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
        else:
            strategy = st.integers(0, 700)
        columns[column] = [draw(strategy) for _ in range(rows)]
    return pl.DataFrame(columns, schema=DECLARATION_SCHEMA)


@given(tables())
def test_a_row_of_json_says_what_the_row_says(table: pl.DataFrame) -> None:
    for row, text in zip(
        table.select(recorded.CLEAR_COLUMNS).to_dicts(),
        recorded.json_rows(table, recorded.CLEAR_COLUMNS),
        strict=True,
    ):
        assert json.loads(text) == {name: value for name, value in row.items() if value is not None}


@given(tables())
def test_the_text_of_a_row_does_not_depend_on_its_batch(table: pl.DataFrame) -> None:
    whole = list(recorded.json_rows(table, recorded.CONTENT_COLUMNS))
    alone = [recorded.json_rows(table[i], recorded.CONTENT_COLUMNS)[0] for i in range(table.height)]
    assert whole == alone


@given(tables(), st.integers(0, 2**64 - 1))
def test_columns_come_back_without_the_sealed_ones(table: pl.DataFrame, identity: int) -> None:
    identities = {kind: np.full(table.height, identity, np.uint64) for kind in ENTITY_KINDS}
    filings = [
        Filed(msgspec.json.decode(text), packed, "", "test", record)
        for text, packed, record in zip(
            recorded.json_rows(table, recorded.CLEAR_COLUMNS),
            recorded.pack_identities(identities),
            table["record"].to_list(),
            strict=True,
        )
    ]
    filed_at = [
        at.astimezone(timezone(timedelta(minutes=offset)))
        for at, offset in zip(table["filed_at"].to_list(), table["filed_offset_minutes"].to_list(), strict=True)
    ]
    back, ids = recorded.columns_of(filings, filed_at)
    expected = table.with_columns(
        pl.lit(None, DECLARATION_SCHEMA[column]).alias(column) for column in recorded.SEALED_COLUMNS
    )
    assert back.equals(expected)
    assert all((ids[kind] == identity).all() for kind in ENTITY_KINDS)
