"""The ledger of a whole fleet in columns says of every scanner what the rules for one say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from fleet_said import of_said
from hypothesis import given
from hypothesis import strategies as st

from aforo.domain.scanner import CAUSES, SCANNER_EVENTS
from aforo.fleet.interruption_rule import InterruptionRule, interruption_rules
from aforo.fleet.interruptions import Said, in_service, interruptions, port_at
from aforo.fleet.ledger import NEVER, ledger
from aforo.fleet.places import places
from aforo.fleet.record import ABSENT

NAMES = ("S-1", "S-2", "S-3")


def reports() -> st.SearchStrategy[dict[str, list[Said]]]:
    """Reports of three scanners at few instants, so that many coincide; events that matter come most."""
    events = st.sampled_from((*SCANNER_EVENTS, *(("down", "up", "maintenance_start", "maintenance_end") * 4)))
    one = st.builds(
        Said,
        events,
        st.integers(0, 30),
        reporter=st.sampled_from([None, "port", "supplier"]),
        cause=st.none() | st.sampled_from(CAUSES),
        port=st.sampled_from([None, "A", "B"]),
        planned=st.sampled_from([None, None, True, False]),
    )
    moved = one.map(lambda said: said if said.event != "moved" or said.port else Said("moved", said.at, port="A"))
    own = st.lists(moved, max_size=25, unique=True)
    begun = own.map(lambda said: list(dict.fromkeys([Said("commissioned", 3), *said])))
    return st.fixed_dictionaries(dict.fromkeys(NAMES, begun | own))


def in_words(
    fleet: Mapping[str, Sequence[Said]], until: int, rule: InterruptionRule
) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: [
            (each.start, each.end, each.causes[:1], frozenset(each.causes), each.planned)
            for each in interruptions(said, until, rule)
        ]
        for name, said in fleet.items()
    }


@pytest.mark.parametrize("version", interruption_rules())
@given(fleet=reports(), until=st.integers(0, 35))
def test_it_finds_the_interruptions_that_the_rules_for_one_scanner_find(
    version: int, fleet: dict[str, list[Said]], until: int
) -> None:
    rule = interruption_rules()[version]
    found = ledger(of_said(fleet), until, rule)
    told: dict[str, list[tuple[Any, ...]]] = {name: [] for name in fleet}
    names, spans = list(fleet), found.interruptions
    for number in range(len(spans)):
        causes = spans.causes_of(number)
        told[names[int(spans.scanner[number])]].append(
            (
                int(spans.start[number]),
                None if spans.lasts[number] else int(spans.end[number]),
                causes[:1],
                frozenset(causes),
                bool(spans.planned[number]),
            )
        )
    assert told == in_words(fleet, until, rule)
    assert (spans.end[spans.lasts] == until).all()
    for number, name in enumerate(fleet):
        service = in_service(fleet[name])
        began, retired = int(found.began[number]), int(found.retired[number])
        assert (began == NEVER) == (service is None)
        if service is not None:
            assert (began, None if retired == NEVER else retired) == service


@given(reports(), st.integers(0, 35), st.integers(1, 30))
def test_a_ledger_that_is_made_part_by_part_is_that_of_the_whole(
    fleet: dict[str, list[Said]], until: int, rows: int
) -> None:
    whole = ledger(of_said(fleet), until).interruptions
    with patch("aforo.fleet.ledger._ROWS_AT_ONCE", rows):
        parts = ledger(of_said(fleet), until).interruptions
    for each in fields(whole):
        np.testing.assert_array_equal(getattr(parts, each.name), getattr(whole, each.name))


@given(reports(), st.integers(1, 30))
def test_parts_of_a_record_hold_each_scanner_whole_and_every_row_once(fleet: dict[str, list[Said]], rows: int) -> None:
    record = of_said(fleet)
    parts = list(record.parts(rows))
    assert np.concatenate([part.row for part in parts]).tolist() == record.row.tolist()
    told = [each for part in parts for each in set(part.scanner.tolist())]
    assert len(told) == len(set(told))


@given(reports())
def test_a_scanner_is_where_the_rule_for_one_says_at_every_instant(fleet: dict[str, list[Said]]) -> None:
    record = of_said(fleet)
    where = places(record)
    for number, name in enumerate(fleet):
        for at in range(-1, 35):
            code = int(where.at([number], [at])[0])
            assert (None if code == ABSENT else record.names.ports[code]) == port_at(fleet[name], at)


@given(reports(), st.data())
def test_a_report_that_is_told_again_is_the_same_report(fleet: dict[str, list[Said]], data: st.DataObject) -> None:
    again = {
        name: [*said, *(data.draw(st.lists(st.sampled_from(said), max_size=9)) if said else ())]
        for name, said in fleet.items()
    }
    once, twice = of_said(fleet), of_said(again)
    assert len(once) == len(twice)
    one, other = ledger(once, 35).interruptions, ledger(twice, 35).interruptions
    assert one.reports.tolist() == other.reports.tolist()
    assert (one.start.tolist(), one.end.tolist()) == (other.start.tolist(), other.end.tolist())


@given(reports(), st.integers(-2, 33), st.integers(0, 20))
def test_a_span_is_cut_where_its_scanner_changes_its_place(
    fleet: dict[str, list[Said]], start: int, length: int
) -> None:
    record = of_said(fleet)
    where = places(record)
    scanners = np.arange(len(NAMES), dtype=np.int64)
    begin = np.full(len(NAMES), start, dtype=np.int64)
    rows, ports, begins, stops = where.cut(scanners, begin, begin + length)
    for number, name in enumerate(fleet):
        own = np.flatnonzero((rows == number) & (begins < stops))
        covered = {
            at: int(ports[piece]) for piece in own.tolist() for at in range(int(begins[piece]), int(stops[piece]))
        }
        expected = {}
        for at in range(start, start + length):
            here = port_at(fleet[name], at)
            expected[at] = ABSENT if here is None else list(record.names.ports).index(here)
        assert covered == expected
        assert sum(int(stops[piece] - begins[piece]) for piece in own.tolist()) == length


def test_who_repaired_it_may_give_the_cause_and_the_first_cause_counts() -> None:
    said = [
        Said("commissioned", 0),
        Said("down", 10, "port"),
        Said("responded", 12, "supplier", cause="parts"),
        Said("up", 20, "port", cause="site"),
        Said("up", 25, "port", cause="power"),
    ]
    (one,) = interruptions(said, 100)
    assert one.causes == ("parts", "site")
    found = ledger(of_said({"S-1": said}), 100).interruptions
    assert found.causes_of(0) == ("parts", "site")
    assert int(found.responded[0]) == 12
    assert found.contested.all()


def test_somebody_came_with_the_first_response_else_with_maintenance() -> None:
    def came(*said: Said) -> list[int]:
        return ledger(of_said({"S-1": [Said("commissioned", 0), *said]}), 100).interruptions.responded.tolist()

    assert came(Said("down", 10), Said("maintenance_start", 11), Said("responded", 15), Said("up", 20)) == [15]
    assert came(Said("down", 10), Said("maintenance_start", 11), Said("up", 20)) == [11]
    assert came(Said("down", 10), Said("up", 20), Said("responded", 25)) == [NEVER]
    assert came(Said("responded", 5), Said("down", 10), Said("up", 20)) == [NEVER]
