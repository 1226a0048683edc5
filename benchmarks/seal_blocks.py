"""Signed blocks of readings: readings a second decoded and verified, at 1, 10 and 60 readings a block.

    python benchmarks/seal_blocks.py [--blocks 2000] [--repeats 7]

Blocks of so many devices are decoded (one encoding only, every value within its range) and their signatures verified,
each under the key of its device. Every column is filled: real blocks leave some out and are shorter. Ceilings of the
same blocks in the same run: PyNaCl's verification alone, of what was signed, with keys made before; and cbor2 taking
the two layers apart, with nothing checked and no column read. One thread; times are of the processor, medians of the
repeats, in turns.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from hashlib import sha256

import cbor2
import nacl
import numpy as np
from nacl.signing import SigningKey, VerifyKey
from rich.console import Console
from rich.table import Table

from aforo.domain.reading import Readings, no_readings
from aforo.intake import seal_block

SIZES = (1, 10, 60)
DEVICES = 100


def on_the_road(count: int, chance: np.random.Generator) -> Readings:
    """Readings of a truck that drives, a minute apart, every column filled."""
    made, step = no_readings(count), np.arange(count)
    made["at"] = 1_772_439_280_000_000 + step * 60_000_000
    made["sequence"], made["kind"], made["door"], made["fix"] = step, step % 12, 1, True
    made["latitude"] = 257_088_280 + np.cumsum(chance.integers(-5_000, 20_000, count))
    made["longitude"] = -1_003_728_700 - np.cumsum(chance.integers(-5_000, 20_000, count))
    made["speed"], made["course"] = chance.integers(0, 3_000, count), chance.integers(0, 36_000, count)
    made["battery"], made["signal"], made["interval"] = 3_800, -73, 60
    made["heat"], made["tag"] = 2_450, 2**63 + 5
    return made


def blocks_of(size: int, blocks: int) -> tuple[list[bytes], dict[str, bytes]]:
    """Blocks of `size` readings by DEVICES devices, and their public keys."""
    chance = np.random.default_rng(7)
    signing = {f"SEAL-{number:06}": SigningKey(sha256(b"%d" % number).digest()) for number in range(DEVICES)}
    names = list(signing)
    made = []
    for number in range(blocks):
        device = names[number % DEVICES]
        key = signing[device]
        made.append(
            seal_block.encode(
                device, device, 1, number, seal_block.FIRST, on_the_road(size, chance),
                lambda message, key=key: key.sign(message).signature,
            )
        )  # fmt: skip
    return made, {device: bytes(key.verify_key) for device, key in signing.items()}


def decoded(raw: Sequence[bytes]) -> list[seal_block.Block]:
    return [seal_block.decode(each) for each in raw]


def bare_verify(signed: Sequence[tuple[VerifyKey, bytes, bytes]]) -> int:
    return sum(len(key.verify(message, signature)) for key, message, signature in signed)


def bare_loads(raw: Sequence[bytes]) -> int:
    return sum(len(cbor2.loads(cbor2.loads(each).value[2])) for each in raw)


def seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    assert work()
    return time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blocks", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=7)
    asked = parser.parse_args()
    table = Table(title=f"{asked.blocks:,} signed blocks, one thread, medians of {asked.repeats}")
    for name in (
        "readings a block", "bytes", "decode µs", "verify µs", "readings/s", "PyNaCl alone µs", "readings/s",
        "cbor2 alone µs", "readings/s",
    ):  # fmt: skip
        table.add_column(name, justify="right")
    for size in SIZES:
        raw, keys = blocks_of(size, asked.blocks)
        blocks = decoded(raw)
        assert seal_block.verified(blocks, keys) == [None] * len(blocks)
        of = {device: VerifyKey(key) for device, key in keys.items()}
        signed = [(of[each.signer], seal_block.signed_bytes(each), each.raw[-64:]) for each in blocks]
        works: list[Callable[[], object]] = [
            lambda raw=raw: decoded(raw),
            lambda blocks=blocks, keys=keys: seal_block.verified(blocks, keys),
            lambda signed=signed: bare_verify(signed),
            lambda raw=raw: bare_loads(raw),
        ]
        times = [[seconds(work) for work in works] for _ in range(asked.repeats)]
        decode, verify, alone, loads = (1e6 * statistics.median(each) / len(raw) for each in zip(*times, strict=True))
        table.add_row(
            f"{size}",
            f"{statistics.mean(map(len, raw)):,.0f}",
            f"{decode:.1f}",
            f"{verify:.1f}",
            f"{1e6 * size / (decode + verify):,.0f}",
            f"{alone:.1f}",
            f"{1e6 * size / alone:,.0f}",
            f"{loads:.1f}",
            f"{1e6 * size / loads:,.0f}",
        )
    console = Console(width=140)
    console.print(table)
    conditions = f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
    console.print(f"{conditions}, PyNaCl {nacl.__version__}, numpy {np.__version__}")


if __name__ == "__main__":
    main()
