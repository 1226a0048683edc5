"""The key store, apart from the log, with everything that must be able to be forgotten or never copied.

It holds one random key a person, under which that person's data is sealed in the log; the node's secrets; the log's
signing keys; and the last checkpoint that was signed, so that a log restored from an old copy signs nothing twice. It
is apart so that its backups can live shorter than the log's: what is erased here is erased in every copy of the log.
It is a SQLite file, or a PostgreSQL database of its own (module `keys_postgres`).

A person is the keyed 64-bit hash of a kind and a value ("driver", "X-123", or "x 123"); 0 stands for nobody.
"""

from __future__ import annotations

import base64
from binascii import b2a_base64
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt
from nacl.bindings import crypto_secretbox_easy, crypto_secretbox_open_easy
from nacl.exceptions import CryptoError
from nacl.utils import random as random_bytes

from aforo.domain.declaration import identity_text
from aforo.log.key_tables import key_tables
from aforo.log.sealing import PORT_SECRET, SealingKeys
from aforo.log.signing import SigningKeys

KEY_BYTES = 32
_NONCE_BYTES = 24
#: Entries that a cache may hold before it is emptied; about 100 bytes each.
_CACHE_LIMIT = 1_000_000
#: Values in one SQL statement, below SQLite's limit on parameters.
_CHUNK = 900

_SCHEMA = """
CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS person_key (person INTEGER PRIMARY KEY, key BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS erasures (one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER NOT NULL);
INSERT INTO erasures VALUES (1, 0) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS unrecorded_erasure (person INTEGER PRIMARY KEY);
"""


_ADD_SECRET = "INSERT INTO secret VALUES (?, ?) ON CONFLICT DO NOTHING"  # noqa: S105 (a statement)
_ADD_ERASURE = "INSERT INTO unrecorded_erasure VALUES (?) ON CONFLICT DO NOTHING"


def _signed(person: int) -> int:
    """The 64-bit person as SQLite's signed integer."""
    return person - (1 << 64) if person >= 1 << 63 else person


def _digest(keyed: blake2b, text: str) -> int:
    """The 64-bit person of a text; 0 stands for nobody, so whoever hashes to it is 1."""
    each = keyed.copy()
    each.update(text.encode())
    return int.from_bytes(each.digest(), "little") or 1


class KeyStore:
    """See the module. Safe to share between threads. Nothing secret is in its representation or its errors."""

    def __init__(self, place: str | Path, *, entropy: Callable[[int], bytes] = random_bytes) -> None:
        """Open or make the store at a path, at `sqlite:///FILE` or at `postgresql+psycopg://HOST/NAME`. Raises
        ValueError for another URL, and what `key_tables` raises.

        `entropy` gives the bytes of new secrets and persons' keys; another than the system's is for synthetic worlds
        alone, which are to be the same every time.
        """
        #: Where it is: a path or a URL.
        self.place = str(place)
        self._file = key_tables(place)
        self._lock = self._file.lock
        self._entropy = entropy
        self._db = self._file.db
        self._file.prepare(_SCHEMA)
        self.signing = SigningKeys(self._file)
        self.sealing = SealingKeys(self._file)
        self._secrets: dict[str, bytes] = {}
        self._hashes: dict[str, dict[str, int]] = {}
        self._keys: dict[int, bytes] = {}
        self._erasures = self._erasure_count()

    def __repr__(self) -> str:
        return f"KeyStore({self._file.shown!r})"

    def close(self) -> None:
        """Close the store's connection. The store cannot be used afterwards."""
        self._db.close()

    # Node secrets and identities

    def secret(self, name: str) -> bytes:
        """The node's secret of this name: 32 bytes of its entropy, made durable when first asked for."""
        with self._lock:
            if name not in self._secrets:
                with self._file.write():
                    self._db.execute(_ADD_SECRET, (name, self._entropy(KEY_BYTES)))
                row = self._db.execute("SELECT value FROM secret WHERE name = ?", (name,)).fetchone()
                self._secrets[name] = bytes(row[0])
            return self._secrets[name]

    def identity_hashes(self, kind: str, values: Sequence[str | None]) -> npt.NDArray[np.uint64]:
        """The keyed hash of each value of `kind`; 0 for None. The same kind and value give the same hash for ever,
        however the value is spelled (see `identity_text`)."""
        with self._lock:
            known = self._hashes.setdefault(kind, {})
            if len(known) > _CACHE_LIMIT:
                known.clear()
            fresh = {value for value in values if value is not None and value not in known}
            if fresh:
                keyed = self._keyed(kind)
                for value in fresh:
                    known[value] = _digest(keyed, identity_text(value))
            return np.array([0 if value is None else known[value] for value in values], dtype=np.uint64)

    def persons_named(self, kind: str, value: str) -> list[int]:
        """Whom a log may know by this value, to find or to erase: the person by `identity_hashes`, and the one by the
        value as it is spelled, as logs knew persons before spellings were evened out."""
        keyed = self._keyed(kind)
        return list(dict.fromkeys(_digest(keyed, text) for text in (identity_text(value), value)))

    def _keyed(self, kind: str) -> blake2b:
        return blake2b(kind.encode() + b"\0", digest_size=8, key=self.secret("identity"))

    def identity_mark(self) -> str:
        """What tells this store's hashes of identities from another's, and nothing else."""
        return blake2b(b"which key store", digest_size=8, key=self.secret("identity")).hexdigest()

    # One key a person

    def ensure(self, persons: Iterable[int]) -> None:
        """Make the keys that are missing, durably, in one transaction; 0 is passed over."""
        with self._lock:
            self._forget_erased()
            if len(self._keys) > _CACHE_LIMIT:
                self._keys.clear()
            unknown = self._unknown(persons)
            self._load(unknown)
            missing = sorted(map(_signed, self._unknown(unknown)))
            if not missing:
                return
            material = self._entropy(KEY_BYTES * len(missing))
            rows = [(person, material[i * KEY_BYTES : (i + 1) * KEY_BYTES]) for i, person in enumerate(missing)]
            with self._file.write():
                self._db.executemany("INSERT INTO person_key VALUES (?, ?) ON CONFLICT DO NOTHING", rows)
            # Read back: another process may have made one of them first.
            self._load(unknown)

    def with_keys(self, persons: Iterable[int]) -> set[int]:
        """Those of some persons who have a key: something of theirs was sealed, and they were not erased since."""
        with self._lock:
            self._forget_erased()
            asked = {int(person) for person in persons if person}
            self._load(self._unknown(asked))
            return asked - self._unknown(asked)

    def seal(self, persons: Sequence[int], plaintext: bytes) -> str:
        """`plaintext` encrypted under the key of every person in turn, so that the loss of any one key seals it for
        good.

        The order and repetitions of `persons` do not matter. Where it names nobody, the node's own key is used. The
        persons' keys are made if they are missing (see `ensure` for doing so in bulk). The text is base64; each person
        adds 40 bytes.
        """
        return self.seal_all([tuple(persons)], [plaintext])[0]

    def seal_all(self, persons: Sequence[tuple[int, ...]], plaintexts: Sequence[bytes]) -> list[str]:
        """Each of `plaintexts` sealed under its own `persons`, as `seal` does it."""
        layers = {own: self._layers(own) for own in set(persons)}
        nonces = random_bytes(_NONCE_BYTES * sum(len(layers[own]) for own in persons))
        sealed, at = [], 0
        for own, data in zip(persons, plaintexts, strict=True):
            for key in layers[own]:
                nonce = nonces[at : at + _NONCE_BYTES]
                at += _NONCE_BYTES
                data = nonce + crypto_secretbox_easy(data, nonce, key)
            sealed.append(b2a_base64(data, newline=False).decode())
        return sealed

    def open(self, persons: Sequence[int], sealed: str) -> bytes | None:
        """What was sealed under the keys of exactly these persons; None once the key of any of them is destroyed."""
        with self._lock:
            self._forget_erased()
            self._load(self._unknown(persons))
            if self._unknown(persons):
                return None
            layers = self._layers(persons)
        data = base64.b64decode(sealed)
        for key in reversed(layers):
            try:
                data = crypto_secretbox_open_easy(data[_NONCE_BYTES:], data[:_NONCE_BYTES], key)
            except CryptoError:
                # The person was erased and has filed again since: today's key is another.
                return None
        return data

    def erase(self, person: int) -> bool:
        """Destroy a person's key; whether there was one. See `erase_all`."""
        return self.erase_all([person]) > 0

    def erase_all(self, persons: Iterable[int]) -> int:
        """Destroy the keys of persons so that their bytes are in none of the store's files; how many there were. The
        keys under which edges sealed what was taken in go with them: it may name the same persons.

        In a file the rows are overwritten (secure_delete), the file is written anew (VACUUM, since a split page of the
        B-tree can keep a copy of a moved row) and the write-ahead log is emptied; on a server the table is written
        anew. Raises ErasureIncompleteError where another process keeps old rows there: the keys are deleted, and
        erasing again completes it.
        """
        with self._lock:
            wanted = {int(person) for person in persons} - {0}
            with self._file.write():
                count = 0
                for person in map(_signed, wanted):
                    if self._db.execute("DELETE FROM person_key WHERE person = ?", (person,)).rowcount:
                        self._db.execute(_ADD_ERASURE, (person,))
                        count += 1
                self.sealing.destroy_used()
                self._db.execute("UPDATE erasures SET count = count + 1")
            self._forget_erased()
            self._file.scrub()
            return count

    def unrecorded_erasures(self) -> set[int]:
        """Persons whose key was destroyed and whose erasure is not yet recorded in the log."""
        with self._lock:
            return {person % (1 << 64) for (person,) in self._db.execute("SELECT person FROM unrecorded_erasure")}

    def erasure_recorded(self, person: int) -> None:
        """The erasure of `person` is in the log."""
        with self._file.write():
            self._db.execute("DELETE FROM unrecorded_erasure WHERE person = ?", (_signed(person),))

    def _layers(self, persons: Sequence[int]) -> list[bytes]:
        """The keys of `persons`, once each, in the order of the persons' numbers; the node's key for nobody."""
        people = sorted({int(person) for person in persons if person})
        if not people:
            return [self.secret("seal")]
        with self._lock:
            try:
                return [self._keys[person] for person in people]
            except KeyError:
                self.ensure(people)
                return [self._keys[person] for person in people]

    def _unknown(self, persons: Iterable[int]) -> set[int]:
        """Those whose keys are not in the cache. (A set less a dictionary's keys would look at all of the cache.)"""
        return {int(person) for person in persons if person and int(person) not in self._keys}

    def _load(self, persons: Iterable[int]) -> None:
        """Read the keys of persons into the cache."""
        wanted = [_signed(person) for person in persons]
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            query = f"SELECT person, key FROM person_key WHERE person IN ({marks})"  # noqa: S608 (marks only)
            for person, key in self._db.execute(query, chunk):
                self._keys[person % (1 << 64)] = bytes(key)

    def _erasure_count(self) -> int:
        return int(self._db.execute("SELECT count FROM erasures").fetchone()[0])

    def forget_erased(self) -> None:
        """Know no key any more that anyone, in this process or another, has destroyed."""
        with self._lock:
            self._forget_erased()

    def _forget_erased(self) -> None:
        """Empty the cache of keys when anyone, in this process or another, has erased since it was filled."""
        count = self._erasure_count()
        if count != self._erasures:
            self._keys.clear()
            self._secrets.pop(PORT_SECRET, None)
            self._erasures = count
