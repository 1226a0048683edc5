"""Claims on freight and on seizures: which table, which months, which unit."""

from __future__ import annotations

from datetime import date

import polars as pl
from claims_scene import verdict

from aforo.intake import seizures, transborder
from aforo.scoreboard.claim_tables import Tables
from aforo.scoreboard.claim_verdicts import Verdict


def freight(*rows: tuple[str, int, str | None, str | None, str | None, int]) -> Tables:
    """Rows of table, month of 2024, state, port, commodity and dollars."""
    full = [
        (table, date(2024, month, 1), "import", "mexico", "truck", state, port, commodity, dollars)
        for table, month, state, port, commodity, dollars in rows
    ]
    return Tables(freight=pl.DataFrame(full, schema=transborder.SCHEMA, orient="row"))


def of_freight(period: str, **filters: str) -> str:
    named = "".join(f", {name} = {value}" for name, value in filters.items())
    return f'kind = "sum", of = {{ from = "transborder", period = "{period}"{named} }}'


DOLLARS = 'figure = "10", unit = "dollars"'


def test_freight_is_the_sum_of_one_table_and_the_tables_must_agree() -> None:
    one = freight(("dot1", 1, "TX", "2304", None, 10), ("dot2", 1, "TX", None, "84", 10))
    assert verdict(DOLLARS, of_freight("2024-01"), tables=one).verdict == "reproduced"
    assert verdict(DOLLARS, of_freight("2024-01", mode='"truck"'), tables=one).verdict == "reproduced"
    assert verdict(DOLLARS, of_freight("2024-01", ports='"laredo"'), tables=one).verdict == "reproduced"
    assert verdict(DOLLARS, of_freight("2024-01", commodities='["84"]'), tables=one).verdict == "reproduced"
    other = freight(("dot1", 1, "TX", "2304", None, 10), ("dot2", 1, "TX", None, "84", 11))
    own = verdict(DOLLARS, of_freight("2024-01"), tables=other)
    assert own.verdict == "not_in_the_data"
    assert "dot1: 10, dot2: 11" in own.lacking[0].en


def test_months_of_freight_that_are_not_loaded_are_named() -> None:
    tables = freight(("dot1", 1, "TX", "2304", None, 10), ("dot1", 3, "TX", "2304", None, 10))
    own = verdict(DOLLARS, of_freight("2024"), tables=tables)
    assert [each.en for each in own.lacking] == [
        "TransBorder (dot1 / dot2 / dot3): not loaded: 2024-02, 2024-04–2024-12"
    ]
    apart = verdict(DOLLARS, of_freight("2024-01", ports='"laredo"', commodities='["84"]'), tables=tables)
    assert [each.en for each in apart.lacking] == ["TransBorder (dot3): not loaded: 2024-01"]
    two = freight(("dot1", 1, "TX", "2304", None, 10), ("dot1", 3, "AZ", "2604", None, 10))
    nothing = verdict(DOLLARS, of_freight("2024-01", states='["AZ"]'), tables=two)
    assert [each.en for each in nothing.lacking] == ["TransBorder (dot1): no row of what is asked for"]


def test_a_name_that_no_month_has_is_told_and_not_counted_as_nothing() -> None:
    tables = freight(("dot1", 1, "TX", "2304", None, 10), ("dot1", 2, "AZ", "2303", None, 7))
    for filters, unknown in (
        ({"states": '["TX", "California"]'}, ["California"]),
        ({"states": '["tx", "Nevada"]'}, ["tx", "Nevada"]),
        ({"ports": '"laredo"', "country": '"canada"'}, ["canada"]),
    ):
        own = verdict(DOLLARS, of_freight("2024-01", **filters), tables=tables)
        assert own.verdict == "not_in_the_data"
        assert own.computed is None
        told = [f"TransBorder (dot1): no row of any month has “{each}”" for each in unknown]
        assert [each.en for each in own.lacking] == told
    # A state that another month has had no freight in this one: that is nothing, and counts as such.
    assert verdict(DOLLARS, of_freight("2024-01", states='["TX", "AZ"]'), tables=tables).verdict == "reproduced"


def test_a_drug_that_is_misspelt_beside_another_is_told() -> None:
    at = ("office of field operations", "southwest border", "land only", "laredo field office")
    rows = [(date(2024, 1, 1), *at, "fentanyl", 2, 1_500_000), (date(2024, 2, 1), *at, "heroin", 1, 2_000_000)]
    tables = Tables(seizures=pl.DataFrame(rows, schema=seizures.SCHEMA, orient="row"))

    def of(drugs: str) -> Verdict:
        term = f'{{ from = "seizures", measure = "pounds", period = "2024-01", drugs = {drugs} }}'
        return verdict('figure = "1.5", unit = "pounds"', f'kind = "sum", of = {term}', tables=tables)

    wrong = of('["fentanyl", "Metamphetamine"]')
    assert wrong.verdict == "not_in_the_data"
    assert [each.es for each in wrong.lacking] == [
        "decomisos de drogas: ninguna fila de ningún mes tiene «metamphetamine»"
    ]
    assert of('["fentanyl", "heroin"]').verdict == "reproduced"


def test_seizures_are_pounds_tonnes_or_events_of_what_is_named() -> None:
    at = ("office of field operations", "southwest border", "land only", "laredo field office")
    rows = [(date(2024, 1, 1), *at, "fentanyl", 2, 1_500_000), (date(2024, 1, 1), *at, "heroin", 1, 2_000_000)]
    tables = Tables(seizures=pl.DataFrame(rows, schema=seizures.SCHEMA, orient="row"))

    def own(measure: str, figure: str, **filters: str) -> Verdict:
        named = "".join(f", {name} = {value}" for name, value in filters.items())
        term = f'{{ from = "seizures", measure = "{measure}", period = "2024-01"{named} }}'
        return verdict(f'figure = "{figure}", unit = "{measure}"', f'kind = "sum", of = {term}', tables=tables)

    assert own("pounds", "3.5").verdict == "reproduced"
    assert own("pounds", "1.5", drugs='["Fentanyl"]').verdict == "reproduced"
    assert own("events", "3", land='"land only"').verdict == "reproduced"
    assert own("tonnes", "0.0015876").verdict == "reproduced"
    assert own("pounds", "0", areas='["el paso field office"]').verdict == "not_in_the_data"
