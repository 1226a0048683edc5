"""Scanners before primary: who is sent there, who goes past, what an alarm leads to; nobody is scanned twice."""

from __future__ import annotations

from datetime import date

import msgspec
import numpy as np
import pytest
from twin_bridge import SEES, demand, portal_bridge

from aforo.domain.figure import ASSUMED
from aforo.ports.document import Bridge, PortDocument
from aforo.ports.shipped import ports
from aforo.routing.choice import (
    DOCK,
    POLICIES,
    PORTAL,
    PRIMARY,
    SCAN,
    SCAN_THEN_DECIDE,
    SCANNED,
    SCANNER,
    SECONDARY,
    STARTS,
    YARD,
)
from aforo.routing.parameters import parameters
from aforo.twin import levels
from aforo.twin.changes import YardOpened
from aforo.twin.network import LANES, MINUTE, NetworkError, Station, network_of
from aforo.twin.of_port import PORTAL_PER_HOUR, Modelled, hourly_demand, modelled
from aforo.twin.policy import Policy
from aforo.twin.rebuilt import rebuilt
from aforo.twin.run import run
from aforo.twin.traffic import trucks_of
from aforo.twin.trucks import BY_ALARM, BY_HAND, SCANS, Fates, Trucks, decided_at
from aforo.twin.volumes import shipped

FIRST = date(2024, 5, 13)
NOBODY = Policy(POLICIES.index("none"))
#: After an alarm an examination by hand, whatever it costs.
ESCALATES = Policy(POLICIES.index("random"), parameters(rate=0.0))


def ordered(option: int, policy: Policy = NOBODY) -> tuple[Trucks, Fates]:
    trucks = trucks_of(demand(), 3)
    trucks.mandatory[::4] = option
    trucks.lottery[:] = -1
    return trucks, run(portal_bridge(), trucks, policy, seed=3, port=7)[0]


def bits(fates: Fates, *resources: int) -> np.ndarray:
    return (fates.carried & sum(1 << resource for resource in resources)) > 0


@pytest.mark.parametrize("option", [SCAN, SCAN_THEN_DECIDE])
def test_an_ordered_scan_is_made_once_at_the_portal_or_behind_primary_where_that_is_full_or_down(option: int) -> None:
    trucks, fates = ordered(option)
    mine = trucks.mandatory == option
    at_portal, behind = bits(fates, PORTAL), bits(fates, SCANNER)
    assert np.array_equal(at_portal | behind, mine)
    assert not (at_portal & behind).any()
    down = (fates.arrives > 600 * MINUTE) & (fates.arrives < 900 * MINUTE)
    assert not (at_portal & down).any()
    assert (behind & down).sum() > 20
    assert at_portal.sum() > 300
    assert (fates.scan_end[at_portal] < fates.primary[at_portal]).all()
    assert (fates.scan_end[behind] > fates.primary_end[behind]).all()


def test_an_alarm_at_the_portal_is_decided_there_and_carried_out_behind_the_booth() -> None:
    _, let_go = ordered(SCAN)
    _, fates = ordered(SCAN, ESCALATES)
    alarmed = bits(fates, PORTAL) & (fates.alarm > 0)
    assert alarmed.sum() > 30
    option, by = decided_at(fates.orders, SCANNED)
    assert (option[alarmed] == SECONDARY).all()
    assert (by[alarmed] == BY_ALARM).all()
    assert bits(fates, DOCK)[alarmed].all()
    assert (fates.exam_end[alarmed] > fates.primary_end[alarmed]).all()
    assert (fates.exam[alarmed] < fates.primary[alarmed]).all()
    # Who was scanned is not decided again at the booth; who went past is, where nobody ordered it.
    assert (decided_at(fates.orders, PRIMARY)[0][bits(fates, PORTAL)] == -1).all()
    assert (decided_at(let_go.orders, SCANNED)[0][(let_go.alarm > 0) & (let_go.carried > 0)] == 0).all()
    assert not bits(let_go, DOCK).any()


def shipped_bridges() -> list[tuple[PortDocument, Bridge]]:
    return [(port, bridge) for port in ports() for bridge in port.bridges]


def of_week(port: PortDocument, bridge: Bridge, days: int = 7) -> Modelled:
    counts = {code: {(2024, month): n for (_, month), n in of.items()} for code, of in shipped().items()}
    return modelled(port, bridge, FIRST, hourly_demand(port, bridge, FIRST, days, counts[port.code]), 1)


def with_portal() -> tuple[PortDocument, Bridge]:
    return next((port, bridge) for port, bridge in shipped_bridges() if bridge.id == "otay-mesa")


def test_every_portal_of_the_documents_is_in_its_network_and_scans_under_every_policy() -> None:
    having = [(port, bridge) for port, bridge in shipped_bridges() if bridge.portals]
    assert len(having) >= 5
    for port, bridge in shipped_bridges():
        network = of_week(port, bridge, 1).network
        assert ("portal" in network.names) == bool(bridge.portals)
        if bridge.portals:
            at = network.station("portal")
            assert set(network.entry[[SCAN, SCAN_THEN_DECIDE]].ravel().tolist()) == {at}
            assert at not in network.entry[0]
            assert network.filed_options >> SCAN & 1
    bridge = of_week(*with_portal())
    trucks = trucks_of(bridge.demand, 1)
    for name in POLICIES:
        policy = levels.policy_of(name, bridge)
        if policy.books is not None:
            assert (policy.books[:, STARTS + PORTAL] > 0).all()
        fates, _ = run(bridge.network, trucks, policy, seed=1, port=bridge.demand.stream)
        # Lane criteria mind no dock's queue: theirs are full until the end, and hold up the rest.
        assert (fates.left >= 0).all() or name == "lane_criteria"
        scanned = int(bits(fates, PORTAL).sum())
        assert scanned > (1000 if name != "none" else 20), name
        assert not (bits(fates, PORTAL) & bits(fates, SCANNER)).any()


def test_a_portal_without_a_throughput_has_the_assumed_one_and_it_is_said() -> None:
    port, bridge = with_portal()
    group = bridge.portals[0]
    for per_hour, minutes in ((group.per_hour, 0.75), (None, 60.0 / PORTAL_PER_HOUR)):
        bare = msgspec.structs.replace(group, scan=None, per_hour=per_hour)
        made = of_week(port, msgspec.structs.replace(bridge, portals=(bare,)), 1)
        assert made.demand.services["portal"].mean == pytest.approx(minutes)
        assert f"portals[{group.id}].scan" in made.assumed
    assert group.scan is not None
    assert (f"portals[{group.id}].scan" in of_week(port, bridge, 1).assumed) == (group.scan.source == ASSUMED)


def test_a_yard_takes_the_place_of_the_portal() -> None:
    port, bridge = with_portal()
    made = of_week(port, rebuilt(bridge, YardOpened(units=4, places=20, mean_minutes=6.0, sd_minutes=3.0)))
    assert "portal" not in made.network.names
    trucks = trucks_of(made.demand, 1)
    fates, _ = run(made.network, trucks, levels.policy_of("priced", made), seed=1, port=made.demand.stream)
    assert bits(fates, YARD).sum() > 300
    assert not (bits(fates, YARD) & bits(fates, SCANNER)).any()
    assert (bits(fates, YARD) & ((fates.carried & BY_HAND) > 0)).sum() > 3
    assert ((fates.carried & SCANS) > 0).sum() > bits(fates, YARD).sum()


def test_there_is_always_a_place_where_trucks_come_in() -> None:
    road, gate = Station("road", 1), Station("gate", 1, 2, detection=SEES)
    routes = {"road": None, "gate": "road"}
    every = dict.fromkeys(LANES, "road")
    with pytest.raises(NetworkError, match="where trucks come in"):
        network_of([road, gate], routes, every | {"scan": "gate"})
    with pytest.raises(NetworkError, match="where trucks come in"):
        network_of([road], {"road": None}, every | {"scan": "nowhere"})
    past = Station("gate", 1, 2, detection=SEES, instead="road")
    network = network_of([road, past], routes, every | {"scan/fast": "gate"})
    assert network.entry[SCAN].tolist() == [1, 0, 0, 0]
    assert network.entry[0].tolist() == [0, 0, 0, 0]
