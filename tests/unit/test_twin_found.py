"""What scans and examinations by hand find in the twin is what the policy document says that options find."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aforo.domain.decision import EXAMINATIONS
from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO
from aforo.routing.choice import POLICIES, SCAN, SCAN_THEN_DECIDE, SECONDARY
from aforo.routing.parameters import parameters
from aforo.routing.policy import default_document, parse
from aforo.twin.network import LANES, Network, NetworkError, Station, network_of
from aforo.twin.outcomes import prevented_by
from aforo.twin.policy import Policy
from aforo.twin.run import run
from aforo.twin.traffic import Demand, Profile, Times, TrafficError, trucks_of
from aforo.twin.trucks import BY_ALARM, Fates, Trucks

PROFILE = Profile(lottery=0.0)
DEMAND = Demand(
    3, np.full(24, 400.0), {"standard": 1.0}, {"standard": Times(0.1, 0.05)},
    {"scanner": Times(2.0, 1.0), "dock": Times(20.0, 10.0)}, PROFILE,
)  # fmt: skip
#: After an alarm an examination by hand, whatever it costs; nothing of its own accord.
ESCALATES = Policy(POLICIES.index("random"), parameters(rate=0.0))


def network() -> Network:
    by_hand = (0.0, *(PROFILE.exam[threat] for threat in THREATS))
    stations = [
        Station("booth", 500, service="booth", resource="booth", decides="primary"),
        Station(
            "scanner", 500, service="scanner", resource="scanner", decides="scanned", detection=PROFILE.alarms(),
            finds=PROFILE.seen_alone(),
        ),
        Station("dock", 500, service="dock", resource="dock", detection=by_hand),
    ]  # fmt: skip
    routes = {
        "booth": {"release": None, "scan": "scanner", "scan_then_decide": "scanner", "secondary": "dock"},
        "scanner": {"release": None, "secondary": "dock"},
        "dock": None,
    }
    return network_of(stations, routes, dict.fromkeys(LANES, "booth"))


def ordered(option: int, policy: Policy = ESCALATES) -> tuple[Trucks, Fates]:
    trucks = trucks_of(DEMAND, 8)
    n = len(trucks)
    hidden = (np.arange(n) % (len(THREATS) + 1) - 1).astype(np.int8)
    trucks = replace(trucks, mandatory=np.full(n, option, np.int8), threat=hidden)
    return trucks, run(network(), trucks, policy, seed=8, port=3)[0]


@pytest.mark.parametrize("option", [SCAN, SCAN_THEN_DECIDE, SECONDARY])
def test_each_option_finds_as_often_as_the_document_says(option: int) -> None:
    # Who is scanned alone stays with what the image shows: nobody is sent on.
    trucks, fates = ordered(option, Policy(POLICIES.index("none")) if option == SCAN else ESCALATES)
    said = parse(default_document()).detection_micro()[option] / MICRO
    assert not fates.found[trucks.threat < 0].any()
    for k in range(len(THREATS)):
        found = fates.found[trucks.threat == k]
        assert float(found.mean()) == pytest.approx(said[k], abs=4.0 * np.sqrt(0.25 / len(found)))


def test_an_alarm_that_is_let_go_finds_only_what_the_scan_finds_by_itself() -> None:
    _, escalated = ordered(SCAN_THEN_DECIDE)
    trucks, let_go = ordered(SCAN_THEN_DECIDE, Policy(POLICIES.index("none")))
    assert np.array_equal(let_go.found, ordered(SCAN, Policy(POLICIES.index("none")))[1].found)
    assert let_go.alarm.sum() == escalated.alarm.sum() > let_go.found.sum()
    lost = prevented_by(trucks, escalated) - prevented_by(trucks, let_go)
    alarmed = let_go.alarm > 0
    assert (lost[alarmed] > 0.0).all()
    assert not lost[~alarmed].any()


def test_an_alarm_asks_again_after_a_scan_alone_as_well() -> None:
    _, decided = ordered(SCAN_THEN_DECIDE)
    trucks, alone = ordered(SCAN)
    alarmed = alone.alarm > 0
    assert (alone.option[alarmed] == SECONDARY).all()
    assert (alone.basis[alarmed] == BY_ALARM).all()
    assert (alone.option[~alarmed] == SCAN).all()
    for column in ("found", "carried", "left", "scan_end"):
        assert np.array_equal(getattr(alone, column), getattr(decided, column)), column
    # What an alarm adds to a scan alone, times its chance, makes up for what the order to decide counts beforehand.
    scan, both = trucks.prevented[:, SCAN], trucks.prevented[:, SCAN_THEN_DECIDE]
    opened = trucks.raised * trucks.prevented[:, SECONDARY]
    worth = prevented_by(trucks, alone)
    assert np.allclose(worth[~alarmed], scan[~alarmed])
    assert np.allclose(worth[alarmed], (scan - scan / trucks.alarm + opened)[alarmed])
    assert np.allclose(scan + trucks.alarm * (opened - scan / trucks.alarm), both, rtol=0.1)


def test_what_is_prevented_is_the_documents_own_figure() -> None:
    trucks = trucks_of(DEMAND, 8)
    hold = EXAMINATIONS.index("hold")
    mix = np.array([PROFILE.prevalence[threat] for threat in THREATS])
    said = parse(default_document()).detection_micro() / MICRO @ (mix / mix.sum())
    for option in (SCAN, SCAN_THEN_DECIDE, SECONDARY):
        assert np.allclose(trucks.prevented[:, option], trucks.prevented[:, hold] * said[option], rtol=1e-6)
    assert said[SCAN] < said[SCAN_THEN_DECIDE] < said[SECONDARY]


def test_a_scan_cannot_find_by_itself_more_than_alarms() -> None:
    more = {threat: min(1.0, chance + 0.05) for threat, chance in PROFILE.scan.items()}
    with pytest.raises(TrafficError, match="alone"):
        Profile(alone=more).checked()
    station = Station("booth", 1, detection=(0.1, 0.5, 0.5, 0.5, 0.5), finds=(0.0, 0.6, 0.5, 0.5, 0.5))
    with pytest.raises(NetworkError, match="finds"):
        network_of([station], {"booth": None}, dict.fromkeys(LANES, "booth"))
