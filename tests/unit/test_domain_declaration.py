"""A declaration as a value and a row that intake reads: both refuse the same, and know the same codes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from aforo.domain.declaration import LISTED_FIELDS, Declaration, listed_codes, unknown_codes
from aforo.intake import declarations, validation

AT = datetime(2026, 1, 5, 13, 40, tzinfo=UTC)
#: What intake says of a code that its list does not know.
UNKNOWN = {"hs6_unknown", "country_unknown", "port_unknown", "lane_unknown", "programme_unknown"}

ROWS: tuple[dict[str, Any], ...] = (
    {},
    {"hs6": "870829", "origin": "MX", "departure": "MX", "port": "2304", "lane": "fast", "trade_programme": "oea"},
    {"hs6": "12"},
    {"hs6": "8708.29"},
    {"hs6": "000000"},
    {"origin": "QQ"},
    {"departure": "QQ"},
    {"port": "240"},  # a Mexican customs office
    {"lane": "sentri"},
    {"trade_programme": "gold"},
    {"gross_mass_kg": 0.0},
    {"gross_mass_kg": -5.0},
    {"value_usd": -0.01},
    {"duty_rate": -1.0},
    {"packages": -1.0},
    {"duty_rate": 2.5},
    {"amends": "other", "action": "replace"},
    {"amends": "other", "action": "cancel"},
    {"amends": "other", "action": "change"},
    {"amends": "other"},
    {"action": "cancel"},
    {"amends": "D", "action": "replace"},
)


@pytest.mark.parametrize("fields", ROWS, ids=str)
def test_intake_and_the_type_say_the_same(fields: dict[str, Any]) -> None:
    file = pl.DataFrame([{"declaration_id": "D", "filed_at": AT.isoformat(), **fields}]).write_csv()
    (batch,) = declarations.read_bytes(file.encode())
    try:
        declaration = Declaration("D", AT, **fields)
    except ValueError:
        assert batch.refused
        return
    assert not batch.refused
    told = [each for each in batch.findings if each.code in UNKNOWN]
    assert {each.column for each in told} == set(unknown_codes(declaration))


def test_intake_and_the_type_know_the_same_codes() -> None:
    assert set(LISTED_FIELDS) == set(validation.CODE_LISTS)
    for field in LISTED_FIELDS:
        assert set(listed_codes(field)) == set(validation.known_codes(field).explode().to_list())


def test_unknown_codes_are_told_in_the_order_of_their_fields() -> None:
    declaration = Declaration("D", AT, port="240", hs6="000000", origin="QQ", lane="standard")
    assert unknown_codes(declaration) == ("hs6", "origin", "port")
    assert unknown_codes(Declaration("D", AT)) == ()
