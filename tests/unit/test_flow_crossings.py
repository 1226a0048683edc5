"""Which declarations make up a crossing, and bringing them together within a file."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from aforo.domain.table import DECLARATION_SCHEMA
from aforo.flow.crossings import brought_together, name_crossings


def table_of(rows: list[tuple[str, str | None, str | None]]) -> pl.DataFrame:
    named = pl.DataFrame(
        rows, schema={"declaration_id": pl.String, "crossing_id": pl.String, "amends": pl.String}, orient="row"
    )
    return (
        named.with_columns(
            pl.lit(None, dtype).alias(column)
            for column, dtype in DECLARATION_SCHEMA.items()
            if column not in named.columns
        )
        .with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("record"))
        .select(list(DECLARATION_SCHEMA))
    )


def nobody(ids: list[str]) -> dict[str, str]:
    return {}


def test_the_filer_names_the_crossing_else_the_root_declaration_does() -> None:
    table = table_of([("a", "X", None), ("b", None, None), ("c", None, "b"), ("d", None, "c"), ("e", None, "a")])
    assert name_crossings(table, nobody) == ["X", "b", "b", "b", "X"]


def test_an_amendment_of_an_earlier_filing_joins_its_crossing() -> None:
    table = table_of([("c", None, "old"), ("d", None, "unknown")])
    assert name_crossings(table, lambda ids: {"old": "X9"} if "old" in ids else {}) == ["X9", "unknown"]


def test_an_amendment_has_the_crossing_of_what_it_amends_whatever_it_names() -> None:
    table = table_of([("a", "X", None), ("b", "Y", "a"), ("c", "Z", "b"), ("d", "W", "old"), ("e", None, "d")])
    assert name_crossings(table, lambda ids: {"old": "X9"} if "old" in ids else {}) == ["X", "X", "X", "X9", "X9"]
    # Of what nobody knows it names the crossing itself.
    assert name_crossings(table, nobody)[3:] == ["W", "W"]


def test_an_amendment_meets_what_it_amends_in_one_batch_whatever_it_names() -> None:
    first = table_of([("a", "X", None), ("y", "Y", None)])
    second = table_of([("b", "Y", "a"), ("z", None, None)]).with_columns(pl.col("record") + 2)
    together = list(brought_together([first, second], [first, second]))
    assert [batch["declaration_id"].to_list() for batch in together] == [["y"], ["a", "b", "z"]]


def test_a_circle_of_amendments_ends() -> None:
    names = name_crossings(table_of([("a", None, "b"), ("b", None, "a")]), nobody)
    assert len(names) == 2


def test_rows_of_a_crossing_meet_in_the_batch_of_its_last_row() -> None:
    first = table_of([("a", "X", None), ("b", None, None), ("c", "Y", None), ("f", "W", None)])
    second = table_of([("d", "X", None), ("e", None, "b"), ("g", "Z", None)]).with_columns(pl.col("record") + 4)
    together = list(brought_together([first, second], [first, second]))
    assert together[0]["declaration_id"].to_list() == ["c", "f"]
    assert together[1]["declaration_id"].to_list() == ["a", "b", "d", "e", "g"]


rows = st.lists(
    st.tuples(st.integers(0, 12), st.one_of(st.none(), st.integers(0, 4)), st.one_of(st.none(), st.integers(0, 12))),
    max_size=25,
    unique_by=lambda row: row[0],
)


@given(rows, st.integers(1, 6))
def test_every_row_comes_out_once_and_every_crossing_whole(
    drawn: list[tuple[int, int | None, int | None]], size: int
) -> None:
    table = table_of(
        [
            (f"d{own}", None if c is None else f"X{c}", None if old in (None, own) else f"d{old}")
            for own, c, old in drawn
        ]
    )
    batches = [table[i : i + size] for i in range(0, table.height, size)]
    together = list(brought_together(batches, batches))
    ids = [own for batch in together for own in batch["declaration_id"].to_list()]
    assert sorted(ids) == sorted(table["declaration_id"].to_list())
    if table.height:
        crossing_of = dict(zip(table["declaration_id"].to_list(), name_crossings(table, nobody), strict=True))
        named = {c for c, old in zip(table["crossing_id"].to_list(), table["amends"].to_list(), strict=True) if c}
        for crossing in named:
            batches_with = {
                i for i, batch in enumerate(together) for own in batch["declaration_id"].to_list()
                if crossing_of[own] == crossing
            }  # fmt: skip
            assert len(batches_with) <= 1
