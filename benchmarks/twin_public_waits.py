"""The twin's waits at the World Trade Bridge and at Brownsville against the public waits there are, as they come out.

    python benchmarks/twin_public_waits.py [--waits FOLDER] [--replications 20]

The World Trade Bridge has one public reading for each lane class (30 June 2022, 19:00), Brownsville's two bridges 222
readings of trucks over nine days of August 2026, irregular and rounded to five minutes. The twin runs the port
documents with the counts of 2024 of the same month; nothing is fitted to the readings. A reading is compared with the
twin's waits of the same hour and kind of day: its quantiles over all trucks of that hour and class. Most of what the
twin is made of is assumed, and the segments differ: what CBP publishes ends at other places at other ports.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import re
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from aforo.domain.figure import ASSUMED, figures
from aforo.ports.document import Bridge
from aforo.ports.shipped import port_called
from aforo.twin.levels import policy_of
from aforo.twin.network import LANES, MINUTE
from aforo.twin.of_port import hourly_demand, modelled
from aforo.twin.run import run
from aforo.twin.traffic import trucks_of
from aforo.twin.volumes import shipped

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "waits"
FAST = LANES.index("fast")


def simulated(port_name: str, bridge: Bridge, first: date, replications: int) -> tuple[np.ndarray, ...]:
    """Of all trucks of some weeks: wait (min), class, local hour, weekday."""
    port = port_called(port_name)
    assert port is not None
    hourly = hourly_demand(port, bridge, first, 7, shipped()[port.code])
    policy, waits, lanes, hours, days = None, [], [], [], []
    for seed in range(replications):
        made = modelled(port, bridge, first, hourly, seed)
        policy = policy or policy_of("clearance", made)
        fates, _ = run(made.network, trucks_of(made.demand, seed), policy, seed=seed, port=made.demand.stream)
        waits.append(np.where(fates.primary >= 0, (fates.primary - fates.arrives) / MINUTE, np.nan))
        lanes.append(fates.lane)
        hours.append(fates.arrives // (60 * MINUTE) % 24)
        days.append((fates.arrives // (1440 * MINUTE) + first.weekday()) % 7)
    return tuple(np.concatenate(each) for each in (waits, lanes, hours, days))


def quantiles(waits: np.ndarray) -> str:
    if not len(waits):
        return "no trucks"
    low, middle, high = np.nanquantile(waits, (0.1, 0.5, 0.9))
    return f"{middle:.1f} [{low:.1f}, {high:.1f}]"


def hour_of(text: str) -> int | None:
    """The hour of a local text such as `4:00 pm CDT` or `Noon CDT`."""
    if "noon" in text.lower():
        return 12
    found = re.match(r"(?:at )?(\d+):\d\d (am|pm)", text.strip().lower())
    return None if found is None else int(found[1]) % 12 + (12 if found[2] == "pm" else 0)


def assumed_of(bridge: Bridge) -> str:
    told = Counter(place.split(".")[0].split("[")[0] for place, figure in figures(bridge) if figure.source == ASSUMED)
    return ", ".join(f"{place} ({count})" for place, count in sorted(told.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description="The twin against public waits.")
    parser.add_argument("--waits", type=Path, default=DATA)
    parser.add_argument("--replications", type=int, default=20)
    arguments = parser.parse_args()
    console = Console(width=150)
    snapshot, series = (
        arguments.waits / "bwt_all_ports_2022-06-30.json",
        arguments.waits / "bwt_brownsville_2026-08.csv",
    )
    if not (snapshot.is_file() and series.is_file()):
        raise SystemExit("the public waits are absent: give --waits")
    console.print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} CPUs, {arguments.replications} weeks a bridge"
    )
    table = Table(title="Waits in minutes; the twin's: median [10 %, 90 %] of trucks of that hour and class")
    for heading in ("bridge", "class", "hour", "readings", "public, mean", "public, range", "twin", "readings within"):
        table.add_column(heading, justify="left" if heading in ("bridge", "class") else "right")
    laredo = port_called("Laredo")
    assert laredo is not None
    bridge = laredo.bridges[0]
    waits, lanes, hours, days = simulated("Laredo", bridge, date(2024, 6, 24), arguments.replications)
    entry = next(each for each in json.loads(snapshot.read_text("utf-8")) if each["port_number"] == "230404")
    for name, fast in (("FAST_lanes", True), ("standard_lanes", False)):
        reading = entry["commercial_vehicle_lanes"][name]
        hour = hour_of(reading["update_time"])
        if reading["delay_minutes"] == "" or hour is None:
            continue
        mine = ((lanes == FAST) == fast) & (hours == hour) & (days < 5)
        _row(table, "World Trade", fast, str(hour), [float(reading["delay_minutes"])], waits[mine])
    brownsville = port_called("Brownsville")
    assert brownsville is not None
    readings: dict[tuple[str, bool, int], list[float]] = {}
    missing = 0
    for row in csv.DictReader(series.read_text("utf-8").splitlines()):
        if row["vehicle_class"] != "Commercial Vehicles":
            continue
        hour = hour_of(row["update_time"])
        if row["delay_minutes"] == "" or hour is None:
            missing += 1
            continue
        readings.setdefault((row["crossing"], row["lane"] == "Fast", hour // 4 * 4), []).append(
            float(row["delay_minutes"])
        )
    runs = {}
    for own in brownsville.bridges:
        name = next((feed.names[0] for feed in own.waits), "")
        runs[name] = simulated("Brownsville", own, date(2024, 8, 5), arguments.replications)
    errors = []
    for (crossing, fast, hour), values in sorted(readings.items()):
        if crossing not in runs:
            console.print(f"no bridge of the document publishes as {crossing!r}")
            continue
        waits, lanes, hours, days = runs[crossing]
        mine = ((lanes == FAST) == fast) & (hours // 4 * 4 == hour)
        _row(table, crossing, fast, f"{hour}–{hour + 3}", values, waits[mine])
        if mine.any():
            errors += [(value - float(np.nanmean(waits[mine]))) for value in values]
    console.print(table)
    console.print(
        f"Brownsville: {len(errors)} readings with a number, {missing} without one (not zero: left out). Public less "
        f"twin: mean {np.mean(errors):+.1f} min, mean absolute {np.mean(np.abs(errors)):.1f} min."
    )
    for own in (bridge, *brownsville.bridges):
        console.print(
            f"{own.name}: assumed are {assumed_of(own)}; the counts are of 2024, the hours' shape is assumed."
        )


def _row(table: Table, bridge: str, fast: bool, hour: str, values: list[float], waits: np.ndarray) -> None:
    low, high = np.nanquantile(waits, (0.1, 0.9)) if len(waits) else (np.nan, np.nan)
    # Published waits are rounded to five minutes, so a reading is within where its rounding touches the range.
    inside = sum(low - 2.5 <= value <= high + 2.5 for value in values)
    table.add_row(
        bridge, "FAST" if fast else "standard", hour, str(len(values)), f"{np.mean(values):.1f}",
        f"{min(values):.0f}–{max(values):.0f}", quantiles(waits), f"{inside} of {len(values)}",
    )  # fmt: skip


if __name__ == "__main__":
    main()
