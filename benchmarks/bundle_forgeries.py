"""Forged custody bundles by class, random damage, and odd logs, each judged by both verifiers: how many are accepted.

    python benchmarks/bundle_forgeries.py [--count 10000] [--mutations 1000000] [--odd 20000] [--seed 0] [--cores 2]

- Forgeries by class, `--count` of each (tests/forged.py): none may be accepted by either verifier.
- Honest bundles with one to three random changes of bytes, `--mutations`: none may be accepted.
- Bundles of logs into which who runs them wrote something odd, `--odd`: some are sound, and both must say the same,
  to the facts of every span.

The verifiers share no code: `aforo.custody.bundle_verdict` (PyNaCl, NumPy) and `scripts/verify_bundle.py` (the
package `cryptography` and the standard library).
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

for _folder in ("", "property"):
    sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / _folder))

from damaged import mutated, rewritten  # noqa: E402
from forged import FORGERIES  # noqa: E402
from forged_scene import SCENES, Given, honest  # noqa: E402
from test_custody_forged import said_by_both  # noqa: E402

DAMAGED, ODD = "random damage", "odd logs"
KINDS: dict[str, Callable[[Random], bytes | Given]] = {**FORGERIES, DAMAGED: mutated, ODD: rewritten}
#: Bundles that one process judges before it tells of them.
PORTION = 500
out = Console(width=120)


def judged(kind: str, first: int, count: int) -> Counter[str]:
    """What became of bundles, by what both verifiers said."""
    said: Counter[str] = Counter()
    for seed in range(first, first + count):
        data = KINDS[kind](Random(seed))
        try:
            one, other = said_by_both(data)
        except Exception as error:  # noqa: BLE001 - what a verifier raises beside its own error is looked for
            said["crashed"] += 1
            print(f"{kind}, seed {seed}: {error!r}", file=sys.stderr)
            continue
        said["made"] += 1
        said["accepted by the first"] += one is not None
        said["accepted by the second"] += other is not None
        said["not the same"] += one != other
        if one != other or (kind != ODD and one is not None):
            print(f"{kind}, seed {seed}: {str(one)[:200]} | {str(other)[:200]}", file=sys.stderr)
    return said


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--mutations", type=int, default=1_000_000)
    parser.add_argument("--odd", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    counts = {**dict.fromkeys(FORGERIES, asked.count), DAMAGED: asked.mutations, ODD: asked.odd}
    sound = sum(said_by_both(honest(number))[0] is not None for number in range(SCENES))
    begun = time.perf_counter()
    found: dict[str, Counter[str]] = {kind: Counter() for kind in counts}
    with ProcessPoolExecutor(asked.cores) as pool, Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("bundles", total=sum(counts.values()))
        work = [
            (kind, pool.submit(judged, kind, asked.seed + first, min(PORTION, count - first)))
            for kind, count in counts.items()
            for first in range(0, count, PORTION)
        ]
        for kind, future in work:
            found[kind] += future.result()
            progress.advance(task, PORTION)
    table = Table(title="forged bundles, and who accepted them")
    columns = ("made", "accepted by the first", "accepted by the second", "not the same", "crashed")
    for name in ("", *columns):
        table.add_column(name, justify="left" if not name else "right")
    for kind, said in found.items():
        table.add_row(kind, *(f"{said[name]:,}" for name in columns))
    out.print(table)
    out.print(f"forged from {sound} of {SCENES} honest bundles of {len(honest(0)):,} to {len(honest(3)):,} bytes; "
              f"{time.perf_counter() - begun:,.0f} s on {asked.cores} cores; {platform.platform()}, "
              f"Python {platform.python_version()}")  # fmt: skip
    bad = sum(said["not the same"] + said["crashed"] for said in found.values())
    bad += sum(said["accepted by the first"] for kind, said in found.items() if kind != ODD)
    return 1 if bad or sound != SCENES else 0


if __name__ == "__main__":
    sys.exit(main())
