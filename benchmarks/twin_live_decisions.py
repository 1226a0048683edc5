"""The plain live path against the twin on recorded states: every decision equal, and what a decision costs.

    python benchmarks/twin_live_decisions.py [--decisions 10000000] [--policy priced] [--calls 200000]

Bridges run in the twin and record what their policy was shown at each decision. Each is decided again by the plain
function of the live path, with lists, in as many processes as there are cores; then single calls of the compiled
function, as the live path makes them, are timed. Synthetic states.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Iterator
from multiprocessing import get_context
from threading import Semaphore

import numpy as np
from twin_border_year import border, by_kind, policy_of

from aforo.routing.choice import POLICIES, choose
from aforo.twin.of_port import Modelled
from aforo.twin.policy import Policy
from aforo.twin.recording import recorded
from aforo.twin.run import Run
from aforo.twin.windows import fates_by_window

# Blocks that may wait to be decided again: a state is half a kilobyte, and ten million of them are no small memory.
BLOCKS = 64
# What the forked processes share.
_BRIDGES: list[Modelled] = []
_POLICIES: list[Policy] = []
_DAY_CLASS: list[np.ndarray] = []


def decided_again(task: tuple[int, np.ndarray, bool]) -> tuple[int, int]:
    """How many recorded decisions of a bridge were decided again, and how many of them otherwise."""
    bridge, rows, plain = task
    policy, day_class = _POLICIES[bridge], _DAY_CLASS[bridge]
    books = None if policy.books is None else [book.tolist() if plain else book for book in policy.books]
    params = policy.params.tolist() if plain and policy.params is not None else policy.params
    function = choose.py_func if plain else choose
    wrong = 0
    for row in rows:
        state = recorded(row)
        book = state.book_of(books, day_class) if books is not None else []
        wrong += function(*state.arguments(policy.code, params, book, plain=plain)) != (state.option, state.cost)
    return len(rows), wrong


def states(number: int, seed: int) -> Iterator[tuple[int, np.ndarray]]:
    """Recorded decisions of one bridge after the other, in blocks."""
    taken = 0
    for place, policy in enumerate(_POLICIES):
        bridge = _BRIDGES[place]
        blocks: list[np.ndarray] = []
        one = Run(
            bridge.network,
            policy,
            seed=seed,
            port=bridge.demand.stream,
            records=lambda rows, to=blocks: to.append(rows.copy()),
        )
        for _ in fates_by_window(one, bridge.demand, seed):
            for block in blocks:
                block = block[: max(0, number - taken)]
                taken += len(block)
                if len(block):
                    yield place, block
            blocks.clear()
            if taken >= number:
                return


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--decisions", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--policy", choices=POLICIES, default="priced")
    parser.add_argument("--calls", type=int, default=200_000)
    arguments = parser.parse_args()
    print(f"machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    print(f"load average at the start: {os.getloadavg()[0]:.1f}; policy {arguments.policy}")
    for bridge in border(2024, arguments.seed):
        _BRIDGES.append(by_kind(bridge))
        _POLICIES.append(policy_of(arguments.policy, bridge)[0])
        _DAY_CLASS.append(_BRIDGES[-1].network.day_class)
    calls: list[tuple] = []
    total = wrong = 0
    room = Semaphore(BLOCKS)
    started = time.perf_counter()
    with get_context("fork").Pool() as pool:

        def tasks() -> Iterator[tuple[int, np.ndarray, bool]]:
            seed = arguments.seed
            left = arguments.decisions
            while left > 0:
                for place, block in states(left, seed):
                    left -= len(block)
                    if len(calls) < arguments.calls:
                        policy = _POLICIES[place]
                        for row in block[:: max(1, len(block) // 64)].copy():
                            state = recorded(row)
                            book = np.zeros(0)
                            if policy.books is not None:
                                book = state.book_of(policy.books, _DAY_CLASS[place])
                            calls.append(state.arguments(policy.code, policy.params, book))
                    room.acquire()
                    yield place, block, True
                seed += 1

        for count, differ in pool.imap_unordered(decided_again, tasks()):
            room.release()
            total += count
            wrong += differ
    print(f"decided again by the plain function: {total:,} states, {wrong} decided otherwise")
    print(f"  {time.perf_counter() - started:,.0f} s, the run that recorded them included")
    choose(*calls[0])
    times = np.empty(arguments.calls)
    for k in range(arguments.calls):
        figures = calls[k % len(calls)]
        before = time.perf_counter_ns()
        choose(*figures)
        times[k] = time.perf_counter_ns() - before
    p50, p99 = np.quantile(times, [0.5, 0.99]) / 1e3
    print(f"one decision (compiled, called from Python), {arguments.calls:,} calls, target 50 µs")
    print(f"  P50 {p50:.1f} µs, P99 {p99:.1f} µs")
    plain = [
        (*(figure.tolist() if isinstance(figure, np.ndarray) else figure for figure in figures),)
        for figures in calls[:64]
    ]
    slow = np.empty(20_000)
    for k in range(len(slow)):
        before = time.perf_counter_ns()
        choose.py_func(*plain[k % len(plain)])
        slow[k] = time.perf_counter_ns() - before
    p50, p99 = np.quantile(slow, [0.5, 0.99]) / 1e3
    print(f"one decision (plain Python), {len(slow):,} calls: P50 {p50:.1f} µs, P99 {p99:.1f} µs")
    if wrong:
        raise SystemExit("the live path and the twin differ")


if __name__ == "__main__":
    main()
