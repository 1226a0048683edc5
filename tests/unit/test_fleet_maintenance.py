"""What maintenance is planned, who is due for it and when it may be done."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from fleet_said import of_said

from aforo.domain.clock import microseconds
from aforo.domain.units import Int64Array
from aforo.fleet import contract as contracts
from aforo.fleet.contract import Contract, ContractError
from aforo.fleet.due import Allowed, Due, due
from aforo.fleet.interruptions import Said
from aforo.fleet.ledger import ledger
from aforo.fleet.maintenance import Plan, parse
from aforo.fleet.places import places

HOUR, DAY = 3_600_000_000, 86_400_000_000
AT = microseconds(datetime(2026, 3, 2, tzinfo=UTC))
PLAN = """version = 1
[sources]
manual = "maintenance manual"
[[maintenance]]
id = "HE"
kinds = ["he"]
every = { days = 90, earliest = 80, latest = 100, source = "manual" }
lasts = { hours = 4, source = "assumed" }
[[maintenance]]
id = "others"
every = { days = 30, earliest = 25, latest = 40, source = "assumed" }
lasts = { hours = 2.1, source = "assumed" }
"""
CONTRACT = """id = "C-1"
version = 1
supplier = "Example"
currency = "USD"
zone = "America/Chicago"
from = 2020-01-01
[fee]
monthly = 1.0
[service]
windows = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "08:00", until = "18:00" }]
[[exclusion]]
clause = "4.3"
planned = true
cap_hours = 5
"""


def plan(text: str = PLAN) -> Plan:
    return parse(text.encode())


def said(*reports: tuple[str, int], kind: str = "HE", contract: str | None = None) -> list[Said]:
    """Reports at hours from AT on."""
    begun = [Said("commissioned", AT - 400 * DAY, port="2304", kind=kind, contract_id=contract)]
    planned = [Said(event, AT + hour * HOUR, reporter="s", planned=True) for event, hour in reports]  # type: ignore[arg-type]
    return begun + planned


def found(fleet: dict[str, list[Said]], own: Plan, *agreed: Contract) -> tuple[list[Due], list[str]]:
    record = of_said(fleet)
    return due(ledger(record, AT), places(record), own, agreed, AT)


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ("earliest = 80", "earliest = 95", "in order"),
        ("latest = 100", "latest = 10", "in order"),
        ("latest = 100", "latest = 447", "closer"),
        ('source = "manual"', 'source = "memory"', "memory"),
        ('id = "others"', 'id = "he"', "twice"),
        ("hours = 4", "hours = nan", "finite"),
        ("hours = 4", "hours = 400", "right form"),
        ('kinds = ["he"]', 'kind = ["he"]', "right form"),
    ],
)
def test_a_document_that_is_wrong_is_refused_with_its_place(was: str, now: str, words: str) -> None:
    with pytest.raises(ContractError, match=words):
        plan(PLAN.replace(was, now))


def test_what_is_assumed_is_named() -> None:
    assert plan().assumed() == ["maintenance[HE].lasts", "maintenance[others].every", "maintenance[others].lasts"]


def test_a_scanner_is_due_so_long_after_its_last_planned_interruption() -> None:
    fleet = {"S-1": said(("maintenance_start", -24 * 60), ("maintenance_end", -24 * 60 + 6))}
    fleet["S-1"] += [Said("down", AT - 5 * DAY, "s", "parts"), Said("up", AT - 4 * DAY, "s")]
    ((own,), without) = found(fleet, plan())
    last = AT - 60 * DAY + 6 * HOUR
    assert (own.terms.id, own.last, own.overdue, without) == ("HE", last, False, [])
    assert (own.earliest, own.nominal, own.latest) == (last + 80 * DAY, last + 90 * DAY, last + 100 * DAY)


def test_one_that_is_late_is_put_within_as_long_a_time_from_now_on() -> None:
    ((own,), _) = found({"S-1": said()}, plan())
    assert own.overdue
    assert own.last is None
    assert (own.earliest, own.latest) == (AT, AT + 20 * DAY)


def test_the_first_that_fits_counts_and_whole_quarters_of_an_hour_are_taken() -> None:
    ((own,), _) = found({"S-1": said(kind="LEP")}, plan())
    assert own.terms.id == "others"
    assert own.took == 2 * HOUR + HOUR // 4
    only = PLAN[: PLAN.index('[[maintenance]]\nid = "others"')]
    assert found({"S-1": said(kind="LEP")}, plan(only)) == ([], ["S-1"])


def starts(*hours: int) -> Int64Array:
    return np.array([AT + hour * HOUR for hour in hours], dtype=np.int64)


def test_it_may_be_done_within_the_contracts_service_hours_and_cap() -> None:
    agreed = contracts.parse(CONTRACT.encode())
    fleet = {"S-1": said(contract="C-1")}
    record = of_said(fleet)
    own = due(ledger(record, AT), places(record), plan(), [agreed], AT)[0][0]
    allowed = Allowed(own, ledger(record, AT), places(record), "UTC")
    # Monday 2 March 2026, 08:00 in Chicago is 14:00 UTC.
    assert allowed.inside(starts(13, 14, 20, 21)).tolist() == [False, True, True, False]
    assert allowed.beyond(starts(14)).tolist() == [0.0]


def test_planned_hours_of_the_month_are_off_the_cap() -> None:
    agreed = contracts.parse(CONTRACT.encode())
    at = AT + 3 * DAY
    fleet = {"S-1": said(("maintenance_start", 14), ("maintenance_end", 17), contract="C-1")}
    record = of_said(fleet)
    own = due(ledger(record, at), places(record), plan(PLAN.replace("80", "1").replace("90", "2")), [agreed], at)[0][0]
    allowed = Allowed(own, ledger(record, at), places(record), "UTC")
    # Three of five hours are taken: four more pass the cap by two, and in April by none.
    beyond = allowed.beyond(np.array([at + 14 * HOUR, at + (27 * 24 + 13) * HOUR], dtype=np.int64))
    assert beyond.tolist() == [2.0, 0.0]


def test_windows_of_the_plan_go_before_those_of_the_contract() -> None:
    text = PLAN.replace(
        'kinds = ["he"]', 'kinds = ["he"]\nwindows = [{ days = ["sun"], from = "00:00", until = "06:00" }]'
    )
    agreed = contracts.parse(CONTRACT.encode())
    record = of_said({"S-1": said(contract="C-1")})
    own = due(ledger(record, AT), places(record), plan(text), [agreed], AT)[0][0]
    allowed = Allowed(own, ledger(record, AT), places(record), "UTC")
    # Sunday 8 March 2026 in Chicago: clocks jump at 2, and the window is an hour shorter.
    assert allowed.inside(starts(14, 6 * 24 + 6, 6 * 24 + 7)).tolist() == [False, True, True]
    assert allowed.inside(starts(6 * 24 + 8)).tolist() == [False]
