"""The plan of scanners and the twin held to each other on the same assumptions, and what each says of its limit.

The same ports, counts, hours, scanners, minutes of an examination, detection and use. The plan knows flows by the hour,
the twin trucks that come at random and are scanned while the wait is below a ceiling.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

import msgspec
import numpy as np
import pytest

from aforo.domain.text import catalogue
from aforo.ports.directory import Directory
from aforo.ports.document import Bridge, Scanners
from aforo.ports.figure import Count, PerHour
from aforo.routing.choice import BASE, CAPACITY, CLEARANCE, LANE_CRITERIA, NONE, PRICED, RANDOM, SCANNER, THRESHOLD
from aforo.routing.parameters import parameters
from aforo.routing.policy import default_document, parse
from aforo.twin import border, placing_figures
from aforo.twin.border import Border
from aforo.twin.changes import ScannersAdded
from aforo.twin.levels import LEAST
from aforo.twin.placement import Asked, Placement, placement
from aforo.twin.policy import Policy
from aforo.twin.replication import Replication, policies_of, replicated
from aforo.twin.rosters import AFTER
from aforo.twin.scan_limit import ScanLimit, limits_told, scan_limit
from aforo.twin.scenario import Scenario, Title, called
from aforo.twin.traffic import Profile
from aforo.twin.working_days import of_month, worth

replace = msgspec.structs.replace
FIRST, DAYS, SCANNERS = date(2024, 10, 7), 7, 100
#: All trucks look alike, so that none is scanned for its risk; they hide one threat, often enough to be counted.
PROFILE = Profile(
    prevalence={"contraband": 0.01, "people": 0.0, "theft": 0.0, "misdeclaration": 0.0}, risk_variation=0.0,
    lottery=0.0, false_alarm=0.01,
)  # fmt: skip
SHIPPED = border.shipped()


def _count(number: int) -> Count:
    return Count(count=number, source="assumed")


def _at_its_time(group: Scanners, places: int | None) -> Scanners:
    """Scanners whose throughput is that of their time, as the twin takes it."""
    assert group.scan is not None
    own = replace(group, per_hour=PerHour(per_hour=60.0 / group.scan.mean_minutes, source="assumed"))
    return own if places is None else replace(own, places=_count(places))


def _known_to_both(bridge: Bridge) -> Bridge:
    """A bridge where nothing limits scanning that the plan does not know of: docks, and rosters, which each of them
    makes longer in its own way for more scanners."""
    staff = {duty: shifts for duty, shifts in bridge.staff.items() if duty not in ("scanner", "portal", "dock")}
    docks = bridge.docks and replace(bridge.docks, units=_count(300), places=_count(999), open=())
    return replace(
        bridge,
        staff=staff,
        docks=docks,
        scanners=tuple(_at_its_time(each, 400) for each in bridge.scanners),
        portals=tuple(_at_its_time(each, None) for each in bridge.portals),
    )


PORTS = Directory(
    SHIPPED.ports.documents,
    tuple(replace(port, bridges=tuple(map(_known_to_both, port.bridges))) for port in SHIPPED.ports.ports),
)


def _mean_week() -> Mapping[str, Mapping[tuple[int, int], int]]:
    """Counts by which the simulated week has the trucks of the year's mean week, as the plan has."""
    year = sum(of_month((2024, month)) for month in range(1, 13))
    week = sum(worth(FIRST + timedelta(days=day)) for day in range(DAYS))
    part = DAYS / 365.25 * year / week
    return {
        code: {month: round(sum(months.values()) * of_month(month) / year * part) for month in months}
        for code, months in SHIPPED.counts.items()
    }


SIMULATED = Border(PORTS, _mean_week())


@cache
def simulated(ceiling: float, added: tuple[ScannersAdded, ...], ports: tuple[str, ...] = ("all",)) -> list[Replication]:
    scenario = Scenario(
        "held", Title("held", "held"), ports, FIRST, DAYS, replications=3, policy="capacity", wait_ceiling=ceiling,
        traffic=PROFILE, change=added,
    )  # fmt: skip
    policies = policies_of(scenario, SIMULATED)
    return [replicated(scenario, SIMULATED, number, policies) for number in range(scenario.replications)]


def use_where_short(ceiling: float) -> float:
    """How full the twin's scanners are where there are too few by far: two bridges without a portal, as they stand."""
    made = simulated(ceiling, (), ("Laredo/colombia", "Nogales"))
    # The time that scanners are up has the days on which the last trucks come through.
    used = [own["scanner_use"] * (DAYS + AFTER) / DAYS for each in made for own in each.bridges.values()]
    return float(np.mean(used))


def planned(use: float) -> Placement:
    """The plan at figures that are the twin's."""
    own = placing_figures.shipped()
    kinds = tuple(
        replace(
            each,
            per_hour=PerHour(per_hour=60.0 / each.scan.mean_minutes, source="assumed"),
            availability=replace(each.availability, share=0.975, low=0.975, high=0.975),
        )
        for each in own.kinds
    )
    figures = replace(
        own,
        kinds=kinds,
        reached=replace(own.reached, share=1.0, low=1.0, high=1.0),
        use=replace(own.use, share=use),
        believed=replace(own.believed, share=0.0, low=0.0, high=0.0),
        standing=replace(own.standing, factor=1.0, low=1.0, high=1.0),
    )
    bridges = called("all", PORTS)
    asked = Asked(SCANNERS, kinds[0], draws=40)
    return placement(Border(PORTS, SHIPPED.counts), bridges, figures, parse(default_document()), asked)


@pytest.mark.parametrize("ceiling", [10.0, 30.0])
def test_the_plan_and_the_twin_scan_and_find_alike_on_the_same_assumptions(ceiling: float) -> None:
    plan = planned(use_where_short(ceiling))
    added = tuple(ScannersAdded(number=each.gets, at=(each.id,)) for each in plan.bridges if each.gets)
    assert sum(each.number for each in added) > SCANNERS // 2
    before, after = simulated(ceiling, ()), simulated(ceiling, added)
    scanned = float(np.mean([each.whole["scan_share"] for each in after]))
    hidden = sum(each.whole["hidden_contraband"] for each in after)
    found = sum(each.whole["found_contraband"] for each in after) / hidden
    assert hidden > 3_000
    assert scanned == pytest.approx(plan.scanned_full, abs=0.02)
    assert found == pytest.approx(plan.found_full, abs=0.02)
    # It is the scanners that do it: without them the twin scans far less.
    assert scanned > 0.3 + float(np.mean([each.whole["scan_share"] for each in before]))
    for each in plan.bridges:
        if each.trucks > 400_000.0:
            own = float(np.mean([one.bridges[each.id]["scan_share"] for one in after]))
            assert own == pytest.approx(each.reachable, abs=0.03), each.id


def test_a_longer_wait_fills_scanners_more() -> None:
    """At bridges that have one or two the twin scans less than the plan: a queue that ends at ten minutes loses trucks
    that come in a bunch, which a flow by the hour does not know."""
    shares = [
        np.mean([each.bridges["2402/bridge-of-the-americas"]["scan_share"] for each in simulated(ceiling, ())])
        for ceiling in (10.0, 30.0)
    ]
    assert shares[0] < shares[1]


def _rule(code: int, bar: float) -> Policy:
    return Policy(code, parameters(per_minute=True, base={"scanner": bar}, slope={"scanner": bar}))


@pytest.mark.parametrize(
    ("policy", "limit"),
    [
        (Policy(NONE), "orders"),
        (Policy(RANDOM), "share"),
        (Policy(LANE_CRITERIA), "share"),
        (Policy(PRICED), "worth"),
        (Policy(CAPACITY), "capacity"),
        (_rule(THRESHOLD, LEAST), "worth"),
        (_rule(THRESHOLD, 1.01 * LEAST), "capacity"),
        (_rule(CLEARANCE, 0.5 * LEAST), "worth"),
        (_rule(CLEARANCE, 0.51 * LEAST), "capacity"),
    ],
)
def test_what_limits_scanning_follows_from_the_policy(policy: Policy, limit: ScanLimit) -> None:
    assert policy.params is None or policy.params[BASE + SCANNER] > 0.0
    assert scan_limit(policy) == limit


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_limit_is_told_once_where_both_worlds_have_it(language: str) -> None:
    catalogued = catalogue("aforo.twin")

    def say(code: str, **fields: object) -> str:
        return catalogued.say(code, **fields).told(language)

    same = limits_told({"a": ("worth", "worth"), "b": ("capacity", "capacity")}, ("base", "more"), say)
    assert len(same) == 2
    assert "aforo plan scanners" in same[-1]
    assert "--policy capacity" in same[-1]
    apart = limits_told({"a": ("capacity", "share")}, ("base", "more"), say)
    assert len(apart) == 3
    assert "--policy capacity" not in apart[-1]
