"""A claim that is sent has what each amount follows from: the month, its fee, and the interruptions themselves."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

from contract_scene import CONTRACT

from aforo.fleet.asked import Asked, first_instant
from aforo.fleet.contract import parse
from aforo.fleet.report import report
from aforo.fleet.target import Targets
from aforo.flow.fleet_claim import claim
from aforo.flow.fleet_log import record_of, scans_of
from aforo.intake import scanner_columns

MORE = """[[exclusion]]
clause = "4.3"
causes = ["power"]
[repair]
clause = "5.2"
credit = 0.5
[[repair.term]]
hours = 48
[[cap]]
clause = "6.1"
share = 0.05
of = "contract"
"""
LOG = b"""scanner_id,event,at,cause,reporter,port,contract_id
S-1,commissioned,2019-06-01T00:00:00Z,,,2304,C-1
S-1,down,2024-01-10T06:00:00Z,,port,,
S-1,up,2024-01-13T06:00:00Z,,port,,
S-1,down,2024-01-20T06:00:00Z,power,port,,
S-1,up,2024-01-20T12:00:00Z,,port,,
S-2,commissioned,2019-06-01T00:00:00Z,,,2304,C-1
"""


def claimed(until: date) -> list[dict[str, str]]:
    """The rows of the claim of January 2024, or of a part of it."""
    log = scanner_columns.read(io.BytesIO(LOG), datetime(2025, 1, 1, tzinfo=UTC))
    contract, asked = parse((CONTRACT + MORE).encode()), Asked(date(2024, 1, 1), until)
    start, end = (first_instant(day, contract.zone) for day in (date(2024, 1, 1), until))
    found = report(record_of(log), scans_of(log), [contract], Targets(version=1), start, end, asked)
    return list(csv.DictReader(io.StringIO(claim(found.contracts))))


def test_each_line_has_its_month_and_its_interruptions_and_a_cap_those_of_all() -> None:
    available, repaired, capped = claimed(date(2024, 2, 1))
    first = "2024-01-10T06:00:00Z/2024-01-13T06:00:00Z/unexplained"
    month = ("agreed_hours", "down_hours", "excluded_hours", "fee", "partial")
    for each in (available, repaired):
        assert [each[name] for name in month] == ["744.0", "78.0", "6.0", "1000.00", "0"]
    assert (available["reason"], available["amount"]) == ("availability", "100.00")
    assert available["interruptions"] == f"{first};2024-01-20T06:00:00Z/2024-01-20T12:00:00Z/power"
    assert available["events"] == "3 5"
    assert (repaired["reason"], repaired["interruptions"]) == ("repair", first)
    # Of the whole contract: the share of its cap is of the fees of all.
    assert (capped["scanner_id"], capped["amount"], capped["interruptions"]) == ("", "-500.00", "")
    assert [capped[name] for name in month] == ["1488.0", "78.0", "6.0", "2000.00", "0"]


def test_a_month_that_the_period_cuts_is_marked_and_what_lasts_has_no_end() -> None:
    (line,) = claimed(date(2024, 1, 12))
    assert (line["agreed_hours"], line["down_hours"], line["fee"], line["partial"]) == ("264.0", "48.0", "354.84", "1")
    assert line["interruptions"] == "2024-01-10T06:00:00Z//unexplained"
