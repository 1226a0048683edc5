"""Fields of declarations: what is taken, what is kept with a warning, what is refused and why."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest

from aforo.domain.table import DECLARATION_SCHEMA
from aforo.intake import declarations
from aforo.intake.batch import IntakeBatch
from aforo.intake.limits import Limits
from aforo.intake.mapping import ColumnRule, Mapping

GOOD = {
    "declaration_id": "A1",
    "filed_at": "2026-03-02T08:30:00-06:00",
    "importer_id": "I1",
    "exporter_id": "E1",
    "broker_id": "B1",
    "hs6": "870829",
}


def one(**fields: str) -> IntakeBatch:
    """One record with the fields of GOOD and these."""
    row = {**GOOD, **fields}
    quoted = ('"' + value.replace('"', '""') + '"' for value in row.values())
    return only((",".join(row) + "\n" + ",".join(quoted) + "\n").encode())


def only(data: bytes, **options: Any) -> IntakeBatch:
    """The one batch of a message."""
    (batch,) = declarations.read_bytes(data, **options)
    return batch


def codes(batch: IntakeBatch, gravity: str | None = None) -> list[str]:
    return [problem.code for problem in batch.problems if gravity in (None, problem.gravity)]


def test_a_good_record_is_taken_whole() -> None:
    batch = one(gross_mass_kg="18000.5", declared_empty="false", port="2304", lane="fast", trade_programme="ctpat2")
    assert codes(batch) == []
    row = batch.table.row(0, named=True)
    assert row["record"] == 1
    assert row["filed_at"] == datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
    assert row["filed_offset_minutes"] == -360
    assert row["gross_mass_kg"] == 18_000.5
    assert row["declared_empty"] is False
    assert dict(batch.table.schema) == DECLARATION_SCHEMA
    assert batch.labels is None


@pytest.mark.parametrize(
    ("text", "port", "utc", "offset", "warning"),
    [
        ("2026-03-02T08:30:00-06:00", "2304", "2026-03-02T14:30:00", -360, None),
        ("2026-03-02 08:30", "2304", "2026-03-02T14:30:00", -360, "offset_assumed"),
        ("2026-03-02T08:30:15.250", "2506", "2026-03-02T16:30:15.250", -480, "offset_assumed"),
        ("2026-07-02T08:30", "2604", "2026-07-02T15:30:00", -420, "offset_assumed"),
        ("2026-07-02T08:30", "2402", "2026-07-02T14:30:00", -360, "offset_assumed"),
        ("2026-03-02T08:30:00Z", "2304", "2026-03-02T08:30:00", 0, None),
        ("2026-03-02T08:30:00+0530", "2304", "2026-03-02T03:00:00", 330, None),
        ("2026-03-02T08:30:00 -06", "2304", "2026-03-02T14:30:00", -360, None),
        ("2026-03-02T08:30", "", "2026-03-02T08:30:00", 0, "zone_assumed"),
        ("2026-03-02T08:30", "0101", "2026-03-02T08:30:00", 0, "zone_assumed"),
        ("2026-03-02", "2304", "2026-03-02T06:00:00", -360, "day_only"),
        ("2026-03-08T02:30", "2304", "2026-03-08T08:30:00", -300, "time_skipped"),
        ("2026-11-01T01:30", "2304", "2026-11-01T06:30:00", -300, "offset_assumed"),
    ],
)
def test_times(text: str, port: str, utc: str, offset: int, warning: str | None) -> None:
    batch = one(filed_at=text, port=port)
    assert codes(batch) == ([warning] if warning else [])
    row = batch.table.row(0, named=True)
    assert row["filed_at"] == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert row["filed_offset_minutes"] == offset


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("declaration_id", " ", "field_missing"),
        ("filed_at", "", "field_missing"),
        ("filed_at", "2 March 2026", "time_format"),
        ("filed_at", "2026-02-30T10:00:00Z", "time_format"),
        ("filed_at", "2026-03-02T24:01:00Z", "time_format"),
        ("filed_at", "1926-03-02T10:00:00Z", "time_range"),
        ("filed_at", "2026-03-02T10:00:00+15:00", "time_range"),
        ("filed_at", "2026-03-02T10:00:00+05:75", "time_range"),
        ("gross_mass_kg", "18,000", "number_format"),
        ("gross_mass_kg", "18000 kg", "number_format"),
        ("gross_mass_kg", "nan", "number_format"),
        ("value_usd", "inf", "number_format"),
        ("value_usd", "1e400", "number_format"),
        ("value_usd", "-1", "number_range"),
        ("value_usd", "1e13", "number_range"),
        ("duty_rate", "12", "number_range"),
        ("declared_empty", "yes", "boolean_format"),
        ("hs6", "8708.29", "hs6_format"),
        ("hs6", "87082", "hs6_format"),
        ("hs6", "٨٧٠٨٢٩", "hs6_format"),
        ("action", "amend", "action_unknown"),
        ("action", "cancel", "action_without_amends"),
        ("amends", "A0", "amends_without_action"),
    ],
)
def test_what_cannot_be_meant_is_refused(field: str, value: str, code: str) -> None:
    batch = one(**{field: value})
    assert codes(batch, "refusal") == [code]
    assert len(batch.table) == 0
    (record,) = batch.refused
    assert record.place == "line 2"
    assert record.problems[0].place == f"line 2, column {field}"
    assert value in record.raw


KEYS = (
    *("declaration_id", "crossing_id", "carrier_id", "driver_id", "tractor_id", "importer_id", "exporter_id"),
    *("broker_id", "seal_id", "port", "bridge", "origin", "departure", "trade_programme", "lane"),
)


@pytest.mark.parametrize("field", KEYS)
@pytest.mark.parametrize(
    ("value", "code"),
    [
        *((f"a{control}b", "control_character") for control in ("\x01", "\x1b[2J", "\t", "\n", "\x7f", "\x85")),
        ("x" * 201, "key_too_long"),
        ("é" * 101, "key_too_long"),
    ],
)
def test_an_identifier_or_a_code_is_visible_and_short(field: str, value: str, code: str) -> None:
    batch = one(**{field: value})
    assert codes(batch, "refusal") == [code]
    (record,) = batch.refused
    assert record.problems[0].place == f"line 2, column {field}"
    assert len(one(**{field: "é" * 100}).table) == 1


def test_what_is_amended_is_visible_and_short() -> None:
    assert codes(one(amends="A\x01", action="replace"), "refusal") == ["control_character"]
    assert codes(one(amends="A" * 201, action="replace"), "refusal") == ["key_too_long"]


def test_free_text_and_names_may_have_line_breaks_and_length() -> None:
    batch = one(description="a\nb\tc" + "x" * 5_000, driver_name="n" * 300, Turno="a\nb" + "y" * 300)
    assert codes(batch) == []
    assert batch.table["description"].str.len_chars().to_list() == [5_005]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("hs6", "123456", "hs6_unknown"),
        ("origin", "mx", "country_unknown"),
        ("departure", "ZZ", "country_unknown"),
        ("port", "30", "port_unknown"),
        ("lane", "express", "lane_unknown"),
        ("trade_programme", "gold", "programme_unknown"),
        ("duty_rate", "7.5", "duty_rate_high"),
    ],
)
def test_what_a_list_does_not_know_is_kept_with_a_warning(field: str, value: str, code: str) -> None:
    batch = one(**{field: value})
    assert codes(batch) == [code]
    assert str(batch.table[field][0]) == value
    assert batch.warnings() == {1: (code,)}


@pytest.mark.parametrize("how", [{"declared_empty": "1"}, {"lane": "empty"}, {"action": "cancel", "amends": "A0"}])
def test_only_goods_need_parties(how: dict[str, str]) -> None:
    none = dict.fromkeys(("importer_id", "exporter_id", "broker_id", "hs6"), "")
    assert codes(one(**none, **how)) == []
    assert codes(one(**none, **dict.fromkeys(how, ""))) == ["party_missing"] * 4


def test_a_column_that_is_not_there_is_said_once_for_the_file() -> None:
    batch = only(b"declaration_id,filed_at\nA,2026-01-01T00:00:00Z\nB,2026-01-01T00:00:00Z\n")
    assert [(each.code, each.record, each.place) for each in batch.problems] == [
        ("column_absent", 0, f"file, column {name}") for name in ("importer_id", "exporter_id", "broker_id", "hs6")
    ]


def test_reasons_never_quote_a_value() -> None:
    """A refused record's reasons are recorded in clear; a value may name a person, a shifted one in any column."""
    secret = "Juan Pérez Secreto"
    for field in DECLARATION_SCHEMA.keys() - {"record", "extra", "filed_offset_minutes"}:
        batch = one(**{field: secret})
        for problem in batch.problems:
            assert secret not in problem.reason.en + problem.reason.es + problem.place


def test_a_refused_record_gives_whom_it_speaks_of() -> None:
    batch = one(hs6="x", driver_id=" D7 ", driver_name="Ana", tractor_id="TX-1")
    assert set(batch.refused[0].identities) == {
        ("importer_id", "I1"),
        ("exporter_id", "E1"),
        ("broker_id", "B1"),
        ("driver_id", "D7"),
        ("driver_name", "Ana"),
        ("tractor_id", "TX-1"),
    }


def test_whom_a_refused_record_speaks_of_is_read_as_a_good_one_is() -> None:
    rules = Mapping(
        "m", {"chofer": ColumnRule("driver_id", pad=4), "eje": ColumnRule("tractor_id", values={"1": "TX"})}
    )
    data = b"declaration_id,filed_at,chofer,eje,hs6\nA,2026-01-01T00:00:00Z,7,1,x\nB,2026-01-01T00:00:00Z,7,1,870829\n"
    batch = only(data, mapping=rules)
    assert batch.table.select("driver_id", "tractor_id").rows() == [("0007", "TX")]
    assert set(batch.refused[0].identities) == {("driver_id", "0007"), ("tractor_id", "TX")}


@pytest.mark.parametrize("row", [b"A,2026-01-01T00:00:00Z,Ana,870829,x\n", b"A,2026-01-01T00:00:00Z,Ana\n"])
def test_a_record_that_does_not_line_up_gives_whom_it_may_speak_of(row: bytes) -> None:
    batch = only(b"declaration_id,filed_at,driver_name,hs6\n" + row)
    assert ("driver_name", "Ana") in batch.refused[0].identities
    assert batch.refused[0].raw == row.decode().rstrip("\n")


def test_unknown_columns_stay_in_extra_and_labels_do_not() -> None:
    batch = one(outcome="1", threat="theft", severity="3", Turno='ma"ñana\t', Nada="", Báscula="7")
    assert msgspec.json.decode(batch.table["extra"][0]) == {"Turno": 'ma"ñana\t', "Báscula": "7"}
    assert batch.labels is not None
    assert batch.labels.row(0, named=True) == {
        "examined": None,
        "propensity": None,
        "outcome": True,
        "threat": "theft",
        "severity": 3.0,
        "override": None,
    }


@pytest.mark.parametrize(("said", "read"), [("1", True), ("0", False), ("", None)])
def test_a_history_may_mark_what_an_officer_chose(said: str, read: bool | None) -> None:
    batch = one(outcome="1", override=said)
    assert batch.labels is not None
    assert batch.labels["override"].to_list() == [read]


def test_a_label_asked_for_becomes_the_outcome_and_is_kept_out_of_the_table() -> None:
    head = "declaration_id,filed_at,outcome,Hallazgo,value_usd\n"
    data = f"{head}A,2026-01-01T00:00:00Z,0,2,5\nB,2026-01-01T00:00:00Z,1,0,5\n".encode()
    batch = only(data, label="hallazgo")
    assert batch.labels is not None
    assert batch.labels["outcome"].to_list() == [True, False]
    assert batch.table["extra"].to_list() == [None, None]
    assert "label_replaced" in codes(batch)
    of_field = only(data, label="value_usd")
    assert of_field.labels is not None
    assert of_field.labels["outcome"].to_list() == [True, True]
    assert of_field.table["value_usd"].to_list() == [None, None]
    assert codes(only(data, label="nothing")) == ["label_missing"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("outcome", "maybe", "label_unreadable"),
        ("outcome", "-1", "label_unreadable"),
        ("outcome", "nan", "label_unreadable"),
        ("propensity", "1.5", "label_unreadable"),
        ("severity", "bad", "label_unreadable"),
        ("threat", "weather", "threat_unknown"),
    ],
)
def test_a_label_that_cannot_be_read_is_left_out(field: str, value: str, code: str) -> None:
    batch = one(**{field: value})
    assert codes(batch) == [code]
    assert len(batch.table) == 1
    assert batch.labels is not None
    assert batch.labels[field].to_list() == [None]


def rows(*lines: str) -> bytes:
    head = "declaration_id,filed_at,amends,action,value_usd\n"
    return (head + "".join(line.replace("@", "2026-01-01T00:00:00Z") + "\n" for line in lines)).encode()


@pytest.mark.parametrize("batch_rows", [1, 2, 100])
def test_the_same_again_is_kept_once_and_a_contradiction_refused(batch_rows: int) -> None:
    data = rows("A,@,,,1", "B,@,,,1", "A,@,,,1.0", "A,@,,,2", "B,@,C,cancel,1")
    batches = list(declarations.read_bytes(data, batch_rows=batch_rows))
    kept = pl.concat([batch.table for batch in batches])
    assert kept["record"].to_list() == [1, 2]
    assert sum(batch.repeated for batch in batches) == 1
    found = sorted((each.record, each.code) for batch in batches for each in batch.problems if each.record)
    assert found == [(3, "declaration_repeated"), (4, "declaration_contradicts"), (5, "declaration_contradicts")]


@pytest.mark.parametrize("batch_rows", [1, 100])
def test_amendments_do_not_go_in_a_ring(batch_rows: int) -> None:
    data = rows("A,@,,,1", "B,@,A,replace,2", "C,@,B,cancel,", "X,@,Y,replace,1", "Y,@,Z,replace,1", "Z,@,X,replace,1")
    batches = list(declarations.read_bytes(rows("S,@,S,replace,1"), batch_rows=batch_rows))
    assert [each.code for batch in batches for each in batch.problems if each.record] == ["amends_itself"]
    batches = list(declarations.read_bytes(data, batch_rows=batch_rows))
    assert [each.record for batch in batches for each in batch.refused] == [6]
    assert [each.code for batch in batches for each in batch.problems if each.record] == ["amends_ring"]


def test_a_long_chain_of_amendments_takes_no_time_of_its_own() -> None:
    chain = (f"D{number},@,D{number - 1},replace,{number}" for number in range(1, 3_000))
    batches = list(declarations.read_bytes(rows("D0,@,,,0", *chain), batch_rows=100))
    assert sum(len(batch.table) for batch in batches) == 3_000


@pytest.mark.parametrize(
    ("data", "code", "column"),
    [
        (b"", "file_empty", ""),
        (b"\n \n\r\n", "file_empty", ""),
        (b"\xff\xfe\x00\x00d\x00\x00\x00", "not_text", ""),
        (b"PK\x03\x04....", "not_text", ""),
        (b"PAR1 and no more", "parquet_damaged", ""),
        (b"a,b,c\n1,2,3\n", "column_missing", "declaration_id"),
        (b"declaration_id,x\nA,1\n", "column_missing", "filed_at"),
        (b"declaration_id,filed_at,hs6,HS6 \n", "column_twice", "HS6"),
        (b"declaration_id,filed_at," + b",".join(b"c%d" % n for n in range(999)) + b"\n", "columns_too_many", ""),
        (b"declaration_id,filed_at," + b"x" * 200_000 + b"\n", "header_too_long", ""),
    ],
)
def test_a_file_that_is_no_table_is_refused_once(data: bytes, code: str, column: str) -> None:
    batch = only(data)
    assert [(each.record, each.code, each.gravity) for each in batch.problems] == [(0, code, "refusal")]
    assert batch.findings[0].column == column
    assert batch.stopped
    assert (batch.records, len(batch.table)) == (0, 0)


def test_a_header_without_records_is_accepted_with_a_warning() -> None:
    batch = only((",".join(GOOD) + "\n").encode())
    assert codes(batch) == ["no_records"]
    assert not batch.stopped


def test_columns_without_a_name_of_their_own_are_kept_under_another() -> None:
    batch = only((",".join(GOOD) + ",note,,note\n" + ",".join(GOOD.values()) + ",a,b,c\n").encode())
    assert codes(batch) == ["column_renamed", "column_renamed"]
    assert msgspec.json.decode(batch.table["extra"][0]) == {"note": "a", "column #8": "b", "note #9": "c"}


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    path.write_bytes(b"declaration_id,filed_at\n" * 10)
    limits = Limits(file_bytes=100)
    assert codes(next(declarations.read(path, limits=limits))) == ["file_too_large"]
    assert codes(only(path.read_bytes(), limits=limits)) == ["file_too_large"]


def test_a_column_name_cannot_write_to_the_terminal() -> None:
    name = "hs6\x1b[2J\u202e" + "x" * 500
    batch = only(f"declaration_id,filed_at,{name},{name}\nA,2026-01-01T00:00:00Z,1,2\n".encode())
    for problem in batch.problems:
        for text in (problem.place, problem.reason.en, problem.reason.es):
            assert "\x1b" not in text
            assert "\u202e" not in text
            assert len(text) < 400


def test_the_korean_files_are_read_as_they_are(shared_data: Path) -> None:
    for name, count, fraud in (("kcs_valid.csv", 8_134, 1_704), ("kcs_train_2020-01_2020-12.csv", 37_385, 8_114)):
        batches = list(declarations.read(shared_data / "declarations" / name))
        table = pl.concat([batch.table for batch in batches])
        labels = pl.concat([batch.labels for batch in batches if batch.labels is not None])
        assert len(table) == len(labels) == count
        assert not any(batch.refused for batch in batches)
        assert int(labels["outcome"].sum()) == fraud
        assert (labels["threat"].drop_nulls() == "misdeclaration").all()
        assert labels["threat"].null_count() == count - fraud
        assert table["filed_offset_minutes"].unique().to_list() == [540]
        once = {each.code for each in batches[0].problems if each.record == 0}
        assert once == {"filed_day_only", "port_foreign", "mass_is_net", "value_currency"}
        assert not any(each.record == 0 for batch in batches[1:] for each in batch.problems)
        extra = msgspec.json.decode(table["extra"][0])
        assert set(extra) == {
            *("Process Type", "Import Type", "Import Use", "Payment Type", "Mode of Transport", "Tax Type"),
            "Country of Origin Indicator",
        }
