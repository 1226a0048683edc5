"""Properties of reading declarations: nothing crashes it, and what is written is read back the same."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aforo.domain.table import DECLARATION_SCHEMA
from aforo.intake import declarations
from aforo.intake.batch import IntakeBatch

HEAD = b"declaration_id,filed_at,description,value_usd,note\n"
WHEN = "2026-01-01T00:00:00Z"
FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\x1c\x1d\x1e\x1f"), max_size=30)
NASTY = st.binary(max_size=60) | st.text('",;\n\r\t |ab1é', max_size=60).map(str.encode)


def whole(batches: list[IntakeBatch]) -> pl.DataFrame:
    return pl.concat([batch.table for batch in batches])


def numbered(batches: list[IntakeBatch]) -> None:
    """Every record of a file is in exactly one place: taken, repeated, or refused; and each is counted once."""
    taken = [record for batch in batches for record in batch.table["record"]]
    refused = [record.record for batch in batches for record in batch.refused]
    total = sum(batch.records for batch in batches)
    repeated = sum(batch.repeated for batch in batches)
    assert len(taken) + len(refused) + repeated == total
    assert len(set(taken) | set(refused)) == len(taken) + len(refused)
    assert all(1 <= record <= total for record in (*taken, *refused))


@settings(max_examples=60)
@given(NASTY, st.integers(1, 5))
@example(b"PAR1", 1)
@example(b'"\n"', 1)
def test_no_bytes_at_all_stop_the_reader(data: bytes, batch_rows: int) -> None:
    numbered(list(declarations.read_bytes(data, batch_rows=batch_rows)))
    numbered(list(declarations.read_bytes(HEAD + data, batch_rows=batch_rows)))


@settings(max_examples=40)
@given(st.lists(NASTY, max_size=8), st.integers(1, 4))
def test_batches_and_blocks_do_not_change_what_is_read(lines: list[bytes], batch_rows: int) -> None:
    good = f"A,{WHEN},d,1,n".encode()
    data = HEAD + b"\n".join([good, *lines, good.replace(b"A", b"B", 1)]) + b"\n"
    once = list(declarations.read_bytes(data))
    split = list(declarations.read_bytes(data, batch_rows=batch_rows))
    numbered(split)
    assert whole(split).equals(whole(once))
    # Each batch has its refusals first.
    of_split, of_once = (sorted((each for b in batches for each in b.problems), key=repr) for batches in (split, once))
    assert of_split == of_once
    assert [each for batch in split for each in batch.refused] == [each for batch in once for each in batch.refused]


@settings(max_examples=60)
@given(st.lists(st.tuples(FIELD, FIELD), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_what_a_csv_writer_writes_is_read(fields: list[tuple[str, str]], separator: str) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerow(HEAD.decode().strip().split(","))
    writer.writerows((f"D{n}", WHEN, description, "1", note) for n, (description, note) in enumerate(fields))
    batches = list(declarations.read_bytes(out.getvalue().encode()))
    assert not any(batch.refused for batch in batches)
    assert whole(batches)["description"].to_list() == [description.strip() or None for description, _ in fields]


@settings(max_examples=30)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "filed_at": st.datetimes(
                    min_value=datetime(2000, 1, 1),
                    max_value=datetime(2099, 1, 1),
                ),
                "filed_offset_minutes": st.integers(-840, 840),
                "description": FIELD.map(str.strip),
                "driver_name": FIELD.map(str.strip),
                "gross_mass_kg": st.none() | st.floats(0, 1e9),
                "duty_rate": st.none() | st.floats(0, 10),
                "declared_empty": st.none() | st.booleans(),
            }
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([".csv", ".parquet"]),
)
def test_what_is_written_is_read_back(rows: list[dict[str, object]], ending: str) -> None:
    named = [
        {
            **{key: value or None if isinstance(value, str) else value for key, value in row.items()},
            "declaration_id": f"D{n}",
        }
        for n, row in enumerate(rows)
    ]
    table = pl.DataFrame(
        {name: [row.get(name) for row in named] for name in DECLARATION_SCHEMA if name != "filed_at"},
        schema_overrides={name: kind for name, kind in DECLARATION_SCHEMA.items() if name != "filed_at"},
        strict=False,
    ).with_columns(
        filed_at=pl.Series([row["filed_at"] for row in named], dtype=pl.Datetime("us")).dt.replace_time_zone("UTC"),
        record=pl.int_range(1, len(rows) + 1, dtype=pl.Int64),
    )
    table = table.select(list(DECLARATION_SCHEMA))
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"table{ending}"
        declarations.write(path, [(table, None)])
        back = list(declarations.read(path))
    assert not any(batch.refused for batch in back)
    assert whole(back).equals(table)
