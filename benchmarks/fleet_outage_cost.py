"""What an outage costs by the table of the twin, beside the same outage simulated itself.

    python benchmarks/fleet_outage_cost.py [--weeks 40]

`aforo fleet cost` counts each hour of an outage at what it costs with the unit out for a whole week. Here outages of 2
to 72 hours, from Tuesday 10:00 on, are simulated themselves at several bridges: the same weeks, the same trucks, one
unit out for those hours alone. Told are examinations not made and minutes waited by both, with the 95 % interval of the
paired difference over weeks, and how long the table of a bridge takes. SYNTHETIC.
"""

from __future__ import annotations

import argparse
import os
import platform
import time

import numpy as np
from rich.console import Console
from rich.table import Table
from run_all import processor

from aforo.domain.units import Float64Array
from aforo.measures.crossing_times import mean_interval
from aforo.ports.document import Bridge, PortDocument
from aforo.twin import border
from aforo.twin.levels import policy_of
from aforo.twin.of_port import hourly_demand, modelled
from aforo.twin.rosters import Held
from aforo.twin.run import Run
from aforo.twin.unit_loss import CLASS_OF, Asked, unit_loss, waits, weeks_of
from aforo.twin.windows import fates_and_figures
from aforo.twin.working_days import Month

PLACES = (("2304", "colombia"), ("2302", "del-rio"), ("2305", "pharr"))
HOURS = (2, 8, 24, 72)
#: Tuesday 10:00, in hours from Monday midnight.
SINCE = 34


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--weeks", type=int, default=40)
    weeks = parser.parse_args().weeks
    out = Console(width=160)
    out.print(f"{processor()}, {os.cpu_count()} CPUs, Python {platform.python_version()}; {weeks} weeks; SYNTHETIC")
    told = Table(title="one unit out from Tuesday 10:00, by price")
    for column in (
        "bridge",
        "hours",
        "examinations, table",
        "itself",
        "difference",
        "minutes, table",
        "itself",
        "difference",
    ):
        told.add_column(column)
    shipped = border.shipped()
    for code, name in PLACES:
        port = shipped.ports.port_called(code)
        bridge = port.bridge(name) if port is not None else None
        if port is None or bridge is None:
            continue
        counts = dict(shipped.counts[port.code])
        began = time.perf_counter()
        table = unit_loss(port, bridge, "scanner", 1, counts, Asked("priced", weeks))
        took = time.perf_counter() - began
        for hours in HOURS:
            rows = [(CLASS_OF[at // 24 % 7], at % 24) for at in range(SINCE, SINCE + hours)]
            cells = [str(hours)]
            for number, part in enumerate((table.examinations, table.waited)):
                ours = np.sum([part[:, 0, day, hour] for day, hour in rows], axis=0)
                theirs = _itself(port, bridge, counts, weeks, hours)[number]
                gap = mean_interval(ours - theirs)
                cells += [
                    f"{ours.mean():.1f}",
                    f"{theirs.mean():.1f}",
                    f"{gap.value:.1f} [{gap.low:.1f}, {gap.high:.1f}]",
                ]
            told.add_row(f"{bridge.id} ({table.stands})", *cells)
        out.print(f"{bridge.id}: table of {weeks} weeks in {took:.1f} s")
    out.print(told)


def _itself(
    port: PortDocument, bridge: Bridge, counts: dict[Month, int], weeks: int, hours: int
) -> tuple[Float64Array, Float64Array]:
    """Examinations not made and minutes waited by week, of an outage that is simulated itself."""
    asked = Asked("priced", weeks)
    mondays = weeks_of(counts, weeks)
    policy = None
    lost = np.zeros((2, weeks))
    for number, monday in enumerate(mondays):
        seed = asked.seed * 1_000_003 + number
        hourly = hourly_demand(port, bridge, monday, 7, counts)
        found = []
        for down in (None, (60.0 * SINCE, 60.0 * (SINCE + hours))):
            made = modelled(port, bridge, monday, hourly, seed, held=(Held("scanner", 1, down),))
            if policy is None:
                policy = policy_of("priced", made)
            run = Run(made.network, policy, seed=seed, port=made.demand.stream)
            fates, _ = fates_and_figures(run, made.demand, seed)
            found.append((float((fates.carried > 0).sum()), float(waits(fates).sum())))
        lost[:, number] = found[0][0] - found[1][0], found[1][1] - found[0][1]
    return lost[0], lost[1]


if __name__ == "__main__":
    main()
