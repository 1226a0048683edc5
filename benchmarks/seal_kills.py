"""What `kill -9` of the listener, of its database or of a broker costs those who send readings of seals: nothing.

    python benchmarks/seal_kills.py [--kills 30] [--seed 1] [--folder FOLDER] [--only KIND]

The listener is `aforo seal listen` as its users start it, on all of its transports at once. Seals send over TCP, each
its next message once the last was answered, and the same again where it was not; others publish through a Mosquitto and
a NATS of this program's own. Meanwhile, at random moments, one of these is killed and started again:

- `listener`: the process that records, into SQLite;
- `postgresql`: the database with all its processes, a private cluster, into which the listener records;
- `mosquitto`, `nats`: the broker.

Afterwards the log is read. Lost is what the listener had acknowledged and the log does not have: to seals over TCP by
its answer; to Mosquitto by what a witness on the wire between the two saw acknowledged; to NATS by what its stream
holds, all of which the consumer has acknowledged in the end. What a broker lost that it had acknowledged to who
published is told apart: the listener never saw it. `aforo log verify` must pass. `sent again` are messages that were
acknowledged only when they had been sent another time: without any, the trial proves little.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nats as nats_py
from brokers import Broker, free_port, mosquitto, nats
from http_served import conditions, workplace
from mqtt_witness import Witness
from nats.errors import Error
from nats.js.api import AckPolicy, ConsumerConfig
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from postgres_cluster import cluster
from rich.console import Console
from rich.table import Table

from aforo.custody.lines import lines_of
from aforo.domain.device import BlockReceived, DeviceRegistered
from aforo.flow import device_acts
from aforo.flow.custody import Custody
from aforo.intake.seal_text import cut
from aforo.log.keys import KeyStore
from aforo.log.store import Log

#: Seals over TCP; messages that are under way through each broker at once, and the pause between two.
SEALS, UNDER_WAY, PAUSE_S = 24, 64, 0.02
#: Seconds that a seal waits for its answer, and that the last messages are given when the kills are over.
PATIENCE_S, DRAIN_S = 30.0, 90.0
#: Looks in a row at which nothing is under way any more.
STILL = 10
KINDS = ("listener", "postgresql", "mosquitto", "nats")
COLUMNS = (
    "killed", "kills", "answered over TCP", "lost", "sent again", "acknowledged to Mosquitto", "lost",
    "lost by Mosquitto itself", "in the stream of NATS", "lost", "lost by NATS itself", "readings in the log twice",
    "listener and all back after (median, most)", "log verifies",
)  # fmt: skip
out = Console(width=140)


def message(device: str, number: int) -> bytes:
    """A message of a seal: its index and its time are those of the number."""
    at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=number)
    said = f"##S,eSeal,{device},ABCD,1.0,Normal,{number},{at:%Y-%m-%d},{at:%H:%M:%S},120,A,25.7N 100.3W,40,82,Close,0,"
    return f"{said}0:0:0:0,3.9,-71,E##".encode()


@dataclass
class Trial:
    """What senders saw: what was answered over TCP, and what brokers acknowledged to who published."""

    tcp: set[bytes] = field(default_factory=set)
    mqtt: set[bytes] = field(default_factory=set)
    nats: set[bytes] = field(default_factory=set)
    streamed: set[bytes] = field(default_factory=set)
    again: int = 0
    over: bool = False


class Listener:
    """`aforo seal listen` in a process that may be killed: over TCP, and to brokers on ports that are named."""

    def __init__(self, folder: Path, store: str = "", mqtt: int = 0, nats: int = 0) -> None:
        self.keys, self.store = folder / "log-keys.sqlite", store or str(folder / "log.sqlite")
        self.url = self.store if "://" in self.store else f"sqlite:///{self.store}"
        self.port = free_port()
        self._said = folder / "said.txt"
        self._options = ["--tcp", f"127.0.0.1:{self.port}", "--store", self.store, "--keys", str(self.keys)]
        self._options += ["--mqtt", f"mqtt://127.0.0.1:{mqtt}"] if mqtt else []
        self._options += ["--nats", f"nats://127.0.0.1:{nats}"] if nats else []
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it takes from everywhere."""
        self._said.write_bytes(b"")
        command = [sys.executable, "-m", "aforo.cli", "seal", "listen", *self._options, "--lang", "en"]
        self.process = subprocess.Popen(command, stderr=self._said.open("ab"))
        while b"listened to" not in self._said.read_bytes():
            if self.process.poll() is not None:
                raise RuntimeError(self._said.read_text())
            time.sleep(0.02)

    def end(self, number: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(60)

    @contextmanager
    def log(self) -> Iterator[Log]:
        with closing(KeyStore(f"sqlite:///{self.keys}")) as keys, Log.open(self.url, keys) as log:
            yield log

    def verifies(self) -> bool:
        command = [sys.executable, "-m", "aforo.cli", "log", "verify", "--store", self.store, "--keys", str(self.keys)]
        return subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode == 0


def register(log: Log, *devices: str) -> None:
    """Make devices known."""
    custody, said = Custody(log), DeviceRegistered("seal", "Norte", 600, 60)
    for device in devices:
        device_acts.register(custody, device, said, actor="trial", origin="live")


async def seal(port: int, device: str, trial: Trial) -> None:
    """Send one message after another until the trial is over; what was begun is sent until it is answered."""
    number, streams = 0, None
    while not trial.over:
        said, tries = message(device, number), 0
        answer = f",Normal ACK,{number},E##\r\n".encode()
        while True:
            tries += 1
            try:
                if streams is None:
                    streams = await asyncio.open_connection("127.0.0.1", port)
                streams[1].write(said + b"\r\n")
                while not (await asyncio.wait_for(streams[0].readline(), PATIENCE_S)).endswith(answer):
                    if streams[0].at_eof():
                        raise EOFError
                break
            except (OSError, EOFError):
                if streams is not None:
                    streams[1].close()
                streams = None
                await asyncio.sleep(0.05)
        trial.tcp.add(said)
        trial.again += tries > 1
        number += 1
    if streams is not None:
        streams[1].close()


async def publish_mqtt(port: int, device: str, trial: Trial) -> None:
    """Publish until the trial is over, at quality of service 1; paho sends again what was not acknowledged."""
    under_way: dict[int, bytes] = {}
    client = Client(CallbackAPIVersion.VERSION2, client_id=device, clean_session=False)
    client.reconnect_delay_set(1, 1)
    client.max_inflight_messages_set(UNDER_WAY)

    def acknowledged(_: object, __: object, mid: int, *more: object) -> None:
        said = under_way.pop(mid, None)
        if said is not None:
            trial.mqtt.add(said)

    client.on_publish = acknowledged
    client.connect("127.0.0.1", port)
    client.loop_start()
    number = 0
    while not trial.over:
        if len(under_way) < UNDER_WAY:
            said = message(device, number)
            under_way[client.publish("aforo/seal/seal_text", said, qos=1).mid] = said
            number += 1
        await asyncio.sleep(PAUSE_S)
    until = time.monotonic() + PATIENCE_S
    while under_way and time.monotonic() < until:
        await asyncio.sleep(0.05)
    client.disconnect()
    await asyncio.to_thread(client.loop_stop)


async def publish_nats(port: int, device: str, trial: Trial) -> None:
    """Publish until the trial is over, each message until the server has acknowledged it."""

    async def quiet(_: Exception) -> None:
        """What breaks is tried again."""

    client = await nats_py.connect(
        f"nats://127.0.0.1:{port}", max_reconnect_attempts=-1, reconnect_time_wait=0.1, error_cb=quiet
    )
    stream, numbers = client.jetstream(timeout=2), iter(range(10**9))

    async def sender() -> None:
        while not trial.over:
            said = message(device, next(numbers))
            while True:
                try:
                    await stream.publish("aforo.seal.seal_text", said)
                    break
                except (Error, OSError):
                    await asyncio.sleep(0.05)
            trial.nats.add(said)
            await asyncio.sleep(4 * PAUSE_S)

    await asyncio.gather(*(sender() for _ in range(8)))
    await client.close()


async def drained(port: int, witness: Witness, trial: Trial) -> None:
    """Wait until brokers have handed on all that they have, and keep what the stream of NATS holds."""
    client = await nats_py.connect(f"nats://127.0.0.1:{port}")
    manager, stream = client.jsm(timeout=10), "aforo-seal"
    until, still = time.monotonic() + DRAIN_S, 0
    while time.monotonic() < until and still < STILL:
        before = witness.delivered.total(), witness.acknowledged.total()
        await asyncio.sleep(0.2)
        (consumer,) = await manager.consumers_info(stream)
        over = not consumer.num_pending and not consumer.num_ack_pending
        over = over and before == (witness.delivered.total(), witness.acknowledged.total())
        still = still + 1 if over else 0
    left = (await manager.stream_info(stream)).state.messages
    judge = ConsumerConfig(ack_policy=AckPolicy.NONE)
    reader = await client.jetstream().pull_subscribe("aforo.seal.*", stream=stream, config=judge)
    while left > 0:
        messages = await reader.fetch(min(left, 500), timeout=10)
        trial.streamed.update(each.data for each in messages)
        left -= len(messages)
    await client.close()


def logged(log: Log) -> tuple[set[bytes], int]:
    """The messages that the log has, and how many of them it has more than once."""
    found: set[bytes] = set()
    twice = cursor = 0
    while events := log.read(cursor, types=(BlockReceived.TYPE,)):
        for stored in events:
            assert isinstance(stored.payload, BlockReceived)
            messages = cut(lines_of(stored.payload)).messages
            twice += sum(each in found for each in messages)
            found.update(messages)
        cursor = events[-1].position
    return found, twice


async def run(
    listener: Listener, brokers: tuple[Broker, Broker], strikes: list[Callable[[], None]], dice: random.Random,
    witness: Witness,
) -> tuple[Trial, list[float]]:  # fmt: skip
    """Send, and strike at random moments; what senders saw, and how long each took to be back."""
    trial = Trial()
    await asyncio.to_thread(listener.start)
    senders = [asyncio.create_task(seal(listener.port, f"T-{number}", trial)) for number in range(SEALS)]
    senders.append(asyncio.create_task(publish_mqtt(brokers[0].port, "M-0", trial)))
    senders.append(asyncio.create_task(publish_nats(brokers[1].port, "N-0", trial)))
    back = []
    for strike in strikes:
        await asyncio.sleep(0.4 + 1.2 * dice.random())
        begun = time.perf_counter()
        await asyncio.to_thread(strike)
        back.append(time.perf_counter() - begun)
    await asyncio.sleep(1)
    trial.over = True
    await asyncio.wait_for(asyncio.gather(*senders), DRAIN_S)
    await drained(brokers[1].port, witness, trial)
    return trial, back


def tried(kind: str, folder: Path, kills: int, seed: int) -> tuple[list[str], bool]:
    """A row of the table for what is killed, a kind or several in turns as `nats+listener`, and whether all held."""
    dice = random.Random(seed)
    with ExitStack() as stack:
        # The folder of a server that is not root's has to be open to it.
        database = stack.enter_context(cluster(folder / "postgres")) if "postgresql" in kind else None
        brokers = stack.enter_context(mosquitto(folder / "mosquitto")), stack.enter_context(nats(folder / "nats"))

        async def whole() -> tuple[Trial, list[float], Listener, Witness]:
            witness = Witness(brokers[0].port)
            listener = Listener(folder, database.url if database else "", await witness.start(), brokers[1].port)
            with listener.log() as log:
                register(log, *(f"T-{number}" for number in range(SEALS)), "M-0", "N-0")

            def restart(broker: Broker) -> None:
                broker.kill()
                broker.start()

            def again() -> None:
                listener.end(signal.SIGKILL)
                listener.start()

            def database_again() -> None:
                assert database is not None
                database.kill()
                while True:
                    with suppress(subprocess.CalledProcessError):
                        database.start()
                        return
                    time.sleep(0.1)

            ways: dict[str, Callable[[], None]] = {
                "listener": again,
                "postgresql": database_again,
                "mosquitto": lambda: restart(brokers[0]),
                "nats": lambda: restart(brokers[1]),
            }
            turns = [ways[each] for each in kind.split("+")]
            strikes = [turns[number % len(turns)] for number in range(kills)]
            try:
                trial, back = await run(listener, brokers, strikes, dice, witness)
            finally:
                await asyncio.to_thread(listener.end)
                witness.close()
            return trial, back, listener, witness

        trial, back, listener, witness = asyncio.run(whole())
        with listener.log() as log:
            found, twice = logged(log)
        verifies = listener.verifies()
    lost = (trial.tcp - found, witness.acknowledged.keys() - found, trial.streamed - found)
    held = verifies and not any(lost) and not witness.strays
    row = [
        f"{kills}", f"{len(trial.tcp):,}", f"{len(lost[0])}", f"{trial.again:,}",
        f"{len(witness.acknowledged):,}", f"{len(lost[1])}", f"{len(trial.mqtt - found - witness.acknowledged.keys())}",
        f"{len(trial.streamed):,}", f"{len(lost[2])}", f"{len(trial.nats - trial.streamed)}", f"{twice:,}",
        f"{statistics.median(back):.1f}, {max(back):.1f} s", "yes" if verifies else "NO",
    ]  # fmt: skip
    return [kind, *row], held


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only", choices=KINDS)
    options = parser.parse_args()
    rows, good = [], True
    with workplace(options.folder) as folder:
        out.print(conditions() + f"; {SEALS} seals over TCP, one publisher through each broker; seed {options.seed}")
        for kind in [options.only] if options.only else KINDS:
            own = folder / kind
            own.mkdir(mode=0o755)
            row, held = tried(kind, own, options.kills, options.seed)
            rows.append(row)
            good &= held
    table = Table(title="readings of seals, with what is killed meanwhile", show_header=False)
    for at, column in enumerate(COLUMNS):
        table.add_row(column, *(row[at] for row in rows))
    out.print(table)
    return 0 if good else 1


if __name__ == "__main__":
    assert os.name == "posix"
    sys.exit(main())
