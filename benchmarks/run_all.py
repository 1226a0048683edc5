"""Runs the benchmark programs one after another and keeps what each printed.

    python benchmarks/run_all.py [NAME ...]      (or: make bench ARGS="NAME ...")

NAME is a program of this folder without `.py`; without names all of them run. What a program prints is shown as it is
printed and kept in `bench-out/NAME.txt`, under the conditions it ran in.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "bench-out"
PACKAGES = ("aforo", "numpy", "numba", "polars", "scikit-learn", "sqlalchemy", "lightgbm", "zen-engine")


def programs() -> dict[str, Path]:
    """The benchmark programs by name: those that say what they measure."""
    return {
        path.stem: path
        for path in sorted(HERE.glob("*.py"))
        if path != Path(__file__).resolve() and 'if __name__ == "__main__":' in path.read_text(encoding="utf-8")
    }


def processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "absent"


def conditions() -> str:
    """What a figure depends on beside the program."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False
    ).stdout.strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    return (
        f"{processor()}, {os.cpu_count()} CPUs, {memory:.0f} GiB, load {load:.1f} at the start\n"
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, commit {commit or 'unknown'}\n"
        f"{versions}"
    )


def run(name: str, path: Path) -> tuple[int, float]:
    """Runs one program; returns its exit code and the seconds it took."""
    started = time.monotonic()
    with (OUT / f"{name}.txt").open("w", encoding="utf-8") as kept:
        kept.write(conditions() + "\n\n")
        process = subprocess.Popen(
            [sys.executable, str(path)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=HERE.parent
        )
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            kept.write(line)
    return process.wait(), time.monotonic() - started


def main(names: list[str]) -> int:
    known = programs()
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    OUT.mkdir(exist_ok=True)
    print(conditions(), flush=True)
    results = []
    for name in names or known:
        print(f"\n== {name}", flush=True)
        results.append((name, *run(name, known[name])))
    print(f"\n{'program':24} {'exit':>4} {'seconds':>9}  kept in")
    for name, code, seconds in results:
        print(f"{name:24} {code:4} {seconds:9.1f}  bench-out/{name}.txt")
    return int(any(code for _, code, _ in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
