"""Dates of tables: lists of formats and serial numbers, and errors that name the format in force and show the value."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aforo.domain.problem import Problem
from aforo.intake import declarations
from aforo.intake.batch import IntakeBatch, Summary
from aforo.intake.mapping import Mapping, MappingError, parse


def mapping(form: str) -> Mapping:
    return parse(f'name = "x"\nzone = "UTC"\n[columns]\nFecha = {{ to = "filed_at", format = {form} }}\n', "x.toml")


def read(*values: str, form: str = "", head: str = "declaration_id;Fecha") -> IntakeBatch:
    rows = "".join(f"D{number};{value}\n" for number, value in enumerate(values))
    renames = mapping(form) if form else parse('name = "x"\n[columns]\nFecha = "filed_at"\n', "x.toml")
    [batch] = declarations.read_bytes(f"{head}\n{rows}".encode(), mapping=renames)
    return batch


def refusals(batch: IntakeBatch) -> list[Problem]:
    return [each for each in batch.problems if each.gravity == "refusal"]


def test_the_first_format_that_fits_reads_a_value() -> None:
    form = '["%d/%m/%Y %H:%M", "%d/%m/%Y", "%Y%m%dT%H%M%z", "excel"]'
    batch = read("05/03/2026 08:30", "05/03/2026", "44166", "44166,75", "44166.5", "20260305T0830-0600", form=form)
    assert refusals(batch) == []
    assert batch.table["filed_at"].to_list() == [
        datetime(2026, 3, 5, 8, 30, tzinfo=UTC),
        datetime(2026, 3, 5, tzinfo=UTC),
        datetime(2020, 12, 1, tzinfo=UTC),
        datetime(2020, 12, 1, 18, tzinfo=UTC),
        datetime(2020, 12, 1, 12, tzinfo=UTC),
        datetime(2026, 3, 5, 14, 30, tzinfo=UTC),
    ]
    assert batch.table["filed_offset_minutes"].to_list() == [0, 0, 0, 0, 0, -360]


def test_serial_numbers_are_to_the_second() -> None:
    batch = read("45292.354166666664", form='"excel"')
    assert batch.table["filed_at"].to_list() == [datetime(2024, 1, 1, 8, 30, tzinfo=UTC)]


@pytest.mark.parametrize("form", ['["%d/%m/%Y", "%H"]', '"%d/%m/%Y %H"', '["excel", "x"]', '"Excel"'])
def test_every_format_of_a_list_is_checked(form: str) -> None:
    with pytest.raises(MappingError):
        mapping(form)


def test_an_error_names_the_format_in_force_and_shows_the_value() -> None:
    found = refusals(read("2026-03-05", "44166", form='"%d/%m/%Y"'))
    assert {each.code for each in found} == {"time_format"}
    said = {each.place: each.reason for each in found}
    plain, serial = said["line 2, column Fecha"], said["line 3, column Fecha"]
    for text in (plain.en, plain.es):
        assert "%d/%m/%Y" in text
        assert "2026-03-05" in text
        assert "ISO" not in text
    assert "44166" in serial.en
    assert "Excel serial number (2020-12-01)" in serial.en
    assert "Excel (2020-12-01)" in serial.es


def test_without_a_mapping_the_format_is_iso_and_a_serial_number_is_recognised() -> None:
    plain, serial = refusals(read("05/03/2026", "44166"))
    assert "ISO 8601" in plain.reason.en
    assert "05/03/2026" in plain.reason.en
    assert "Excel serial number" in serial.reason.en
    [late] = refusals(read("2150-01-01T00:00:00Z"))
    assert (late.code, "2150-01-01T00:00:00Z" in late.reason.en) == ("time_range", True)


@pytest.mark.parametrize(
    "value",
    ["Juan Pérez", "JUAP800101HDFRRN09", "ABC-123-D", "55 1234 5678", "123-45-6789", "5551234567", "42701234567801",
     "Calle 5 de mayo 123", "juan@correo.mx", "1HGCM82633A004352", "may not cross 5", "Mario 5, 1999"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["", '"%d/%m/%Y"', '["%d/%m/%Y", "excel"]'])
def test_what_has_not_the_shape_of_a_date_is_not_shown(value: str, form: str) -> None:
    [problem] = refusals(read(value, form=form))
    assert problem.code == "time_format"
    assert value not in problem.reason.en
    assert value not in problem.reason.es


def test_kinds_of_unreadable_dates_are_summed_apart() -> None:
    summary = Summary()
    summary.add(read("44166", "2026-03-05", "44167", "x y", form='"%d/%m/%Y"').findings)
    counts = sorted(line.count for line in summary.ordered() if line.code == "time_format")
    assert counts == [1, 1, 2]


def test_a_rate_is_told_in_the_files_own_value() -> None:
    text = "declaration_id;Fecha;IGI %\nA;2026-03-05T00:00:00Z;377,3\n"
    renames = parse(
        'name = "x"\ndecimal = ","\n[columns]\nFecha = "filed_at"\n"IGI %" = { to = "duty_rate", scale = 0.01 }\n', "x"
    )
    [batch] = declarations.read_bytes(text.encode(), mapping=renames)
    [high] = [each for each in batch.problems if each.code == "duty_rate_high"]
    assert "IGI % is 377,3, and 100 is 100 %" in high.reason.en
    assert "divide" not in high.reason.en
    [batch] = declarations.read_bytes(text.replace("377,3", "-1").encode(), mapping=renames)
    [beyond] = [each for each in batch.problems if each.code == "number_range"]
    assert "times 0.01" in beyond.reason.en
