"""Parquet: types are brought to the table's, codes get their zeros back, damage is one clear refusal."""

from __future__ import annotations

import io
import subprocess
import sys
from collections import deque
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aforo.intake import declarations, parquet
from aforo.intake.batch import IntakeBatch
from aforo.intake.limits import Limits

WHEN = datetime(2026, 1, 1, 12, tzinfo=UTC)


def stored(frame: pl.DataFrame, row_group_size: int = 3) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out, row_group_size=row_group_size)
    return out.getvalue()


def read(columns: Mapping[str, object], batch_rows: int = 100) -> list[IntakeBatch]:
    return list(declarations.read_bytes(stored(pl.DataFrame(columns, strict=False)), batch_rows=batch_rows))


def test_types_become_those_of_the_table() -> None:
    (batch,) = read(
        {
            "declaration_id": [101, 102],
            "filed_at": [WHEN, WHEN],
            "hs6": [70200, 870829],
            "port": [101, 2304],
            "gross_mass_kg": [1, 2],
            "value_usd": pl.Series([0.1, None], dtype=pl.Float32),
            "declared_empty": [True, False],
            "outcome": [1, 0],
            "note": [1.5, None],
        }
    )
    assert not batch.refused
    assert batch.table["declaration_id"].to_list() == ["101", "102"]
    assert batch.table["filed_at"].to_list() == [WHEN, WHEN]
    assert batch.table["hs6"].to_list() == ["070200", "870829"]
    assert batch.table["port"].to_list() == ["0101", "2304"]
    assert batch.table["gross_mass_kg"].to_list() == [1.0, 2.0]
    assert batch.table["declared_empty"].to_list() == [True, False]
    assert batch.table["extra"].to_list() == ['{"note":"1.5"}', None]
    assert batch.labels is not None
    assert batch.labels["outcome"].to_list() == [True, False]


@pytest.mark.parametrize(
    ("values", "kind", "utc", "offset"),
    [
        ([datetime(2026, 7, 1, 9)], pl.Datetime("ns"), datetime(2026, 7, 1, 14, tzinfo=UTC), -300),
        ([datetime(2026, 7, 1, 9)], pl.Datetime("us", "America/Chicago"), datetime(2026, 7, 1, 14, tzinfo=UTC), -300),
        ([date(2026, 7, 1)], pl.Date(), datetime(2026, 7, 1, 5, tzinfo=UTC), -300),
        (["2026-07-01T09:00:00-05:00"], pl.String(), datetime(2026, 7, 1, 14, tzinfo=UTC), -300),
    ],
)
def test_times_of_every_type(values: list[object], kind: pl.DataType, utc: datetime, offset: int) -> None:
    filed = pl.Series(values)
    filed = filed.dt.replace_time_zone(kind.time_zone) if isinstance(kind, pl.Datetime) and kind.time_zone else filed
    (batch,) = read({"declaration_id": ["A"], "filed_at": filed.cast(kind), "port": ["2304"]})
    assert batch.table.select("filed_at", "filed_offset_minutes").rows() == [(utc, offset)]


def test_a_bad_row_is_refused_with_its_row_and_its_content() -> None:
    batches = read(
        {"declaration_id": ["A", "B", "C"], "filed_at": [WHEN] * 3, "value_usd": [1.0, float("nan"), 3.0]}, 2
    )
    refused = [record for batch in batches for record in batch.refused]
    assert [(each.record, each.place, each.problems[0].place) for each in refused] == [
        (2, "row 2", "row 2, column value_usd")
    ]
    assert '"declaration_id":"B"' in refused[0].raw
    assert [name for batch in batches for name in batch.table["declaration_id"]] == ["A", "C"]


def test_a_field_may_not_be_endless() -> None:
    (batch,) = read({"declaration_id": ["A", "B"], "filed_at": [WHEN] * 2, "note": ["x" * 10_001, "é" * 10_000]})
    assert [(each.record, each.code) for each in batch.problems if each.gravity == "refusal"] == [(1, "field_too_long")]


def test_a_column_of_lists_is_left_out_and_said() -> None:
    (batch,) = read({"declaration_id": ["A"], "filed_at": [WHEN], "goods": [[1, 2]]})
    assert ("column_nested", "file, column goods") in {(each.code, each.place) for each in batch.problems}
    assert len(batch.table) == 1


@pytest.mark.parametrize("batch_rows", [1, 2, 7, 1_000])
def test_batches_are_bounded_and_in_order(batch_rows: int) -> None:
    names = [f"D{number}" for number in range(50)]
    batches = read({"declaration_id": names, "filed_at": [WHEN] * 50}, batch_rows)
    assert max(batch.records for batch in batches) <= batch_rows
    assert [name for batch in batches for name in batch.table["declaration_id"]] == names


def test_a_table_without_rows_is_accepted_with_a_warning() -> None:
    (batch,) = read({"declaration_id": pl.Series([], dtype=pl.String), "filed_at": pl.Series([], dtype=pl.String)})
    assert "no_records" in {each.code for each in batch.problems}
    assert not batch.stopped


@pytest.mark.parametrize("length", [4, 5, 12, 100, -1, -9])
def test_a_cut_file_is_one_refusal(length: int) -> None:
    data = stored(pl.DataFrame({"declaration_id": ["A"] * 10, "filed_at": ["2026-01-01T00:00:00Z"] * 10}))
    batches = list(declarations.read_bytes(data[:length]))
    assert [each.code for batch in batches for each in batch.problems] == ["parquet_damaged"]
    assert batches[-1].stopped


def test_a_file_that_says_it_has_too_many_rows_is_not_read() -> None:
    data = stored(pl.DataFrame({"declaration_id": ["A"] * 10, "filed_at": ["2026-01-01T00:00:00Z"] * 10}))
    (batch,) = declarations.read_bytes(data, limits=Limits(rows=9))
    assert [each.code for each in batch.problems] == ["file_too_large"]


def test_one_endless_value_in_every_row_is_refused_without_working_on_it() -> None:
    """In the file it is one value of a dictionary; written out in every row it would take 20 GB."""
    count = 20_000
    endless = pl.Series(["y" * 1_000_000]).cast(pl.Categorical).new_from_index(0, count)
    frame = pl.DataFrame({"declaration_id": list(range(count)), "filed_at": [WHEN] * count}).with_columns(note=endless)
    data = stored(frame, count)
    assert len(data) < 1_000_000
    batches = list(declarations.read_bytes(data, batch_rows=10_000))
    refused = [record for batch in batches for record in batch.refused]
    assert len(refused) == count
    assert {record.problems[0].code for record in refused} == {"field_too_long"}
    assert max(len(record.raw) for record in refused) < 1_000


def test_batches_are_small_where_rows_are_large() -> None:
    note = ["z" * 9_000] * 5_000
    batches = read({"declaration_id": list(range(5_000)), "filed_at": [WHEN] * 5_000, "note": note}, 5_000)
    assert sum(len(batch.table) for batch in batches) == 5_000
    assert max(batch.records for batch in batches) < 1_000


@pytest.mark.parametrize("column", ["declaration_id", "driver_id", "description", "Turno", "outcome"])
@pytest.mark.parametrize("kind", [pl.String(), pl.Categorical()])
def test_a_nul_in_any_column_refuses_its_row_alone(column: str, kind: pl.DataType) -> None:
    rows: dict[str, list[Any]] = {
        "declaration_id": ["A", "B", "C"],
        "filed_at": [WHEN] * 3,
        "driver_id": ["D7"] * 3,
        **{name: ["1"] * 3 for name in ("description", "Turno", "outcome")},
    }
    (clean,) = read(rows)
    kept, _, last = rows[column]
    (batch,) = read({**rows, column: pl.Series([kept, "D\x007", last], dtype=kind)})
    assert batch.table.equals(clean.table.filter(pl.col("record") != 2))
    (record,) = batch.refused
    assert (record.place, record.problems[0].code) == ("row 2", "nul_byte")
    assert record.problems[0].place == f"row 2, column {column}"
    assert record.identities == (("driver_id", "D7"),)


GOOD = {"declaration_id": ["A"], "filed_at": [WHEN]}


def running(program: str) -> subprocess.Popen[bytes]:
    """A process of Python with the pipes of a decoder."""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)


def test_a_file_that_ends_the_process_that_decodes_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process aborts as it does for a length that is more than all memory; this one goes on."""

    def aborting() -> parquet._Decoder:
        program = "import os, sys; sys.stdin.buffer.read(1); os.abort()"
        return parquet._Decoder(running(program))

    with monkeypatch.context() as patched:
        patched.setattr(parquet, "_decoder", aborting)
        (batch,) = read(dict(GOOD))
        assert [each.code for each in batch.problems] == ["parquet_damaged"]
    (batch,) = read(dict(GOOD))
    assert len(batch.table) == 1


def test_a_process_that_says_nothing_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    silent: list[subprocess.Popen[bytes]] = []

    def saying_nothing() -> parquet._Decoder:
        program = "import sys, time; sys.stdin.buffer.read(1); time.sleep(600)"
        silent.append(running(program))
        return parquet._Decoder(silent[0])

    monkeypatch.setattr(parquet, "_decoder", saying_nothing)
    batches = list(declarations.read_bytes(stored(pl.DataFrame(GOOD)), limits=Limits(parquet_seconds=0.3)))
    assert [each.code for batch in batches for each in batch.problems] == ["parquet_damaged"]
    assert silent[0].wait() != 0


def test_too_little_memory_is_a_refusal() -> None:
    note = [str(number) * 100 for number in range(50_000)]
    data = stored(pl.DataFrame({"declaration_id": note, "filed_at": [WHEN] * 50_000, "note": note}), 50_000)
    with pytest.raises(parquet.ParquetError), parquet.reading(data, 10, Limits(parquet_memory_bytes=1)) as file:
        list(file.rows)


def test_an_idle_process_that_died_is_not_asked() -> None:
    list(read(dict(GOOD)))
    for decoder in list(parquet._idle):
        decoder.process.kill()
        decoder.process.wait()
    (batch,) = read(dict(GOOD))
    assert len(batch.table) == 1


def test_reading_that_is_left_off_leaves_nothing_running() -> None:
    batches = declarations.read_bytes(
        stored(pl.DataFrame({"declaration_id": ["A", "B"], "filed_at": [WHEN] * 2})), batch_rows=1
    )
    next(batches)
    idle = len(parquet._idle)
    batches.close()  # type: ignore[attr-defined]
    assert len(parquet._idle) == idle


def test_nothing_in_the_working_folder_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("polars", "msgspec", "struct", "aforo"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(1)", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(parquet, "_idle", deque())
    (batch,) = read(dict(GOOD))
    assert len(batch.table) == 1
