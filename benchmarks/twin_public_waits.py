"""The twin's waits against public waits, as assumed and as calibrated, and the calibration in SYNTHETIC worlds.

    python benchmarks/twin_public_waits.py [--waits FOLDER] [--replications 20] [--worlds 60]

Brownsville's two bridges have 222 readings of trucks over nine days of August 2026, irregular and rounded to five
minutes. Each half of their days is predicted by a factor that was fitted to the other half, and by the port document
as it is. The error of a reading is fitted in both, so that they are compared at the same stated level. The snapshot of
30 June 2022 has one reading for each lane class: it is held against the twin as assumed, with no error but rounding,
and fits nothing. SYNTHETIC worlds are the twin itself at the Veterans Bridge at the hours of the readings, under
factors that are drawn: how often the interval holds the true factor, and how often a base that is true fails its check.

Most of what the twin is made of is assumed, and the segments differ: what CBP publishes ends at other places at other
ports. Counts are of 2024, of the same weekdays of the same month.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from aforo.intake import border_waits
from aforo.ports.shipped import feed_zone
from aforo.twin import border
from aforo.twin.base_check import snapshot
from aforo.twin.calibration import CalibrationRequest, judged
from aforo.twin.calibration_document import LaneFactor
from aforo.twin.capacity_fit import SCALES, STEP, CapacityModel, steps_of
from aforo.twin.wait_samples import SAMPLE_LANES, SampleLane, WaitSample, bridge_at, lane_group, published_samples
from aforo.twin.wait_worlds import FACTORS, simulated_waits

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "waits"
BORDER = border.shipped()
#: Factors of SYNTHETIC worlds: from the document's own to near the greatest that the bridge can bear.
WORLD_FACTORS = (1.0, 2.6)
#: Seeds of SYNTHETIC worlds begin here: not the worlds on which the scales of the error were chosen (from a million).
APART = 2_000_000


def halves(console: Console, samples: Sequence[WaitSample], replications: int) -> None:
    table = Table(title="Brownsville: one half of the days predicted from the other")
    for heading in (
        "bridge", "lanes", "fitted", "held out", "factor [95 %]", "expected within", "within",
        "as assumed: expected", "as assumed: within", "as assumed, rounding alone", "width (min)",
    ):  # fmt: skip
        table.add_column(heading, justify="left" if heading in ("bridge", "lanes") else "right")
    for place in sorted({each.place for each in samples}):
        found = bridge_at(BORDER.ports, place)
        assert found is not None
        port, bridge = found
        for lane in SAMPLE_LANES:
            mine = [each for each in samples if each.place == place and lane_group(bridge, each.lane) == lane]
            if not mine:
                continue
            waits = simulated_waits(
                port, bridge, mine, [{lane: float(factor)} for factor in FACTORS], dict(BORDER.counts[port.code]),
                replications, 1,
            )  # fmt: skip
            model = CapacityModel(FACTORS, waits)
            minutes = np.array([each.minutes for each in mine])
            days = np.array([each.at.date().toordinal() for each in mine])
            usable = model.usable()
            order = np.searchsorted(np.unique(days), days)
            for half in (0, 1):
                fitted, held = usable[order[usable] % 2 == half], usable[order[usable] % 2 != half]
                fit = model.fit(minutes, fitted)
                forecast = model.predict(fit.applied, fit.scale)
                assumed, bare = model.predict(1.0, model.scale(minutes, fitted, 1.0)), model.predict(1.0, SCALES[0])
                limits = f"{'<' if fit.low_open else ''}{fit.low:.2f}, {'>' if fit.high_open else ''}{fit.high:.2f}"
                table.add_row(
                    place, lane, str(len(fitted)), str(len(held)), f"{fit.applied:.2f} [{limits}]".replace("[", r"\["),
                    f"{forecast.nominal(held):.1%}", f"{forecast.within(minutes, held):.1%}",
                    f"{assumed.nominal(held):.1%}", f"{assumed.within(minutes, held):.1%}",
                    f"{bare.within(minutes, held):.1%}", f"{(forecast.high - forecast.low)[held].mean():.0f}",
                )  # fmt: skip
    console.print(table)


def snapshot_alone(console: Console, replications: int) -> None:
    inside = []
    for sample in snapshot():
        found = bridge_at(BORDER.ports, sample.place)
        assert found is not None
        port, bridge = found
        waits = simulated_waits(port, bridge, [sample], [{}], dict(BORDER.counts[port.code]), replications, 1)[0]
        known = waits[~np.isnan(waits)]
        if len(known):
            low, high = np.quantile(known, (0.05, 0.95))
            inside.append(low - STEP / 2 <= sample.minutes <= high + STEP / 2)
    console.print(
        f"Snapshot of 30 June 2022, as assumed: {sum(inside)} of {len(inside)} readings within the twin's 5 to 95 % of "
        "days, give or take rounding. One reading of a lane class fits nothing and checks no base."
    )


def synthetic(console: Console, samples: Sequence[WaitSample], replications: int, worlds: int) -> None:
    found = bridge_at(BORDER.ports, "2301/veterans")
    assert found is not None
    port, bridge = found
    lane: SampleLane = "standard"
    mine = [each for each in samples if each.place == "2301/veterans" and each.lane == lane]
    counts, days = dict(BORDER.counts[port.code]), np.array([each.at.date().toordinal() for each in mine])
    grid = [{lane: float(factor)} for factor in FACTORS]
    model = CapacityModel(FACTORS, simulated_waits(port, bridge, mine, grid, counts, replications, 1))
    base = LaneFactor(port.code, bridge.id, lane, "too_few", len(mine), len(np.unique(days)), 0.0, 0.0, "")
    chances = np.random.default_rng(12)
    held, closed, passed, within, nominal = 0, 0, 0, [], []
    for world in range(worlds):
        true = float(np.exp(chances.uniform(*np.log(WORLD_FACTORS))))
        waits = simulated_waits(port, bridge, mine, [{lane: true}], counts, 1, APART + world)[0, 0]
        minutes = STEP * steps_of(np.nan_to_num(waits)).astype(np.float64)
        fit = judged(base, model, minutes, days, CalibrationRequest(replications=replications, seed=world))
        assert fit.low is not None
        assert fit.high is not None
        assert fit.check is not None
        held += fit.low <= true <= fit.high
        closed += not (fit.low_open or fit.high_open)
        passed += fit.check.passed
        within.append(fit.check.within)
        nominal.append(fit.check.nominal)
    low, high = WORLD_FACTORS
    console.print(
        f"SYNTHETIC, {worlds} worlds, factors from {low:g} to {high:g}: the true factor lies in the 95 % interval in "
        f"{held} ({held / worlds:.0%}); the interval is closed on both sides in {closed}; of readings held out "
        f"{np.mean(within):.1%} lie within (expected {np.mean(nominal):.1%}); the base, which is true, fails its check "
        f"in {worlds - passed}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="The twin against public waits.")
    parser.add_argument("--waits", type=Path, default=DATA)
    parser.add_argument("--replications", type=int, default=20)
    parser.add_argument("--worlds", type=int, default=60)
    arguments = parser.parse_args()
    console = Console(width=170)
    series = arguments.waits / "bwt_brownsville_2026-08.csv"
    if not series.is_file():
        raise SystemExit("the public waits are absent: give --waits")
    feed = border_waits.read(series.read_bytes(), datetime.now(UTC), feed_zone)
    samples = published_samples(feed.readings, BORDER.ports)
    console.print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} CPUs, {arguments.replications} replications; "
        f"{len(samples.found)} readings, {samples.without_figure} without a figure (not zero: left out)"
    )
    halves(console, samples.found, arguments.replications)
    snapshot_alone(console, arguments.replications)
    synthetic(console, samples.found, arguments.replications, arguments.worlds)


if __name__ == "__main__":
    main()
