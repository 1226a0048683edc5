"""What hours of outages cost is what the twin's table says of each of them, and what it does not know stays unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from fleet_said import of_said
from hypothesis import given, settings
from hypothesis import strategies as st
from priced import LAREDO

from aforo.domain.clock import instant, microseconds
from aforo.fleet.interruptions import Said
from aforo.flow.fleet_cost import OutageCost, outage_cost, pieces
from aforo.ports.reading import parse
from aforo.twin.unit_loss import UnitLoss

PORT = parse(LAREDO)
ZONE = ZoneInfo("America/Chicago")
HOUR = 3_600_000_000
#: A week in which clocks jump, from Friday on.
START = microseconds(datetime(2024, 3, 8, tzinfo=UTC))
END = START + 7 * 24 * HOUR
WEEKS = 3
RANDOM = np.random.default_rng(1)
TABLE = UnitLoss(
    "2304", "colombia", "scanner", 4, RANDOM.uniform(0, 5, (WEEKS, 2, 3, 24)), RANDOM.uniform(-9, 9, (WEEKS, 2, 3, 24)),
    ("scanners[a].units",),
)  # fmt: skip


def cost(fleet: dict[str, list[Said]], known: bool = True) -> OutageCost:
    record = of_said(fleet)
    down = pieces(record, [PORT], START, END)
    tables = {number: TABLE for number, site in enumerate(down.sites) if known and site[1].id == "colombia"}
    return outage_cost(record, down, tables, ("priced", WEEKS, 1), START, END)


def scanner(spans: list[tuple[int, int]], port: str = "Colombia", cause: str | None = None) -> list[Said]:
    """Down between quarters of an hour of the week."""
    own = [Said("commissioned", START - HOUR, port=port, kind="HE")]
    for since, until in spans:
        own.append(Said("down", START + since * HOUR // 4, "p", cause))  # type: ignore[arg-type]
        own.append(Said("up", START + until * HOUR // 4, "p"))
    return own


def by_hand(fleet: dict[str, list[tuple[int, int]]]) -> dict[str, tuple[float, float]]:
    """Quarter hour by quarter hour, with the local clock of each."""
    lost = dict.fromkeys(fleet, (0.0, 0.0))
    for quarter in range(7 * 96):
        down = [name for name, spans in fleet.items() if any(since <= quarter < until for since, until in spans)]
        if not down:
            continue
        local = instant(START + quarter * HOUR // 4).astimezone(ZONE)
        day = {5: 1, 6: 2}.get(local.weekday(), 0)
        units = min(len(down), 2) - 1
        for name in down:
            part = [
                float(own[:, units, day, local.hour].mean()) / len(down) / 4
                for own in (TABLE.examinations, TABLE.waited)
            ]
            lost[name] = (lost[name][0] + part[0], lost[name][1] + part[1])
    return lost


def spans() -> st.SearchStrategy[list[tuple[int, int]]]:
    edges = st.lists(st.integers(0, 672), max_size=6, unique=True).map(sorted)
    return edges.map(lambda own: list(zip(own[::2], own[1::2], strict=False)))


@settings(max_examples=40, deadline=None)
@given(st.fixed_dictionaries({name: spans() for name in ("S-1", "S-2", "S-3")}))
def test_every_quarter_hour_costs_what_the_table_says_of_its_local_hour(
    fleet: dict[str, list[tuple[int, int]]],
) -> None:
    told = cost({name: scanner(own) for name, own in fleet.items()})
    expected = by_hand(fleet)
    found = {each.name: each for each in told.scanners}
    for name, (examinations, waited) in expected.items():
        if name not in found:
            assert (examinations, waited) == (0.0, 0.0)
            continue
        own = found[name]
        assert own.examinations is not None
        assert own.waited is not None
        assert own.examinations.value == pytest.approx(examinations, abs=1e-9)
        assert own.waited.value == pytest.approx(waited, abs=1e-9)


def test_parts_add_up_to_the_whole_and_an_hour_is_its_share() -> None:
    told = cost({"S-1": scanner([(0, 40)], cause="parts"), "S-2": scanner([(8, 90)]), "S-3": scanner([(300, 400)])})
    assert told.synthetic
    whole = told.all.examinations
    assert whole is not None
    for parts in (told.causes, told.ports, told.scanners):
        assert sum(each.hours for each in parts) == pytest.approx(told.all.hours)
        assert sum(each.examinations.value or 0.0 for each in parts if each.examinations) == pytest.approx(whole.value)
    assert [each.name for each in told.causes] == ["parts", None]
    assert told.all.per_hour is not None
    assert told.all.per_hour.value == pytest.approx((whole.value or 0.0) / told.all.hours)
    assert whole.low < (whole.value or 0.0) < whole.high
    assert told.modelled[0].down == 2
    assert told.assumed == {"colombia": ("scanners[a].units",)}


def test_hours_of_which_nothing_is_known_are_not_nothing() -> None:
    fleet = {"S-1": scanner([(0, 8)]), "S-2": scanner([(0, 4)], port="Nowhere"), "S-3": scanner([(0, 12)], "Laredo")}
    told = cost(fleet)
    assert (told.all.hours, told.all.unknown) == (2.0, {"no_bridge": 4.0})
    nowhere = next(each for each in told.ports if each.name == "Nowhere")
    assert (nowhere.hours, nowhere.examinations, nowhere.unknown) == (0.0, None, {"no_bridge": 1.0})
    without = cost(fleet, known=False)
    assert (without.all.examinations, without.all.unknown) == (None, {"no_bridge": 4.0, "no_model": 2.0})


@pytest.mark.parametrize(
    ("kind", "device"), [("RFID reader", "reader"), ("LPR", "camera"), ("báscula: 120 t", "weighbridge")]
)
def test_devices_that_are_no_scanners_cost_nothing_that_the_twin_knows(kind: str, device: str) -> None:
    other = [Said("commissioned", START - HOUR, port="Colombia", kind=kind), *scanner([(0, 12), (20, 24)])[1:]]
    alone = {"S-1": scanner([(0, 8)])}
    told = cost({**alone, "R-1": other, "R-2": [other[0]]})
    assert told.all == cost(alone).all
    assert [each.name for each in told.scanners] == ["S-1"]
    assert told.modelled[0].down == 1
    assert [(each.device, each.devices, each.hours) for each in told.others] == [(device, 1, 4.0)]
    assert cost(alone).others == ()


def test_a_fleet_that_was_never_down_costs_nothing_that_is_known() -> None:
    told = cost({"S-1": scanner([])})
    assert (told.all.hours, told.all.examinations, told.scanners) == (0.0, None, ())


def test_what_is_down_before_and_after_the_period_counts_within_it() -> None:
    own = [
        Said("commissioned", START - 90 * HOUR, port="Colombia", kind="HE"),
        Said("down", START - 9 * HOUR, "p"),
    ]
    told = cost({"S-1": own})
    assert told.all.hours == 7 * 24
    assert timedelta(hours=told.all.hours) == timedelta(days=7)
