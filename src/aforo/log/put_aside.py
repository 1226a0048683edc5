"""What a broker handed over and cannot be taken yet, in a file beside the keys, until it can or is too old.

The device is not registered, its key is not recorded, or it sent more than it may for now. The broker is acknowledged
to, since it would send such messages for ever, and keep others out; so they are durable here before. They are no
evidence and nobody's word yet: what becomes of one is recorded in the log, once it is taken.

Anybody who may publish can have something put aside. So there is a room for each reason, and in it so much for each
device: a flood in one device's name leaves the others theirs. What came first stays; what finds no room is given back.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType

import msgspec

from aforo.domain.device import ReadingForm
from aforo.log.keyfile import KeyFile, KeyStoreUnusableError

#: Messages that are given at once, and that are forgotten at once: who puts aside waits meanwhile.
MOST_AT_ONCE, MOST_FORGOTTEN = 200, 10_000
#: Bytes that a message takes up beside its own.
AROUND = 256
_COLUMNS = "hash, device, signer, form, code, came_at, raw"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS aside (
    id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, device TEXT NOT NULL, signer TEXT NOT NULL, form TEXT NOT NULL,
    code TEXT NOT NULL, came_at INTEGER NOT NULL, raw BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS aside_of ON aside (device, signer, code);
CREATE INDEX IF NOT EXISTS aside_came ON aside (came_at);
CREATE TABLE IF NOT EXISTS room (
    code TEXT NOT NULL, device TEXT NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (code, device)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Bounds:
    """Bytes that may wait for one reason, of one device and of all, with what is around each message."""

    device: int = 4 << 20
    all: int = 128 << 20


class Later(msgspec.Struct, frozen=True, gc=False):
    """What could be taken later: a signed block, or lines of one device, as they came. `signer` is who signed a block,
    empty of lines; `code` the problem that says why it is not taken now."""

    device: str
    signer: str
    form: ReadingForm
    raw: bytes
    code: str


class Aside(msgspec.Struct, frozen=True, gc=False):
    """What waits, and when it first came, in microseconds since 1970."""

    id: int
    came_at: int
    what: Later


class Waits(msgspec.Struct, frozen=True, gc=False):
    """Of whom something waits, and why; `newest` is the message of it that came last."""

    device: str
    signer: str
    code: str
    newest: int


class Waiting(msgspec.Struct, frozen=True):
    """How many messages of a device wait, why (the code of the problem), their bytes, and since when the first does, in
    microseconds since 1970."""

    device: str
    code: str
    messages: int
    bytes: int
    since: int


class PutAside:
    """See the module. Safe to share between threads, and by processes of one machine."""

    def __init__(self, path: Path, bounds: Bounds | None = None) -> None:
        """`path` is made where there is none. Raises KeyStoreForeignError, KeyStoreUnusableError, OSError."""
        self._file, self._bounds = KeyFile(path, "aside"), bounds or Bounds()
        try:
            self._file.db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            self.close()
            raise KeyStoreUnusableError(f"{path}: {error}") from error

    def __enter__(self) -> PutAside:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give its file back."""
        self._file.db.close()

    def put(self, later: Sequence[Later], at: int) -> list[Later]:
        """Put aside what came at an instant (microseconds since 1970), durably, each message once; those for which
        there is no room. Raises sqlite3.Error."""
        left = []
        with self._file.write() as db:
            for each in later:
                key, size = _key(each), len(each.raw) + AROUND
                if db.execute("SELECT 1 FROM aside WHERE hash = ?", (key,)).fetchone() is not None:
                    continue
                used = _used(db, each.code, each.device), _used(db, each.code, "")
                if used[0] + size > self._bounds.device or used[1] + size > self._bounds.all:
                    left.append(each)
                    continue
                row = (key, each.device, each.signer, each.form, each.code, at, each.raw)
                db.execute(
                    "INSERT INTO aside (hash, device, signer, form, code, came_at, raw) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    row,
                )
                _use(db, each.code, each.device, size)
        return left

    def waits(self) -> list[Waits]:
        """Of whom anything waits, and why, in no order."""
        with self._file.lock:
            query = "SELECT device, signer, code, max(id) FROM aside GROUP BY device, signer, code"
            rows = self._file.db.execute(query).fetchall()
        return [Waits(*row) for row in rows]

    def of(self, whose: Waits, after: int = 0) -> list[Aside]:
        """What waits so, what came first before the rest, behind a message; MOST_AT_ONCE at most."""
        query = (
            "SELECT id, came_at, form, raw FROM aside WHERE device = ? AND signer = ? AND code = ? AND id > ?"
            " ORDER BY id LIMIT ?"
        )
        with self._file.lock:
            asked = (whose.device, whose.signer, whose.code, after, MOST_AT_ONCE)
            rows = self._file.db.execute(query, asked).fetchall()
        return [
            Aside(id_, came_at, Later(whose.device, whose.signer, form, bytes(raw), whose.code))
            for id_, came_at, form, raw in rows
        ]

    def settle(self, done: Sequence[int], still: Sequence[tuple[int, str]]) -> None:
        """Forget messages that were taken or refused for good, and keep of others the reason why they wait now."""
        with self._file.write() as db:
            for id_ in done:
                _forget(db, id_)
            for id_, code in still:
                query = "SELECT device, code, length(raw) FROM aside WHERE id = ?"
                if (row := db.execute(query, (id_,)).fetchone()) is not None:
                    device, before, size = row
                    db.execute("UPDATE aside SET code = ? WHERE id = ?", (code, id_))
                    _use(db, before, device, -size - AROUND)
                    _use(db, code, device, size + AROUND)

    def forget_older(self, than: int) -> Counter[str]:
        """Forget what came before an instant (microseconds since 1970), MOST_FORGOTTEN messages at most: how many, by
        why they waited."""
        query = "SELECT id, code FROM aside WHERE came_at < ? ORDER BY came_at LIMIT ?"
        with self._file.write() as db:
            rows = db.execute(query, (than, MOST_FORGOTTEN)).fetchall()
            for id_, _ in rows:
                _forget(db, id_)
        return Counter(code for _, code in rows)

    def waiting(self) -> list[Waiting]:
        """What waits, by device and reason, the most messages first."""
        query = (
            "SELECT device, code, count(*), sum(length(raw)), min(came_at) FROM aside GROUP BY device, code"
            " ORDER BY count(*) DESC, device, code"
        )
        with self._file.lock:
            return [Waiting(*row) for row in self._file.db.execute(query).fetchall()]


def _key(later: Later) -> bytes:
    return sha256(b"\0".join((later.form.encode(), later.device.encode(), later.raw))).digest()


def _used(db: sqlite3.Connection, code: str, device: str) -> int:
    """What a device takes up of the room for a reason; all of them together under no name."""
    row = db.execute("SELECT bytes FROM room WHERE code = ? AND device = ?", (code, device)).fetchone()
    return 0 if row is None else int(row[0])


def _use(db: sqlite3.Connection, code: str, device: str, size: int) -> None:
    counted = (
        "INSERT INTO room VALUES (?, ?, ?) ON CONFLICT (code, device) DO UPDATE SET bytes = bytes + excluded.bytes"
    )
    db.executemany(counted, [(code, device, size), (code, "", size)])
    db.execute("DELETE FROM room WHERE code = ? AND device = ? AND bytes <= 0", (code, device))


def _forget(db: sqlite3.Connection, id_: int) -> None:
    row = db.execute("DELETE FROM aside WHERE id = ? RETURNING device, code, length(raw)", (id_,)).fetchone()
    if row is not None:
        device, code, size = row
        _use(db, code, device, -size - AROUND)
