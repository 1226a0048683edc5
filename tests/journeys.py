"""A small world, a model learnt from it, and nodes on stores of their own, for the tests of the journey."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import msgspec
import numpy as np
import polars as pl

from aforo.bootstrap import open_node
from aforo.domain.declaration import ENTITY_KINDS
from aforo.domain.event import Decided
from aforo.domain.payload import Payload
from aforo.domain.threat import THREATS
from aforo.flow import briefing
from aforo.flow.journey import screen
from aforo.flow.node import Node
from aforo.flow.selection import Selection
from aforo.flow.told import lines_of
from aforo.intake import declarations
from aforo.log.keys import KeyStore
from aforo.log.sequencer import sequence
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.measures.control import Stratum
from aforo.risk import artefacts
from aforo.risk.assess import assess
from aforo.risk.learning import LearningSettings, fit
from aforo.risk.memory import Memory, Outcomes
from aforo.risk.model import ModelSettings
from aforo.risk.screening.in_use import ListsInUse
from aforo.settings import Settings
from aforo.trials import world

#: The history ends before the crossings of the tests are filed.
HISTORY_WEEKS, WEEKS, ROWS_PER_WEEK = 8, 10, 150
NOW = datetime(2024, 3, 20, 12, tzinfo=UTC)

#: A rate at which a few hundred crossings have examinations of every basis.
RATE = 0.10
SMALL = ModelSettings(bags=2)

P = TypeVar("P", bound=Payload)


@dataclass(frozen=True, repr=False)
class Learnt:
    """A model folder, the key store that its memory's hashes were made with, and crossings that come after it.

    `future` is a table of declarations as a filer sends them, with their labels beside it in `labels`.
    """

    folder: Path
    keys: Path
    future: pl.DataFrame
    labels: pl.DataFrame

    def __repr__(self) -> str:
        return f"Learnt({str(self.folder)!r}, {self.future.height} crossings after it)"


def learn(place: Path, seed: int = 5) -> Learnt:
    """Learn from a small world: seconds, not a model to be proud of."""
    history = world.generate(seed, WEEKS, ROWS_PER_WEEK, prevalence=0.12).history
    past = table_of(history.head(HISTORY_WEEKS * ROWS_PER_WEEK).drop("outcome", "threat", "severity"))
    known = history.head(HISTORY_WEEKS * ROWS_PER_WEEK)
    keys = KeyStore(place / "keys.sqlite", entropy=Random(seed).randbytes)  # so that every session draws the same lots
    for secret in ("identity", "lottery", "content", "seal", "routing"):
        keys.secret(secret)
    identities = {kind: keys.identity_hashes(kind, past[f"{kind}_id"].to_list()) for kind in ENTITY_KINDS}
    keys.close()
    threat = known["threat"].replace_strict({name: i for i, name in enumerate(THREATS)}, default=0).cast(pl.Int64)
    outcomes = Outcomes.of(known["outcome"].to_numpy(), threat.to_numpy())
    memory = Memory()
    rows = []
    for start in range(0, past.height, ROWS_PER_WEEK):
        week = slice(start, start + ROWS_PER_WEEK)
        own = {kind: values[week] for kind, values in identities.items()}
        rows.append(memory.features(past[week], own))
        memory.learn(past[week], own, Outcomes(*(column[week] for column in outcomes)))
    features = np.concatenate(rows)
    days = past["filed_at"].to_physical().to_numpy() / 86_400_000_000
    risk = fit(features, outcomes, days, LearningSettings(model=SMALL), filings=past.height)
    folder = place / "model"
    artefacts.save(folder, risk, memory)
    yearly = 52 / HISTORY_WEEKS
    strata = [
        Stratum(port, lane, programme, count * yearly)
        for port, lane, programme, count in past.group_by("port", "lane", "trade_programme", maintain_order=True)
        .len()
        .iter_rows()
    ]
    (folder / briefing.FILE).write_bytes(msgspec.json.encode(briefing.brief(strata, assess(features, risk))))
    future = history.tail((WEEKS - HISTORY_WEEKS) * ROWS_PER_WEEK)
    labels = ("outcome", "threat", "severity")
    named = pl.int_range(future.height, eager=True)
    future = future.with_columns(
        driver_name=pl.format("Person {}", named.shuffle(seed=3) % 40),
        importer_name=pl.format("Merchant & Sons {}", named % 30),
    )
    return Learnt(folder, place / "keys.sqlite", future.drop(labels), future.select("declaration_id", *labels))


def table_of(filings: pl.DataFrame) -> pl.DataFrame:
    """Declarations as intake reads them; none of them may be refused."""
    batches = list(declarations.read_bytes(filings.write_csv().encode()))
    assert not any(batch.refused for batch in batches)
    return pl.concat([batch.table for batch in batches])


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def clock_of(log: Log) -> Clock:
    """The clock of a post's log, to be moved."""
    assert isinstance(log.clock, Clock)
    return log.clock


class Post:
    """A border post: a store of its own, opened as often as a test wants, with the clock in the test's hand."""

    def __init__(self, learnt: Learnt, folder: Path) -> None:
        self.folder = folder
        self.model = learnt.folder
        self.clock = Clock()
        self.settings = Settings(f"sqlite:///{folder / 'log.sqlite'}", f"sqlite:///{folder / 'log-keys.sqlite'}")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(learnt.keys, folder / "log-keys.sqlite")

    @property
    def store(self) -> str:
        return str(self.folder / "log.sqlite")

    @contextmanager
    def log(self) -> Iterator[Log]:
        """As `open_log` opens it, but for the syncing: no test of the journey cuts the power."""
        with (
            closing(KeyStore(self.settings.keys)) as keys,
            Log.open(self.settings.store, keys, synchronous="OFF", clock=self.clock) as log,
        ):
            yield log
            sequence(log)

    @contextmanager
    def node(self, rate: float = RATE, policy: bytes | None = None, lists: ListsInUse | None = None) -> Iterator[Node]:
        with self.log() as log:
            yield open_node(log, self.model, rate, policy, actor="tester", lists=lambda: lists)


def file(node: Node, *filings: pl.DataFrame | Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> list[Selection]:
    """File declarations, each argument as one batch, and read the lines that are answered."""
    lines = []
    for each in filings:
        frame = each if isinstance(each, pl.DataFrame) else pl.DataFrame([each] if isinstance(each, Mapping) else each)
        lines += answered(node, table_of(frame))
    return [msgspec.json.decode(line, type=Selection) for line in lines]


def answered(node: Node, table: pl.DataFrame) -> list[str]:
    """The lines of one batch, as they are written."""
    return lines_of(screen(table, node, "declarations"), table, node)


def payloads(stored: Iterable[StoredEvent], kind: type[P]) -> list[P]:
    """What events of a kind say, in their order; those of other kinds are left out."""
    return [payload for each in stored if isinstance(payload := each.payload, kind)]


def decisions(log: Log) -> list[Decided]:
    """Every decision of a log."""
    return payloads(log.read(types=[Decided.TYPE]), Decided)


def of_the_day(message: bytes) -> bytes:
    """A sample in X12 as it is written on the day of NOW, for nodes by whose clocks it is that day."""
    day = f"{NOW:%Y%m%d}".encode()
    return message.replace(b"20260302", day).replace(b"*260302*", b"*%b*" % day[2:])


def truck_now(own: str, **fields: Any) -> dict[str, Any]:
    """As `truck`, filed now by the machine's clock, for what runs by that one."""
    return truck(own, **{"filed_at": datetime.now(UTC).isoformat(timespec="seconds")} | fields)


def truck(own: str, **fields: Any) -> dict[str, Any]:
    """An ordinary declaration of a truck at Laredo, on a Wednesday morning."""
    return {
        "declaration_id": own,
        "filed_at": "2024-03-20T08:00:00-06:00",
        "port": "2304",
        "bridge": "World Trade",
        "carrier_id": "CA-1",
        "driver_id": f"DR-{own}",
        "tractor_id": f"TR-{own}",
        "importer_id": "IM-1",
        "exporter_id": "EX-1",
        "broker_id": "BR-1",
        "hs6": "870829",
        "description": "brackets",
        "origin": "MX",
        "departure": "MX",
        "gross_mass_kg": 12_000.0,
        "value_usd": 50_000.0,
        "duty_rate": 0.025,
        "packages": 20.0,
        "declared_empty": 0,
        "trade_programme": "none",
        "lane": "standard",
        "seal_id": f"UL{own}",
    } | fields
