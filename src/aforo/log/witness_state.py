"""What a witness keeps, in one small file: its key, the last checkpoint of each log, and what convicts a log.

A checkpoint is durable here before it is cosigned, and is compared with the last one in the same transaction: of two
submissions at once, by threads or by processes, the second meets the first's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
from nacl.utils import random as random_bytes

from aforo.log.checkpoint import parse
from aforo.log.contradiction import Contradiction, opened_by
from aforo.log.cosignature import WitnessKey, WitnessSigner
from aforo.log.keyfile import KeyFile
from aforo.log.note import NoteError, Verifier, taken_apart
from aforo.log.witness import Cosigned, RefusedError, judge, submitted

#: Contradictions that are kept of one log: the first of them convicts it.
MOST_KEPT = 100
_SCHEMA = """
CREATE TABLE IF NOT EXISTS witness (name TEXT PRIMARY KEY, private_key BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS cosigned (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL, line TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS contradiction (
    hash TEXT PRIMARY KEY, origin TEXT NOT NULL, proven INTEGER NOT NULL, body BLOB NOT NULL
);
"""


class WitnessNamedError(Exception):
    """The file is the state of a witness of another name."""


class Held(msgspec.Struct, frozen=True):
    """A contradiction that was met. One that is not `proven` convicts nobody: no proof was given that holds."""

    origin: str
    proven: bool
    contradiction: Contradiction


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
        except NoteError as error:
            raise RefusedError(403, str(error)) from error
        try:
            with self._file.write():
                judge(self.last(origin), submission, said)
                line = self._signer.line(text, self._clock())
                self._file.db.execute(
                    "INSERT OR REPLACE INTO cosigned VALUES (?, ?, ?, ?, ?)",
                    (origin, said.size, said.root, submission.note, line),
                )
        except RefusedError as refused:
            for met, proven in ((refused.evidence, True), (refused.suspicion, False)):
                if met is not None:
                    self._keep(origin, met, proven)
            raise
        return line

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

    def _keep(self, origin: str, met: Contradiction, proven: bool) -> None:
        body = msgspec.json.encode(met)
        with self._file.write() as db:
            query = "SELECT count(*) FROM contradiction WHERE origin = ? AND proven = ?"
            (held,) = db.execute(query, (origin, proven)).fetchone()
            if held < MOST_KEPT:
                row = (sha256(body).hexdigest(), origin, proven, body)
                db.execute("INSERT OR IGNORE INTO contradiction VALUES (?, ?, ?, ?)", row)

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
