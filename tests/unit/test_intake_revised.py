"""What a newer edition of published figures has otherwise: how many rows of each kind, and the first of them."""

from __future__ import annotations

from datetime import date

import polars as pl

from aforo.intake import bts, transborder
from aforo.intake.revised import Row, changes


def counted(*rows: tuple[str, int, int]) -> pl.DataFrame:
    own = [(port, date(2024, month, 1), "trucks", count) for port, month, count in rows]
    return pl.DataFrame(own, schema=bts.SCHEMA, orient="row")


def test_rows_that_came_are_gone_or_have_other_figures_are_told_apart() -> None:
    found = changes(
        counted(("2304", 1, 10), ("2304", 2, 20), ("2402", 1, 5)),
        counted(("2304", 1, 10), ("2304", 2, 22), ("2402", 2, 6)),
        ("count",),
    )
    assert (found.added, found.gone, found.changed) == (1, 1, 1)
    told = {"port": "2304", "month": "2024-02", "measure": "trucks"}
    assert found.rows[0] == Row(told, {"count": 20}, {"count": 22})
    assert [(each.before, each.after) for each in found.rows[1:]] == [({"count": 5}, None), (None, {"count": 6})]


def test_of_many_rows_the_first_are_told_and_all_are_counted() -> None:
    months = range(1, 13)
    found = changes(counted(*(("2304", m, 1) for m in months)), counted(*(("2304", m, 2) for m in months)), ("count",))
    assert found.changed == 12
    assert [each.of["month"] for each in found.rows] == [f"2024-{month:02}" for month in range(1, 6)]


def test_a_column_that_a_table_does_not_have_is_no_difference() -> None:
    row = ("dot1", date(2024, 1, 1), "import", "mexico", "truck", "TX", "2304", None, 100)
    frame = pl.DataFrame([row], schema=transborder.SCHEMA, orient="row")
    twice = pl.concat([frame, frame])
    assert changes(frame, frame, ("dollars",)).rows == ()
    (found,) = changes(frame, twice, ("dollars",)).rows
    assert (found.before, found.after) == ({"dollars": 100}, {"dollars": 200})
    assert "commodity" not in found.of
