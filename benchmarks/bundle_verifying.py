"""What a custody bundle of a 24-hour trip takes: bytes, and milliseconds to verify it offline by both verifiers.

    python benchmarks/bundle_verifying.py [--rounds 200] [--leaves 1000000]

A reading each 30 seconds, 60 a block, 2,880 in 48 signed blocks, in a log of a million leaves; once as the device
signs them and once as unsigned lines of text of which the receiver made blocks. Verified in this process, from the
bytes of the file to the verdict; beside it what the signatures alone cost, and the states alone.
"""

from __future__ import annotations

import argparse
import base64
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from bundled import LOG, STREAM, WITNESS, Record, block, drive_into, registered
from sealed import CUSTOMS, MINUTE, START, YARD, S, case, drive, in_blocks
from second_verifier import second

from aforo.custody.bundle import made
from aforo.custody.bundle_verdict import verified
from aforo.custody.lines import packed
from aforo.custody.states import spans
from aforo.domain.clock import instant
from aforo.domain.ed25519 import holds
from aforo.domain.reading import Readings
from aforo.domain.trip import Sealed, TripOpened
from aforo.intake import seal_block

READINGS, EVERY, SIZE = 2_880, 30 * S, 60
out = Console(width=110)


def trip(leaves: int, *, signed: bool) -> bytes:
    """The bundle of a day."""
    record = Record()
    record.fill(leaves // 2)
    record.add("device/seal-1", registered("seal-1"), START - MINUTE)
    record.add(STREAM, TripOpened("export", "acme", instant(START + 10**12), places=(YARD, CUSTOMS)), START - MINUTE)
    record.add(STREAM, Sealed("seal-1", "MX 0001"), START)
    readings = drive(READINGS, every=EVERY)
    if signed:
        drive_into(record, "seal-1", readings, SIZE)
    else:
        for start in range(0, READINGS, SIZE):
            own = readings[start : start + SIZE]
            said = block("seal-1", own, grade="unsigned")
            record.add("device/seal-1", msgspec.structs.replace(said, packed=packed(lines(own))), said.last + 5 * S)
    statement = record.state(START + 24 * 60 * MINUTE)
    record.fill(leaves - len(record.bodies))
    return made(record.bundle(statement))


def lines(readings: Readings) -> bytes:
    """The lines in which a seal of the plain family would have sent these readings."""
    made = []
    for each in readings:
        at, count = instant(int(each["at"])), int(each["sequence"])
        place = f"{each['latitude'] / 1e7:.6f}N {-each['longitude'] / 1e7:.6f}W"
        made.append(
            f"##S,eSeal,861059000000001,0001,V1.0.0,Normal,{count},{at:%Y-%m-%d},{at:%H:%M:%S},30,A,{place},"
            f"{count % 360},{60 + count % 23},Close,0,0:0:0:0,3.9,-{60 + count % 17},E##"
        )
    return "\n".join(made).encode()


def milliseconds(work: Callable[[], object], rounds: int) -> tuple[str, str, str]:
    """Median and 95th percentile by the clock, and the median of the processor's time, for a machine that is busy."""
    taken, worked = [], []
    for _ in range(rounds):
        begun, before = time.perf_counter(), time.process_time()
        work()
        worked.append((time.process_time() - before) * 1e3)
        taken.append((time.perf_counter() - begun) * 1e3)
    figures = statistics.median(taken), statistics.quantiles(taken, n=20)[-1], statistics.median(worked)
    return f"{figures[0]:.1f}", f"{figures[1]:.1f}", f"{figures[2]:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--leaves", type=int, default=1_000_000)
    asked = parser.parse_args()
    table = Table(title=f"a day's bundle: {READINGS:,} readings in {READINGS // SIZE} blocks, {asked.leaves:,} leaves")
    for name in ("", "bytes", "median ms", "p95 ms", "processor ms"):
        table.add_column(name, justify="left" if not name else "right")
    for name, signed in (("device-signed", True), ("unsigned, with its lines", False)):
        data = trip(asked.leaves, signed=signed)
        for who, work, rounds in (
            ("first verifier", lambda data=data: verified(data, LOG.verifier, WITNESS.public), asked.rounds),
            ("second verifier", lambda data=data: second().verify(data, LOG.verifier.text, WITNESS.public.text),
             max(20, asked.rounds // 4)),
        ):  # fmt: skip
            table.add_row(f"{name}: {who}", f"{len(data):,}", *milliseconds(work, rounds))
    own = in_blocks(drive(READINGS, every=EVERY), SIZE)
    asked_of = case(own)
    table.add_row("states alone", "", *milliseconds(
        lambda: spans(asked_of, START + 24 * 60 * MINUTE), asked.rounds))  # fmt: skip
    raw = [seal_block.decode(base64.b64decode(block("seal-1", readings).block)) for _, readings in own]
    key = base64.b64decode(registered("seal-1").key)
    said = [(seal_block.signed_bytes(each), each.raw[-64:]) for each in raw]
    table.add_row("signatures alone", "", *milliseconds(
        lambda: [holds(key, *each) for each in said], asked.rounds))  # fmt: skip
    out.print(table)
    out.print(f"load {os.getloadavg()[0]:.1f}; {platform.platform()}, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
