"""The keys a log signs its checkpoints with, their rotation, and the memory of what was signed last.

They live in the key store, apart from the log. A log has one active key; a rotation prepares the next one, has the old
one vouch for it in the log, and destroys the old private key once the first checkpoint under the new one is signed.
Before a checkpoint is signed its size and root are made durable here, so that the log never says two different things.
"""

from __future__ import annotations

import msgspec
from nacl.utils import random as random_bytes

from aforo.log.checkpoint import Checkpoint
from aforo.log.key_tables import KeyTables
from aforo.log.note import Signer, Verifier

_SCHEMA = """
CREATE TABLE IF NOT EXISTS signing_key (
    origin TEXT NOT NULL, generation INTEGER NOT NULL, public_key BLOB NOT NULL, private_key BLOB,
    PRIMARY KEY (origin, generation)
);
CREATE TABLE IF NOT EXISTS signed (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS vouched (
    origin TEXT NOT NULL, public_key BLOB NOT NULL, signature BLOB NOT NULL, PRIMARY KEY (origin, public_key)
);
CREATE TABLE IF NOT EXISTS successor (origin TEXT PRIMARY KEY, predecessor TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS erasures_signed (origin TEXT PRIMARY KEY, since INTEGER NOT NULL);
"""


_VOUCH = """
INSERT INTO vouched VALUES (?, ?, ?) ON CONFLICT (origin, public_key) DO UPDATE SET signature = excluded.signature
"""
_REMEMBER = """
INSERT INTO signed VALUES (?, ?, ?) ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root
"""


class EquivocationError(Exception):
    """Signing was refused: it would contradict a checkpoint that this node has signed before."""


class SigningKeyMissingError(Exception):
    """The key store does not hold the private key that the log is to be signed with."""


class Witnessed(msgspec.Struct, frozen=True):
    """The last checkpoint that was signed, as the key store remembers it."""

    size: int
    root: bytes


class SigningKeys:
    """The signing keys of every log whose secrets this key store holds; a part of it, sharing its file and its lock."""

    def __init__(self, file: KeyTables) -> None:
        self._file = file
        self._db = file.db
        self._lock = file.lock
        file.prepare(_SCHEMA)
        self._signers: dict[tuple[str, bytes], Signer] = {}

    def verifiers(self, origin: str) -> list[Verifier]:
        """Every key that `origin` was or will be signed with, the first one first; empty where there is none."""
        query = "SELECT public_key FROM signing_key WHERE origin = ? ORDER BY generation"
        with self._lock:
            return [Verifier(origin, bytes(key)) for (key,) in self._db.execute(query, (origin,))]

    def first(self, origin: str) -> Verifier:
        """The key by which the whole record of `origin` is verified: of a log that goes on from another, the other's.

        Raises SigningKeyMissingError.
        """
        with self._lock:
            while (before := self.predecessor(origin)) is not None:
                origin = before
            known = self.verifiers(origin)
        if not known:
            raise SigningKeyMissingError(f"the key store holds no signing key of {origin}")
        return known[0]

    def predecessor(self, origin: str) -> str | None:
        """The log that `origin` goes on from, if any."""
        with self._lock:
            row = self._db.execute("SELECT predecessor FROM successor WHERE origin = ?", (origin,)).fetchone()
        return None if row is None else str(row[0])

    def successor(self, origin: str) -> str | None:
        """The log that goes on from `origin`, if any."""
        with self._lock:
            row = self._db.execute("SELECT origin FROM successor WHERE predecessor = ?", (origin,)).fetchone()
        return None if row is None else str(row[0])

    def succeed(self, predecessor: str, origin: str) -> tuple[str, Verifier]:
        """The name and first key of the log that goes on from `predecessor`, made durable as `origin` unless it has
        one."""
        with self._lock:
            if (known := self.successor(predecessor)) is None:
                with self._file.write():
                    self._db.execute("INSERT INTO successor VALUES (?, ?)", (origin, predecessor))
                known = origin
            return known, self.begin(known)

    def vouch(self, new: Verifier, signature: bytes) -> None:
        """Keep what vouches for a key, in case that the event that says it is lost."""
        with self._file.write():
            self._db.execute(_VOUCH, (new.name, new.public_key, signature))

    def vouched(self, verifier: Verifier) -> bytes | None:
        """The signature of the key before `verifier` over it, where it was kept."""
        query = "SELECT signature FROM vouched WHERE origin = ? AND public_key = ?"
        with self._lock:
            row = self._db.execute(query, (verifier.name, verifier.public_key)).fetchone()
        return None if row is None else bytes(row[0])

    def begin(self, origin: str) -> Verifier:
        """The first key of a new log, made if there is none."""
        with self._lock:
            known = self.verifiers(origin)
            return known[0] if known else self._make(origin, 1)

    def prepare(self, origin: str, active: Verifier) -> Verifier:
        """The key that follows `active`, made durable if it was not prepared before."""
        with self._lock:
            known = self.verifiers(origin)
            generation = known.index(active) + 1
            return known[generation] if generation < len(known) else self._make(origin, generation + 1)

    def signer(self, verifier: Verifier) -> Signer:
        """The private half of `verifier`. Raises SigningKeyMissingError."""
        place = (verifier.name, verifier.public_key)
        with self._lock:
            if place not in self._signers:
                query = "SELECT private_key FROM signing_key WHERE origin = ? AND public_key = ?"
                row = self._db.execute(query, place).fetchone()
                if row is None or row[0] is None:
                    raise SigningKeyMissingError(f"the key store does not hold the private key of {verifier.text}")
                # Another process may have destroyed the keys before it: this one keeps none of them either.
                self._signers.clear()
                self._signers[place] = Signer(verifier.name, bytes(row[0]))
            return self._signers[place]

    def holds(self, verifier: Verifier) -> bool:
        """Whether the private half of `verifier` is in the key store now."""
        query = "SELECT 1 FROM signing_key WHERE origin = ? AND public_key = ? AND private_key IS NOT NULL"
        with self._lock:
            return self._db.execute(query, (verifier.name, verifier.public_key)).fetchone() is not None

    def current(self, origin: str) -> Signer:
        """The key that `origin` signs with: the oldest whose private half is not destroyed. Raises as `signer`."""
        query = """
            SELECT public_key FROM signing_key WHERE origin = ? AND private_key IS NOT NULL ORDER BY generation LIMIT 1
        """
        with self._lock:
            row = self._db.execute(query, (origin,)).fetchone()
            if row is None:
                raise SigningKeyMissingError(f"the key store holds no signing key of {origin}")
            return self.signer(Verifier(origin, bytes(row[0])))

    def outdated(self, active: Verifier) -> bool:
        """Whether private keys older than `active` are still there: of its log, or of the one that it goes on from."""
        query = """
            SELECT 1 FROM signing_key WHERE private_key IS NOT NULL AND (
                origin = (SELECT predecessor FROM successor WHERE successor.origin = ?1) OR origin = ?1 AND generation <
                (SELECT generation FROM signing_key AS new WHERE new.origin = ?1 AND new.public_key = ?2)
            )
        """
        with self._lock:
            return self._db.execute(query, (active.name, active.public_key)).fetchone() is not None

    def retire_before(self, active: Verifier) -> int:
        """Destroy the private keys that `outdated` speaks of; how many there were. The public halves stay."""
        query = """
            UPDATE signing_key SET private_key = NULL WHERE private_key IS NOT NULL AND (
                origin = (SELECT predecessor FROM successor WHERE successor.origin = ?1) OR origin = ?1 AND generation <
                (SELECT generation FROM signing_key AS new WHERE new.origin = ?1 AND new.public_key = ?2)
            )
        """
        with self._lock:
            with self._file.write():
                retired = self._db.execute(query, (active.name, active.public_key)).rowcount
            if retired:
                self._signers.clear()
                self._file.scrub()
            return retired

    def erasures_signed_since(self, origin: str) -> int | None:
        """From which leaf on every erasure that a log records is signed; None of one that no version opened that signs
        them. Of a log that goes on from another it is the other's."""
        query = "SELECT since FROM erasures_signed WHERE origin = ?"
        log: str | None = origin
        with self._lock:
            while log is not None:
                if (row := self._db.execute(query, (log,)).fetchone()) is not None:
                    return int(row[0])
                log = self.predecessor(log)
        return None

    def sign_erasures_since(self, origin: str, leaf: int) -> None:
        """Remember from which leaf on erasures are signed; what is remembered stays."""
        with self._file.write():
            self._db.execute("INSERT INTO erasures_signed VALUES (?, ?) ON CONFLICT DO NOTHING", (origin, leaf))

    def witnessed(self, origin: str) -> Witnessed | None:
        """The last checkpoint signed for `origin`; None before the first."""
        with self._lock:
            row = self._db.execute("SELECT size, root FROM signed WHERE origin = ?", (origin,)).fetchone()
        return None if row is None else Witnessed(row[0], bytes(row[1]))

    def sign(self, checkpoint: Checkpoint, verifier: Verifier) -> str:
        """The signed note of `checkpoint`, remembered durably before the signature exists.

        Raises EquivocationError where a larger one, or another root of the same size, was signed before. That the tree
        still has the last witnessed root at the last witnessed size is for the caller to prove first.
        """
        signer = self.signer(verifier)
        with self._file.write():
            last = self.witnessed(checkpoint.origin)
            if last is not None and checkpoint.size < last.size:
                raise EquivocationError(
                    f"{checkpoint.origin} has signed a checkpoint of {last.size} leaves and signs none of "
                    f"{checkpoint.size}: this store is an old copy"
                )
            if last is not None and checkpoint.size == last.size and checkpoint.root != last.root:
                raise EquivocationError(
                    f"{checkpoint.origin} has signed another root at {last.size} leaves: this store was changed, or is "
                    f"an old copy that was written to"
                )
            self._db.execute(_REMEMBER, (checkpoint.origin, checkpoint.size, checkpoint.root))
        return checkpoint.signed(signer)

    def remember(self, checkpoint: Checkpoint) -> None:
        """Take over a checkpoint that was signed with these keys and is not remembered: the key store was restored.

        Raises EquivocationError where a larger one is remembered, or another root of its size.
        """
        with self._file.write():
            last = self.witnessed(checkpoint.origin)
            if last is not None and (last.size, last.root) != (checkpoint.size, checkpoint.root):
                if last.size > checkpoint.size:
                    raise EquivocationError(f"{checkpoint.origin} is known to have signed {last.size} leaves: more")
                if last.size == checkpoint.size:
                    raise EquivocationError(f"{checkpoint.origin} is known to have signed another root at this size")
            self._db.execute(_REMEMBER, (checkpoint.origin, checkpoint.size, checkpoint.root))

    def _make(self, origin: str, generation: int) -> Verifier:
        private_key = random_bytes(32)
        verifier = Signer(origin, private_key).verifier
        with self._file.write():
            self._db.execute(
                "INSERT INTO signing_key VALUES (?, ?, ?, ?)", (origin, generation, verifier.public_key, private_key)
            )
        return verifier
