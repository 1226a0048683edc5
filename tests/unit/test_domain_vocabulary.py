"""The vocabulary holds what it promises, on construction and on decoding, and says which field is wrong."""

from __future__ import annotations

import importlib.util
import math
import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

import aforo.domain
from aforo.domain.checked import Checked
from aforo.domain.crossing import Crossing, Shipment
from aforo.domain.declaration import Declaration
from aforo.domain.examination import ExaminationRecord
from aforo.domain.incident import Incident
from aforo.domain.outcome import Outcome
from aforo.domain.port import Port, Scanner, Seal
from aforo.domain.trader import Trader

AT = datetime(2026, 1, 5, 13, 40, tzinfo=timezone(timedelta(hours=-6)))
NAIVE = datetime(2026, 1, 5, 13, 40)

#: One good value of each type, in full.
GOOD: tuple[Checked, ...] = (
    Crossing("X1", "World Trade", date(2026, 1, 5), ("D1", "D2")),
    Shipment("S1", "X1", ("D1",)),
    Trader("carrier", 2**64 - 1, "ctpat2"),
    Port("2304", "Laredo, TX", "America/Chicago", ("World Trade", "Colombia")),
    Scanner("S-17", "MEP", "2304"),
    Seal("A123", "H"),
    ExaminationRecord("X1", "joint", "priced", AT, 12.5, joint=True),
    Outcome("X1", AT, True, "people", 2.5, by_override=True),
    Incident("I1", "blockade", "2304", AT, AT, "news", 5),
    Declaration(
        "D1", AT, "2304", "World Trade", "X1", "CA", "DR", "TR", "IM", "EX", "BR", "870829", "parts", "MX", "US",
        18_000.0, 90_000.0, 0.025, 40.0, False, "oea", "fast", "A123", "Importer", "Exporter", "Carrier", "Driver",
        "D0", "replace", {"colour": "red"}, "S1",
    ),
)  # fmt: skip

#: A field of a type, what may not stand in it, and a word of what is said.
BAD: tuple[tuple[type[Checked], str, Any, str], ...] = (
    (Crossing, "crossing_id", "", "not empty"),
    (Crossing, "bridge", "", "not empty"),
    (Crossing, "arrival_day", AT, "date"),
    (Crossing, "declaration_ids", (), "at least one"),
    (Crossing, "declaration_ids", ("D1", ""), "not empty"),
    (Shipment, "shipment_id", "", "not empty"),
    (Shipment, "declaration_ids", ("",), "not empty"),
    (Trader, "kind", "smuggler", "importer"),
    (Trader, "identity", 0, "2^64"),
    (Trader, "identity", -1, "2^64"),
    (Trader, "identity", 2**64, "2^64"),
    (Trader, "programme", "gold", "ctpat1"),
    (Port, "port", "99999", "Schedule D"),
    (Port, "port", "23O4", "Schedule D"),
    (Port, "port", "2304\n", "Schedule D"),
    (Port, "name", "", "not empty"),
    (Port, "zone", "Nowhere/Zone", "IANA"),
    (Port, "zone", "../etc/passwd", "IANA"),
    (Port, "zone", "America", "IANA"),
    (Port, "bridges", ("",), "not empty"),
    (Scanner, "scanner_id", "", "not empty"),
    (Scanner, "kind", "", "not empty"),
    (Scanner, "port", "Laredo", "Schedule D"),
    (Seal, "seal_id", "", "not empty"),
    (Seal, "iso_17712_class", "Q", "H, S, I"),
    (ExaminationRecord, "examination", "nonsense", "scan"),
    (ExaminationRecord, "examination", "release", "not examined"),
    (ExaminationRecord, "basis", "whatever", "random"),
    (ExaminationRecord, "started_at", NAIVE, "offset"),
    (ExaminationRecord, "minutes", -3.0, "zero or more"),
    (ExaminationRecord, "minutes", math.nan, "finite"),
    (ExaminationRecord, "minutes", math.inf, "finite"),
    (Outcome, "crossing_id", "", "not empty"),
    (Outcome, "found_at", NAIVE, "offset"),
    (Outcome, "violation", 1, "bool"),
    (Outcome, "threat", "nukes", "contraband"),
    (Outcome, "severity", -0.5, "zero or more"),
    (Outcome, "severity", math.inf, "finite"),
    (Incident, "incident_id", "", "not empty"),
    (Incident, "kind", "", "not empty"),
    (Incident, "place", "", "not empty"),
    (Incident, "started_at", NAIVE, "offset"),
    (Incident, "ended_at", AT - timedelta(seconds=1), "started_at"),
    (Incident, "severity", 0, "1 (noted)"),
    (Incident, "severity", 99, "5 (corridor stopped)"),
    (Declaration, "declaration_id", "", "not empty"),
    (Declaration, "filed_at", NAIVE, "offset"),
    (Declaration, "hs6", "12", "six digits"),
    (Declaration, "hs6", "870829\n", "six digits"),
    (Declaration, "hs6", "٨٧٠٨٢٩", "six digits"),
    (Declaration, "origin", "ZZZ", "ISO 3166"),
    (Declaration, "departure", "us", "ISO 3166"),
    (Declaration, "gross_mass_kg", -5.0, "zero or more"),
    (Declaration, "value_usd", math.nan, "finite"),
    (Declaration, "duty_rate", -0.01, "zero or more"),
    (Declaration, "packages", math.inf, "finite"),
    (Declaration, "declared_empty", "yes", "bool"),
    (Declaration, "action", "change", "replace, cancel"),
    (Declaration, "action", None, "amends"),
    (Declaration, "amends", None, "amends"),
    (Declaration, "amends", "D1", "another"),
    (Declaration, "extra", {"colour": 3}, "texts"),
)


@pytest.mark.parametrize("good", GOOD, ids=lambda good: type(good).__name__)
def test_what_is_right_is_kept_and_comes_back_from_json(good: Checked) -> None:
    assert all(getattr(good, field.name) is not None for field in msgspec.structs.fields(type(good)))
    assert msgspec.json.decode(msgspec.json.encode(good), type=type(good)) == good


@pytest.mark.parametrize("good", GOOD, ids=lambda good: type(good).__name__)
def test_what_may_be_left_out_may(good: Checked) -> None:
    needed = [field.name for field in msgspec.structs.fields(type(good)) if field.required]
    least = type(good)(**{name: getattr(good, name) for name in needed})
    assert msgspec.json.decode(msgspec.json.encode(least), type=type(good)) == least


def given(kind: type[Checked], field: str, value: Any) -> dict[str, Any]:
    """The good value of a type, with another value in one field."""
    good = next(each for each in GOOD if type(each) is kind)
    return {**msgspec.structs.asdict(good), field: value}


@pytest.mark.parametrize(("kind", "field", "value", "word"), BAD)
def test_what_is_wrong_is_refused_where_it_is_made(kind: type[Checked], field: str, value: Any, word: str) -> None:
    with pytest.raises(ValueError, match=re.escape(word)) as refused:
        kind(**given(kind, field, value))
    assert str(refused.value).startswith(f"{kind.__name__}.")


@pytest.mark.parametrize(("kind", "field", "value", "word"), BAD)
def test_what_is_wrong_is_refused_where_it_is_read(kind: type[Checked], field: str, value: Any, word: str) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        return  # JSON has no such number
    stored = msgspec.json.encode(given(kind, field, value))
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(stored, type=kind)


def test_an_error_never_quotes_what_was_given() -> None:
    with pytest.raises(ValueError, match=r"^Declaration\.hs6 must be six digits") as refused:
        Declaration("D", AT, hs6="PERSONAL")
    assert "PERSONAL" not in str(refused.value)
    assert refused.value.__suppress_context__, "nor does the traceback"


def test_a_code_that_no_list_knows_is_kept() -> None:
    assert not Port("9998", "A new one", "America/Chicago").listed
    assert Port("2304", "Laredo, TX", "America/Chicago").listed
    assert Port("23XX", "Laredo district", "America/Chicago").port == "23XX"


def test_a_whole_number_is_a_quantity_too() -> None:
    assert Declaration("D", datetime(2026, 1, 5, tzinfo=UTC), gross_mass_kg=5).gross_mass_kg == 5


def test_where_to_start_names_modules_that_exist() -> None:
    named = re.findall(r"`(\w+)`", aforo.domain.__doc__ or "")
    assert named
    for module in named:
        assert importlib.util.find_spec(f"aforo.domain.{module}"), module
