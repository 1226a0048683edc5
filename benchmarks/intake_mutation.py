"""Damaged files: each sample mutated many times and read; what the damage did not touch must come through unchanged.

    python benchmarks/intake_mutation.py [--mutations 10000] [--seed 1] [--data ../shared/data] [--out FILE]

The samples are those of the conformance suite, and the Korean files cut to 200 rows where they are at hand. A mutation
does one kind of damage to one record (or, for Parquet, to one place of the file). A reading that raises is a crash; one
that takes over a second is a hang. A record is lost if no damage touched it and its row is not in what was read; it is
excused where the damaged record took its identifier, or a place in a ring of amendments, before it.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import FrameType

import polars as pl
from rich.console import Console
from rich.progress import track
from rich.table import Table

from aforo.intake import declarations

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLES = REPOSITORY / "tests" / "samples" / "intake" / "declarations"
HANG_SECONDS = 1.0
NASTY = (
    b"\0",
    b'"',
    b'""',
    b",",
    b";",
    b"\t",
    b"\n",
    b"\r",
    b"\r\n",
    b"\x80",
    b"\xff\xfe",
    b"\xc3",
    b"'",
    b"\x1b[2J",
    b"=",
)
EXCUSES = {"declaration_contradicts", "declaration_repeated", "amends_ring"}


@dataclass(frozen=True)
class Sample:
    """A file as bytes: `head` is its header (byte order mark included), `records` the rest, line breaks included.

    A file that is not text has no records: it is mutated as a whole. `unit` is the number of bytes of its smallest
    character: damage of another length moves all that follows out of step.
    """

    name: str
    head: bytes
    records: tuple[bytes, ...] = ()
    unit: int = 1

    @property
    def data(self) -> bytes:
        return self.head + b"".join(self.records)


@dataclass(frozen=True)
class Mutant:
    """A damaged file; `touched` are the records that the damage may have changed, None if that cannot be said."""

    kind: str
    data: bytes
    touched: frozenset[int] | None


def split(name: str, data: bytes) -> Sample:
    """A sample from its bytes."""
    if data.startswith(b"PAR1"):
        return Sample(name, data)
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            # Cut at UTF-8's single bytes, and written as it was.
            narrow = split(name, data.decode(encoding).encode())
            head, *records = (piece.decode().encode(encoding) for piece in (narrow.head, *narrow.records))
            return Sample(name, head, tuple(records), unit=2)
    pieces: list[bytes] = []
    current = b""
    for line in (
        data.replace(b"\r\n", b"\x01")
        .replace(b"\r", b"\x02")
        .replace(b"\n", b"\n\x03")
        .replace(b"\x01", b"\r\n\x03")
        .replace(b"\x02", b"\r\x03")
        .split(b"\x03")
    ):
        current += line
        if current.count(b'"') % 2 == 0:
            pieces.append(current)
            current = b""
    pieces.append(current)
    pieces = [piece for piece in pieces if piece]
    return Sample(name, pieces[0], tuple(pieces[1:]))


def _flip(draw: random.Random, record: bytes) -> bytes:
    at = draw.randrange(len(record))
    return record[:at] + bytes([draw.randrange(256)]) + record[at + 1 :]


def _insert(draw: random.Random, record: bytes) -> bytes:
    at = draw.randrange(len(record))
    piece = draw.choice(NASTY) if draw.random() < 0.7 else bytes(draw.randrange(256) for _ in range(draw.randint(1, 9)))
    return record[:at] + piece + record[at:]


def _delete(draw: random.Random, record: bytes) -> bytes:
    at = draw.randrange(len(record))
    return record[:at] + record[at + draw.randint(1, 12) :]


def _quotes(draw: random.Random, record: bytes) -> bytes:
    places = [at for at, byte in enumerate(record) if byte == ord('"')]
    if places and draw.random() < 0.5:
        at = draw.choice(places)
        return record[:at] + record[at + 1 :]
    starts = [0, *(at + 1 for at, byte in enumerate(record[:-1]) if byte in b",;\t|")]
    at = draw.choice(starts) if draw.random() < 0.5 else draw.randrange(len(record))
    return record[:at] + b'"' + record[at:]


def _encoding(draw: random.Random, record: bytes) -> bytes:
    at = draw.randrange(len(record))
    return record[:at] + draw.choice((b"\xe9", b"\xc3\x28", b"\xed\xa0\x80", b"\x81", b"\xf5")) + record[at:]


def _separators(draw: random.Random, record: bytes) -> bytes:
    old, new = draw.sample([b",", b";", b"\t", b"|"], 2)
    return record.replace(old, new)


def _fields(draw: random.Random, record: bytes) -> bytes:
    separator = max((b",", b";", b"\t", b"|"), key=record.count)
    body = record.rstrip(b"\r\n")
    fields = body.split(separator)
    if len(fields) > 1:
        a, b = draw.sample(range(len(fields)), 2)
        fields[a], fields[b] = fields[b], fields[a]
    return separator.join(fields) + record[len(body) :]


def _long(draw: random.Random, record: bytes) -> bytes:
    at = draw.randrange(len(record))
    return (
        record[:at]
        + draw.choice((b"x", b",", b'"', b"\xc3\xa9", b'""')) * draw.choice((9_990, 20_000, 300_000))
        + record[at:]
    )


WITHIN: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "byte": _flip,
    "insertion": _insert,
    "deletion": _delete,
    "quotes": _quotes,
    "encoding": _encoding,
    "separators": _separators,
    "fields swapped": _fields,
    "overlong": _long,
}
WHOLE = ("truncation", "repeated", "exchanged", "header")


def _ends(record: bytes, sample: Sample) -> bool:
    """Whether a record ends in a line break, in whichever byte of its last character that stands."""
    return bool({b"\n", b"\r"} & {record[-place : len(record) - place + 1] for place in range(1, sample.unit + 1)})


def mutate(draw: random.Random, sample: Sample) -> Mutant:
    """One damaged copy of a sample."""
    if not sample.records:
        kind = draw.choice(("byte", "insertion", "deletion", "truncation"))
        if kind == "truncation":
            return Mutant(kind, sample.head[: draw.randrange(len(sample.head))], None)
        return Mutant(kind, WITHIN[kind](draw, sample.head), None)
    kind = draw.choice((*WITHIN, *WHOLE))
    records = list(sample.records)
    chosen = draw.randrange(len(records))
    if kind in WITHIN:
        damaged = WITHIN[kind](draw, records[chosen])
        touched = {chosen}
        if (len(damaged) - len(records[chosen])) % sample.unit:
            touched |= set(range(chosen, len(records)))
        if not _ends(damaged, sample) or not _ends(records[chosen], sample):
            touched.add(chosen + 1)
        records[chosen] = damaged
        return Mutant(kind, sample.head + b"".join(records), frozenset(touched))
    if kind == "truncation":
        records[chosen:] = [records[chosen][: draw.randrange(len(records[chosen]))]]
        return Mutant(kind, sample.head + b"".join(records), frozenset(range(chosen, len(sample.records))))
    if kind == "repeated":
        records.insert(draw.randrange(chosen, len(records)) + 1, records[chosen])
        # The last record may lack its line break; what follows it then is not untouched.
        joined = {len(sample.records) - 1, chosen} if not _ends(sample.records[-1], sample) else set()
        return Mutant(kind, sample.head + b"".join(records), frozenset(joined))
    if kind == "exchanged":
        other = draw.randrange(len(records))
        records[chosen], records[other] = records[other], records[chosen]
        joined = {chosen, other} if not _ends(sample.records[-1], sample) else set()
        return Mutant(kind, sample.head + b"".join(records), frozenset(joined))
    return Mutant(kind, _flip(draw, sample.head) + b"".join(records), None)


class HangError(Exception):
    """A reading took longer than it may."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raises HangError in the block once it has taken so long of this process's time."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise HangError

    previous = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)


Row = tuple[object, ...]


def rows(batches: list[declarations.IntakeBatch]) -> list[Row]:
    """What was read, row by row, labels included, without the number of the record."""
    read: list[Row] = []
    for batch in batches:
        frame = batch.table.drop("record")
        read += (frame if batch.labels is None else pl.concat([frame, batch.labels], how="horizontal")).rows()
    return read


@dataclass
class Tally:
    """What became of the mutants of one sample."""

    mutants: int = 0
    untouched: int = 0
    lost: int = 0
    excused: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)
    hangs: list[str] = field(default_factory=list)
    losses: list[tuple[str, bytes]] = field(default_factory=list)
    slowest: float = 0.0
    longest: float = 0.0
    seconds: float = 0.0


def try_one(sample: Sample, baseline: list[Row], mutant: Mutant, tally: Tally) -> None:
    """Reads one mutant and notes what became of it."""
    tally.mutants += 1
    started, clock = time.process_time(), time.monotonic()
    try:
        with at_most(HANG_SECONDS):
            batches = list(declarations.read_bytes(mutant.data))
    except HangError:
        tally.hangs.append(mutant.kind)
        return
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        tally.crashes.append(f"{mutant.kind}: {type(error).__name__}: {str(error)[:100]}")
        tally.losses.append((mutant.kind, mutant.data))
        return
    spent = time.process_time() - started
    tally.longest = max(tally.longest, time.monotonic() - clock)
    tally.seconds += spent
    tally.slowest = max(tally.slowest, spent)
    codes = {each.code for batch in batches for each in batch.findings}
    tally.refused.update(
        each.code for batch in batches for each in batch.findings if each.gravity == "refusal" and len(each.records)
    )
    if mutant.touched is None:
        return
    kept = Counter(rows(batches))
    for number, row in enumerate(baseline):
        if number in mutant.touched:
            continue
        tally.untouched += 1
        if not kept[row]:
            if codes & EXCUSES:
                tally.excused += 1
            else:
                tally.lost += 1
                tally.losses.append((mutant.kind, mutant.data))


def try_sample(sample: Sample, mutations: int, seed: int, describe: str = "") -> Tally:
    """Mutates one sample `mutations` times. A sample whose clean reading refuses anything is no sample."""
    clean = list(declarations.read_bytes(sample.data))
    assert not any(batch.refused or batch.stopped for batch in clean), f"{sample.name} is not clean"
    baseline = rows(clean)
    assert not sample.records or len(baseline) == len(sample.records), f"{sample.name} is not split as it is read"
    draw = random.Random(f"{seed} {sample.name}")
    tally = Tally()
    numbers = range(mutations)
    for _ in track(numbers, describe, console=Console(stderr=True), transient=True) if describe else numbers:
        try_one(sample, baseline, mutate(draw, sample), tally)
    return tally


def samples(data: Path) -> Iterator[Sample]:
    """The conformance suite's samples, and the Korean files cut to 200 rows where they are."""
    for path in sorted(SAMPLES.iterdir()):
        yield split(path.name, path.read_bytes())
    for path in sorted((data / "declarations").glob("kcs_*.csv")):
        with path.open("rb") as stream:
            yield split(f"{path.name} (200 rows)", b"".join(islice(stream, 201)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--only", default="", help="samples whose name contains this")
    parser.add_argument("--out", type=Path, help="a folder for the files that crashed the reader or lost a record")
    asked = parser.parse_args()
    table = Table(title=f"intake under damage, {asked.mutations:,} mutations a sample, seed {asked.seed}")
    for name in (
        "sample",
        "mutants",
        "crashes",
        "hangs > 1 s",
        "untouched records",
        "lost",
        "excused",
        "ms, mean",
        "ms, most",
        "s by the clock, most",
    ):
        table.add_column(name, justify="left" if name == "sample" else "right")
    found = False
    reasons: Counter[str] = Counter()
    for sample in samples(asked.data):
        if asked.only not in sample.name:
            continue
        tally = try_sample(sample, asked.mutations, asked.seed, sample.name)
        table.add_row(
            sample.name,
            f"{tally.mutants:,}",
            str(len(tally.crashes)),
            str(len(tally.hangs)),
            f"{tally.untouched:,}",
            str(tally.lost),
            str(tally.excused),
            f"{1_000 * tally.seconds / tally.mutants:.1f}",
            f"{1_000 * tally.slowest:.0f}",
            f"{tally.longest:.1f}",
        )
        reasons += tally.refused
        found |= bool(tally.crashes or tally.hangs or tally.lost)
        for text, count in Counter(tally.crashes).most_common(5):
            print(f"{sample.name}: {count} × {text}", file=sys.stderr)
        if asked.out is not None:
            asked.out.mkdir(parents=True, exist_ok=True)
            for number, (kind, data) in enumerate(tally.losses[:20]):
                (asked.out / f"{sample.name.split()[0]}.{kind.replace(' ', '_')}.{number}").write_bytes(data)
    console = Console(width=160)
    console.print(table)
    console.print("refused for: " + ", ".join(f"{code} {count:,}" for code, count in reasons.most_common()))
    console.print(
        f"{os.cpu_count()} CPUs, Python {platform.python_version()}, polars {pl.__version__}; "
        "milliseconds are of this process's processor (Parquet is decoded in another: see the clock)"
    )
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
