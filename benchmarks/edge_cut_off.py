"""A port that is cut off from its node for eight simulated hours, at random instants: what is lost, doubled, let go.

    python benchmarks/edge_cut_off.py [--trials 100] [--trucks 160] [--seed 1] [--jobs 1] [--folder FOLDER]

All trials are made twice: at a bridge without prices, and at one whose tables are solved beforehand, where the node
and the edge choose by the price of its minutes while it fills and empties.

In each trial a node and the edge of one bridge go through twelve simulated hours of SYNTHETIC traffic. Trucks file
about an hour ahead; some late, some never; some amend, some cancel, also when they stand at the bridge; some come
several times a day. Officers at the node order holds and examinations, and lower some, before, during and after the
cut, of which the edge hears nothing for eight hours. At the bridge every truck stands at the booth, is examined where
the edge says so, and is reported; some examinations are reported to the node too, by another way. The edge's clock is
wrong by up to three minutes. Then the link comes back in pieces: contacts fail, answers are lost after the node took
what was sent, old hand-ins come again, and either side is closed and opened anew in between.

What must hold, by the simulated truth: every filing that was sent, and every leaf of the edge's log, is in the node's
log exactly once, and the edge's log verifies from there; no truck that was examined at the edge has two examinations,
or an order to examine that is still to be carried out (a hold is none); no order on a truck that stands at the bridge
ended by itself; no truck on hold in the edge's bundle at the cut was released but by two officers; every visit is
matched with its own crossing or with none; of every truck that the edge let go while it was held at the node staff are
told. How many were weighed by price there, and how many examined for it, is told beside.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from edge_cut_prices import solved
from edge_cut_traffic import CUT_H
from edge_cut_trial import trial
from edge_cut_truth import WRONG, Found, wrong_in
from http_served import conditions, model_in, workplace
from rich.console import Console
from rich.table import Table

out = Console(width=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--trucks", type=int, default=160)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with workplace(arguments.folder) as folder:
        model = model_in(folder)
        keys = folder / "log-keys.sqlite"
        seeds = range(arguments.seed, arguments.seed + arguments.trials)
        for title, prices in (("without prices", None), ("with prices", solved(folder, keys))):
            work = [(seed, folder, model, keys, arguments.trucks, prices) for seed in seeds]
            every: list[Found] = []
            with ProcessPoolExecutor(arguments.jobs) as pool:
                for found in pool.map(trial, *zip(*work, strict=True)):
                    every.append(found)
                    told = f"trial {found.seed}: {wrong_in(found) or 'all held'}, {found.seconds:.1f} s"
                    out.print(told, markup=False)
            show(every, f"A bridge {title}")
    out.print(f"SYNTHETIC traffic, {arguments.trucks} trucks a trial, cut of {CUT_H:g} simulated hours; {conditions()}")


def show(every: list[Found], title: str) -> None:
    """The sums over all trials, and in how many of them something was wrong."""
    table = Table("what", "in all", "trials where it is not 0", box=None, title=title, title_justify="left")
    counts = (
        "trucks", "filings", "leaves", "known", "referred", "released", "examined", "holds_known", "matched",
        "unmatched", "missed_holds", "weighed", "by_price",
    )  # fmt: skip
    for name in (*counts, *WRONG):
        values = [int(getattr(each, name)) for each in every]
        table.add_row(name.replace("_", " "), f"{sum(values):,}", f"{sum(value != 0 for value in values)}")
    contacts: Counter[str] = Counter()
    for each in every:
        contacts += each.contacts
    for name, count in contacts.items():
        table.add_row(f"contacts: {name}", f"{count:,}", "")
    out.print(table)
    for each in every:
        for said in each.wrong[:5]:
            out.print(f"trial {each.seed}: {said}", markup=False)
    took, merged = [each.seconds for each in every], [each.reconcile_s for each in every]
    out.print(
        f"{len(every)} trials; a trial took {statistics.median(took):.1f} s, reconciling"
        f" {statistics.median(merged):.1f} s of it (medians)"
    )


if __name__ == "__main__":
    os.nice(5)
    main()
