"""Counts of a published table: alone, with what of it is refused, and over those that ship."""

from __future__ import annotations

import pytest

from aforo.twin import volumes

TABLE = b"""Port Name,Port Code,Month,Measure,Value
Laredo,2304,2025-01,Trucks,1000
Laredo,2304,2025-02,Trucks,oops
Laredo,2304,2024-02,Trucks,7
"""


def test_a_table_is_read_alone_and_says_what_it_refuses() -> None:
    read = volumes.published(TABLE)
    assert read.counts == {"2304": {(2025, 1): 1_000, (2024, 2): 7}}
    assert [each.code for each in read.problems] == ["bts_count"]
    assert read.found == {"bts_count": 1}
    with pytest.raises(ValueError, match="no counts"):
        volumes.published(TABLE.replace(b"Trucks", b"Pedestrians"))


def test_over_those_that_ship_each_port_keeps_the_months_that_the_table_does_not_have() -> None:
    held, own = volumes.shipped(), volumes.over_shipped(volumes.published(TABLE).counts)
    assert own["2304"] == {**held["2304"], (2025, 1): 1_000, (2024, 2): 7}
    assert {code: months for code, months in own.items() if code != "2304"} == {
        code: months for code, months in held.items() if code != "2304"
    }
    assert volumes.shipped()["2304"][2024, 2] != 7, "what ships is not written into"
