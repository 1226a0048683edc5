"""What holds for every rule: one band a score, a filter that loses nothing, and no condition that stops a decision."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from aforo.domain.table import DECLARATION_SCHEMA
from aforo.domain.units import PPB
from aforo.risk.rules import Band, Reasons, RuleDocument, RuleError, RuleSet
from aforo.risk.rules.condition import compile_condition, fields_frame
from aforo.risk.rules.rule_set import _rows_that_fire, _rows_to_ask

INSTANT = datetime(2026, 3, 1, tzinfo=UTC)
NUMBERS = st.sampled_from(["0", "1", "2", "2.5", "25000", "0.1"])
COMPARISON = st.one_of(
    st.tuples(
        st.sampled_from(["gross_mass_kg", "value_usd", "packages", "filed_hour"]),
        st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
        NUMBERS,
    ).map(" ".join),
    st.tuples(
        st.sampled_from(["lane", "origin"]), st.sampled_from(["==", "!="]), st.sampled_from(["'fast'", "'MX'"])
    ).map(" ".join),
    st.tuples(st.sampled_from(["seal_id", "value_usd"]), st.sampled_from([" == null", " != null"])).map("".join),
    st.sampled_from(
        [
            "declared_empty",
            "not declared_empty",
            "declared_empty == false",
            "value_usd / packages > 2",
            "lane in ['fast', 'empty']",
            "lane not in ['fast']",
            "startsWith(origin, 'M')",
            "(value_usd ?? 2) > 1",
        ]
    ),
)
CONDITIONS = st.recursive(
    COMPARISON,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map("".join), inner.map(lambda text: f"({text})")
    ),
    max_leaves=6,
)
VALUES = st.sampled_from(
    [None, 0.0, 1.0, 2.0, 2.5, 25_000.0, 24_999.999999999996, 25_000.000000000004, float("nan"), 1e300]
)
ROWS = st.lists(
    st.tuples(
        VALUES,
        VALUES,
        VALUES,
        st.sampled_from([None, "fast", "empty"]),
        st.sampled_from([None, "MX", "CN"]),
        st.sampled_from([None, "S"]),
        st.sampled_from([None, True, False]),
    ),
    min_size=1,
    max_size=12,
)
COLUMNS = ("gross_mass_kg", "value_usd", "packages", "lane", "origin", "seal_id", "declared_empty")


def _table(rows: list[tuple[object, ...]]) -> pl.DataFrame:
    columns = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
    fixed = {"filed_at": [INSTANT] * len(rows), "filed_offset_minutes": [0] * len(rows)}
    return pl.DataFrame(
        {
            name: pl.Series(name, list(columns.get(name, fixed.get(name, [None] * len(rows)))), dtype=kind)
            for name, kind in DECLARATION_SCHEMA.items()
        }
    )


@given(condition=CONDITIONS, rows=ROWS)
def test_the_filter_before_the_engine_loses_no_row(condition: str, rows: list[tuple[object, ...]]) -> None:
    try:
        compiled = compile_condition(condition)
    except RuleError:
        return
    frame = fields_frame(_table(rows), set(compiled.fields))
    with_filter = _rows_that_fire(compiled, frame, _rows_to_ask([compiled], frame)[0], "x")[0].tolist()
    asked = []
    for row in frame.iter_rows(named=True):
        values = {name: row[name] for name in compiled.fields}
        if any(value is None and name not in compiled.may_lack for name, value in values.items()):
            continue
        try:
            answer = compiled.evaluate(values)
        except RuntimeError:
            continue
        if answer is True:
            asked.append(row["row"])
    assert with_filter == asked


@given(
    starts=st.lists(st.integers(1, PPB), max_size=6, unique=True).map(sorted),
    score=st.lists(st.integers(0, PPB), min_size=1, max_size=20),
)
def test_every_score_falls_into_exactly_one_band(starts: list[int], score: list[int]) -> None:
    edges = [0, *starts]
    ends = [*starts, None]
    bands = tuple(
        Band(start / PPB, None if end is None else end / PPB, contraband=(place + 1) / 10)
        for place, (start, end) in enumerate(zip(edges, ends, strict=True))
    )
    rule = RuleDocument(
        id="r",
        version="1",
        condition="gross_mass_kg > 0",
        reason=Reasons("a", "b"),
        public_reason=Reasons("a", "b"),
        author="Ana",
        source="assumed",
        band=bands,
    )
    table = _table([(1.0, None, None, None, None, None, None)] * len(score))
    made = RuleSet.compile([rule]).evaluate(table, np.array(score, dtype=np.int64), INSTANT)
    for row, ppb in enumerate(score):
        inside = [
            place
            for place, (start, end) in enumerate(zip(edges, ends, strict=True))
            if start <= ppb and (end is None or ppb < end)
        ]
        assert len(inside) == 1
        assert made.hits.micro[made.hits.row == row].tolist() == [round((inside[0] + 1) / 10 * 1_000_000)]


@given(text=st.text(max_size=60))
def test_any_text_is_a_condition_or_is_refused_in_words(text: str) -> None:
    words = None
    try:
        compile_condition(text)
    except RuleError as refused:
        words = refused.text
    assert words is None or (words.en and words.es)


FIELD_PIECES = ["gross_mass_kg", "value_usd", "lane", "hs6", "declared_empty", "driver_id", "startsWith", "len", "abs"]
SIGN_PIECES = [
    "(",
    ")",
    "[",
    "]",
    ",",
    "+",
    "-",
    "*",
    "/",
    "<",
    ">",
    "==",
    "!=",
    "<=",
    ">=",
    "??",
    "and",
    "or",
    "not",
    "in",
]
VALUE_PIECES = ["1", "0", "2.5", "'fast'", "''", "true", "false", "null"]
PIECES = st.sampled_from([*FIELD_PIECES, *SIGN_PIECES, *VALUE_PIECES])


@given(pieces=st.lists(PIECES, max_size=25), rows=ROWS)
def test_no_condition_stops_a_decision(pieces: list[str], rows: list[tuple[object, ...]]) -> None:
    condition = " ".join(pieces)
    try:
        compiled = compile_condition(condition)
    except RuleError:
        return
    assert "driver_id" not in condition
    frame = fields_frame(_table(rows), set(compiled.fields))
    fired, failure = _rows_that_fire(compiled, frame, _rows_to_ask([compiled], frame)[0], "x")
    assert len(fired) + (len(failure.rows) if failure else 0) <= len(rows)
