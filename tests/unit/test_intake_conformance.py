"""What every format of tables must do, tried on every registered one with its samples (messages have a suite too).

A format accepts its samples, survives damage to them, loses no field silently, says line and reason for what it
refuses, gives back what it keeps, and lets no bad record stop the good ones. A new format is covered by registering it
and adding a folder of samples; a format without samples fails.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import random
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import ModuleType

import msgspec
import polars as pl
import pytest

from aforo.domain.table import DECLARATION_SCHEMA, LABEL_SCHEMA
from aforo.intake import declarations, registry
from aforo.intake.batch import IDENTITY_COLUMNS, IntakeBatch
from aforo.intake.verdict import check

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLES = REPOSITORY / "tests" / "samples" / "intake"
CASES = [
    pytest.param(each, path, id=f"{each.NAME}/{path.name}")
    for each in registry.TABLES
    for path in sorted((SAMPLES / each.NAME).iterdir())
]
LONG_MUTATIONS = 10_000
SHORT_MUTATIONS = 40


def mutation() -> ModuleType:
    """The program that damages files, as a module."""
    name = "intake_mutation"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, REPOSITORY / "benchmarks" / "intake_mutation.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def whole(batches: list[IntakeBatch]) -> pl.DataFrame:
    """The good rows with their labels, without the number of the record."""
    tables = pl.concat([batch.table for batch in batches]).drop("record")
    labels = [batch.labels for batch in batches if batch.labels is not None]
    return pl.concat([tables, pl.concat(labels)], how="horizontal") if labels else tables


def test_every_format_has_samples() -> None:
    assert registry.TABLES
    for each in registry.TABLES:
        assert any((SAMPLES / each.NAME).iterdir()), each.NAME


@pytest.mark.parametrize(("form", "path"), CASES)
def test_it_accepts_its_samples(form: registry.Format, path: Path) -> None:
    assert registry.recognise(path) is form
    verdict, _ = check(path)
    assert (verdict.verdict, verdict.format, verdict.bad) == ("accepted", form.NAME, 0)
    assert verdict.good == verdict.records > 0
    assert {problem.gravity for problem in verdict.problems} <= {"warning"}


@pytest.mark.parametrize(("form", "path"), CASES)
def test_batches_have_the_tables_columns_and_number_the_records(form: registry.Format, path: Path) -> None:
    numbers: list[int] = []
    for batch in declarations.read(path, batch_rows=7):
        assert dict(batch.table.schema) == DECLARATION_SCHEMA
        assert batch.labels is None or dict(batch.labels.schema) == LABEL_SCHEMA
        assert batch.labels is None or len(batch.labels) == len(batch.table)
        assert len(batch.table) <= batch.records <= 7
        numbers += batch.table["record"].to_list()
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(("form", "path"), CASES)
def test_a_message_is_read_as_the_file_is(form: registry.Format, path: Path) -> None:
    assert whole(list(form.read_bytes(path.read_bytes()))).equals(whole(list(form.read(path))))


@pytest.mark.parametrize("batch_rows", [1, 13, 100_000])
@pytest.mark.parametrize(("form", "path"), CASES)
def test_the_size_of_batches_changes_nothing(form: registry.Format, path: Path, batch_rows: int) -> None:
    split = list(declarations.read(path, batch_rows=batch_rows))
    once = list(declarations.read(path))
    assert whole(split).equals(whole(once))
    assert [each for batch in split for each in batch.problems] == [each for batch in once for each in batch.problems]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize(("form", "path"), CASES)
def test_what_is_kept_comes_back(form: registry.Format, path: Path, ending: str, tmp_path: Path) -> None:
    before = list(form.read(path))
    copy = tmp_path / f"copy{ending}"
    written = declarations.write(copy, ((batch.table, batch.labels) for batch in before))
    assert written == sum(len(batch.table) for batch in before)
    after = list(declarations.read(copy))
    assert not any(batch.refused or batch.stopped for batch in after)
    assert whole(after).equals(whole(before))


def values(row: dict[str, object]) -> tuple[set[str], set[float], set[datetime]]:
    """Everything that a row of the table holds, `extra` taken apart."""
    extra = row.pop("extra")
    texts = {str(value) for value in row.values() if isinstance(value, str)}
    if extra is not None:
        texts |= set(msgspec.json.decode(str(extra), type=dict[str, str]).values())
    numbers = {float(value) for value in row.values() if isinstance(value, int | float)}
    return texts, numbers, {value for value in row.values() if isinstance(value, datetime)}


def holds(text: str, row: tuple[set[str], set[float], set[datetime]]) -> bool:
    """Whether a field of the file is in a row, as text or as what the text means."""
    texts, numbers, instants = row
    if text in texts or text.zfill(6) in texts:
        return True
    try:
        number = float(text)
        return number in numbers or number / 100 in numbers
    except ValueError:
        pass
    moment = datetime.fromisoformat(text)
    return (
        moment in instants
        if moment.tzinfo
        else any(abs(moment - each.replace(tzinfo=None)).days < 1 for each in instants)
    )


def text_of(path: Path) -> str:
    """A sample's text, in whichever of its encodings it is."""
    data = path.read_bytes()
    for encoding in ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError(path)


@pytest.mark.parametrize(("form", "path"), [case for case in CASES if Path(str(case.values[1])).suffix != ".parquet"])
def test_no_field_is_lost(form: registry.Format, path: Path) -> None:
    """An independent reader of CSV finds no value that is not in the row that the product made of it."""
    text = text_of(path)
    expected = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text)))[1:]
    rows = whole(list(form.read(path))).rows(named=True)
    assert len(expected) == len(rows)
    for fields, row in zip(expected, rows, strict=True):
        kept = values(row)
        missing = [field for field in fields if field.strip() and not holds(field.strip(), kept)]
        assert missing == []


@pytest.mark.parametrize(("form", "path"), CASES)
def test_damage_stays_where_it_is(form: registry.Format, path: Path) -> None:
    tool = mutation()
    tally = tool.try_sample(tool.split(path.name, path.read_bytes()), SHORT_MUTATIONS, seed=2)
    assert (tally.crashes, tally.hangs, tally.lost) == ([], [], 0)
    assert tally.mutants == SHORT_MUTATIONS


@pytest.mark.long
@pytest.mark.parametrize(("form", "path"), CASES)
def test_much_damage_stays_where_it_is(form: registry.Format, path: Path) -> None:
    tool = mutation()
    tally = tool.try_sample(tool.split(path.name, path.read_bytes()), LONG_MUTATIONS, seed=3)
    assert (tally.crashes, tally.hangs, tally.lost) == ([], [], 0)


@pytest.mark.parametrize(("form", "path"), CASES)
def test_what_is_refused_has_line_reason_and_text(form: registry.Format, path: Path) -> None:
    tool = mutation()
    sample = tool.split(path.name, path.read_bytes())
    draw = random.Random(4)
    refused = 0
    for _ in range(SHORT_MUTATIONS):
        mutant = tool.mutate(draw, sample)
        for batch in form.read_bytes(mutant.data):
            assert {problem.record for problem in batch.problems if problem.gravity == "refusal"} >= {
                record.record for record in batch.refused
            }
            assert batch.records == len(batch.table) + batch.repeated + len(batch.refused)
            for problem in batch.problems:
                assert problem.place.startswith(("line ", "row ") if problem.record else "file")
                assert problem.reason.en
                assert problem.reason.es != problem.reason.en
            for record in batch.refused:
                refused += 1
                assert record.raw
                assert record.problems
                assert all(each.record == record.record and each.gravity == "refusal" for each in record.problems)
    assert refused or not sample.records, "the damage must refuse something, or this test says nothing"


@pytest.mark.parametrize(
    ("form", "path"), [case for case in CASES if Path(str(case.values[1])).suffix not in (".parquet", ".txt")]
)
def test_a_bad_record_in_the_middle_stops_nothing(form: registry.Format, path: Path) -> None:
    tool = mutation()
    sample = tool.split(path.name, path.read_bytes())
    middle = len(sample.records) // 2
    for bad in (b'"', b"\0", b"one field", b"\xff\xfe\x00", b'a"b,"c'):
        data = sample.head + b"".join((*sample.records[:middle], bad + b"\n", *sample.records[middle:]))
        batches = list(form.read_bytes(data))
        assert whole(batches).equals(whole(list(form.read_bytes(sample.data))))
        assert [record.record for batch in batches for record in batch.refused] == [middle + 1]


def separator_of(text: str) -> str:
    return max(",;\t|", key=text.splitlines()[0].count)


def fields_of(path: Path) -> pl.DataFrame:
    """A sample's fields as it has them, in whichever format."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    text = text_of(path)
    names, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text))
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def in_the_form_of(path: Path, fields: pl.DataFrame) -> bytes:
    """Fields as a file like the sample: its format, separator and encoding."""
    if path.suffix == ".parquet":
        stored = io.BytesIO()
        fields.write_parquet(stored, row_group_size=7)
        return stored.getvalue()
    written = fields.write_csv(separator=separator_of(text_of(path)))
    head = path.read_bytes()[:3]
    return written.encode("utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8")


@pytest.mark.parametrize(
    ("spoilt", "piece", "code"),
    [
        ("declaration_id", "\0", "nul_byte"),
        ("driver_id", "\0", "nul_byte"),
        ("the last column", "\0", "nul_byte"),
        ("declaration_id", "\x1b[2J", "control_character"),
        ("driver_id", "\x1b[2J", "control_character"),
        ("declaration_id", "é" * 101, "key_too_long"),
        ("driver_id", "é" * 101, "key_too_long"),
    ],
)
@pytest.mark.parametrize(("form", "path"), CASES)
def test_what_no_database_takes_is_refused_alone_and_known_by_its_persons(
    form: registry.Format, path: Path, spoilt: str, piece: str, code: str
) -> None:
    fields = fields_of(path)
    column = fields.columns[-1] if spoilt == "the last column" else fields.columns[0]
    if spoilt in fields.columns:
        column = spoilt
    clean = whole(list(form.read_bytes(in_the_form_of(path, fields))))
    middle = len(fields) // 2
    text = pl.col(column).cast(pl.String).fill_null("")
    dirty = text.str.head(2) + pl.lit(piece) + text.str.slice(2)
    spoiling = pl.when(pl.int_range(pl.len()) == middle).then(dirty).otherwise(text)
    batches = list(form.read_bytes(in_the_form_of(path, fields.with_columns(spoiling))))
    assert whole(batches).equals(pl.concat([clean[:middle], clean[middle + 1 :]]))
    (record,) = [record for batch in batches for record in batch.refused]
    assert record.record == middle + 1
    assert code in {problem.code for problem in record.problems}
    assert all(problem.reason.en and problem.reason.es for problem in record.problems)
    expected = {(name, value) for name in IDENTITY_COLUMNS if (value := clean[name][middle]) is not None}
    if code == "nul_byte":
        assert set(record.identities) == expected
    else:
        assert {each for each in expected if each[0] != spoilt} <= set(record.identities)


def test_the_program_that_damages_files_sees_a_lost_record_and_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    tool = mutation()
    path = SAMPLES / "declarations" / "least.csv"
    sample = tool.split(path.name, path.read_bytes())
    baseline = tool.rows(list(declarations.read_bytes(sample.data)))

    def forgetful(data: bytes) -> list[IntakeBatch]:
        return [replace(batch, table=batch.table.head(-1)) for batch in read_bytes(data)]

    def crashing(data: bytes) -> list[IntakeBatch]:
        raise RuntimeError

    read_bytes = declarations.read_bytes
    tally = tool.Tally()
    for reader in (forgetful, crashing):
        monkeypatch.setattr(declarations, "read_bytes", reader)
        tool.try_one(sample, baseline, tool.Mutant("none", sample.data, frozenset()), tally)
    assert (tally.lost, len(tally.crashes)) == (1, 1)
