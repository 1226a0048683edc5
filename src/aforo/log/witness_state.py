"""What a witness keeps, in one small file: its key, the last checkpoint of each log, and what convicts a log or may.

A checkpoint is durable here before it is cosigned, and is compared with the last one in the same transaction: of two
submissions at once, by threads or by processes, the second meets the first's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
from nacl.utils import random as random_bytes

from aforo.log.checkpoint import Checkpoint, parse
from aforo.log.contradiction import Contradiction, UnsettledError, bare, opened_by, settled
from aforo.log.cosignature import WitnessKey, WitnessSigner
from aforo.log.keyfile import KeyFile
from aforo.log.note import NoteError, Verifier, taken_apart
from aforo.log.tiles import Read
from aforo.log.witness import Cosigned, RefusedError, judge, submitted

#: Contradictions that are kept of one log, and their bytes, and as many suspicions beside them: those that came first.
#: The first contradiction convicts; a suspicion that finds no room is counted.
MOST_KEPT, MOST_KEPT_BYTES = 100, 8 << 20
_SCHEMA = """
CREATE TABLE IF NOT EXISTS witness (name TEXT PRIMARY KEY, private_key BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS cosigned (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL, line TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS contradiction (
    hash TEXT PRIMARY KEY, origin TEXT NOT NULL, proven INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS left_out (origin TEXT PRIMARY KEY, count INTEGER NOT NULL);
"""


class WitnessNamedError(Exception):
    """The file is the state of a witness of another name."""


class Held(msgspec.Struct, frozen=True):
    """A contradiction that was met. One that is not `proven` is a suspicion and convicts nobody: two checkpoints that
    the log signed, and no proof that holds, that they agree or that they do not."""

    origin: str
    proven: bool
    contradiction: Contradiction


class Settled(msgspec.Struct, frozen=True):
    """What became of suspicions: `proven` convict the log, in `agreed` the two checkpoints are of one tree, and those
    are forgotten; of `left` the tiles do not tell."""

    proven: int
    agreed: int
    left: int


class Witness:
    """A witness: `add` is what it is for. Safe to share between threads."""

    def __init__(self, path: Path, name: str | None, logs: Sequence[Verifier], clock: Callable[[], int]) -> None:
        """`path` is its file, made with a key of `name` where there is none; `logs` are the keys of the logs that it
        cosigns for, a log's name being its keys'; `clock` gives POSIX seconds.

        Raises WitnessNamedError, KeyStoreForeignError, KeyStoreUnusableError, OSError, ValueError for a name that is
        none, or for none where the file is new.
        """
        self._file = KeyFile(path, "witness")
        self._clock = clock
        self._logs: Mapping[str, list[Verifier]] = {
            origin: [each for each in logs if each.name == origin] for origin in {each.name for each in logs}
        }
        try:
            self._file.db.executescript(_SCHEMA)
            self._signer = self._signer_of(name)
        except BaseException:
            self.close()
            raise

    @property
    def key(self) -> WitnessKey:
        """The key by which its cosignatures are verified."""
        return self._signer.public

    def close(self) -> None:
        """Give its file back."""
        self._file.db.close()

    def add(self, body: bytes) -> str:
        """Cosign what was submitted (`add-checkpoint`): the line of the cosignature. Raises RefusedError."""
        try:
            submission = submitted(body)
            text, _ = taken_apart(submission.note)
            origin = parse(text).origin
        except NoteError as error:
            raise RefusedError(400, str(error)) from error
        if origin not in self._logs:
            raise RefusedError(404, "this log is not one that is witnessed here")
        try:
            said = opened_by(submission.note, self._logs[origin])
            # Lines that somebody put to it would be kept with it.
            submission = msgspec.structs.replace(submission, note=bare(submission.note, self._logs[origin]))
        except NoteError as error:
            raise RefusedError(403, str(error)) from error
        try:
            with self._file.write() as db:
                judge(self.last(origin), submission, said)
                line = self._signer.line(text, self._clock())
                row = (origin, said.size, said.root, submission.note, line)
                db.execute("INSERT OR REPLACE INTO cosigned VALUES (?, ?, ?, ?, ?)", row)
                # It was suspected while it was said to go on from elsewhere.
                db.execute("DELETE FROM contradiction WHERE hash = ?", (_suspected(said),))
        except RefusedError as refused:
            if refused.evidence is not None:
                self._convict(origin, refused.evidence, _suspected(said))
            elif refused.suspicion is not None:
                self._suspect(origin, refused.suspicion, _suspected(said))
            if refused.status in (409, 422):
                refused.cosigned = self.notes().get(origin)
            raise
        return line

    def settle(self, origin: str, head: str | None, read: Read) -> Settled:
        """Turn suspicions of a log into what convicts it, or forget them, by tiles that somebody has of it, and by the
        checkpoint over them, `head`; one that no key of the log signed is left aside. Raises as `read`, but for
        NoTileError."""
        keys = self._logs.get(origin, [])
        try:
            heads = [] if head is None else [bare(head, keys)]
        except NoteError:
            heads = []
        with self._file.lock:
            query = "SELECT hash, body FROM contradiction WHERE origin = ? AND NOT proven"
            rows = self._file.db.execute(query, (origin,)).fetchall()
        proven = agreed = 0
        for hash_, body in rows:
            met = msgspec.json.decode(body, type=Contradiction)
            try:
                convicts = settled([met.smaller, met.larger, *heads], read)
            except UnsettledError:
                continue
            if convicts is None:
                agreed += 1
                with self._file.write() as db:
                    db.execute("DELETE FROM contradiction WHERE hash = ?", (hash_,))
            else:
                proven += 1
                self._convict(origin, convicts, hash_)
        return Settled(proven, agreed, len(rows) - proven - agreed)

    def last(self, origin: str) -> Cosigned | None:
        """The last checkpoint that was cosigned for a log."""
        with self._file.lock:
            query = "SELECT size, root, note FROM cosigned WHERE origin = ?"
            row = self._file.db.execute(query, (origin,)).fetchone()
        return None if row is None else Cosigned(row[0], bytes(row[1]), row[2])

    def notes(self) -> dict[str, str]:
        """By log, the last checkpoint that was cosigned, with its cosignature: for whoever verifies the log."""
        with self._file.lock:
            rows = self._file.db.execute("SELECT origin, note, line FROM cosigned ORDER BY origin").fetchall()
        return {origin: note + line for origin, note, line in rows}

    def contradictions(self) -> list[Held]:
        """What was met that two checkpoints of one log contradict each other, in no order."""
        with self._file.lock:
            rows = self._file.db.execute("SELECT origin, proven, body FROM contradiction").fetchall()
        return [Held(row[0], bool(row[1]), msgspec.json.decode(row[2], type=Contradiction)) for row in rows]

    def left_out(self) -> dict[str, int]:
        """By log, how many times a suspicion was met that found no room."""
        with self._file.lock:
            return dict(self._file.db.execute("SELECT origin, count FROM left_out ORDER BY origin").fetchall())

    def _convict(self, origin: str, met: Contradiction, suspected: str) -> None:
        """Keep what convicts a log, in the place of what was suspected."""
        body = msgspec.json.encode(met)
        with self._file.write() as db:
            db.execute("DELETE FROM contradiction WHERE hash = ?", (suspected,))
            if _has_room(db, origin, True, body):
                row = (sha256(body).hexdigest(), origin, True, body)
                db.execute("INSERT OR IGNORE INTO contradiction VALUES (?, ?, ?, ?)", row)

    def _suspect(self, origin: str, met: Contradiction, suspected: str) -> None:
        """Keep a suspicion. One that stays is not pushed out by later ones: an old checkpoint that the log signed can
        be submitted by anybody, and could be to that end."""
        body = msgspec.json.encode(met)
        with self._file.write() as db:
            if db.execute("SELECT 1 FROM contradiction WHERE hash = ?", (suspected,)).fetchone() is not None:
                return
            if _has_room(db, origin, False, body):
                db.execute("INSERT INTO contradiction VALUES (?, ?, ?, ?)", (suspected, origin, False, body))
            else:
                counted = "INSERT INTO left_out VALUES (?, 1) ON CONFLICT (origin) DO UPDATE SET count = count + 1"
                db.execute(counted, (origin,))

    def _signer_of(self, name: str | None) -> WitnessSigner:
        with self._file.write() as db:
            row = db.execute("SELECT name, private_key FROM witness").fetchone()
            if row is not None:
                if name not in (None, row[0]):
                    raise WitnessNamedError(row[0])
                return WitnessSigner(row[0], bytes(row[1]))
            private_key = random_bytes(32)
            signer = WitnessSigner(name or "", private_key)
            db.execute("INSERT INTO witness VALUES (?, ?)", (name, private_key))
            return signer


def _suspected(said: Checkpoint) -> str:
    """By what a suspicion of a checkpoint is kept: once, whatever it was compared with."""
    return sha256(b"suspected\n" + said.text.encode()).hexdigest()


def _has_room(db: sqlite3.Connection, origin: str, proven: bool, body: bytes) -> bool:
    query = "SELECT count(*), coalesce(sum(length(body)), 0) FROM contradiction WHERE origin = ? AND proven = ?"
    held, length = db.execute(query, (origin, proven)).fetchone()
    return bool(held < MOST_KEPT and length + len(body) <= MOST_KEPT_BYTES)
