"""A million seals that report every five minutes, at their real rate, on one machine: is it kept up, what is silent?

    python benchmarks/seal_million.py [--devices 1000000] [--every 300] [--minutes 60] [--postgres URL]

Every device is registered, and seals a trip of its own along the shipped corridor. Each signs one position every so
many seconds, evenly spread over them in no order of their names, in a chain of its own: a process apart makes them as
their time comes and sends them over a pipe to this one, which takes them by the product's recorder (blocks are read by
a process of their own, as in `aforo seal listen`), keeps the tree of the log up, and watches custody as a server does
(`custody.live`, `flow.custody_watch`), the shipped corridor in force.
All devices share one key, so that their process needs no gigabyte of keys; each block is verified by itself. The seals
are put on as the clock begins, and the trips are not judged for that alone: in the field that comes over days. That
each is heard first is judged, fifty a look.

Some devices fall silent for good, some are out of reach for longer than they promise and then send what they missed.
Told is: how long after its time a block was durable; the memory of this process; how long after the end of its promise
a silence was recorded; trips called silent that were not; and what is made of those that sent late, where a gap that
was filled must not stand as permanent. SYNTHETIC.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import math
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from array import array
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from multiprocessing.connection import Connection, Listener
from pathlib import Path

import msgspec
import numpy as np
from custody_geometry import ROAD
from nacl.signing import SigningKey
from own_processes import resident, used
from rich.console import Console
from rich.table import Table
from run_all import processor

from aforo.cli.turns import short_turns
from aforo.custody import corridor
from aforo.custody.states import facts_of
from aforo.domain import structs
from aforo.domain.clock import microseconds
from aforo.domain.device import DeviceBound, DeviceRegistered
from aforo.domain.event import Payload, new_event
from aforo.domain.reading import CLOSED, no_readings
from aforo.domain.trip import CustodyJudged, Sealed, TripOpened
from aforo.flow import roads
from aforo.flow.blocks_apart import read_apart
from aforo.flow.blocks_read import Reader
from aforo.flow.custody_verdict import case_from
from aforo.flow.custody_watch import CustodyWatch
from aforo.gateways.recorder import Recorder
from aforo.intake import seal_block
from aforo.log.ids import event_ids
from aforo.log.keys import KeyStore
from aforo.log.sequencer import Sequencing, sequence
from aforo.log.store import Log

BEGINS = datetime(2026, 3, 2, 6, tzinfo=UTC)
S = 1_000_000
KEY = SigningKey(sha256(b"all of them").digest())
#: Seconds that a clock may be off, and that a device promises beyond its interval.
TOLERANCE_S, BEYOND_S = 10, 30
#: Blocks on their way at once.
UNDER_WAY = 2_000


class Plan(msgspec.Struct):
    """What the devices do: `silent` fall silent after a report, `late` miss some and then send them together. `step`
    is a number that has no factor in common with that of the devices, far from its ends."""

    devices: int
    every: int
    seconds: float
    silent: dict[int, int]
    late: dict[int, tuple[int, int]]
    step: int

    def reports(self, device: int, round_: int) -> bool:
        """Whether a device says anything in a round that is not kept back."""
        return round_ <= self.silent.get(device, round_)

    @property
    def promise(self) -> int:
        return self.every + BEYOND_S

    def device(self, turn: int) -> int:
        """Which device reports at a place of a round: in no order of their names, as in the field, so that the pages
        of the database that a batch touches are not neighbours."""
        return turn * self.step % self.devices

    def due(self, device: int, round_: int) -> float:
        """Seconds from the beginning at which a device reports in a round."""
        turn = device * pow(self.step, -1, self.devices) % self.devices
        return (round_ + turn / self.devices) * self.every


def plan_of(devices: int, every: int, seconds: float, odd: int) -> Plan:
    """Devices fall silent early enough that it can be told before the end."""
    rng = np.random.default_rng(5)
    chosen = rng.choice(devices, 2 * odd, replace=False).tolist()
    rounds = int(seconds // every)
    latest = rounds - (every + BEYOND_S + TOLERANCE_S) // every - 2
    silent = {device: int(rng.integers(0, max(1, latest + 1))) for device in chosen[:odd]}
    late = {device: (first := int(rng.integers(1, max(2, rounds - 2))), first + 2) for device in chosen[odd:]}
    step = next(each for each in range(devices * 5 // 8, 2 * devices) if math.gcd(each, devices) == 1)
    return Plan(devices, every, seconds, silent, late, step)


def play(where: str) -> None:
    """The devices: make what each reports as its time comes, and send it."""
    from multiprocessing.connection import Client

    with Client(where) as line:
        plan = msgspec.msgpack.decode(line.recv_bytes(), type=Plan)
        previous = bytearray(32 * plan.devices)
        places = np.array([ROAD.at(metres) for metres in np.arange(0, ROAD.length, 100.0)], dtype=np.int64)
        kept: dict[int, list[bytes]] = {}
        begins = int(BEGINS.timestamp()) * S
        line.send_bytes(b"ready")
        begun = msgspec.msgpack.decode(line.recv_bytes(), type=float)
        many: list[tuple[float, list[bytes]]] = []
        for round_ in range(math.ceil(plan.seconds / plan.every)):
            for turn in range(plan.devices):
                device, due = plan.device(turn), (round_ + turn / plan.devices) * plan.every
                if due >= plan.seconds:
                    break
                if (wait := begun + due - time.monotonic()) > 0:
                    if many:
                        line.send_bytes(msgspec.msgpack.encode(many))
                        many = []
                    time.sleep(max(wait, 0.01))
                if not plan.reports(device, round_):
                    continue
                readings = no_readings(1)
                readings["at"], readings["sequence"] = begins + round(due * S), round_ + 1
                readings["door"], readings["fix"] = CLOSED, True
                # 100 metres a place: some 80 km/h, there and back again.
                place = (device * 7 + round_ * plan.every * 22 // 100) % (2 * len(places) - 2)
                readings["latitude"], readings["longitude"] = places[min(place, 2 * len(places) - 2 - place)]
                name = f"d{device}"
                own = slice(32 * device, 32 * device + 32)
                raw = seal_block.encode(
                    name, name, 1, round_, bytes(previous[own]), readings, lambda said: KEY.sign(said).signature
                )
                previous[own] = sha256(raw).digest()
                first, until = plan.late.get(device, (-1, -1))
                if first <= round_ < until:
                    kept.setdefault(device, []).append(raw)
                    continue
                many.append((due, [*kept.pop(device, ()), raw]))
                if len(many) >= 100:
                    line.send_bytes(msgspec.msgpack.encode(many))
                    many = []
        if many:
            line.send_bytes(msgspec.msgpack.encode(many))
        line.send_bytes(b"")


class Clock:
    """The log's: stands while all is made ready, and then goes as the machine's does."""

    def __init__(self) -> None:
        self.begun: float | None = None

    def __call__(self) -> datetime:
        gone = 0.0 if self.begun is None else max(0.0, time.monotonic() - self.begun)
        return BEGINS + timedelta(seconds=gone)


def register(log: Log, plan: Plan) -> None:
    """Devices, trips and seals as the log has them, and the corridor in force."""
    roads.put(log, roads.checked(corridor.example()), "bench", origin="synthetic")
    public = base64.b64encode(bytes(KEY.verify_key)).decode()
    device = DeviceRegistered("seal", "Norte", plan.promise, TOLERANCE_S, public)
    opened = TripOpened("export", "ABCD", BEGINS + timedelta(days=30), corridor=ROAD.corridor.id)
    for first in range(0, plan.devices, 5_000):
        said: list[tuple[str, int, Payload]] = []
        for number in range(first, min(first + 5_000, plan.devices)):
            name = f"d{number}"
            said += [(f"device/{name}", 1, device), (f"device/{name}", 2, DeviceBound(name, name))]
            said += [(f"trip/{name}", 1, opened), (f"trip/{name}", 2, Sealed(name, name, device_version=2))]
        log.append(
            [
                new_event(own, payload, stream, version, occurred_at=BEGINS, recorded_at=BEGINS, actor="bench")
                for own, (stream, version, payload) in zip(event_ids(len(said), BEGINS), said, strict=True)
            ]
        )


@dataclass
class Heard:
    """How it went: seconds from when each block was due until it was durable, by when that was, and the most memory. In
    four bytes each: an hour's are twelve million."""

    lags: array[float]
    ends: array[float]
    memory: float = 0.0
    judged: int = 0


async def take(line: Connection, recorder: Recorder, clock: Clock) -> Heard:
    """Record what the devices send, until they have sent all."""
    heard, under_way = Heard(array("f"), array("f")), asyncio.Semaphore(UNDER_WAY)
    loop, told = asyncio.get_running_loop(), time.monotonic()

    async def one(due: float, block: bytes) -> None:
        kept = await recorder.keep("block", block)
        assert kept.devices, "a block was refused"
        now = time.monotonic() - (clock.begun or 0.0)
        heard.lags.append(now - due)
        heard.ends.append(now)
        under_way.release()

    async with asyncio.TaskGroup() as group:
        while said := await loop.run_in_executor(None, line.recv_bytes):
            for due, blocks in msgspec.msgpack.decode(said, type=list[tuple[float, list[bytes]]]):
                for block in blocks:
                    await under_way.acquire()
                    group.create_task(one(due, block))
            if time.monotonic() - told > 5:
                told, heard.memory = time.monotonic(), max(heard.memory, resident())
                print(
                    f"\r{time.monotonic() - (clock.begun or 0):7.0f} s, {len(heard.lags):,} blocks, "
                    f"{heard.lags[-1] if heard.lags else 0:.2f} s behind, {heard.memory:,.0f} MB",
                    end="", file=sys.stderr, flush=True,
                )  # fmt: skip
    heard.memory = max(heard.memory, resident())
    return heard


def run(log: Log, clock: Clock, plan: Plan, line: Connection) -> tuple[Heard, float]:
    """Play it; how it was heard, and the processor seconds of this process and of the one that reads for it."""
    watch = CustodyWatch(log)
    custody = watch.custody
    custody.touched()
    print(f"{plan.devices:,} devices known, {resident():,.0f} MB", file=sys.stderr)

    async def all_of_it(reader: Reader) -> Heard:
        recorder = Recorder(custody, actor="bench", origin="synthetic", reader=reader)
        running = asyncio.create_task(recorder.run())
        heard = await take(line, recorder, clock)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert not recorder.refusals.counted, recorder.refusals.counted
        return heard

    with read_apart() as reader, Sequencing(log), watch:
        clock.begun = time.monotonic() + 1.0
        line.send_bytes(msgspec.msgpack.encode(clock.begun))
        before = used()
        heard = asyncio.run(all_of_it(reader))
        spent = used() - before
        time.sleep(2.0)
    heard.judged = watch.judged
    return heard, spent


def silences(log: Log, plan: Plan, until: float) -> tuple[list[float], int, int]:
    """Seconds from the end of each promise until its silence was recorded; of how many it was not though it should have
    been, and how many trips were called silent that were not."""
    told: dict[str, datetime] = {}
    after = 0
    while page := log.read(after, types=(CustodyJudged.TYPE,)):
        for each in page:
            if isinstance(said := each.payload, CustodyJudged) and said.state == "silent":
                told.setdefault(each.event.stream, each.event.recorded_at)
        after = page[-1].position
    delays, missed, expected = [], 0, set[str]()
    ends = {device: plan.due(device, last) for device, last in plan.silent.items()}
    ends |= {device: plan.due(device, first - 1) for device, (first, _) in plan.late.items()}
    for device, last in ends.items():
        due = last + plan.promise + TOLERANCE_S
        expected.add(f"trip/d{device}")
        back = plan.due(device, plan.late[device][1]) if device in plan.late else until
        if due + 5 > min(until, back):
            continue
        if (at := told.get(f"trip/d{device}")) is None:
            missed += 1
        else:
            delays.append((at - BEGINS).total_seconds() - due)
    return delays, missed, len(told.keys() - expected)


def permanent(watch: CustodyWatch, plan: Plan, most: int = 200) -> tuple[int, int, int]:
    """Of devices that sent late: how many were looked at, how many have a gap that stands as permanent though it was
    filled, and of how many it is told that it was filled late."""
    custody, now = watch.custody, microseconds(watch.custody.log.clock())
    wrong = late = 0
    looked = [device for device, (_, until) in plan.late.items() if plan.due(device, until) < plan.seconds][:most]
    for device in looked:
        case = case_from(custody, f"d{device}", now)
        # Two days on, when nothing more may come, and what is missing for good stands as permanent.
        found = facts_of(case, case.sealings[0], now)
        then = facts_of(case, case.sealings[0], now + 2 * 86_400 * S)
        last = int(case.heard[f"d{device}"].readings["at"].max())
        wrong += any(each.gap == "permanent" and each.latest <= last for each in then)
        late += any(each.gap == "late_filled" for each in found)
    return len(looked), wrong, late


def quantiles(seconds: np.ndarray) -> str:
    """The median, 99 in 100, and the most."""
    return " · ".join(f"{each:.2f} s" for each in np.quantile(seconds, [0.5, 0.99, 1])) if len(seconds) else "none"


def main() -> None:
    if len(sys.argv) == 3 and sys.argv[1] == "--play":
        play(sys.argv[2])
        return
    structs.make_ready()
    short_turns()
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--devices", type=int, default=1_000_000)
    parser.add_argument("--every", type=int, default=300, help="seconds between two reports of a device")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--odd", type=int, default=500, help="devices that fall silent, and as many that send late")
    parser.add_argument("--postgres", default="", help="URL of an empty database of one's own")
    parser.add_argument("--folder", type=Path, default=None)
    asked = parser.parse_args()
    plan = plan_of(asked.devices, asked.every, asked.minutes * 60, asked.odd)
    console = Console(width=130)
    console.print(
        f"{processor()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}; {plan.devices:,} devices every {plan.every} s for {asked.minutes:g} min"
    )
    with tempfile.TemporaryDirectory(dir=asked.folder) as held, Listener(family="AF_UNIX") as listener:
        clock, folder = Clock(), Path(held)
        devices = subprocess.Popen([sys.executable, __file__, "--play", str(listener.address)])
        line = listener.accept()
        line.send_bytes(msgspec.msgpack.encode(plan))
        store = asked.postgres or f"sqlite:///{folder / 'log.sqlite'}"
        with Log.open(store, KeyStore(folder / "keys.sqlite"), clock=clock) as log:
            begun = time.monotonic()
            register(log, plan)
            sequence(log)
            print(f"made ready in {time.monotonic() - begun:.0f} s", file=sys.stderr)
            line.recv_bytes()
            heard, spent = run(log, clock, plan, line)
            ended = clock.begun or 0.0
            delays, missed, wrong = silences(log, plan, time.monotonic() - ended - 3)
            looked, standing, late = permanent(CustodyWatch(log), plan)
        devices.wait()
    lags, ends = np.array(heard.lags), np.array(heard.ends)
    second_half = lags[ends > plan.seconds / 2]
    table = Table("what", "figure", title="SYNTHETIC")
    for name, figure in (
        ("blocks a second", f"{len(lags) / ends.max():,.0f} (due: {plan.devices / plan.every:,.0f})"),
        ("processor seconds a second, without the devices", f"{spent / ends.max():.2f}"),
        ("from due to durable: median, 99 %, most", quantiles(lags)),
        ("the same in the second half", quantiles(second_half)),
        ("most memory", f"{heard.memory:,.0f} MB"),
        ("trips judged whole, a second", f"{heard.judged / ends.max():.2f}"),
        ("silences told, and missed", f"{len(delays):,}, {missed:,}"),
        ("after the end of the promise: median, 99 %, most", quantiles(np.array(delays))),
        ("trips called silent that were not", f"{wrong:,}"),
        ("sent late: looked at, told late-filled, wrongly permanent", f"{looked:,}, {late:,}, {standing:,}"),
    ):
        table.add_row(name, figure)
    console.print(table)


if __name__ == "__main__":
    main()
