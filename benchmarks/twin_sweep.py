"""A thousand border-years: a scenario swept over a Sobol design, all ports, a year, the priced policy in the loop.

    python benchmarks/twin_sweep.py [--points 250] [--replications 4] [--policy priced] [--workers 2] [--every]
                                    [--kill] [--ray] [--plain 1] [--folder FOLDER] [--out RESULT.json]

Six changes are varied at once, at nine of the bridges: scanners and booths built, scanners that are up more or less,
demand that is foreseen, booths lost for a month, trucks turned away to other bridges. Price tables are solved, and
bridges run, only where that makes a bridge another one. `--every` varies besides what trucks are like, so that nothing
is shared between points: the dearest sweep there is.

`--kill` does the sweep a second time, kills it (SIGKILL) half-way, goes on with another number of processes, and
compares what both come to. `--ray` does it on a Ray cluster of two node processes of one processor each, begun here,
and compares. `--plain` does so many border-years as `aforo twin run` does them, policies solved for each scenario, and
compares their figures and their time. SYNTHETIC throughout: most figures of the port documents are assumed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import resource
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from aforo.twin import scenario as scenarios
from aforo.twin.border import shipped
from aforo.twin.cells import cells_of
from aforo.twin.replication import policies_of, replicated

#: The first day and the days of a border-year: those of the counts that ship.
FIRST, DAYS = "2024-01-01", 366
SCENARIO = """
name = "swept"
title = {{ en = "swept", es = "barrido" }}
ports = ["all"]
first = {first}
days = {days}
replications = {replications}
policy = "{policy}"
sources = ["assumed"]

[[change]]
kind = "plan"
at = ["Otay Mesa"]
scanners = 4

[[change]]
kind = "booths_added"
at = ["Laredo/world-trade"]
number = 1

[[change]]
kind = "availability"
at = ["Nogales"]
share = 0.975

[[change]]
kind = "demand"
at = ["Calexico East"]
factor = 1.0
foreseen = true

[[change]]
kind = "capacity_lost"
at = ["Hidalgo"]
place = "booths"
share = 0.2
since = {since}T00:00:00
until = {until}T00:00:00

[[change]]
kind = "turned_away"
at = ["Ysleta"]
share = 0.2
since = {since}T00:00:00
until = {until}T00:00:00
alternatives = ["El Paso", "Santa Teresa", "Tornillo"]
"""
OVER = (
    "change.0.scanners=3..8",
    "change.1.number=1..6",
    "change.2.share=0.9..0.995",
    "change.3.factor=0.8..1.3",
    "change.4.share=0.1..0.5",
    "change.5.share=0.05..0.5",
)
#: What trucks are like at every bridge.
EVERY = "traffic.risk_variation=2.0..4.0"
#: Seconds between looks at a sweep that runs.
LOOK = 2.0
PORT = 6_399


def written(folder: Path, arguments: argparse.Namespace) -> Path:
    """The scenario, as a file."""
    days = arguments.days
    path = folder / "swept.toml"
    told = {"first": FIRST, "days": days, "since": "2024-01-02", "until": f"2024-{'02-02' if days > 32 else '01-04'}"}
    path.write_text(SCENARIO.format(replications=arguments.replications, policy=arguments.policy, **told))
    return path


def command(scenario: Path, out: Path, arguments: argparse.Namespace, *more: str) -> list[str]:
    """`aforo twin sweep` on it."""
    over = [part for each in (*OVER, *([EVERY] if arguments.every else [])) for part in ("--over", each)]
    design = ["--design", "sobol", "--points", str(arguments.points), "--scramble-seed", "7"]
    return [
        sys.executable,
        "-m",
        "aforo",
        "twin",
        "sweep",
        str(scenario),
        "-o",
        str(out),
        *over,
        *design,
        "--json",
        *more,
    ]


def done(out: Path) -> int:
    """Border-years that are done so far."""
    path = out / "results.jsonl"
    return sum(1 for line in path.read_bytes().split(b"\n") if line.endswith(b"]")) if path.exists() else 0


def children(process: int) -> list[int]:
    """Its processes, and theirs."""
    found = []
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = each.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == process:
            found += [int(each.parent.name), *children(int(each.parent.name))]
    return found


def swept(told: str, total: int, out: Path, asked: list[str], kill_at: int | None = None) -> dict[str, Any] | None:
    """Run a sweep, saying how far it is; what it told, or None where it was killed."""
    started, said, before = time.perf_counter(), 0.0, done(out)
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(asked, stdout=output)
        while process.poll() is None:
            time.sleep(LOOK)
            now, passed = done(out), time.perf_counter() - started
            if kill_at is not None and now >= kill_at:
                workers = children(process.pid)
                process.kill()
                process.wait()
                gone = time.perf_counter()
                while any(Path(f"/proc/{worker}").exists() for worker in workers) and time.perf_counter() - gone < 60:
                    time.sleep(0.5)
                left = [worker for worker in workers if Path(f"/proc/{worker}").exists()]
                print(f"{told}: killed after {now} of {total}; of its {len(workers)} processes {len(left)} lived on")
                for worker in left:
                    os.kill(worker, signal.SIGKILL)
                return None
            if passed - said > 30.0 and now > before:
                said = passed
                rate = (now - before) / passed
                print(f"{told}: {now:,} of {total:,}, {(total - now) / rate / 60:.1f} min left", file=sys.stderr)
        if process.returncode:
            sys.exit(f"{told}: the sweep left with {process.returncode}")
        output.seek(0)
        result = json.loads(output.read())["work"]
    result["wall"] = time.perf_counter() - started
    return result


def digest(out: Path) -> str:
    """Of the tables that a sweep came to."""
    content = b"".join((out / name).read_bytes() for name in ("sweep.csv", "sweep.parquet"))
    return hashlib.sha256(content).hexdigest()[:16]


def kept(out: Path) -> dict[tuple[str, int], Any]:
    """Every border-year's figures, as they were kept."""
    lines = (line for line in (out / "results.jsonl").read_bytes().split(b"\n") if line)
    return {(key, number): figures for key, number, figures in map(json.loads, lines)}


def cluster() -> list[subprocess.Popen[bytes]]:
    """Two node processes of a Ray cluster, of one processor each, on loopback and with a token of their own."""
    os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    ray = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--num-cpus=1", "--disable-usage-stats"]
    ray.append("--node-ip-address=127.0.0.1")
    nodes = []
    for more in (["--head", f"--port={PORT}", "--include-dashboard=false"], [f"--address=127.0.0.1:{PORT}"]):
        nodes.append(subprocess.Popen([*ray, *more], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        time.sleep(15.0)
    return nodes


def plain(scenario: Path, out: Path, arguments: argparse.Namespace) -> float:
    """Some border-years of the sweep as `aforo twin run` does them; stops where a figure differs. Seconds for each."""
    border = shipped()
    own = scenarios.parse(scenario.read_bytes(), border.ports)
    claim = json.loads((out / "sweep.json").read_bytes())
    cells = cells_of(own, list(claim["design"]["over"]), claim["points"], border.ports)
    held = kept(out)
    replicated(
        msgspec.structs.replace(own, days=2), border, 0, policies_of(msgspec.structs.replace(own, days=2), border)
    )
    started, made = time.perf_counter(), 0
    for cell in cells:
        policies = policies_of(cell.scenario, border)
        for number in range(min(cell.scenario.replications, arguments.plain - made)):
            figures = replicated(cell.scenario, border, number, policies).whole
            same = {name: None if np.isnan(value) else value for name, value in figures.items()}
            assert same == held[cell.key(border.counts), number], (
                f"the sweep differs from the plain run at {cell.values}"
            )
            made += 1
        if made >= arguments.plain:
            break
    return (time.perf_counter() - started) / made


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=250)
    parser.add_argument("--replications", type=int, default=4)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--policy", default="priced")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--every", action="store_true", help="vary what trucks are like everywhere, too")
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--ray", action="store_true")
    parser.add_argument("--plain", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="work here, and leave it; a sweep that is there goes on")
    parser.add_argument("--out", type=Path, help="the result as JSON")
    arguments = parser.parse_args()
    print(f"machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    print(f"NumPy {np.__version__}; load average at the start: {os.getloadavg()[0]:.1f}; SYNTHETIC")
    root = arguments.folder or Path(tempfile.mkdtemp(prefix="sweep-"))
    root.mkdir(parents=True, exist_ok=True)
    scenario, total = written(root, arguments), arguments.points * arguments.replications
    workers = ("--workers", str(arguments.workers))
    try:
        told = swept("sweep", total, root / "whole", command(scenario, root / "whole", arguments, *workers))
        assert told is not None
        result = tell(told, root / "whole", arguments)
        if arguments.plain:
            result["plain_seconds"] = plain(scenario, root / "whole", arguments)
            print(f"as `aforo twin run` does it: {result['plain_seconds']:.2f} s a border-year, figures equal")
        if arguments.kill:
            out = root / "killed"
            swept("killed", total, out, command(scenario, out, arguments, *workers), kill_at=total // 2)
            other = ("--workers", str(3 if arguments.workers == 2 else 2))
            again = swept("resumed", total, out, command(scenario, out, arguments, *other))
            assert again is not None
            result |= {"killed": again, "killed_equal": digest(out) == digest(root / "whole")}
            print(f"killed and gone on with {other[1]} processes: {again['before']} of {total} were kept; "
                  f"tables {'equal to the bit' if result['killed_equal'] else 'DIFFERENT'}")  # fmt: skip
        if arguments.ray:
            nodes = cluster()
            try:
                out = root / "ray"
                by_ray = swept(
                    "ray", total, out, command(scenario, out, arguments, "--ray-address", f"127.0.0.1:{PORT}")
                )
            finally:
                for node in reversed(nodes):
                    node.terminate()
                    node.wait(60)
            assert by_ray is not None
            result |= {"ray": by_ray, "ray_equal": digest(out) == digest(root / "whole")}
            print(f"Ray, two node processes of one processor: {by_ray['wall']:.0f} s; "
                  f"tables {'equal to the bit' if result['ray_equal'] else 'DIFFERENT'}")  # fmt: skip
        if arguments.out:
            arguments.out.write_text(json.dumps(result, indent=1) + "\n")
    finally:
        if arguments.folder is None:
            shutil.rmtree(root, ignore_errors=True)
    if not (result.get("killed_equal", True) and result.get("ray_equal", True)):
        sys.exit(1)


def tell(told: dict[str, Any], out: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """What the sweep took."""
    now = told["border_years"] - told["before"]
    figures = kept(out).values()
    trucks = sum(each["trucks"] for each in figures) * now / max(len(figures), 1)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    size = sum(each.stat().st_size for each in out.rglob("*") if each.is_file()) / 1e6
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    a_year = (used.ru_utime + used.ru_stime) / max(now, 1)
    minutes = told["wall"] / 60
    print(f"{now:,} border-years of {arguments.days} days in {minutes:.1f} min on {arguments.workers} processes:")
    print(f"  {told['wall'] / max(now, 1):.2f} s each, {a_year:.2f} s of a core")
    print(f"  {trucks:,.0f} truck-passages told, {trucks / told['wall'] / 1e6:.2f} M/s; simulated {told['trucks']:,}")
    print(f"  bridges: {told['run']:,} run, {told['found']:,} taken from an equal run")
    print(f"  policies with price tables: {told['solved']:,} solved for {told['policies_asked']:,} bridges of cells "
          f"({told['policies']:,} differ)")  # fmt: skip
    print(f"  memory of the largest process {memory:,.0f} MB; the folder {size:,.0f} MB; digest {digest(out)}")
    if now and now != 1000 and arguments.days == DAYS:
        print(f"  at this pace 1,000 border-years would take {1000 * told['wall'] / now / 60:.1f} min (extrapolated), "
              f"{1000 * a_year / 60:.0f} min of a core")  # fmt: skip
    return {
        **told,
        "core_seconds": a_year * now,
        "memory_mb": memory,
        "digest": digest(out),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
    }


if __name__ == "__main__":
    main()
