"""Damaged messages: every sample of every format mutated many times and read, with a good message beside it.

    python benchmarks/message_mutation.py [--mutations 10000] [--seed 1] [--data ../shared/data] [--only NAME]

The samples are those of the conformance suite, and the messages of `../shared/data/manifests` where they are at hand.
A mutation is one to three of: bytes changed, cut, inserted, doubled or moved, the file's end cut off, and pieces
(segments, elements, fields, lines) exchanged, doubled, left out, emptied or made long. A reading that raises is a
crash; one that takes over a second of this process's time is a hang; one that takes nothing and says nothing of it is
silent.

Where a file of the format may hold several messages, the sample is tried once more behind a good message of another
sample: the good one must come through unchanged (one that does not is lost; excused where the damaged message names the
same declaration).
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import lxml.etree
import msgspec
import polars as pl
from intake_mutation import HANG_SECONDS, HangError, at_most
from rich.console import Console
from rich.progress import track
from rich.table import Table

from aforo.intake import declarations, registry
from aforo.intake.batch import IntakeBatch
from aforo.intake.message import Messages

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLES = REPOSITORY / "tests" / "samples" / "intake"
RECEIVED = datetime(2026, 3, 2, 15, 4, 5, tzinfo=UTC)
#: Larger samples are left out: ten thousand readings of one are another benchmark.
LARGEST = 256 * 1024
#: What stands between the pieces of a format's messages: segments and elements, tags and attributes, fields and lines.
PIECES = {
    "x12": rb"[~*>:\r\n]+", "borderconnect": rb"[,{}\[\]]+", "declarations_json": rb"[,{}\n]+",
    "carta_porte": rb"[<>]+| (?=\w+=)", "wco": rb"[<>]+", "pedimento": rb"[,;\r\n]+",
}  # fmt: skip
NASTY = (
    b"\0", b'"', b"<", b">", b"&", b"&#0;", b"&x;", b"{", b"}", b"[" * 300, b"~", b"*", b"^", b":", b"\xff", b"\xc3",
    b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r\n", b"<!DOCTYPE x>", b"<![CDATA[", b"<!--", b"9" * 400, b"-", b"1e999",
    b"NaN", b"null", b"\\ud800", b"SE*1*0001~", b"IEA*1*1~", b"ISA*00*", b"99999999", b"00000000", b"\xd9\xa3",
)  # fmt: skip
EXCUSES = {"declaration_contradicts", "declaration_repeated", "amends_ring"}


@dataclass(frozen=True)
class Sample:
    """A message of a format, and what goes before a mutant of it where several messages may be in a file."""

    name: str
    form: Messages
    data: bytes
    before: bytes = b""


def damaged(draw: random.Random, data: bytes, form: str) -> tuple[str, bytes]:
    """A copy with one to three kinds of damage, and which."""
    kinds = []
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        kind = draw.choice(("bytes", "cut", "insertion", "doubled", "moved", "end", *["pieces"] * 4))
        kinds.append(kind)
        at, length = draw.randrange(len(data) + 1), draw.choice((1, 1, 2, 8, 60, 600))
        part = data[at : at + length]
        if kind == "bytes":
            data = data[:at] + bytes(draw.randrange(256) for _ in part) + data[at + length :]
        elif kind == "cut":
            data = data[:at] + data[at + length :]
        elif kind == "insertion":
            data = data[:at] + draw.choice(NASTY) + data[at:]
        elif kind == "doubled":
            data = data[:at] + part + data[at:]
        elif kind == "moved":
            rest = data[:at] + data[at + length :]
            to = draw.randrange(len(rest) + 1)
            data = rest[:to] + part + rest[to:]
        elif kind == "end":
            data = data[:at]
        else:
            data = _pieces(draw, data, form)
    return "+".join(kinds), data


def _pieces(draw: random.Random, data: bytes, form: str) -> bytes:
    """Pieces exchanged, doubled, left out, emptied, replaced or made long; what stands between them is kept."""
    ends = [0, *(place for found in re.finditer(PIECES[form], data) for place in found.span()), len(data)]
    pieces = [data[a:b] for a, b in pairwise(ends)]
    if len(pieces) < 4:
        return data
    at, other = draw.randrange(len(pieces)), draw.randrange(len(pieces))
    kind = draw.randrange(7)
    if kind == 0:
        pieces[at], pieces[other] = pieces[other], pieces[at]
    elif kind == 1:
        first, last = min(at, other), min(max(at, other), min(at, other) + 12)
        pieces[first:first] = pieces[first:last]
    elif kind == 2:
        del pieces[at : at + draw.choice((1, 2, 2, 6))]
    elif kind == 3:
        pieces[at] = b""
    elif kind == 4:
        pieces[at] = draw.choice(NASTY)
    elif kind == 5:
        pieces[at] = pieces[other]
    else:
        pieces[at] *= draw.choice((2, 50, 2_000))
    return b"".join(pieces)[: LARGEST * 4]


Row = tuple[object, ...]


def read(data: bytes) -> list[IntakeBatch]:
    """As a message that came in: by the format that knows it, else as a declaration table."""
    form = registry.recognise_bytes(data)
    if isinstance(form, Messages):
        return list(form.read_bytes(data, received=RECEIVED))
    return list(declarations.read_bytes(data))


def taken(batches: list[IntakeBatch]) -> Counter[Row]:
    """What was taken: rows and notices, without the number of the record."""
    rows = Counter(row for batch in batches for row in batch.table.drop("record").rows())
    notices = (notice for batch in batches for notice in batch.notices)
    return rows + Counter((notice.kind, *sorted(notice.fields.items())) for notice in notices)


@dataclass
class Tally:
    """What became of the mutants of one sample."""

    mutants: int = 0
    accepted: int = 0
    neighbours: int = 0
    lost: int = 0
    excused: int = 0
    crashes: list[str] = field(default_factory=list)
    hangs: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    bad: list[tuple[str, bytes]] = field(default_factory=list)
    slowest: float = 0.0
    seconds: float = 0.0


def _timed(data: bytes, kind: str, tally: Tally) -> list[IntakeBatch] | None:
    started = time.process_time()
    try:
        with at_most(HANG_SECONDS):
            batches = read(data)
    except HangError:
        tally.hangs.append(kind)
        tally.bad.append((f"hang {kind}", data))
        return None
    except Exception as error:  # noqa: BLE001 (that it raises is what is looked for)
        tally.crashes.append(f"{kind}: {type(error).__name__}: {str(error)[:100]}")
        tally.bad.append((f"crash {kind}", data))
        return None
    spent = time.process_time() - started
    tally.seconds += spent
    tally.slowest = max(tally.slowest, spent)
    return batches


def try_sample(sample: Sample, mutations: int, seed: int, describe: str = "") -> Tally:
    """Mutates one sample `mutations` times."""
    draw, tally = random.Random(f"{seed} {sample.name}"), Tally()
    neighbour = taken(read(sample.before)) if sample.before else Counter[Row]()
    numbers = range(mutations)
    for _ in track(numbers, describe, console=Console(stderr=True), transient=True) if describe else numbers:
        kind, data = damaged(draw, sample.data, sample.form.NAME)
        if sample.before and sample.form.NAME != "x12":
            data = data.replace(b"\n", b" ")  # a line more would be a message more, and may speak of the neighbour
        tally.mutants += 1
        batches = _timed(sample.before + data, kind, tally)
        if batches is None:
            continue
        if not neighbour:
            refused = any(each.gravity == "refusal" for batch in batches for each in batch.findings)
            tally.accepted += not refused
            if not taken(batches) and not any(batch.findings for batch in batches):
                tally.silent.append(kind)
                tally.bad.append((f"silent {kind}", data))
            continue
        tally.neighbours += 1
        if neighbour - taken(batches):
            if {each.code for batch in batches for each in batch.findings} & EXCUSES:
                tally.excused += 1
            else:
                tally.lost += 1
                tally.bad.append((f"neighbour {kind}", sample.before + data))
    return tally


def samples(data: Path) -> Iterator[Sample]:
    """The samples of every format of messages, then the real messages, each with a neighbour where it can have one."""
    for form in registry.MESSAGES:
        paths = sorted((SAMPLES / form.NAME).iterdir())
        for n, path in enumerate(paths):
            content = path.read_bytes()
            yield Sample(f"{form.NAME}/{path.name}", form, content)
            content, before = _beside(form, content, paths[n - 1].read_bytes())
            if before:
                yield Sample(f"{form.NAME}/{path.name} behind another", form, content, before)
    for path in sorted((data / "manifests").rglob("*")):
        if path.is_file() and path.suffix != ".xsd" and path.stat().st_size <= LARGEST:
            content = path.read_bytes()
            real = registry.recognise_bytes(content, path.name)
            if isinstance(real, Messages):
                yield Sample(f"{real.NAME}/real/{path.name}", real, content)


def _beside(form: Messages, content: bytes, other: bytes) -> tuple[bytes, bytes]:
    """A message, and another that may go before it in a file: where reading both gives what each alone gives."""
    if form.NAME != "x12":
        try:  # a message a line
            content = msgspec.json.encode(msgspec.json.decode(content))
            other = msgspec.json.encode(msgspec.json.decode(other.splitlines()[0] if b"}\n{" in other else other))
            other = other.replace(b'"D-', b'"E-')  # samples of declarations share their names
        except msgspec.DecodeError:
            return content, b""
        other += b"\n"
    alone = taken(read(other))
    return content, other if alone and taken(read(other + content)) == alone + taken(read(content)) else b""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--only", default="", help="samples whose name contains this")
    parser.add_argument("--out", type=Path, help="a folder for what crashed, hung or lost a neighbour")
    asked = parser.parse_args()
    table = Table(title=f"messages under damage, {asked.mutations:,} mutations a sample, seed {asked.seed}")
    for name in (
        "sample", "mutants", "accepted", "crashes", "hangs > 1 s", "silent", "neighbours", "lost", "excused",
        "ms, mean", "ms, most",
    ):  # fmt: skip
        table.add_column(name, justify="left" if name == "sample" else "right")
    found, total = False, 0
    for sample in samples(asked.data):
        if asked.only not in sample.name:
            continue
        tally = try_sample(sample, asked.mutations, asked.seed, sample.name)
        total += tally.mutants
        table.add_row(
            sample.name, f"{tally.mutants:,}", f"{tally.accepted:,}", str(len(tally.crashes)), str(len(tally.hangs)),
            str(len(tally.silent)), f"{tally.neighbours:,}", str(tally.lost), str(tally.excused),
            f"{1_000 * tally.seconds / tally.mutants:.1f}", f"{1_000 * tally.slowest:.0f}",
        )  # fmt: skip
        found |= bool(tally.crashes or tally.hangs or tally.silent or tally.lost)
        for text, count in Counter(tally.crashes + tally.hangs).most_common(5):
            print(f"{sample.name}: {count} × {text}", file=sys.stderr)
        if asked.out is not None:
            asked.out.mkdir(parents=True, exist_ok=True)
            for number, (kind, data) in enumerate(tally.bad[:20]):
                name = re.sub(r"\W+", "_", f"{sample.name} {kind} {number}")
                (asked.out / name).write_bytes(data)
    console = Console(width=160)
    console.print(table)
    console.print(
        f"{total:,} mutants; {os.cpu_count()} CPUs, Python {platform.python_version()}, polars {pl.__version__}, "
        f"libxml2 {'.'.join(map(str, lxml.etree.LIBXML_VERSION))}; milliseconds are of this process's processor"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
