"""Reading and checking messages of the trade: messages a second by format, against the bare decoding of their syntax.

    python benchmarks/intake_messages.py [--messages 4000] [--repeats 5] [--data ../shared/data]

A sample is repeated with fresh identifiers as many messages; each must be taken. What is timed is what a filing goes
through from bytes to the declaration table: parsing, the checks of the format, and those of the fields. `logged` goes
on to the end: filed, assessed, decided, and durable in a fresh store (SQLite, FULL), by a model learnt from a small
world. Files of XML hold one message each: they are read one by one and checked together. One thread; times are of the
processor, medians of the repeats, in turns; those of `logged` are of the clock, syncing among them.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import re
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

os.environ["POLARS_MAX_THREADS"] = "1"

import polars as pl
from http_served import model_in, workplace
from lxml import etree
from rich.console import Console
from rich.table import Table

from aforo.bootstrap import open_node
from aforo.flow.journey import screen
from aforo.intake import carta_porte, registry, wco
from aforo.intake.message import Fault, MessageFormat, Messages, Said
from aforo.log.opened import open_log
from aforo.settings import settings

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLES = REPOSITORY / "tests" / "samples" / "intake"
RECEIVED = datetime(2026, 3, 2, 15, 4, 5, tzinfo=UTC)


def json_lines(sample: str, messages: int) -> bytes:
    """One object a line, with its trip and shipments numbered anew."""
    text = json.dumps(json.loads(sample), ensure_ascii=False, separators=(",", ":"))
    pieces = re.split(r'("(?:tripNumber|shipmentControlNumber)":"[A-Z]{4})[A-Z0-9]+', text)
    lines = [
        "".join(piece + (f"{number:06}{at}" if at % 2 else "") for at, piece in enumerate(pieces))
        for number in range(messages)
    ]
    return "\n".join(lines).encode()


def bare_json_lines(data: bytes) -> int:
    return sum(json.loads(line) is not None for line in data.splitlines())


def interchanges(sample: str, messages: int) -> bytes:
    """One interchange a message, with its control numbers, trips and bills numbered anew."""
    control = sample[90:99]
    pieces = re.split(r"(Z00[0-9]{4}|T26[0-9]{6})", sample.replace(control, "\0"))
    texts = []
    for number in range(messages):
        anew = (f"{piece[0]}{number:06}{piece[-2:]}" if at % 2 else piece for at, piece in enumerate(pieces))
        texts.append("".join(anew).replace("\0", f"{number:09}"))
    return "".join(texts).encode()


def bare_segments(data: bytes) -> int:
    """Splitting at the samples' separators, with nothing checked."""
    return sum(len(segment.split("*")) for segment in data.decode().split("~"))


#: Between documents of XML, of which a file has one: they are read one by one and checked together, as filings that
#: come together are.
SEPARATOR = b"\x1e"


class Separated:
    """A format whose messages are one a file, as one of several."""

    def __init__(self, form: MessageFormat) -> None:
        self.NAME, self.NAMES, self._form = form.NAME, form.NAMES, form

    def recognises(self, head: bytes, name: str) -> bool:
        return self._form.recognises(head, name)

    def parse(self, data: bytes, received: datetime) -> Iterator[Said | Fault]:
        for each in data.split(SEPARATOR):
            yield from self._form.parse(each, received)


def declarations(sample: str, messages: int) -> bytes:
    """One document each, with its reference numbered anew."""
    reference = re.compile("(<FunctionalReferenceID>)[^<]*")
    return SEPARATOR.join(reference.sub(rf"\g<1>B{number:08}", sample, count=1).encode() for number in range(messages))


def cartas(sample: str, messages: int) -> bytes:
    """One document each, with its stamp and the complement's identifier numbered anew."""
    anew = re.compile(r'((?:UUID|IdCCP)="[^"]{24})[0-9a-fA-F]{12}"')
    return SEPARATOR.join(anew.sub(rf'\g<1>{number:012x}"', sample).encode() for number in range(messages))


def bare_xml(data: bytes) -> int:
    return sum(etree.fromstring(each) is not None for each in data.split(SEPARATOR))


def pedimentos(sample: str, messages: int) -> bytes:
    """The rows of a table, each pedimento numbered anew."""
    header, *rows = sample.splitlines()
    number = re.compile(r"^(\d{2}\s*\d{2}\s*\d{4}\s*\d)\d{6}")
    numbered = [number.sub(rf"\g<1>{each:06}", row) for each in range(messages) for row in rows]
    return "\n".join([header, *numbered]).encode()


def bare_csv(data: bytes) -> int:
    return sum(1 for _ in csv.reader(data.decode().splitlines()))


#: Format → samples (ours, and real ones by their path in the shared folder), how they are repeated, and bare decoding.
Maker = Callable[[str, int], bytes]
FORMATS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Maker, Callable[[bytes], int]]] = {
    "borderconnect": (
        ("empty_truck.json", "full.json"),
        ("manifests/ace/ace_trip.json",),
        json_lines,
        bare_json_lines,
    ),
    "x12": (
        ("309_one_shipment.edi", "309_full.edi", "358_trips.edi", "350_status.edi"),
        (),
        interchanges,
        bare_segments,
    ),
    "carta_porte": (("import_31.xml", "export_20_cfdi_33.xml"), (), cartas, bare_xml),
    "wco": (
        ("export_truck.xml",),
        ("manifests/wco/TT_EX001a__TT_EX001a.xml", "manifests/wco/TT_Add_Item_Scenario_v1__Step1_Declaration.xml"),
        declarations,
        bare_xml,
    ),
    "pedimento": (("import_two_items.csv",), (), pedimentos, bare_csv),
}
#: Formats whose files hold one message.
ONE_A_FILE: dict[str, MessageFormat] = {"carta_porte": carta_porte, "wco": wco}
#: What is read at once, below what a file of messages may have.
MOST_BYTES = 48 * 1024 * 1024


def read_all(form: Messages, data: bytes) -> int:
    """The product: records read and checked, none refused."""
    batches = list(form.read_bytes(data, received=RECEIVED))
    assert not any(batch.refused or batch.stopped or batch.repeated for batch in batches)
    return sum(batch.records for batch in batches)


def logged(form: Messages, data: bytes, place: Path) -> float:
    """The product to the end: seconds from the bytes until all that they declare is decided and durable."""
    folder = place / "store"
    folder.mkdir()
    for file in place.glob("log*.sqlite"):
        shutil.copy(file, folder)
    try:
        with open_log(settings(str(folder / "log.sqlite"))) as log:
            node = open_node(log, place / "model", 0.05)
            begun = time.perf_counter()
            for batch in form.read_bytes(data, received=RECEIVED):
                screen(batch.table, node, form.NAME, batch.warnings())
            return time.perf_counter() - begun
    finally:
        shutil.rmtree(folder)


def seconds(work: Callable[[bytes], int], data: bytes) -> float:
    started = time.process_time()
    assert work(data) > 0
    return time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=4_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    asked = parser.parse_args()
    table = Table(title=f"up to {asked.messages:,} messages read and checked, one thread, medians of {asked.repeats}")
    for name in (
        "format",
        "sample",
        "kB a message",
        "rows",
        "messages/s",
        "µs a message",
        "logged/s",
        "bare messages/s",
    ):
        table.add_column(name, justify="left" if name in ("format", "sample") else "right")
    with workplace(None) as place:
        model_in(place)
        for form in registry.MESSAGES:
            if form.NAME not in FORMATS:
                continue
            ours, real, make, bare = FORMATS[form.NAME]
            paths = [SAMPLES / form.NAME / name for name in ours]
            paths += [path for path in (asked.data / name for name in real) if path.is_file()]
            for path in paths:
                messages = min(asked.messages, MOST_BYTES // path.stat().st_size)
                data = make(path.read_text(encoding="utf-8"), messages)
                known = Messages(Separated(ONE_A_FILE[form.NAME])) if form.NAME in ONE_A_FILE else form
                product = partial(read_all, known)
                rows = product(data)
                times = [(seconds(product, data), seconds(bare, data)) for _ in range(asked.repeats)]
                took, ceiling = (statistics.median(column) for column in zip(*times, strict=True))
                whole = statistics.median(logged(known, data, place) for _ in range(asked.repeats))
                table.add_row(
                    form.NAME,
                    path.name,
                    f"{len(data) / messages / 1000:.1f}",
                    f"{rows:,}",
                    f"{messages / took:,.0f}",
                    f"{1e6 * took / messages:.0f}",
                    f"{messages / whole:,.0f}",
                    f"{messages / ceiling:,.0f}",
                )
    console = Console(width=140)
    console.print(table)
    conditions = f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
    console.print(f"{conditions}, polars {pl.__version__}")


if __name__ == "__main__":
    main()
