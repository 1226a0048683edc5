"""What is owed under a contract, held against a count of every single hour."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from fleet_said import of_said
from hypothesis import given, settings
from hypothesis import strategies as st

from aforo.domain.clock import microseconds
from aforo.domain.scanner import CAUSES
from aforo.domain.week import DAYS
from aforo.fleet.availability import HOUR, Hours, cover, monthly
from aforo.fleet.contract import Contract, ContractError, parse
from aforo.fleet.credits import owed, share_of
from aforo.fleet.interruptions import Said, interruptions, port_at
from aforo.fleet.ledger import ledger
from aforo.fleet.places import places
from aforo.fleet.service_hours import Window, months, service_time

DOCUMENT = b"""
id = "C-1"
version = 1
supplier = "Example Imaging"
currency = "USD"
zone = "America/Chicago"
from = 2024-02-20
until = 2024-05-10

[fee]
clause = "3.1"
monthly = 1234.56

[service]
windows = [
  { days = ["mon", "tue", "wed", "thu", "fri"], from = "06:00", until = "22:00" },
  { days = ["sat"], from = "00:00", until = "24:00" },
]
closed = [2024-03-15]

[[site]]
port = "A"
remoteness = "near"
[[site]]
port = "B"
zone = "America/Tijuana"
service = { windows = [] }

[availability]
clause = "4.1"
minimum = 0.95
[[availability.band]]
clause = "4.2a"
below = 0.95
credit = 0.05
[[availability.band]]
clause = "4.2b"
below = 0.80
credit = 0.2

[[exclusion]]
clause = "4.3"
planned = true
cap_hours = 8
[[exclusion]]
clause = "4.4"
causes = ["site", "power"]

[response]
clause = "5.1"
credit = 0.01
credit_per_hour = 0.003
cap = 0.04
except_causes = ["site"]
[[response.term]]
hours = 2
remoteness = "near"
[[response.term]]
hours = 6

[repair]
clause = "5.2"
counted = "service"
credit = 0.02
[[repair.term]]
hours = 9

[[cap]]
clause = "6.1"
share = 0.25
[[cap]]
clause = "6.2"
share = 0.15
of = "contract"
"""
START, END = datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 5, 20, 6, tzinfo=UTC)
HOURS = int((END - START) / timedelta(hours=1))


def fleets() -> st.SearchStrategy[dict[str, list[Said]]]:
    """Two scanners under the contract and one that is not, with what happened to them at whole hours."""
    at = st.integers(0, HOURS).map(lambda hour: microseconds(START) + hour * HOUR)
    one = st.builds(
        Said,
        st.sampled_from(["down", "up", "maintenance_start", "maintenance_end", "responded", "moved"]),
        at,
        reporter=st.sampled_from([None, "port", "supplier"]),
        cause=st.none() | st.sampled_from(CAUSES),
        port=st.sampled_from(["A", "B", "C"]),
        planned=st.sampled_from([None, None, True]),
    )

    def of(contract: str, hour: int) -> st.SearchStrategy[list[Said]]:
        began = Said("commissioned", microseconds(START) + hour * HOUR, port="A", contract_id=contract)
        retired = st.lists(at.map(lambda when: Said("retired", when)), max_size=1)
        return st.tuples(st.lists(one, max_size=12), retired).map(lambda said: [began, *said[0], *said[1]])

    return st.fixed_dictionaries({"S-1": of("C-1", 0), "S-2": of("C-1", 600), "S-3": of("C-2", 0)})


def served(contract: Contract, port: str | None, at: datetime) -> bool:
    """Whether an hour is one of agreed service."""
    site = contract.site(port)
    service = contract.service_at(site)
    local = at.astimezone(ZoneInfo(site.zone or contract.zone))
    if local.date() in service.closed:
        return False
    clock = f"{local:%H:%M}"
    return not service.windows or any(
        DAYS[local.weekday()] in each.days and each.since <= clock < each.until for each in service.windows
    )


@settings(max_examples=25, deadline=None)
@given(fleets())
def test_credits_are_those_that_a_count_of_every_hour_gives(fleet: dict[str, list[Said]]) -> None:
    contract = parse(DOCUMENT)
    start, end = microseconds(START), microseconds(END)
    found = ledger(of_said(fleet), end)
    where = places(found.record)
    covered = cover(contract, found, start, end)
    edges = covered.months.edges
    hours = Hours(contract, list(found.record.names.ports), int(edges[0]), int(edges[-1]))
    by_month = monthly(covered, found, where, hours)
    owing = owed(by_month, found, where, hours, by_month.judged(0, None))

    zone = ZoneInfo(contract.zone)
    days = (datetime(2024, 2, 20, tzinfo=zone), datetime(2024, 5, 10, tzinfo=zone))
    lines: dict[tuple[str, str, str, int], int] = {}
    sums: dict[tuple[str, str], int] = {}
    fees: dict[tuple[str, str], int] = {}
    for name in ("S-1", "S-2"):
        said = fleet[name]
        began = min(each.at for each in said if each.event == "commissioned")
        retired = min((each.at for each in said if each.event == "retired"), default=end)
        under = (max(began, microseconds(days[0]), start), min(retired, microseconds(days[1]), end))
        spans = interruptions(said, end)
        agreed: dict[str, int] = {}
        whole: dict[str, int] = {}
        down: dict[str, int] = {}
        left_out: dict[tuple[str, int], int] = {}
        at = int(edges[0])
        while at < int(edges[-1]):
            now = datetime.fromtimestamp(at / 1e6, UTC)
            month = f"{now.astimezone(zone):%Y-%m}"
            # A whole month is one at the port where it came into service, or retired.
            if served(contract, port_at(said, min(max(at, began), retired - 1)), now):
                whole[month] = whole.get(month, 0) + 1
            if under[0] <= at < under[1] and served(contract, port_at(said, at), now):
                agreed[month] = agreed.get(month, 0) + 1
                for each in spans:
                    if each.start <= at < (end if each.end is None else each.end):
                        down[month] = down.get(month, 0) + 1
                        fits = 0 if each.planned else 1 if set(each.causes[:1]) & {"site", "power"} else None
                        if fits is not None:
                            left_out[month, fits] = left_out.get((month, fits), 0) + 1
            at += HOUR
        for month, of in agreed.items():
            fee = math.floor(123_456 * of / whole[month] + 0.5)
            fees[name, month] = fee
            counted = down.get(month, 0) - min(8, left_out.get((month, 0), 0)) - left_out.get((month, 1), 0)
            share = (of - counted) / of
            owes = 0.2 if share < 0.80 else 0.05 if share < 0.95 else 0.0
            if owes:
                lines["availability", name, month, 0] = share_of(fee, owes)
        for number, each in enumerate(spans):
            if each.planned or not under[0] <= each.start < under[1]:
                continue
            stop = end if each.end is None else each.end
            month = f"{datetime.fromtimestamp(each.start / 1e6, UTC).astimezone(zone):%Y-%m}"
            fee = fees.get((name, month), 0)
            within = [other for other in said if each.start <= other.at <= stop]
            came = min((o.at for o in within if o.event == "responded"), default=None)
            if came is None:
                came = min((o.at for o in within if o.event == "maintenance_start"), default=stop)
            port = port_at(said, each.start)
            promised = 2 if port == "A" else 6
            took = (came - each.start) // HOUR
            if took > promised and each.causes[:1] != ("site",):
                share = min(0.01 + 0.003 * (took - promised), 0.04)
                lines["response", name, month, number] = share_of(fee, share)
            worked = sum(
                served(contract, port_at(said, hour), datetime.fromtimestamp(hour / 1e6, UTC))
                for hour in range(each.start, stop, HOUR)
            )
            if worked > 9:
                lines["repair", name, month, number] = share_of(fee, 0.02)
    for (_, name, month, _), cents in lines.items():
        sums[name, month] = sums.get((name, month), 0) + cents
    for (name, month), cents in sums.items():
        sums[name, month] = min(cents, share_of(fees.get((name, month), 0), 0.25))
    total = 0
    for month in {month for _, month in sums}:
        most = share_of(sum(fee for (_, of), fee in fees.items() if of == month), 0.15)
        total += min(sum(cents for (_, of), cents in sums.items() if of == month), most)

    names = list(fleet)
    told = {
        (each.reason, names[each.scanner], each.month): each.cents
        for each in owing.lines
        if each.reason == "availability"
    }
    assert told == {key[:3]: cents for key, cents in lines.items() if key[0] == "availability"}
    for reason in ("response", "repair"):
        ours = sorted((names[e.scanner], e.month, e.cents) for e in owing.lines if e.reason == reason)
        assert ours == sorted((key[1], key[2], cents) for key, cents in lines.items() if key[0] == reason)
    assert owing.cents == total
    assert int(owing.fees.sum()) == sum(fees.values())


def test_a_part_of_a_month_costs_its_share_of_the_month_at_the_port_that_was_served() -> None:
    """Whatever hours are agreed where it was built, and where it was taken in the end."""
    document = b"""id = "C-1"
version = 1
supplier = "X"
currency = "USD"
zone = "UTC"
from = 2020-01-01
[fee]
monthly = 1000.00
[[site]]
port = "depot"
[site.service]
windows = [{ days = ["mon"], from = "08:00", until = "09:00" }]
"""
    contract = parse(document)
    start, end = microseconds(datetime(2024, 4, 1, tzinfo=UTC)), microseconds(datetime(2024, 7, 1, tzinfo=UTC))
    fleet = {
        "S-1": [
            Said("stored", start, port="depot", contract_id="C-1"),
            Said("commissioned", start + 15 * 24 * HOUR, port="A"),
            Said("retired", start + (30 + 31 + 10) * 24 * HOUR),
            Said("moved", start + (30 + 31 + 11) * 24 * HOUR, port="depot"),
        ]
    }
    found = ledger(of_said(fleet), end)
    where = places(found.record)
    covered = cover(contract, found, start, end)
    hours = Hours(contract, list(found.record.names.ports), start, end)
    by_month = monthly(covered, found, where, hours)
    owing = owed(by_month, found, where, hours, by_month.judged(0, None))
    assert owing.fees.tolist() == [[50_000, 100_000, 33_333]]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"version = 1", b"version = 0", "contract_not_valid"),
        (b'zone = "America/Chicago"', b'zone = "America/Chicagoo"', "contract_zone"),
        (b"until = 2024-05-10", b"until = 2024-02-20", "contract_backwards"),
        (b"planned = true", b'planned = true\ncauses = ["site"]', "contract_exclusion"),
        (b"below = 0.80", b"below = 0.95", "contract_twice"),
        (b"credit = 0.2", b"credit = 0.01", "contract_bands"),
        (b'until = "22:00"', b'until = "05:00"', "window_backwards"),
        (b'remoteness = "near"\n[[response', b'remoteness = "far"\n[[response', "contract_remoteness"),
        (b"monthly = 1234.56", b"monthly = nan", "contract_not_plain"),
        (b"monthly = 1234.56", b"monthly = 1234.56\nhourly = 3", "contract_not_valid"),
        (b'id = "C-1"', b'hash = "x"\nid = "C-1"', "contract_not_valid"),
        (b'id = "C-1"', b"id = ", "contract_not_toml"),
        (b'port = "B"', b'port = "a"', "contract_twice"),
    ],
)
def test_a_document_that_is_wrong_says_so(old: bytes, new: bytes, code: str) -> None:
    assert old in DOCUMENT
    with pytest.raises(ContractError) as raised:
        parse(DOCUMENT.replace(old, new, 1))
    assert raised.value.code == code
    assert raised.value.text.en != raised.value.text.es


@given(st.binary(max_size=200))
def test_no_bytes_are_more_than_a_wrong_document(data: bytes) -> None:
    with pytest.raises(ContractError):
        parse(data)


def test_service_of_a_day_is_as_long_as_the_local_clock_makes_it() -> None:
    night = (Window(days=("sun",), since="00:00", until="06:00"),)
    start, end = microseconds(datetime(2024, 3, 1, tzinfo=UTC)), microseconds(datetime(2024, 12, 1, tzinfo=UTC))
    service = service_time(night, "America/Chicago", start, end)

    def hours(*day: int) -> float:
        begin = datetime(*day, tzinfo=ZoneInfo("America/Chicago"))  # type: ignore[misc]
        return float(service.within(microseconds(begin), microseconds(begin + timedelta(days=1)))) / HOUR

    assert (hours(2024, 3, 3), hours(2024, 3, 10), hours(2024, 11, 3), hours(2024, 3, 4)) == (6.0, 5.0, 7.0, 0.0)


def test_windows_that_meet_in_a_skipped_hour_do_not_overlap() -> None:
    split = (Window(days=("sun",), since="01:00", until="02:30"), Window(days=("sun",), since="02:30", until="04:00"))
    start, end = microseconds(datetime(2024, 3, 9, tzinfo=UTC)), microseconds(datetime(2024, 3, 12, tzinfo=UTC))
    service = service_time(split, "America/Chicago", start, end)
    assert float(service.within(start, end)) / HOUR == 2.0


@pytest.mark.parametrize(
    ("since", "until", "first", "hours"),
    [
        ("02:30", "05:00", "03:00", 2.0),
        ("02:00", "05:00", "03:00", 2.0),
        ("00:00", "02:30", "00:00", 2.0),
        ("02:15", "02:45", "03:00", 0.0),
    ],
)
def test_a_window_within_the_skipped_hour_is_cut_where_clocks_jump(
    since: str, until: str, first: str, hours: float
) -> None:
    sunday = (Window(days=("sun",), since=since, until=until),)
    zone = ZoneInfo("America/Chicago")
    begin = microseconds(datetime(2024, 3, 10, tzinfo=zone))
    opens = microseconds(datetime.fromisoformat(f"2024-03-10T{first}:00").replace(tzinfo=zone))
    end = microseconds(datetime(2024, 3, 11, tzinfo=zone))
    service = service_time(sunday, "America/Chicago", begin, end)
    assert float(service.within(begin, end)) / HOUR == hours
    assert float(service.within(opens, end)) / HOUR == hours
    assert float(service.within(begin, opens + HOUR)) == (HOUR if hours else 0.0)


def test_months_are_the_local_ones() -> None:
    start, end = microseconds(datetime(2024, 1, 1, 3, tzinfo=UTC)), microseconds(datetime(2024, 3, 1, 7, tzinfo=UTC))
    found = months("America/Chicago", start, end)
    assert found.names == ("2023-12", "2024-01", "2024-02", "2024-03")
    assert found.of([start, end]).tolist() == [0, 3]
    assert np.diff(found.edges).tolist() == [31 * 24 * HOUR, 31 * 24 * HOUR, 29 * 24 * HOUR, 31 * 24 * HOUR - HOUR]
