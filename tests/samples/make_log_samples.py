"""Makes samples of whole logs: `record-0001.sql`, as the first revision of the tables kept it, and `record-0002.sql`,
as version 0.1.0 did, and `record-0003.sql`, as the last sources before version 0.2.0 did, each with every payload that
it knew; with the key store of each.

Each was made once, and what was written is kept: the samples stand for stores in the field, and are not to be made
again when the product changes. The keys in them protect nothing. The second and third were made with their own sources;
one of a later version is made the same way, as `PYTHONPATH=src:tests python tests/samples/make_log_samples.py FOLDER`.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from sqlalchemy import text

from aforo.domain.event import Payload, new_event
from aforo.log import merkle
from aforo.log.checkpoint import Checkpoint
from aforo.log.databases import database
from aforo.log.ids import event_id
from aforo.log.keys import KeyStore
from aforo.log.migrations import upgrade
from aforo.log.stored import encode

ORIGIN = "aforo/0001000100010001"
ERASURES = ("log.erased", "log.withheld")
START = datetime(2026, 1, 5, 8, tzinfo=UTC)


class Counted(Payload, frozen=True):
    """A payload of the sample alone, in its first schema: the count was a text, and lanes were not counted."""

    TYPE: ClassVar[str] = "sample.counted"
    SCHEMA: ClassVar[int] = 1

    trucks: str


def make(folder: Path) -> None:
    """Five crossings with two counts each, an idempotency key on the first; two checkpoints; one event waits."""
    with tempfile.TemporaryDirectory() as made:
        keys = KeyStore(Path(made) / "keys.sqlite")
        verifier = keys.signing.begin(ORIGIN)
        person = int(keys.identity_hashes("driver", ["sample driver"])[0])
        artefact = b"a policy of the first revision"
        store = database(f"sqlite:///{Path(made) / 'log.sqlite'}")
        leaves: list[bytes] = []
        with store.write() as connection:

            def put(table: str, **values: Any) -> None:
                marks = ", ".join(f":{name}" for name in values)
                connection.execute(text(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"), values)

            def sign(position: int) -> None:
                note = keys.signing.sign(Checkpoint(ORIGIN, len(leaves), merkle.root(leaves)), verifier)
                put("checkpoint", size=len(leaves), position=position, note=note)

            upgrade(connection, "0001")
            put("log", origin=ORIGIN)
            for i in range(11):
                at = START + timedelta(minutes=i)
                stream, version = f"crossing/{i // 2}", 1 + i % 2
                key = f"count:{i}" if version == 1 else None
                event = new_event(
                    event_id(at), Counted(str(10 * i)), stream, version,
                    occurred_at=at, recorded_at=at, actor="sample", idempotency_key=key,
                )  # fmt: skip
                body = encode(event)
                put("event", position=i + 1, event_id=event.event_id, stream=stream, version=version,
                    idempotency_key=key, type=event.type, leaf_hash=merkle.leaf_hash(body), body=body)  # fmt: skip
                if i < 10:
                    put("leaf", leaf_index=i, position=i + 1)
                    leaves.append(merkle.leaf_hash(body))
                if i in (3, 9):
                    sign(i + 1)
            put("artefact", hash=merkle.sha256(artefact).hexdigest(), kind="policy", body=artefact)
            put("projection", name="counts/1", cursor=4, state=b"60")
        print("sealed under the sample driver's key:", keys.seal([person], b"sealed by the first revision"))
        store.close()
        keys.close()
        for name, file in (("record-0001.sql", "log.sqlite"), ("keys-0001.sql", "keys.sqlite")):
            with sqlite3.connect(Path(made) / file) as source:
                (folder / name).write_text("\n".join(source.iterdump()) + "\n", encoding="utf-8")


def make_of_every_payload(folder: Path) -> None:
    """A log of the version that runs, under the name of its revision: each of its payloads once, in the tree but for
    the last three, its signing key rotated on the way."""
    from samples.make_payload_samples import SAID, sample

    from aforo.log.migrations import HEAD
    from aforo.log.rotation import rotate_key
    from aforo.log.sequencer import sequence
    from aforo.log.store import Log

    with tempfile.TemporaryDirectory() as made:
        keys = KeyStore(Path(made) / "keys.sqlite")
        person = int(keys.identity_hashes("driver", ["sample driver"])[0])
        with Log.open(f"sqlite:///{Path(made) / 'log.sqlite'}", keys, clock=lambda: START) as log:
            # An erasure outside the stream of erasures, or what it left, is a finding of the verifier.
            places = [place for place, payload in enumerate(SAID) if payload.TYPE not in ERASURES]
            events = [msgspec.structs.replace(sample(place), version=1) for place in places]
            log.append(events[:10])
            sequence(log)
            rotate_key(log, actor="sample")
            log.append(events[10:-3])
            sequence(log)
            log.append(events[-3:])
            log.artefacts.put("policy", b"a policy of this version")
        print("sealed under the sample driver's key:", keys.seal([person], b"sealed by this version"))
        keys.close()
        for name, file in ((f"record-{HEAD}.sql", "log.sqlite"), (f"keys-{HEAD}.sql", "keys.sqlite")):
            with sqlite3.connect(Path(made) / file) as source:
                (folder / name).write_text("\n".join(source.iterdump()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    make_of_every_payload(Path(sys.argv[1]))
