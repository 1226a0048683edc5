"""No acknowledged event is lost, and none is written twice, whatever stops the node.

    python benchmarks/log_crash.py [--kills 50] [--cuts 200] [--stops 20] [--seed 1]

A child process appends batches, with the sequencer beside it, and writes a line to a pipe when an append has returned:
that is the acknowledgement. After it was stopped, the next child files everything after the last acknowledgement again,
under the same idempotency keys. Then every acknowledged key must be in the log once, and the log must verify, against
what its key store remembers too.

- `kill -9`: the child is killed at a random moment under load.
- power cut, SQLite: the child runs under strace, and the disk is built again as it was at a moment of the trace, right
  after an acknowledgement or at random, without what was not synced by then, or with an arbitrary part of it.
- immediate stop, PostgreSQL: a private cluster is stopped with `pg_ctl stop -m immediate` and recovers.
- each with syncing switched off is the control, and must lose something: else the trial proves nothing.
- the system calls: before each acknowledgement all that its thread has written to the write-ahead log is synced; on
  PostgreSQL a server's process has ended a sync between taking the insert and answering it.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from postgres_cluster import Cluster, cluster
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy.exc import DBAPIError
from traced_disk import STRACE, TracedDisk

from aforo.domain.event import PersonErased, new_event
from aforo.log.ids import event_ids
from aforo.log.keyfile import KeyStoreUnusableError
from aforo.log.keys import KeyStore
from aforo.log.migrations import StoreForeignError
from aforo.log.sequencer import Sequencing, sequence
from aforo.log.signing import EquivocationError, SigningKeyMissingError
from aforo.log.store import Log, StoreUnusableError
from aforo.log.verify import verify

CHILD = "--child"
#: What a store, or its key store, raises of which so much was lost that it is none any more.
UNUSABLE = (StoreUnusableError, StoreForeignError, KeyStoreUnusableError, DBAPIError, sqlite3.Error)
err = Console(stderr=True)


def child(url: str, keys: str, first: int, synchronous: str, appends: int, tree: bool) -> None:
    """File keys from `first` on in batches of random size; a line `begin end` for each append that returned."""
    dice = random.Random(first)
    with (
        Log.open(url, KeyStore(keys), synchronous=synchronous) as log,
        Sequencing(log, interval=0.02) if tree else nullcontext(),
    ):
        while appends:
            now = datetime.now(UTC)
            end = first + dice.randint(1, 30)
            ids = event_ids(end - first, now)
            log.append(
                [
                    new_event(
                        id_, PersonErased(f"{n:016x}", "crash " * 20), f"person/{n}", 1, occurred_at=now,
                        recorded_at=now, actor="child", idempotency_key=f"k{n}",
                    )
                    for n, id_ in enumerate(ids, first)
                ]
            )  # fmt: skip
            os.write(1, f"{first} {end}\n".encode())
            first = end
            appends -= 1
            if url.startswith("sqlite") and appends % 25 == 0:
                with log.database.read() as connection:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def command(
    url: str, keys: Path, first: int, synchronous: str = "FULL", appends: int = -1, *, tree: bool = True
) -> list[str]:
    """The child's command line; `appends` below zero never ends."""
    return [sys.executable, __file__, CHILD, url, str(keys), str(first), synchronous, str(appends), str(int(tree))]


@dataclass
class Outcome:
    """What a trial found: acknowledged events, those of them that are gone, those there twice, and other failures."""

    name: str
    rounds: int = 0
    acknowledged: int = 0
    lost: int = 0
    twice: int = 0
    failures: list[str] = field(default_factory=list)
    control: bool = False

    @property
    def harmed(self) -> bool:
        return bool(self.lost or self.twice or self.failures)

    def examine(self, url: str, keys: Path, acknowledged: int) -> None:
        """Open what is left, and look for keys 0 to `acknowledged`."""
        try:
            with Log.open(url, KeyStore(keys)) as log:
                found: Counter[str] = Counter()
                cursor = 0
                while events := log.read(cursor):
                    found.update(stored.event.idempotency_key or "" for stored in events)
                    cursor = events[-1].position
                self.lost += sum(f"k{n}" not in found for n in range(acknowledged))
                self.twice += sum(count > 1 for count in found.values())
                sequence(log)
                signing = log.keys.signing
                report = verify(log.database, signing.verifiers(log.origin)[0], witnessed=signing.witnessed(log.origin))
                self.failures += [finding.code for finding in report.findings]
        except (*UNUSABLE, EquivocationError, SigningKeyMissingError) as error:
            self.failures.append(type(error).__name__)
            self.lost += acknowledged if isinstance(error, UNUSABLE) else 0


def load(arguments: list[str], stop: Callable[[subprocess.Popen[bytes]], None]) -> int:
    """Run a child, `stop` it after its first acknowledgement; the end of the last batch it acknowledged, else -1."""
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    first = process.stdout.readline()
    stop(process)
    lines = (first + process.stdout.read()).split(b"\n")[:-1]
    process.wait()
    return int(lines[-1].split()[1]) if lines else -1


def kill_trial(name: str, url: str, keys: Path, kills: int, dice: random.Random) -> Outcome:
    outcome = Outcome(name)

    def kill(process: subprocess.Popen[bytes]) -> None:
        time.sleep(dice.random())
        process.send_signal(signal.SIGKILL)

    acknowledged = 0
    for _ in track(range(kills), name, console=err, transient=True):
        acknowledged = max(acknowledged, load(command(url, keys, acknowledged), kill))
        outcome.rounds += 1
        outcome.examine(url, keys, acknowledged)
    outcome.acknowledged = acknowledged
    return outcome


def power_trial(folder: Path, synchronous: str, cuts: int, dice: random.Random) -> tuple[Outcome, str]:
    """Power cuts at moments of one traced run; also what the system calls say of its acknowledgements."""
    control = synchronous != "FULL"
    outcome = Outcome(f"SQLite, power cut{', synchronous OFF' if control else ''}", control=control)
    trace, live = folder / "trace", folder / "live"
    live.mkdir(parents=True)
    url = f"sqlite:///{live / 'log.sqlite'}"
    arguments = [*STRACE, "-o", str(trace), *command(url, live / "keys.sqlite", 0, synchronous, appends=100)]
    subprocess.run(arguments, stdout=subprocess.DEVNULL, check=True)
    moments = sum(1 for _ in TracedDisk(trace, live).run())
    acknowledgements = sum(1 for at in TracedDisk(trace, live).run() if at is not None)
    after_acknowledgement = set(dice.sample(range(acknowledgements), min(cuts // 2, acknowledgements)))
    at_random = set(dice.sample(range(moments), min(cuts // 2, moments)))
    disk = TracedDisk(trace, live)
    acknowledged = seen = synced = 0
    for moment, at in enumerate(track(disk.run(), outcome.name, total=moments, console=err, transient=True)):
        cut = moment in at_random
        if at is not None:
            acknowledged = int(at.line.split()[1])
            cut |= seen in after_acknowledgement
            seen += 1
            synced += at.synced and at.syncs > 0
        if not cut or not acknowledged:
            continue
        for keep in (None, dice):
            target = folder / "cut"
            disk.restore(target, keep)
            outcome.rounds += 1
            outcome.acknowledged += acknowledged
            outcome.examine(f"sqlite:///{target / 'log.sqlite'}", target / "keys.sqlite", acknowledged)
            shutil.rmtree(target)
    return outcome, f"SQLite{', synchronous OFF' if control else ''}: {synced} of {seen} acknowledgements"


def stop_trial(server: Cluster, keys: Path, synchronous: str, stops: int, dice: random.Random) -> Outcome:
    control = synchronous != "FULL"
    outcome = Outcome(f"PostgreSQL, immediate stop{', synchronous_commit off' if control else ''}", control=control)

    def stop(process: subprocess.Popen[bytes]) -> None:
        time.sleep(dice.random())
        server.stop("immediate")
        time.sleep(0.1)
        process.kill()

    acknowledged = 0
    for _ in track(range(stops), outcome.name, console=err, transient=True):
        acknowledged = max(acknowledged, load(command(server.url, keys, acknowledged, synchronous), stop))
        server.start()
        outcome.rounds += 1
        outcome.examine(server.url, keys, acknowledged)
        if control and outcome.harmed:
            break
    outcome.acknowledged = acknowledged
    return outcome


def postgres_calls(server: Cluster, keys: Path, trace: Path) -> str:
    """How many inserts were answered after a sync that ended between their coming in and their answer."""
    subprocess.run(command(server.url, keys, 0, appends=1, tree=False), stdout=subprocess.DEVNULL, check=True)
    tracer = subprocess.Popen(
        ["strace", "-f", "-s", "4000", "-e", "trace=recvfrom,sendto,fdatasync,fsync", "-e", "signal=none", "-o",
         str(trace), "-p", str(server.process())], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(1)
    subprocess.run(command(server.url, keys, 1, appends=60, tree=False), stdout=subprocess.DEVNULL, check=True)
    tracer.send_signal(signal.SIGINT)
    tracer.wait()
    syncs = answers = good = 0
    at_question: dict[str, int] = {}
    for line in trace.read_text(errors="replace").splitlines():
        process, _, rest = line.partition(" ")
        rest = rest.lstrip()
        if re.match(r"(<\.\.\. )?(fdatasync|fsync)( resumed>|\().*= 0", rest):
            syncs += 1
        elif rest.startswith(("recvfrom", "<... recvfrom")) and "= -1" not in rest:
            at_question[process] = syncs
        elif rest.startswith("sendto") and "INSERT 0 " in rest:
            answers += 1
            good += syncs > at_question.get(process, syncs)
    return f"PostgreSQL: {good} of {answers} inserts"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--stops", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)
    console = Console(width=120)
    outcomes: list[Outcome] = []
    calls: list[str] = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        store = f"sqlite:///{folder / 'log.sqlite'}"
        outcomes.append(kill_trial("SQLite, kill -9", store, folder / "keys.sqlite", arguments.kills, dice))
        if shutil.which("strace"):
            for synchronous in ("FULL", "OFF"):
                outcome, said = power_trial(folder / synchronous, synchronous, arguments.cuts, dice)
                outcomes.append(outcome)
                calls.append(said)
        else:
            console.print("strace is absent: no power cuts and no system calls were tried")
        try:
            with cluster(folder / "postgres") as server:
                keys = folder / "postgres-keys.sqlite"
                if shutil.which("strace"):
                    calls.append(postgres_calls(server, keys, folder / "postgres-trace"))
                outcomes.append(kill_trial("PostgreSQL, kill -9 of the node", server.url, keys, arguments.kills, dice))
                outcomes.append(stop_trial(server, keys, "FULL", arguments.stops, dice))
            with cluster(folder / "control") as server:
                outcomes.append(stop_trial(server, folder / "control-keys.sqlite", "OFF", arguments.stops, dice))
        except (StopIteration, FileNotFoundError, subprocess.CalledProcessError) as error:
            console.print(f"PostgreSQL was not tried: {error!r}")
    console.print(
        f"{os.cpu_count()} CPUs, {platform.platform()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}; seed {arguments.seed}"
    )
    table = Table(title="acknowledged events after the node was stopped")
    for column in ("trial", "rounds", "acknowledged", "lost", "twice", "other failures", "verdict"):
        table.add_column(column, justify="left" if column in ("trial", "other failures", "verdict") else "right")
    good = True
    for outcome in outcomes:
        as_it_must = outcome.harmed == outcome.control
        good &= as_it_must
        verdict = (
            ("the control fails, as it must" if outcome.control else "held") if as_it_must else "NOT AS IT MUST BE"
        )
        failures = ", ".join(f"{name} {count}" for name, count in Counter(outcome.failures).items())
        verdict = verdict if as_it_must else "NOT AS IT MUST BE"
        numbers = (outcome.rounds, outcome.acknowledged, outcome.lost, outcome.twice)
        table.add_row(
            outcome.name,
            *(f"{number:,}" for number in numbers),
            failures or "-",
            verdict if as_it_must else "NOT AS IT MUST BE",
        )
    console.print(table)
    for said in calls:
        console.print(f"synced before it was answered: {said}")
    return 0 if good else 1


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        child(*sys.argv[2:4], int(sys.argv[4]), sys.argv[5], int(sys.argv[6]), sys.argv[7] == "1")
    else:
        sys.exit(main())
