"""What whoever has a log, its keys or its devices' keys may do to the record: whether it is caught, and what proves it.

    python benchmarks/log_attacks.py [--count 1000] [--seed 0] [--only KIND] [--folder FOLDER]

Each is injected `--count` times, at places that are drawn:

- `forks`: the log signs a second history: it was put back with its keys, forks, or signs away what it deleted
  (tests/forking.py). A witness that has cosigned the first one is asked. What it can only suspect is settled with tiles
  of either history (`aforo witness convict --tiles`). The proof is a file with two signed checkpoints and hashes.
- `store`: somebody changes the database, without the keys (tests/tampering.py), or puts an old copy of it back.
  `aforo log verify` is asked at the node. Nobody signed what is there then, so that it convicts no key: the proof is
  the copy itself with the checkpoint that a witness cosigned, in which anybody finds the same. Where somebody who has
  the keys has the tree made anew and signs over it, two checkpoints convict: `aforo log verify --proof` writes that.
- `clones`: a device's key signs a second block of one place in its chain (tests/cloning.py). The watch over trips is
  asked. The proof is the two blocks, out of the bundle of the trip.

Every proof is verified by a process of its own, which has the file or files, the public key (and a witness's, of the
checkpoint that it cosigned), and nothing else. Honest logs and devices that look alike at first are mixed in: nothing
may convict them. Exit 1 where anything was not caught, was not proven, or an honest one was convicted.
"""

from __future__ import annotations

import argparse
import base64
import os
import shutil
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import msgspec
from http_served import conditions, workplace
from log_judge import Judge
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

for _folder in ("", "integration"):
    sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / _folder))

from cloning import WITNESS, blocks_in, outcomes  # noqa: E402
from forking import FORKS, HONEST, Fork, grown, laid_out, note  # noqa: E402
from tampering import HANDS, TELLING, make_anew  # noqa: E402
from witnessing import NAME, Node  # noqa: E402

from aforo.custody.bundle_verdict import verified  # noqa: E402
from aforo.log import cosignatures  # noqa: E402
from aforo.log.keys import KeyStore  # noqa: E402
from aforo.log.note import Signer  # noqa: E402
from aforo.log.proof import last_checkpoint  # noqa: E402
from aforo.log.store import open_to_read  # noqa: E402
from aforo.log.verify import verify  # noqa: E402
from aforo.log.witness import RefusedError  # noqa: E402
from aforo.log.witness_state import Witness  # noqa: E402

#: Leaves of the logs whose databases are changed, and checkpoints over each: tiles are full in the largest.
SIZES, CHECKPOINTS = (8, 40, 270), 4
AT = 1_772_600_000
TWO_NOTES, COPY, BLOCKS = "two checkpoints", "the copy, a cosigned checkpoint", "two blocks"
Told = Callable[[], None]
out = Console(width=150)


@dataclass
class Row:
    """What became of one kind: `by` is what caught it, `proven` how many proofs held in the other process."""

    kind: str
    proof: str
    honest: bool = False
    injected: int = 0
    caught: int = 0
    proven: int = 0
    by: Counter[str] = field(default_factory=Counter)

    @property
    def good(self) -> bool:
        """Whether all were caught and proven; of honest ones, none."""
        return self.caught == self.proven == (0 if self.honest else self.injected)


def forked(row: Row, made: Callable[[Random], Fork], folder: Path, judge: Judge, draw: Random, count: int) -> None:
    """Logs that sign a second history, or look like it, and one witness of all of them."""
    logs = [(Signer(f"aforo/{number}", draw.randbytes(32)), made(draw)) for number in range(count)]
    refusals: dict[str, int] = {}
    with closing(Witness(folder / "witness.sqlite", NAME, [log.verifier for log, _ in logs], lambda: AT)) as witness:
        for log, fork in logs:
            witness.add(fork.first(log))
            try:
                witness.add(fork.then(log))
            except RefusedError as refused:
                refusals[log.verifier.name] = refused.status
        held = {each.origin: each for each in witness.contradictions()}
    row.injected += count
    for number, (log, fork) in enumerate(logs):
        own, key = folder / str(number), log.verifier.text
        own.mkdir()
        met = held.get(log.verifier.name)
        if met is None or log.verifier.name not in refusals:
            continue
        row.caught += not row.honest
        row.by[f"the witness: {refusals[log.verifier.name]}, {'proof' if met.proven else 'suspicion, then tiles'}"] += 1
        proof, suspected = own / "proof.json", own / "met.json"
        (proof if met.proven else suspected).write_bytes(msgspec.json.encode(met.contradiction))
        if not met.proven:
            histories = [max(fork.cosigned, fork.signed, key=len)] if row.honest else [fork.cosigned, fork.signed]
            leaves = grown(draw, draw.choice(histories), fork)
            tiles = laid_out(own / "tiles", leaves, note(log, leaves))
            judge.says("witness", "convict", suspected, "--key", key, "--tiles", tiles, "--proof", proof)
        row.proven += proof.is_file() and judge.says("witness", "convict", proof, "--key", key) == 0
        shutil.rmtree(own)


@dataclass
class Intact:
    """A log at rest, with its keys and older copies of its store; the checkpoint that a witness cosigned last."""

    folder: Path
    older: list[Path]
    kept: Path
    size: int
    key: str

    @classmethod
    def made(cls, folder: Path, size: int) -> Intact:
        node, older = Node(folder / "node"), []
        for part in range(CHECKPOINTS):
            node.grow(size // CHECKPOINTS, f"part {part} ")
            older.append(node.copied(f"older-{part}") / "log.sqlite")
        head = last_checkpoint(node.log.database)
        assert head is not None
        line = WITNESS.line(head.note.partition("\n\n")[0] + "\n", AT)
        cosignatures.keep(node.log.database, head.size, {WITNESS.public.text: line})
        kept = folder / "kept.txt"
        kept.write_text(head.note + line, encoding="utf-8")
        key = node.first.text
        node.close()
        return cls(folder / "node", older[:-1], kept, head.size, key)

    def judged(self, judge: Judge, store: Path, *more: str | Path) -> int:
        """What a process says of a copy of the store that has the public keys and the cosigned checkpoint."""
        own = ("--key", self.key, "--keys", self.folder / "none", "--checkpoint", self.kept, *more)
        return judge.says("log", "verify", "--store", store, "--witness", WITNESS.public.text, *own)

    def found(self, store: Path) -> list[str]:
        """What is found in a store where it stands, with the memory of the node's key store."""
        database, origin = open_to_read(f"sqlite:///{store}")
        with closing(database), closing(KeyStore(self.folder / "keys.sqlite")) as keys:
            report = verify(database, keys.signing.first(origin), witnessed=keys.signing.witnessed(origin))
        return [each.code for each in report.findings]


def changed(row: Row, intact: list[Intact], folder: Path, judge: Judge, draw: Random, count: int) -> None:
    """Stores that somebody changes who has not the keys; without a hand that does it, an old copy is put back."""
    hand, own = HANDS.get(row.kind.removeprefix("deletion, ")), folder / "own"
    store = own / "log.sqlite"
    for _ in range(count):
        log = draw.choice(intact)
        own.mkdir()
        shutil.copyfile(log.folder / "log.sqlite" if hand else draw.choice(log.older), store)
        if hand is not None:
            with closing(sqlite3.connect(store)) as db:
                hand(db, draw)
                db.commit()
        codes = log.found(store)
        row.injected += 1
        row.caught += bool(codes)
        row.by.update(f"log verify: {code}" for code in codes[:1])
        row.proven += log.judged(judge, store) == 1
        shutil.rmtree(own)


def signed_over(row: Row, intact: list[Intact], folder: Path, judge: Judge, draw: Random, count: int) -> None:
    """Stores that somebody changes who has the keys, has the tree made anew and signs it as if it were the first."""
    own, proof = folder / "own", folder / "proof.json"
    for _ in range(count):
        log = draw.choice(intact)
        shutil.copytree(log.folder, own)
        with closing(sqlite3.connect(own / "log.sqlite")) as db:
            draw.choice(TELLING)(db, draw)
            make_anew(db)
            (left,) = db.execute("SELECT count(*) FROM event").fetchone()
            db.commit()
        with closing(sqlite3.connect(own / "keys.sqlite")) as keys:
            keys.execute("DELETE FROM signed")
            keys.commit()
        node = Node(own)
        node.grow(log.size - left + draw.randrange(1, 20), "over ")
        node.close()
        row.injected += 1
        caught = log.judged(judge, own / "log.sqlite", "--proof", proof) == 1
        row.caught += caught
        row.by["log verify, with a kept checkpoint"] += caught
        row.proven += proof.is_file() and judge.says("witness", "convict", proof, "--key", log.key) == 0
        proof.unlink(missing_ok=True)
        shutil.rmtree(own)


def cloned(row: Row, honest: Row, folder: Path, judge: Judge, seed: int, count: int) -> Iterator[None]:
    """Devices with a second block of one place, and others that send one again."""
    for came in outcomes(folder, count, seed):
        each, which = came.injected, row if came.injected.twins else honest
        which.injected += 1
        caught = came.judged.state == "suspect" and "cloned" in came.judged.codes
        which.caught += caught
        which.by["the watch over trips"] += caught
        spans = verified(came.bundle, came.key, WITNESS.public).spans
        facts = [fact for span in spans for fact in span.facts if fact.code == "cloned"]
        named, blocks = {hash_ for fact in facts for hash_ in fact.rests_on}, blocks_in(came.bundle)
        files = [folder / f"block-{at}" for at in range(len(named))]
        for file, hash_ in zip(files, sorted(named), strict=True):
            file.write_bytes(blocks[hash_])
        key = base64.b64encode(bytes(each.key.verify_key)).decode()
        which.proven += len(files) == 2 and judge.says("bundle", "cloned", *files, "--key", key) == 0
        yield


def attacked(folder: Path, count: int, seed: int, kinds: tuple[str, ...], told: Told = lambda: None) -> list[Row]:
    """Inject so many of each kind; what became of them. `told` hears of each kind that is done."""
    rows: list[Row] = []
    (folder / "judge").mkdir()
    with Judge(folder / "judge") as judge:
        for kind in kinds:
            rows += KINDS[kind](folder / kind, judge, count, seed, told)
    return rows


def forks(folder: Path, judge: Judge, count: int, seed: int, told: Told) -> list[Row]:
    rows = [Row(name, TWO_NOTES, name in HONEST) for name in (*FORKS, *HONEST)]
    for number, row in enumerate(rows):
        own = folder / str(number)
        own.mkdir(parents=True)
        forked(row, {**FORKS, **HONEST}[row.kind], own, judge, Random(f"{seed} {row.kind}"), count)
        told()
    return rows


def store(folder: Path, judge: Judge, count: int, seed: int, told: Told) -> list[Row]:
    intact = []
    for number, size in enumerate(SIZES):
        (folder / str(number)).mkdir(parents=True)
        intact.append(Intact.made(folder / str(number), size))
    untouched = [each.judged(judge, each.folder / "log.sqlite") for each in intact]
    assert untouched == [0] * len(SIZES), "the judge finds something in an intact log"
    rows = [Row(f"deletion, {name}", COPY) for name in (*HANDS, "the whole store put back")]
    for row in rows:
        changed(row, intact, folder, judge, Random(f"{seed} {row.kind}"), count)
        told()
    over = Row("deletion, signed over with the keys", TWO_NOTES)
    signed_over(over, intact, folder, judge, Random(seed), count)
    told()
    return [*rows, over]


def clones(folder: Path, judge: Judge, count: int, seed: int, told: Told) -> list[Row]:
    folder.mkdir()
    row, honest = Row("clone", BLOCKS), Row("honest, a block sent twice", BLOCKS, honest=True)
    for _ in cloned(row, honest, folder, judge, seed, count):
        pass
    told()
    return [row, honest]


KINDS: dict[str, Callable[[Path, Judge, int, int, Told], list[Row]]] = {
    "forks": forks, "store": store, "clones": clones,
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=KINDS)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    kinds = (options.only,) if options.only else tuple(KINDS)
    begun = time.perf_counter()
    out.print(conditions() + f"; seed {options.seed}; logs of 3 to 290 leaves, blocks in chains of 1 to 50")
    with workplace(options.folder) as folder, Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("kinds", total=None)
        rows = attacked(folder, options.count, options.seed, kinds, lambda: progress.advance(task))
    table = Table(title="what is done to a record")
    for name in ("", "injected", "caught", "by", "proof", "proven to another process"):
        table.add_column(name, justify="left" if name in ("", "by", "proof") else "right")
    for row in rows:
        by = "\n".join(f"{what} ({number:,})" for what, number in row.by.most_common() if number)
        caught = "" if row.honest else f"{row.caught:,}"
        table.add_row(row.kind, f"{row.injected:,}", caught, by, row.proof, f"{row.proven:,}")
    out.print(table)
    out.print(f"{time.perf_counter() - begun:,.0f} s in one process and the judge's")
    return 0 if all(row.good for row in rows) else 1


if __name__ == "__main__":
    assert os.name == "posix"
    sys.exit(main())
