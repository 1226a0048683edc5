"""Identifiers that a mapping makes for a file that has none: by row, and by a digest of what a row says."""

from __future__ import annotations

import pytest

from aforo.intake import declarations
from aforo.intake.batch import IDENTITY_COLUMNS
from aforo.intake.mapping import FIELDS, Mapping, MappingError, parse

HEAD = "Fecha,Factura,Importador,Valor\n"
ROWS = ("2026-03-01T08:00:00Z,F1,ABC,10\n", "2026-03-01T09:00:00Z,F2,ABD,20\n", "2026-03-02T09:00:00Z,F3,ABD,30\n")
COLUMNS = '[columns]\nFecha = "filed_at"\nImportador = "importer_id"\nValor = "value_usd"\n'


def mapping(made: str) -> Mapping:
    return parse(f'name = "x"\ndeclaration_id = {made}\n{COLUMNS}', "x.toml")


def identifiers(text: str, made: str, batch_rows: int = 2) -> list[str]:
    batches = declarations.read_bytes(text.encode(), mapping=mapping(made), batch_rows=batch_rows)
    return [name for batch in batches for name in batch.table["declaration_id"]]


@pytest.mark.parametrize("batch_rows", [1, 2, 100])
def test_a_row_is_named_by_its_number_in_the_file_the_damaged_counted(batch_rows: int) -> None:
    text = HEAD + ROWS[0] + "too,few\n" + ROWS[1] + ROWS[2]
    assert identifiers(text, '{ from = "row", prefix = "m-" }', batch_rows) == ["m-1", "m-3", "m-4"]


def test_a_file_whose_rows_are_named_by_number_says_what_that_means() -> None:
    [batch] = declarations.read_bytes((HEAD + ROWS[0]).encode(), mapping=mapping('{ from = "row" }'))
    assert "declaration_id_by_row" in {each.code for each in batch.findings if each.gravity == "warning"}
    assert not batch.stopped


def test_a_digest_is_the_same_in_every_file_and_place_and_differs_with_what_it_is_of() -> None:
    made = '{ from = "digest", of = ["Fecha", "factura"] }'
    first, second, third = identifiers(HEAD + "".join(ROWS), made)
    assert len({first, second, third}) == 3
    assert identifiers(HEAD + ROWS[2] + ROWS[0], made, 100) == [third, first]
    turned = "Valor;Factura;Fecha;Importador\n10;F1;2026-03-01T08:00:00Z;ABC\n"
    assert identifiers(turned, made) == [first]
    # Kept in logs: it may never change.
    assert first == "aab66854701c807c9eeb2b08"


def test_values_that_join_to_the_same_text_have_other_digests() -> None:
    made = '{ from = "digest", of = ["Factura", "Valor"] }'
    [one] = identifiers(HEAD + "2026-03-01T08:00:00Z,F,A,11\n", made)
    [other] = identifiers(HEAD + "2026-03-01T08:00:00Z,F1,A,1\n", made)
    assert one != other


def test_a_row_without_any_value_of_the_digest_is_refused() -> None:
    [batch] = declarations.read_bytes(
        (HEAD + "2026-03-01T08:00:00Z,,A,11\n").encode(), mapping=mapping('{ from = "digest", of = ["Factura"] }')
    )
    assert [each.code for each in batch.problems if each.gravity == "refusal"] == ["field_missing"]


def test_a_digest_of_a_column_that_the_file_lacks_refuses_the_file_with_its_columns() -> None:
    [batch] = declarations.read_bytes((HEAD + ROWS[0]).encode(), mapping=mapping('{ from = "digest", of = ["Guía"] }'))
    (problem,) = [each for each in batch.problems if each.gravity == "refusal"]
    assert problem.code == "column_missing"
    assert "Guía" in problem.reason.en
    assert "Fecha, Factura, Importador, Valor" in problem.reason.es


@pytest.mark.parametrize("target", IDENTITY_COLUMNS)
def test_no_digest_is_made_of_whoever_may_be_erased(target: str) -> None:
    assert target in FIELDS
    with pytest.raises(MappingError) as error:
        parse(f'name = "x"\ndeclaration_id = {{ from = "digest", of = ["A"] }}\n[columns]\nA = "{target}"\n', "x.toml")
    assert "digest" in error.value.text.en
    with pytest.raises(MappingError):
        parse(f'name = "x"\ndeclaration_id = {{ from = "digest", of = ["{target}"] }}\n', "x.toml")


@pytest.mark.parametrize(
    "made",
    [
        '{ from = "digest" }',
        '{ from = "row", of = ["A"] }',
        '{ from = "digest", of = ["A"], prefix = "x" }',
        '{ from = "x" }',
    ],
)
def test_an_identifier_that_is_made_of_nothing_or_of_both_is_no_mapping(made: str) -> None:
    with pytest.raises(MappingError):
        mapping(made)


def test_an_identifier_is_made_in_one_way() -> None:
    with pytest.raises(MappingError):
        parse('name = "x"\ndeclaration_id = { from = "row" }\n[columns]\nA = "declaration_id"\n', "x.toml")
