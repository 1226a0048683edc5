"""Erasure: what lies in the store's files of people before and after `aforo erase`, and what stays as it was.

    python benchmarks/erasure.py [--crossings 5000] [--people 25]

Crossings of a synthetic day are screened with drivers, plates and names that occur nowhere else; some filings are
refused and kept in quarantine. Then people are erased: drivers, tractors and importers. Every file of the store's
folder (database, write-ahead log, key store, a copy of the database made before) is searched for the plain text of each
name, licence and plate in UTF-8, UTF-16, Latin-1, base64 and hexadecimal. The control is what was filed, kept
elsewhere, where the same search must find them.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from aforo.domain.declaration import PERSONAL_FIELDS
from aforo.domain.event import Filed, Quarantined
from aforo.domain.units import PPB
from aforo.flow.recorded import unpack_identities
from aforo.flow.replay import Logged, decisions_of
from aforo.log.opened import open_log
from aforo.settings import settings
from aforo.trials import world

LABELS = ("outcome", "threat", "severity")


def forms(text: str) -> dict[str, bytes]:
    """How a text may lie in a file; of base64 what follows from the text alone, at each of its three offsets."""
    plain = text.encode()
    made = {
        "UTF-8": plain,
        "UTF-16 LE": text.encode("utf-16-le"),
        "UTF-16 BE": text.encode("utf-16-be"),
        "Latin-1": text.encode("latin-1"),
        "hex": plain.hex().encode(),
        "HEX": plain.hex().upper().encode(),
    }
    for skip in range(3):
        coded = base64.b64encode(b"\0" * skip + plain)
        made[f"base64+{skip}"] = coded[-(-8 * skip // 6) : 8 * (skip + len(plain)) // 6]
    return made


def found(folder: Path, texts: list[str]) -> int:
    """In how many places (a text, a form, a file) any of the texts lies in the folder's files."""
    contents = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return sum(raw in content for text in texts for raw in forms(text).values() for content in contents)


def aforo(store: Path, *arguments: str, code: int = 0) -> str:
    environment = {**os.environ, "AFORO_STORE": str(store), "LC_ALL": "C"}
    command = [sys.executable, "-m", "aforo.cli", *arguments]
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if made.returncode != code:
        raise SystemExit(f"aforo {' '.join(arguments[:2])} ended with {made.returncode}: {made.stderr[-2000:]}")
    return made.stdout


def readable(store: Path) -> tuple[int, int, int, int]:
    """How many sealed fields there are and can be opened, and how many quarantined records."""
    fields = opened = records = readable_records = 0
    with open_log(settings(str(store))) as log:
        keys, after = log.keys, 0
        while events := log.read(after, types=(Filed.TYPE, Quarantined.TYPE)):
            after = events[-1].position
            for stored in events:
                payload = stored.payload
                if isinstance(payload, Quarantined):
                    records += 1
                    persons = [int(person, 16) for person in payload.persons]
                    readable_records += keys.open(persons, payload.sealed) is not None
                elif isinstance(payload, Filed):
                    own = {kind: int(column[0]) for kind, column in unpack_identities([payload]).items()}
                    said = payload.sealed or {}
                    named = {column: own[PERSONAL_FIELDS[column]] for column in said if column in PERSONAL_FIELDS}
                    for column, sealed in said.items():
                        # Free text may name anybody: it is sealed under everybody whom the row names.
                        persons = [named[column]] if column in named else list(named.values())
                        fields += 1
                        opened += keys.open(persons, sealed) is not None
    return fields, opened, records, readable_records


def statistics(store: Path) -> tuple[object, ...]:
    """What is counted of the decisions: all, examined, of the control sample, value, and the lots themselves."""
    with open_log(settings(str(store))) as log:
        made = [each.decided for group in decisions_of(log) for each in group if isinstance(each, Logged)]
    return (
        len(made),
        sum(each.basis is not None for each in made),
        sum(each.control for each in made),
        sum(each.propensity for each in made) / PPB,
        sum(each.value for each in made),
        hash(tuple(each.lot for each in made)),
    )


def remembered(store: Path) -> bytes:
    """The memory of parties, prices and passages as it was saved."""
    with sqlite3.connect(store) as db:
        states = db.execute("SELECT state FROM projection ORDER BY name").fetchall()
    db.close()
    return b"".join(bytes(state) for (state,) in states)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crossings", type=int, default=5_000)
    parser.add_argument("--people", type=int, default=25, help="of each kind")
    arguments = parser.parse_args()
    history = world.generate(11, 20, max(arguments.crossings // 10, 100)).history
    learnt, day = history.head(history.height // 2), history.tail(arguments.crossings).drop(LABELS)
    number = pl.int_range(day.height, eager=True)
    people = 4 * arguments.people
    day = day.with_columns(
        driver_id=pl.format("LIC-ERASURE-{}", number % people + 100_000),
        driver_name=pl.format("Xóchitl Driver-Nº{}-Ibáñez", number % people + 100_000),
        tractor_id=pl.format("PLATE-ERASURE-{}", number % people + 100_000),
        importer_id=pl.format("PRIVATE-{}", number % people),
        importer_name=pl.format("Zacarías Nº{} Peñaflor", number % people + 100_000),
    )
    refused = day.head(people).with_columns(
        declaration_id=pl.col("declaration_id") + "-X", crossing_id=pl.lit(None, pl.String), hs6=pl.lit("none")
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        node, outside = folder / "node", folder / "outside"
        node.mkdir()
        outside.mkdir()
        store = node / "log.sqlite"
        learnt.write_csv(outside / "history.csv")
        pl.concat([day, refused]).write_csv(outside / "day.csv")
        model = ("-m", str(outside / "model"))
        aforo(store, "learn", str(outside / "history.csv"), *model)
        aforo(store, "screen", str(outside / "day.csv"), *model, "-o", str(outside / "selection.ndjson"), code=1)
        chosen = range(100_000, 100_000 + arguments.people)
        texts = [
            form.format(n)
            for n in chosen
            for form in ("LIC-ERASURE-{}", "Xóchitl Driver-Nº{}-Ibáñez", "PLATE-ERASURE-{}", "Zacarías Nº{} Peñaflor")
        ]
        shutil.copy(store, node / "backup.sqlite")
        before, counted, memory = readable(store), statistics(store), remembered(store)
        lain, control = found(node, texts), found(outside, texts)
        started = time.perf_counter()
        for n in chosen:
            for kind, value in (
                ("driver", f"LIC-ERASURE-{n}"),
                ("tractor", f"PLATE-ERASURE-{n}"),
                ("importer", f"PRIVATE-{n - 100_000}"),
            ):
                aforo(store, "erase", "--kind", kind, "--value", value, "--ground", "a request")
        seconds = (time.perf_counter() - started) / (3 * arguments.people)
        after = readable(store)
        verified = json.loads(aforo(store, "log", "verify", "--json"))
        replayed = json.loads(aforo(store, "replay", "--all", "--json"))
        rows = [
            ("plain texts in the file that was filed (control)", control, found(outside, texts)),
            ("plain texts in any file of the store", lain, found(node, texts)),
            ("sealed fields that can be opened", f"{before[1]:,} of {before[0]:,}", f"{after[1]:,} of {after[0]:,}"),
            ("refused records that can be read", f"{before[3]} of {before[2]}", f"{after[3]} of {after[2]}"),
            ("log verifies", "", "yes" if not verified["findings"] else "NO"),
            ("decisions that replay equal", "", f"{replayed['equal']:,} of {replayed['decisions']:,}"),
            ("counts, propensities and lots", "", "the same" if statistics(store) == counted else "CHANGED"),
            ("memory of parties", "", "the same bytes" if remembered(store) == memory else "CHANGED"),
        ]
    shown = Table(title=f"{3 * arguments.people} people erased of {3 * people}, {arguments.crossings:,} crossings")
    shown.add_column("what")
    shown.add_column("before", justify="right")
    shown.add_column("after", justify="right")
    for what, was, now in rows:
        shown.add_row(what, str(was), str(now))
    Console(width=110).print(shown)
    print(
        f"{len(texts)} texts searched for in {len(forms('x'))} forms; files: the database and its write-ahead log, the "
        f"key store and its own, a copy of the database from before\n{seconds:.2f} s an erasure, as a whole process\n"
        f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, "
        f"aforo {metadata.version('aforo')}"
    )


if __name__ == "__main__":
    main()
