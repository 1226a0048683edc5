"""Every interruption is listed once, with the rows that tell of it, whatever part of the record they stand in."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from aforo.domain.clock import microseconds
from aforo.fleet import listing
from aforo.fleet.ledger import ledger
from aforo.fleet.listing import listed
from aforo.fleet.outages import by_scanner, fielded, outages
from aforo.fleet.places import places
from aforo.fleet.record import Record
from aforo.flow.fleet_interruptions import write
from aforo.flow.fleet_log import record_of
from aforo.intake import scanner_columns
from aforo.trials.fleet_log import Fleet, history
from aforo.trials.fleet_log import write as write_log

START, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC)
LOG = """scanner_id,event,at,cause,reporter,port,kind
S-1,commissioned,2023-06-01T00:00:00Z,,,2304,LEP
S-1,down,2023-12-30T00:00:00Z,,port,,
S-1,down,2023-12-31T00:00:00Z,parts,=supplier,,
S-1,responded,2024-01-01T12:00:00Z,,=supplier,,
S-1,up,2024-01-02T00:00:00Z,power,port,,
S-1,up,2024-01-03T00:00:00Z,,=supplier,,
S-1,down,2024-01-30T00:00:00Z,,port,,
R-1,commissioned,2024-01-10T00:00:00Z,,,2304,reader
R-1,maintenance_start,2024-01-09T00:00:00Z,planned,port,,
R-1,maintenance_start,2024-01-09T00:00:00Z,planned,port,,
R-1,maintenance_end,2024-01-11T00:00:00Z,,port,,
"""


def record(text: str) -> Record:
    return record_of(scanner_columns.read(io.BytesIO(text.encode()), END + timedelta(days=365)))


def test_an_interruption_has_its_place_causes_reporters_and_lines() -> None:
    own, file = record(LOG), io.StringIO()
    assert write(listed(own, places(own), microseconds(START), microseconds(END)), file) == 3
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert [list(each.values()) for each in rows] == [
        ["S-1", "scanner", "2304", "2023-12-30T00:00:00Z", "2024-01-03T00:00:00Z", "48.0", "parts;power", "0",
         "port;'=supplier", "2", "1", "1", "3 4 5 6 7"],
        ["S-1", "scanner", "2304", "2024-01-30T00:00:00Z", "", "48.0", "", "0", "port", "1", "0", "0", "8"],
        ["R-1", "reader", "2304", "2024-01-10T00:00:00Z", "2024-01-11T00:00:00Z", "24.0", "planned", "1", "port", "1",
         "0",
         "0", "10 12"],
    ]  # fmt: skip


@pytest.mark.parametrize("rows", [1, 50, 1 << 17])
def test_the_list_adds_up_to_the_report(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(listing, "_ROWS_AT_ONCE", rows)
    fleet = Fleet(fielded=20, down=9, hours=4_001, installed=3, delivered=1, built=1, stored=1, unaccounted=1,
                  outages=90)  # fmt: skip
    text = io.StringIO()
    write_log(history(3, fleet, ("2304", "2402"), START - timedelta(days=900), END, repeats=2).rows, text)
    own = record(text.getvalue())
    start, end = microseconds(START - timedelta(days=300)), microseconds(END)
    found, every = ledger(own, end), list(listed(own, places(own), start, end))
    which = fielded(found, start, end)
    whole = outages(found, which, start, end)
    assert len(every) == whole.interruptions
    assert sum(each.hours for each in every) == pytest.approx(whole.down)
    assert sum(each.reports > 1 for each in every) == whole.merged
    assert sum(each.contradicted for each in every) == whole.contested
    lines = [line for each in every for line in each.lines]
    assert len(lines) == len(set(lines))
    assert all(each.reporters and len(each.lines) >= each.reports for each in every)
    scanners = by_scanner(found, which, [None] * len(which), start, end)
    for each in scanners:
        assert sum(each.hours.values()) == pytest.approx(each.down)
    assert np.sum([each.hours.get("parts", 0.0) for each in scanners]) == pytest.approx(whole.hours["parts"])
