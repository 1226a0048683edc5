"""Makes `log/record-0001.sql` and `log/keys-0001.sql`: a log as the first revision of the tables kept it.

It was run once, and what it wrote is kept: the samples stand for stores in the field, and are not to be made again when
the product changes. The keys in them protect nothing. Run it as `python tests/samples/make_log_samples.py FOLDER`.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

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


if __name__ == "__main__":
    make(Path(sys.argv[1]))
