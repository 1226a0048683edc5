"""While rows of a log are not counted, figures say which bounds they are; and no row that is found again proves one
wrong."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from fleet_said import of_said
from hypothesis import given
from hypothesis import strategies as st

from aforo.domain.scanner import ALL_COUNTED, RowsNotCounted
from aforo.fleet import contract
from aforo.fleet.bounds import Bound, bounds, contract_bound, owed_bound
from aforo.fleet.interruption_rule import interruption_rules, newest_rule
from aforo.fleet.interruptions import Said
from aforo.fleet.report import FleetFound, report
from aforo.fleet.target import Targets
from aforo.fleet.utilisation import Scans

HOUR = 3_600_000_000
UNTIL = 744
NO_SCANS = Scans([], *[np.empty(0, dtype=np.int64)] * 4)
PLAIN = """id = "C-1"
version = 1
supplier = "S"
currency = "USD"
zone = "UTC"
from = 1970-01-01
scanners = ["S-1"]
[fee]
monthly = 1000.00
[availability]
clause = "4.1"
minimum = 0.95
[[availability.band]]
clause = "4.2"
below = 0.95
credit = 0.1
[[availability.band]]
clause = "4.2b"
below = 0.5
credit = 0.3
"""
BY_CAUSE = PLAIN + '[[exclusion]]\nclause = "4.3"\ncauses = ["site"]\n'
PROMISED = PLAIN + '[repair]\nclause = "5"\ncredit = 0.05\n[[repair.term]]\nhours = 5\n'


def found(said: list[Said], missing: RowsNotCounted, version: int, document: str = PLAIN) -> FleetFound:
    record = of_said({"S-1": [Said("commissioned", 0), *said]})
    agreed = [contract.parse(document.encode())]
    return report(
        record, NO_SCANS, agreed, Targets(version=1), 0, UNTIL * HOUR, rule=interruption_rules()[version],
        missing=missing,
    )  # fmt: skip


def holds(bound: Bound, shown: float, true: float) -> bool:
    return {"exact": shown == true, "lower": shown <= true, "upper": shown >= true, "either": True}[bound]


def edges() -> st.SearchStrategy[list[Said]]:
    one = st.builds(
        Said,
        st.sampled_from(["down", "up", "down", "up", "maintenance_start", "maintenance_end", "responded"]),
        st.integers(1, UNTIL - 1).map(lambda hour: hour * HOUR),
        reporter=st.sampled_from(["port", "supplier", None]),
        cause=st.sampled_from([None, None, "site", "parts", "planned"]),
    )
    return st.lists(one, min_size=1, max_size=9, unique_by=lambda each: each.at)


@pytest.mark.parametrize("document", [PLAIN, BY_CAUSE, PROMISED], ids=["plain", "by cause", "promised"])
@pytest.mark.parametrize("version", interruption_rules())
@given(said=edges(), lost=st.sets(st.integers(0, 8), min_size=1, max_size=3), known=st.booleans())
def test_what_is_true_is_within_the_bounds(
    document: str, version: int, said: list[Said], lost: set[int], known: bool
) -> None:
    """Rows of a log are lost; the figures of the rest say of the whole log's what they are to it."""
    gone = [each for place, each in enumerate(said) if place in lost]
    kept = [each for place, each in enumerate(said) if place not in lost]
    kinds: dict[str, Any] = {
        "begins": sum(each.event in ("down", "maintenance_start") for each in gone),
        "ends": sum(each.event in ("up", "maintenance_end") for each in gone),
        "responded": sum(each.event == "responded" for each in gone),
    }
    missing = RowsNotCounted(**kinds, scanners=("S-1",) if known else None)
    whole = found(said, ALL_COUNTED, version, document)
    rest = found(kept, missing, version, document)
    assert holds(rest.bounds.downtime, rest.all.down, whole.all.down)
    (true,), (shown,) = whole.contracts, rest.contracts
    assert holds(shown.owed_bound, shown.owed_cents, true.owed_cents)
    for one, other in zip(shown.months, true.months, strict=True):
        assert holds(shown.availability_bound, one.availability or 0.0, other.availability or 0.0)


def test_a_lost_beginning_makes_availability_an_upper_bound_and_credits_a_lower_one() -> None:
    made = found([], RowsNotCounted(begins=1, scanners=("S-1",)), 2)
    assert (made.bounds.availability, made.bounds.downtime, made.bounds.utilisation) == ("upper", "lower", "lower")
    assert (made.contracts[0].owed_cents, made.contracts[0].owed_bound) == (0, "lower")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ({}, ("exact", "exact", "exact", "exact", "exact")),
        ({"begins": 1}, ("lower", "upper", "exact", "lower", "exact")),
        ({"ends": 1}, ("upper", "lower", "exact", "upper", "exact")),
        ({"begins": 1, "ends": 1}, ("either", "either", "exact", "either", "exact")),
        ({"service": 1}, ("either", "either", "either", "either", "either")),
        ({"steps": 1}, ("exact", "exact", "exact", "exact", "either")),
        ({"responded": 1}, ("exact", "exact", "exact", "exact", "exact")),
        ({"scans": 1}, ("exact", "exact", "lower", "lower", "exact")),
        ({"scans": 1, "ends": 1}, ("upper", "lower", "lower", "either", "exact")),
        ({"unknown": 1}, ("either", "either", "lower", "either", "either")),
    ],
)
def test_each_kind_of_row_bounds_its_figures(rows: dict[str, int], expected: tuple[Bound, ...]) -> None:
    record = of_said({"S-1": [Said("commissioned", 0), Said("down", 1, "port"), Said("up", 2, "port")]})
    own = bounds(RowsNotCounted(**rows), record, newest_rule())
    assert (own.downtime, own.availability, own.scans, own.utilisation, own.purchases) == expected


@pytest.mark.parametrize(
    ("document", "availability", "owed"),
    [(PLAIN, "exact", "exact"), (BY_CAUSE, "either", "either"), (PROMISED, "exact", "upper"),
     (PLAIN + '[[exclusion]]\nclause = "4"\nplanned = true\n', "lower", "upper")],
)  # fmt: skip
def test_a_cause_of_unknown_meaning_bounds_what_depends_on_causes(
    document: str, availability: Bound, owed: Bound
) -> None:
    own = bounds(RowsNotCounted(causes=3), of_said({"S-1": [Said("commissioned", 0)]}), newest_rule())
    agreed = contract.parse(document.encode())
    assert (contract_bound(agreed, own), owed_bound(agreed, own)) == (availability, owed)


def test_rows_add_up_and_a_scanner_that_is_not_known_stays_so() -> None:
    one, other = RowsNotCounted(begins=1, scanners=("S-2",)), RowsNotCounted(begins=2, scans=1, scanners=("S-1",))
    assert one + other == RowsNotCounted(begins=3, scans=1, scanners=("S-1", "S-2"))
    assert (one + RowsNotCounted(unknown=1, scanners=None)).scanners is None
    assert msgspec.json.decode(msgspec.json.encode(one), type=RowsNotCounted) == one
