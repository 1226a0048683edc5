"""Fits of service times: what a sample of known times gives, how often its intervals hold, and when there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.domain.figure import figures
from aforo.intake import service_times
from aforo.ports import shipped
from aforo.ports.figure import Service
from aforo.twin.service_fit import fit, service_places


def lognormal(rng: np.random.Generator, mean: float, sd: float, count: int) -> list[float]:
    variance = np.log1p((sd / mean) ** 2)
    drawn: list[float] = np.exp(rng.normal(np.log(mean) - variance / 2, np.sqrt(variance), count)).tolist()
    return drawn


def test_the_intervals_of_lognormal_times_hold_as_often_as_they_say() -> None:
    held = np.zeros(2)
    fits = 0
    for world in range(300):
        found = fit("docks.service", lognormal(np.random.default_rng(world), 8.0, 6.0, 40), None, world)
        if found.mean_limits is not None and found.sd_limits is not None:
            fits += 1
            held += [
                found.mean_limits[0] <= 8.0 <= found.mean_limits[1],
                found.sd_limits[0] <= 6.0 <= found.sd_limits[1],
            ]
    assert fits > 270  # the test at 5 % refuses one lognormal sample in twenty
    # 95 %, less three standard errors of 300 samples.
    assert (held / fits > 0.95 - 3 * np.sqrt(0.95 * 0.05 / fits)).all()


def test_many_times_give_back_what_they_were_drawn_from() -> None:
    found = fit("docks.service", lognormal(np.random.default_rng(1), 60.0, 30.0, 50_000), None, 1)
    assert found.mean == pytest.approx(60.0, rel=0.01)
    assert found.sd == pytest.approx(30.0, rel=0.03)
    assert found.quantiles == pytest.approx(found.drawn, rel=0.03)


def test_times_of_another_shape_give_the_sample_and_no_interval_of_the_deviation() -> None:
    times = np.random.default_rng(1).uniform(1.0, 10.0, 500)
    found = fit("docks.service", times.tolist(), Service(mean_minutes=5, sd_minutes=2, source="assumed"), 1)
    assert found.verdict == "not_lognormal"
    assert found.mean == pytest.approx(float(times.mean()))
    assert found.sd == pytest.approx(float(times.std(ddof=1)))
    assert found.sd_limits is None
    assert (found.assumed, found.assumed_source) == ((5.0, 2.0), "assumed")


@pytest.mark.parametrize(("times", "verdict"), [([3.0, 4.0] * 9, "too_few"), ([3.0] * 50, "no_spread")])
def test_too_few_times_or_times_all_alike_give_no_figure(times: list[float], verdict: str) -> None:
    found = fit("docks.service", times, None, 1)
    assert found.verdict == verdict
    assert found.mean is None
    assert found.sd is None


def test_the_places_of_a_bridge_are_all_its_service_times_as_its_document_names_them() -> None:
    for port in shipped.directory().ports:
        for bridge in port.bridges:
            named = {place for place, figure in figures(bridge) if isinstance(figure, Service)}
            assert named == {place for place, figure in service_places(bridge).items() if figure is not None}


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"bridge,place,minutes\n{text}".encode()))
def test_no_table_raises(data: bytes) -> None:
    table = service_times.read(data)
    assert all(minutes > 0.0 for sample in table.minutes.values() for minutes in sample)


def test_a_row_without_a_time_is_refused_at_its_line_and_the_next_is_read() -> None:
    rows = ["bridge,place,minutes", "b,p,0", "b,p,-1", "b,p,nan", "b,p,1e9", "b,,1", ",p,1", "b,p,1.5"]
    table = service_times.read("\n".join(rows).encode())
    assert table.minutes == {("b", "p"): [1.5]}
    assert table.found == {"service_minutes": 4, "service_place": 1, "measured_bridge": 1}
    assert [each.place for each in table.problems] == [f"line {number}" for number in range(2, 8)]
