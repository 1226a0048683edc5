"""Whether levels of service promised through a tariff hold in futures that nobody saw, and how long plans take.

    python benchmarks/plan_promises.py [--port "Otay Mesa"] [--seeds 10] [--fresh 400]

For each seed of the tariff that ships, at the first bridge of one port with nothing opened: what is promised to FAST
trucks from 60 futures and tested on 120, and in what share of 400 others it holds. Beside it the peers on the same
futures: the 95th percentile of the 60, and their longest without a step and without a test. Said are the share of
promises that hold as often as the document asks, the least share, and the same of those that were refused. Then the
seconds of the two documents that ship, whole.

SYNTHETIC: trucks are counted (2024); how they answer a tariff, booths, staff and scanners are mostly `assumed`.
"""

from __future__ import annotations

import argparse
import os
import platform
import time

import numpy as np
from msgspec import structs
from rich.console import Console
from rich.table import Table

from aforo.twin import border, designs, tariffs
from aforo.twin.design_plan import plan_of_port
from aforo.twin.designs_tried import futures_tried
from aforo.twin.tariff_arrivals import arrivals
from aforo.twin.tariff_bridge import Opened, Site, column
from aforo.twin.tariff_plan import TESTED, tariff_plan
from aforo.twin.tariff_promise import promised
from aforo.twin.tariffs import Tariff


def of_seed(tariff: Tariff, fresh: int, workers: int) -> dict[str, float | str]:
    """What is promised under one seed, and how often that and the peers hold in fresh futures."""
    ports = border.shipped()
    made, tested = tariff.futures, tariff.futures * (1 + TESTED)
    whole = arrivals(tariff, ports, tested + fresh)
    port, bridge = tariff.concerned(ports.ports)[0]
    site = Site(tariff, ports, port, bridge, whole)
    ready = site.ready(Opened())
    runs = list(site.runs(ready, range(tested + fresh), workers))
    own = promised(tariff.promise, runs[:made], runs[made:tested])
    waits = column(runs, "fast_p95")
    seen, others = waits[:made], waits[tested:]
    levels = {"promise": own.minutes or 0.0, "longest": float(seen.max()), "p95": float(np.quantile(seen, 0.95))}
    return {"refused": own.refused, "minutes": levels["promise"]} | {
        name: float((others <= level).mean()) for name, level in levels.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", default="Otay Mesa")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--fresh", type=int, default=400)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    console = Console(width=160)
    console.print(f"{platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}; SYNTHETIC")
    shipped = tariffs.parse(tariffs.ready()["tariff-2025-03"], border.shipped().ports)
    tariff = structs.replace(shipped, ports=(given.port,), alternatives=(), reported=())
    asked = tariff.promise.held.share
    found = []
    start = time.perf_counter()
    for seed in range(1, given.seeds + 1):
        found.append(of_seed(structs.replace(tariff, seed=seed), given.fresh, given.workers))
    seconds = time.perf_counter() - start
    table = Table(title=f"{given.port}: {given.seeds} seeds, {given.fresh} fresh futures each, {seconds:.0f} s")
    for head in ("level", f"holds in ≥ {100 * asked:.0f} % of fresh futures", "mean share", "least share"):
        table.add_column(head, justify="left" if head == "level" else "right")
    kept = [each for each in found if not each["refused"]]
    rows = [("promised", "promise", kept), ("refused", "promise", [each for each in found if each["refused"]])]
    rows += [("longest of 60, untested", "longest", found), ("95th percentile of 60, untested", "p95", found)]
    for named, name, some in rows:
        shares = np.array([float(each[name]) for each in some])
        cells = (f"{shares.mean():.3f}", f"{shares.min():.3f}") if len(shares) else ("–", "–")
        table.add_row(named, f"{int((shares >= asked).sum())}/{len(shares)}", *cells)
    console.print(table)
    console.print("Minutes promised: " + ", ".join(f"{each['minutes']:g}" for each in kept))
    start = time.perf_counter()
    tariff_plan(shipped, border.shipped(), given.workers, lambda _: None)
    console.print(f"tariff-2025-03, whole: {time.perf_counter() - start:.0f} s")
    plan = designs.parse(designs.ready()["otay-mesa-east"], border.shipped().ports)
    start = time.perf_counter()
    made = list(futures_tried(plan, border.shipped(), range(plan.replications), given.workers))
    plan_of_port(plan, border.shipped(), made)
    console.print(f"otay-mesa-east, {plan.replications} futures: {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
