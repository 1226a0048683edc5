"""Terms of contracts that hold for a while: sites, versions, scanners that change contract, months that are cut."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from contract_scene import CONTRACT

from aforo.domain.clock import microseconds
from aforo.fleet.asked import Asked, first_instant
from aforo.fleet.contract import Contract, ContractError, parse
from aforo.fleet.credits import share_of
from aforo.fleet.report import ContractFound, FleetFound, report
from aforo.fleet.target import Targets
from aforo.fleet.versions import in_sequence
from aforo.flow.fleet_log import record_of, scans_of
from aforo.intake import scanner_columns

HEAD = "scanner_id,event,at,cause,reporter,port,contract_id\nS-1,commissioned,2019-06-01T00:00:00Z,,,2304,C-1\n"
ALL = Asked(date(2024, 1, 1), date(2024, 7, 1))


def contract(more: str = "", **changed: str) -> Contract:
    text = CONTRACT
    for old, new in changed.items():
        text = text.replace(f"{old} = ", f"{old} = {new} #", 1)
    return parse((text + more).encode())


def reported(rows: str, contracts: list[Contract], asked: Asked = ALL, zone: str = "America/Chicago") -> FleetFound:
    log = scanner_columns.read(io.BytesIO((HEAD + rows).encode()), datetime(2025, 1, 1, tzinfo=UTC))
    assert not log.problems
    start, end = (
        first_instant(day, zone) for day in (asked.since or date(2024, 1, 1), asked.until or date(2024, 7, 1))
    )
    return report(record_of(log), scans_of(log), contracts, Targets(version=1), start, end, asked)


def told(found: ContractFound) -> dict[str, tuple[float, float, int, bool]]:
    return {each.month: (each.agreed, each.down, each.fee_cents, each.partial) for each in found.months}


def outage(since: str, until: str, cause: str = "parts") -> str:
    return f"S-1,down,{since}Z,{cause},port,,\nS-1,up,{until}Z,,port,,\n"


def test_a_site_has_the_hours_of_the_contract_where_it_says_nothing_else() -> None:
    service = (
        '[service]\nclosed = [2024-01-15]\nwindows = [{ days = ["mon", "tue"], from = "08:00", until = "12:00" }]\n'
    )
    site = '[[site]]\nport = "2304"\n[site.service]\n'
    monday = '{ days = ["mon"], from = "08:00", until = "16:00" }'
    january = Asked(date(2024, 1, 1), date(2024, 2, 1))

    def agreed(own: str) -> float:
        (found,) = reported("", [contract(service + site + own)], january).contracts
        return found.months[0].agreed

    assert agreed(f"windows = [{monday}]\n") == 4 * 8, "the closed day stays closed"
    assert agreed(f"windows = [{monday}]\nclosed = []\n") == 5 * 8
    assert agreed("closed = [2024-01-16]\n") == 9 * 4, "the windows stay"
    assert agreed("windows = []\n") == 30 * 24


def test_versions_that_follow_each_other_are_reckoned_each_for_its_own_days() -> None:
    first = contract()
    second = parse(CONTRACT.replace("version = 1", "version = 2").replace("2020-01-01", "2024-03-11")
                   .replace("1000.00", "2000.00").encode())  # fmt: skip
    given = in_sequence([second, first])
    assert [(each.version, each.until) for each in given] == [(2, None), (1, date(2024, 3, 11))]
    found = reported("", given)
    one, other = (sum(each.fee_cents for each in own.months) for own in reversed(found.contracts))
    assert one == pytest.approx(100_000 * (2 + 10 / 31), abs=200)
    assert other == pytest.approx(200_000 * (3 + 21 / 31), abs=400)
    assert not any(each.partial for own in found.contracts for each in own.months), "the contract cuts, not the period"


@pytest.mark.parametrize(
    ("first", "second", "days"),
    [
        (("2020-01-01", "2024-06-01"), ("2024-03-01", "2025-01-01"), "from 2024-03-01 to 2024-05-31"),
        (("2020-01-01", "2024-06-01"), ("2024-03-01", None), "from 2024-03-01 to 2024-05-31"),
        (("2020-01-01", None), ("2020-01-01", None), "from 2020-01-01 to …"),
    ],
)
def test_versions_that_hold_on_one_day_are_refused(
    first: tuple[str, str | None], second: tuple[str, str | None], days: str
) -> None:
    def made(since: str, until: str | None) -> Contract:
        more = f"from = {since}" + (f"\nuntil = {until}" if until else "")
        return parse(CONTRACT.replace("from = 2020-01-01", more).encode())

    with pytest.raises(ContractError) as raised:
        in_sequence([made(*first), made(*second)])
    assert days in raised.value.text.en
    beside = parse(CONTRACT.replace("C-1", "C-2").encode())
    assert len(in_sequence([made(*first), beside])) == 2


def test_a_scanner_belongs_to_the_contract_that_was_named_last_up_to_then() -> None:
    rows = (
        "S-1,down,2024-02-20T06:00:00Z,parts,port,,C-2\nS-1,up,2024-02-25T06:00:00Z,,port,,\n"
        "S-1,down,2024-05-20T05:00:00Z,power,port,,C-1\nS-1,up,2024-05-21T05:00:00Z,,port,,\n"
    )
    other = parse(CONTRACT.replace("C-1", "C-2").encode())
    found = reported(rows, [contract(), other])
    one, two = (told(each) for each in found.contracts)
    assert [one[month][0] for month in one] == [744, 19 * 24, 12 * 24, 720], "from Chicago's 20th of May on, again"
    assert list(one) == ["2024-01", "2024-02", "2024-05", "2024-06"]
    assert two["2024-02"][:2] == (10 * 24, 5 * 24)
    assert list(two) == ["2024-02", "2024-03", "2024-04", "2024-05"]
    assert one["2024-05"][0] + two["2024-05"][0] == 744
    assert (one["2024-02"][1], one["2024-05"][1]) == (0, 24)
    assert found.contracts[0].scanners == 1
    assert found.undocumented == ()
    assert reported(rows, [contract()]).undocumented == ("C-2",)


def test_a_day_of_the_period_is_one_of_the_contracts_own_zone() -> None:
    mine = contract('[[cap]]\nclause = "6"\nshare = 1.0\n', zone='"America/Denver"')
    (found,) = reported("", [mine]).contracts
    assert [each.month for each in found.months] == [f"2024-0{month}" for month in range(1, 7)]
    assert (found.partial, found.fees_cents) == (0, 600_000)


def test_a_month_that_the_period_cuts_costs_its_part_and_no_band_is_applied_to_it() -> None:
    rows = outage("2024-01-02T06:00:00", "2024-01-12T06:00:00") + outage("2024-03-20T05:00:00", "2024-03-30T05:00:00")
    for part in ("share", "whole"):
        mine = contract(monthly=f'1000.0\npart_month = "{part}"')
        asked = Asked(date(2024, 1, 17), date(2024, 3, 26))
        (found,) = reported(rows, [mine], asked).contracts
        months = told(found)
        assert [each[3] for each in months.values()] == [True, False, True]
        assert months["2024-01"][2] == round(100_000 * 15 / 31)
        assert months["2024-02"][2] == 100_000
        assert (found.partial, found.unjudged, found.short, found.owed_cents) == (2, True, 0, 0)
        # Where the record itself ends, or no month is whole, parts are what there is.
        (open_,) = reported(rows, [mine], Asked(asked.since, asked.until, ended=False)).contracts
        assert [(each.month, each.cents) for each in open_.lines] == [("2024-03", share_of(months["2024-03"][2], 0.1))]
        (short,) = reported(rows, [mine], Asked(date(2024, 3, 11), date(2024, 3, 26))).contracts
        assert (short.partial, short.unjudged, short.short) == (1, False, 1)
        assert short.owed_cents == share_of(short.fees_cents, 0.1)


def test_a_month_off_which_hours_are_cut_is_judged_by_what_is_there() -> None:
    start, end = (microseconds(datetime(2024, month, 1, tzinfo=UTC)) for month in (1, 4))
    rows = outage("2024-03-10T05:00:00", "2024-03-20T05:00:00") + outage("2024-01-01T00:00:00", "2024-01-01T06:00:00")
    log = scanner_columns.read(io.BytesIO((HEAD + rows).encode()), datetime(2025, 1, 1, tzinfo=UTC))
    found = report(record_of(log), scans_of(log), [contract()], Targets(version=1), start, end).contracts[0]
    months = told(found)
    assert [(month, each[3]) for month, each in months.items()] == [
        ("2023-12", True), ("2024-01", False), ("2024-02", False), ("2024-03", True),
    ]  # fmt: skip
    assert [(each.month, each.cents) for each in found.lines] == [("2024-03", share_of(months["2024-03"][2], 0.1))]
    assert (found.partial, found.unjudged) == (2, True)


def test_a_contract_that_cuts_a_month_costs_it_whole_with_or_without_agreed_service() -> None:
    closed = ", ".join(f"{date(2024, 2, 1) + timedelta(days=day)}" for day in range(29))
    whole = contract(f"[service]\nclosed = [{closed}]\n", monthly='1000.0\npart_month = "whole"')
    rows = "S-1,retired,2024-05-10T00:00:00Z,,,,\n"
    (found,) = reported(rows, [whole]).contracts
    assert [each.fee_cents for each in found.months] == [100_000] * 5
    assert found.months[1].availability is None
    assert found.fees_cents == 500_000


def test_repair_is_counted_by_the_hours_of_the_port_where_the_scanner_was_then() -> None:
    terms = (
        '[[site]]\nport = "2304"\n[site.service]\n'
        'windows = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "08:00", until = "10:00" }]\n'
        '[[site]]\nport = "2402"\n[repair]\nclause = "7"\ncounted = "service"\ncredit = 0.01\n'
        "[[repair.term]]\nhours = 10\n"
    )
    rows = "S-1,moved,2024-01-11T06:00:00Z,,,2402,\n" + outage("2024-01-10T06:00:00", "2024-01-13T06:00:00")
    (found,) = reported(rows, [contract(terms)]).contracts
    (line,) = [each for each in found.lines if each.reason == "repair"]
    assert line.reached == 2 + 48


def test_instants_stand_for_no_day() -> None:
    at = microseconds(datetime(2024, 1, 1, tzinfo=UTC))
    assert Asked().within("America/Denver", at, at + 1) == (at, at + 1)
    assert Asked(until=date(2024, 1, 2)).within("UTC", at, at + 1) == (at, at + 86_400_000_000)


def test_no_bound_is_later_than_what_is_known() -> None:
    at = microseconds(datetime(2024, 1, 2, 3, tzinfo=UTC))
    today = Asked(date(2024, 1, 2), date(2024, 1, 3), latest=at)
    assert today.within("UTC", 0, 0) == (microseconds(datetime(2024, 1, 2, tzinfo=UTC)), at)
    assert today.within("America/Denver", 0, 0) == (at, at), "its second of January has not begun"
