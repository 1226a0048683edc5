"""List screening: F1 on labelled pairs of names, names a second against the full lists, and false hits.

    python benchmarks/list_screening.py [--names 10000] [--seed 7] [--data ../shared/data]

The score was chosen on the pairs of even rank of `name_pairs.csv`; the others are reported apart, and all. Its peers,
with the threshold that is best on the same half, are nomenklatura's logic-v2 (where `nomenklatura` is installed beside
the product; it needs the system's ICU) and rapidfuzz's token-sort ratio alone.

Names are screened against OFAC, BIS and the United Nations together, one thread, processor time, nothing remembered
from before: common Mexican names, Mexican firms, and names of the lists themselves with one letter changed, dropped or
added. A hit on a common name is taken for false, though some are namesakes whom only a birth date or an RFC tells
apart. What the first pass loses is counted on a sample, against the score of every listed name.

Mexican names are drawn, seeded, from the twenty most frequent surnames in proportion to the births registered with them
from 2017 to 2020 (INEGI), and evenly from the most frequent given names (RENAPO since 1900; INEGI 2019, 2020).
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import csv
import platform
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import rapidfuzz
from rapidfuzz.fuzz import token_sort_ratio
from rich.console import Console
from rich.table import Table

from aforo.domain.watchlist import Watchlist
from aforo.intake.lists.publishers import read_lists
from aforo.risk.screening import HIT, Party, Screener
from aforo.risk.screening.in_use import ListsInUse
from aforo.risk.screening.index import readings
from aforo.risk.screening.likeness import likeness
from aforo.risk.screening.spelling import name_of, plain

REPOSITORY = Path(__file__).resolve().parent.parent

#: Births registered with each surname, 2017 to 2020, in thousands (INEGI).
SURNAMES = {
    "Hernández": 672, "García": 459, "Martínez": 447, "López": 412, "González": 353, "Pérez": 332, "Rodríguez": 293,
    "Sánchez": 289, "Ramírez": 258, "Cruz": 205, "Flores": 181, "Gómez": 180, "Morales": 149, "Vázquez": 145,
    "Jiménez": 141, "Reyes": 141, "Torres": 129, "Díaz": 125, "Gutiérrez": 113, "Mendoza": 101,
}  # fmt: skip
GIVEN_NAMES = (
    "Juan", "José Luis", "José", "Francisco", "Antonio", "Jesús", "Miguel Ángel", "Pedro", "Alejandro", "Manuel",
    "María Guadalupe", "Guadalupe", "María", "Juana", "Margarita", "María del Carmen", "Josefina", "Verónica",
    "María Elena", "Leticia", "Santiago", "Mateo", "Sebastián", "Leonardo", "Matías", "Emiliano", "Diego", "Daniel",
    "Alexander", "Sofía", "María José", "Valentina", "Ximena", "Regina", "Camila", "María Fernanda", "Valeria",
    "Renata", "Victoria",
)  # fmt: skip
TRADES = ("Transportes", "Comercializadora", "Autotransportes", "Importadora", "Maquiladora", "Productos", "Fletes")
PLACES = ("del Norte", "del Bajío", "de Occidente", "de Nuevo Laredo", "de Monterrey", "Fronterizos", "del Valle", "")
FORMS = ("S.A. de C.V.", "S. de R.L. de C.V.", "SAPI de CV", "S.A.", "SA DE CV")

MISSPELT = "listed names, misspelt by a letter"

Scores = Sequence[float]


def f1(scores: Scores, meant: Sequence[bool], at: Sequence[int], threshold: float) -> float:
    right = sum(scores[i] >= threshold and meant[i] for i in at)
    wrong = sum((scores[i] >= threshold) != meant[i] for i in at)
    return 2 * right / (2 * right + wrong) if right else 0.0


def ours(one: str, other: str, schema: str) -> float:
    person = schema == "Person"
    return likeness(name_of(one, person=person), name_of(other, person=person), person=person).score / 1e6


def token_sort(one: str, other: str, schema: str) -> float:
    return token_sort_ratio(plain(one), plain(other)) / 100


def logic_v2() -> Callable[[str, str, str], float] | None:
    try:
        from followthemoney import model  # type: ignore[import-not-found,unused-ignore] # a peer, installed by hand
        from nomenklatura.matching import LogicV2  # type: ignore[import-not-found,unused-ignore] # the same
    except ImportError:
        return None
    config, number = LogicV2.default_config(), iter(range(1 << 60))

    def score(one: str, other: str, schema: str) -> float:
        made = []
        for name in (one, other):
            # It remembers names by the identifier of their entity.
            entity = model.get_proxy({"id": f"e{next(number)}", "schema": schema, "properties": {}})
            entity.add("name", name)
            made.append(entity)
        return float(LogicV2.compare(made[0], made[1], config).score)

    return score


def pairs_table(path: Path) -> Table:
    with path.open(encoding="utf-8") as stream:
        pairs = [
            (row["name1"], row["name2"], row["schema"], row["is_match"] == "true") for row in csv.DictReader(stream)
        ]
    meant = [pair[3] for pair in pairs]
    chosen, other = range(0, len(pairs), 2), range(1, len(pairs), 2)
    table = Table(title=f"{len(pairs)} labelled pairs of names, {sum(meant)} of them the same")
    for column in ("decider", "threshold", "F1, half it was chosen on", "F1, other half", "F1, all", "pairs/s"):
        table.add_column(column, justify="left" if column == "decider" else "right")
    deciders: dict[str, Callable[[str, str, str], float] | None] = {
        "parts": ours, "nomenklatura logic-v2": logic_v2(), "rapidfuzz token_sort_ratio": token_sort,
    }  # fmt: skip
    for name, decide in deciders.items():
        if decide is None:
            table.add_row(name, "not installed", "", "", "", "")
            continue
        decide("Tarvo Elmerin", "Elmerin, Tarvo", "Person")
        started = time.process_time()
        scores = [decide(*pair[:3]) for pair in pairs]
        seconds = time.process_time() - started
        best = max(range(30, 100), key=lambda hundredth: f1(scores, meant, chosen, hundredth / 100)) / 100
        threshold = HIT / 1e6 if decide is ours else best
        told = [f"{f1(scores, meant, at, threshold):.3f}" for at in (chosen, other, range(len(pairs)))]
        table.add_row(name, f"{threshold:.2f}", *told, f"{len(pairs) / seconds:,.0f}")
    return table


def misspelt(name: str, draw: random.Random) -> str:
    at, letter = draw.randrange(len(name)), draw.choice("abcdefghijklmnopqrstuvwxyz")
    return name[:at] + draw.choice(("", letter, letter + name[at])) + name[at + 1 :]


def screening(data: Path, count: int, seed: int, console: Console) -> None:
    draw = random.Random(seed)
    folder = data / "screening"
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "name_pairs.csv"}
    started = time.process_time()
    lists = read_lists(files, datetime.now(UTC)).lists
    read = time.process_time() - started
    screener = Screener(lists)
    made = time.process_time() - started - read
    entries = [entry for each in lists for entry in each.entries]
    listed = [(entry, name.text) for entry in entries for name in entry.names]
    surnames = random.Random(seed).choices(list(SURNAMES), list(SURNAMES.values()), k=2 * count)
    people = [f"{draw.choice(GIVEN_NAMES)} {surnames[2 * i]} {surnames[2 * i + 1]}" for i in range(count)]
    firms = [
        " ".join(
            filter(None, (draw.choice(TRADES), draw.choice(list(SURNAMES)), draw.choice(PLACES), draw.choice(FORMS)))
        )
        for _ in range(count)
    ]
    sample = draw.sample(listed, min(count, 5_000))
    sets = {
        "common Mexican names": [Party(name, "person") for name in people],
        "Mexican firms": [Party(name, "firm") for name in firms],
        MISSPELT: [Party(misspelt(name, draw), entry.kind) for entry, name in sample],
    }
    publishers = ", ".join(each.publisher for each in lists)
    table = Table(title=f"against {len(entries):,} entries with {len(listed):,} names ({publishers})")
    for column in ("names", "count", "distinct", "names/s", "with a hit", "hits a name", "found again"):
        table.add_column(column, justify="left" if column == "names" else "right")
    for title, parties in sets.items():
        fresh = Screener(lists)
        name_of.cache_clear()
        started = time.process_time()
        hits = fresh.screen(parties)
        seconds = time.process_time() - started
        again = ""
        if title == MISSPELT:
            found = sum(any(hit.entry is entry for hit in each) for (entry, _), each in zip(sample, hits, strict=True))
            again = f"{found / len(parties):.1%}"
        table.add_row(
            title, f"{len(parties):,}", f"{len(set(parties)):,}", f"{len(parties) / seconds:,.0f}",
            f"{sum(map(bool, hits)) / len(parties):.2%}", f"{sum(map(len, hits)) / len(parties):.2f}", again,
        )  # fmt: skip
    console.print(table)
    console.print(f"lists read in {read:.1f} s, index made in {made:.1f} s of the processor")
    console.print(f"names that were seen before, as a node screens filings: {seen_before(lists, people):,.0f} a second")
    scored, lost = lost_by_the_first_pass(screener, sets[MISSPELT][:60])
    console.print(f"first pass: of {scored:,} listed names that score a hit with 60 misspelt ones it lost {lost}")


def seen_before(lists: Sequence[Watchlist], names: Sequence[str]) -> float:
    """Names a second through what a node remembers, hits among them, each with a number of its own beside it."""
    remembered = ListsInUse(lists)
    again, numbers = list(names) * 20, [f"DR-{number}" for number in range(20 * len(names))]
    remembered.hits("person", names, numbers[: len(names)])
    started = time.process_time()
    remembered.hits("person", again, numbers)
    return len(again) / (time.process_time() - started)


def lost_by_the_first_pass(screener: Screener, parties: Sequence[Party]) -> tuple[int, int]:
    """How many listed names score a hit with these parties, every one compared, and how many of them were not found."""
    rows = screener.index.rows
    scored = lost = 0
    for party in parties:
        for person in readings(party.kind):
            name = name_of(party.name, person=person)
            kept = set(screener.index.candidates(name, person=person, least=HIT))
            for at, row in enumerate(rows):
                if row.person == person and likeness(name, row.name, person=person).score >= HIT:
                    scored += 1
                    lost += at not in kept
    return scored, lost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    asked = parser.parse_args()
    console = Console(width=150)
    if not (asked.data / "screening").is_dir():
        console.print("the real lists are absent: no folder ../shared/data beside the repository; nothing measured")
        return
    console.print(pairs_table(asked.data / "screening" / "name_pairs.csv"))
    screening(asked.data, asked.names, asked.seed, console)
    versions = f"Python {platform.python_version()}, rapidfuzz {rapidfuzz.__version__}"
    console.print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, {versions}, seed {asked.seed}")


if __name__ == "__main__":
    main()
