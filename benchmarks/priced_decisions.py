"""Decisions by the price of a bridge's minutes: what one call takes, and what pricing adds to a message.

    python benchmarks/priced_decisions.py [--calls 200000] [--messages 400] [--seed 7]

World Trade as its shipped document has it, with tables solved for 9,000 trucks on a working day and a list of trucks on
the way. First the call itself, `choose` read plainly as the live path does and compiled, on states drawn at random and
the same for both, whose choices must be equal; its peer is the clock read around nothing. Then whole messages, one
truck each, filed into two nodes on SQLite in turns: one where the bridge has prices, one where the rate decides, and in
the first what a truck takes at the booth, where it is decided again. Trucks and values are synthetic.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from http_served import conditions, model_in
from rich.console import Console
from rich.table import Table

from aforo.bootstrap import open_node
from aforo.flow import documents
from aforo.flow.allowed import allowed_at
from aforo.flow.at_booth import arrive
from aforo.flow.journey import screen
from aforo.flow.node import Node
from aforo.flow.placed import placed_in
from aforo.flow.priced import ordinary_minutes
from aforo.flow.prices import Book
from aforo.flow.solving import put_policy, solve_anew, wanted, worth_under
from aforo.intake import declarations
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.ports import shipped
from aforo.ports.document import Bridge
from aforo.routing import policy as policies
from aforo.routing.choice import CLASSES, PRIMARY, RESOURCES, choose

BRIDGE, TRUCKS_A_DAY = "world-trade", 9_000.0
FIELDS = {
    "port": "2304", "bridge": "World Trade", "carrier_id": "CA-1", "driver_id": "DR-1", "importer_id": "IM-1",
    "exporter_id": "EX-1", "broker_id": "BR-1", "hs6": "870829", "origin": "MX", "departure": "MX",
    "gross_mass_kg": "12000", "value_usd": "50000", "duty_rate": "0.025", "packages": "20", "declared_empty": "0",
    "trade_programme": "none", "lane": "standard",
}  # fmt: skip


def percentiles(seconds: list[float]) -> tuple[str, str, str, str]:
    """Median, 99th, 99.9th percentile and the longest, in microseconds."""
    found = np.quantile(np.array(seconds) * 1e6, [0.5, 0.99, 0.999, 1.0])
    return tuple(f"{each:,.1f}" for each in found)  # type: ignore[return-value]


def states(bridge: Bridge, count: int, seed: int) -> list[tuple[object, ...]]:
    """What a choice is given, but for policy, parameters and book: as lists, drawn at random."""
    draw = random.Random(seed)
    minutes = ordinary_minutes(bridge)
    made = []
    for _ in range(count):
        value = draw.lognormvariate(1.4, 1.5)
        backlog = [draw.expovariate(1 / 60) if draw.random() < 0.9 else float("nan") for _ in RESOURCES]
        listed = [draw.expovariate(1 / 8) if draw.random() < 0.3 else 0.0 for _ in range(CLASSES)]
        made.append(
            (
                PRIMARY, allowed_at("primary", minutes), draw.randrange(4), draw.random(),
                [0.0, 0.7 * value, 0.66 * value, 0.95 * value, 0.95 * value, 0.0], minutes, draw.random() / 4,
                draw.uniform(420.0, 1439.0), backlog, [draw.randrange(10) for _ in RESOURCES],
                draw.uniform(0.4, 1.8), listed,
            )
        )  # fmt: skip
    return made


def calls(book: Book, drawn: list[tuple[object, ...]], out: Table) -> None:
    """Time the call itself, plainly and compiled."""
    plain, numbers = choose.py_func, np.array(book.numbers)
    params = np.array(book.params)
    as_arrays = [
        (*each[:4], *(np.array(own, dtype=np.float64) for own in each[4:6]), *each[6:8],
         np.array(each[8]), np.array(each[9], dtype=np.int64), each[10], np.array(each[11]))  # type: ignore[misc]
        for each in drawn
    ]  # fmt: skip
    choose(book.policy, params, *as_arrays[0], numbers)
    nothing, plainly, compiled, unequal = [], [], [], 0
    for lists, arrays in zip(drawn, as_arrays, strict=True):
        begun = time.perf_counter()
        nothing.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        one = plain(book.policy, book.params, *lists, book.numbers)
        plainly.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        other = choose(book.policy, params, *arrays, numbers)
        compiled.append(time.perf_counter() - begun)
        unequal += one != other
    out.add_row("the clock around nothing", *percentiles(nothing))
    out.add_row("the call, read plainly (live path)", *percentiles(plainly))
    out.add_row("the call, compiled, from Python", *percentiles(compiled))
    out.add_row("choices that differ between the two", f"{unequal:,}", "", "", "")


def message(own: str) -> object:
    """One truck, as intake reads it."""
    fields = {"declaration_id": own, "tractor_id": f"TR-{own}", "seal_id": f"UL{own}", **FIELDS}
    fields["filed_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    data = ",".join(fields) + "\n" + ",".join(fields.values()) + "\n"
    return next(iter(declarations.read_bytes(data.encode()))).table


def put_prices(log: Log, bridge: Bridge) -> None:
    policy = policies.parse(policies.default_document())
    documents.put(log, "port", "2304", shipped.documents()["2304"], "benchmark", "benchmark")
    odds = np.random.default_rng(3).normal(-4.0e6, 1.2e6, (2_000, 4)).astype(np.int64)
    list(solve_anew(log, wanted(bridge, TRUCKS_A_DAY, worth_under(odds, policy)), "benchmark"))
    put_policy(log, "2304", bridge.id, policy, "benchmark")


def filed(node: Node, own: str) -> tuple[float, float]:
    """Seconds by the clock, and of the processor, that a message takes."""
    table = message(own)
    begun, worked = time.perf_counter(), time.process_time()
    screen(table, node, "declarations")  # type: ignore[arg-type]
    return time.perf_counter() - begun, time.process_time() - worked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=200_000)
    parser.add_argument("--messages", type=int, default=400)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    found = shipped.bridge_called(BRIDGE)
    assert found is not None
    bridge = found[1]
    console = Console(width=110)
    out = Table(title="Decisions by the price of a bridge's minutes (µs)", title_justify="left")
    for column in ("", "median", "p99", "p99.9", "longest"):
        out.add_column(column, justify="left" if not column else "right")
    with tempfile.TemporaryDirectory() as folder:
        model = model_in(Path(folder))
        nodes = []
        for name in ("priced", "rate"):
            log = Log.open(f"sqlite:///{folder}/{name}.sqlite", KeyStore(Path(folder) / "log-keys.sqlite"))
            if name == "priced":
                put_prices(log, bridge)
            nodes.append(open_node(log, model, 0.05, actor="benchmark"))
        priced, rated = nodes
        prices = placed_in(priced.log).prices
        assert prices is not None
        book, _ = prices.of(bridge.id, datetime.now(UTC).date())
        calls(book, states(bridge, asked.calls, asked.seed), out)
        times: dict[str, list[float]] = {"priced": [], "rate": [], "booth": []}
        processor: dict[str, list[float]] = {"priced": [], "rate": []}
        for n in range(asked.messages + 20):
            for name, node in (("priced", priced), ("rate", rated)):
                spent, worked = filed(node, f"{name}-{n}")
                if n >= 20:  # what is made at first use is not a message's
                    times[name].append(spent)
                    processor[name].append(worked)
            begun = time.perf_counter()
            arrive(f"priced-{n}", priced, "booth", bridge.id)
            if n >= 20:
                times["booth"].append(time.perf_counter() - begun)
        out.add_row("a message of one truck, by the rate", *percentiles(times["rate"]))
        out.add_row("a message of one truck, by the price", *percentiles(times["priced"]))
        out.add_row("a truck at the booth, decided again", *percentiles(times["booth"]))
        out.add_row("processor's time of a message, by the rate", *percentiles(processor["rate"]))
        out.add_row("processor's time of a message, by the price", *percentiles(processor["priced"]))
        added = np.median(processor["priced"]) - np.median(processor["rate"])
        console.print(out)
        console.print(
            f"Pricing adds {added * 1e6:,.0f} µs of the processor to a message (difference of medians,"
            f" {asked.messages:,} each in turns, durable on SQLite). Calls: {asked.calls:,}; seed {asked.seed}."
        )
        console.print(f"{conditions()}; values, states and trucks are synthetic.")
        for node in nodes:
            node.log.close()


if __name__ == "__main__":
    main()
