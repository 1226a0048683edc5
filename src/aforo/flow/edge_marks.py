"""How a port that is cut off knows a truck: marks, keyed hashes of numbers and plates under a key of that port alone.

They are others than the log's own hashes, so an edge's disk tells of its own port's trucks and of nobody in the log.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import date

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from aforo.domain.declaration import PERSONAL_FIELDS, identity_text
from aforo.domain.edge import EdgeOrdered, EdgeReadings, EdgeScannerLog
from aforo.domain.event import Filed
from aforo.flow.recorded import unpack_identities
from aforo.log.keys import KeyStore
from aforo.log.sealing import PORT_SECRET
from aforo.risk import lottery

#: What is marked: a number of the filers' own (trip, declaration, shipment), a plate, a tag.
NUMBER, PLATE, TAG = "number", "plate", "tag"
#: And the name of a crossing as it is spelled.
NAME = "name"
_PLATE = "tractor_id"


def port_key(keys: KeyStore, port: str) -> bytes:
    """The key of a port's marks, which a node derives from a secret of its own."""
    return hmac.new(keys.secret(PORT_SECRET), b"aforo marks of a port " + port.encode(), hashlib.sha256).digest()


def lottery_key(keys: KeyStore, port: str, day: date) -> bytes:
    """The key that a port which is cut off draws the lots of a day with."""
    return lottery.port_key(lottery.day_key(keys.secret("lottery"), day), port)


def mark(key: bytes, kind: str, value: str) -> str:
    """The mark of a value, however it is spelled: 16 hexadecimal digits."""
    text = f"{kind}\0{identity_text(value)}"
    return hashlib.blake2b(text.encode(), digest_size=8, key=key).hexdigest()


def name_mark(key: bytes, crossing: str) -> str:
    """The mark of a crossing's name as it is spelled: of two that are spelled otherwise, two."""
    return mark(key, NAME, crossing.encode().hex())


def marks_of(
    crossing: str, filings: Sequence[Filed], key: bytes, keys: KeyStore, taken: Sequence[str] = ()
) -> tuple[str, ...]:
    """The marks of a crossing: its name's first, then those of the crossings that it took in, also as they are spelled,
    its declarations, shipments and plates. The plate of a person who was erased is not known any more."""
    names = (crossing, *taken)
    found = dict.fromkeys(mark(key, NUMBER, name) for name in names)
    found |= dict.fromkeys(name_mark(key, name) for name in taken)
    found |= dict.fromkeys(mark(key, kind, value) for kind, value in values_of(crossing, filings, keys, taken))
    return tuple(found)


def values_of(
    crossing: str, filings: Sequence[Filed], keys: KeyStore, taken: Sequence[str] = ()
) -> list[tuple[str, str]]:
    """What a truck is known by, in clear, with its kind: its name, those of the crossings that it took in, its
    declarations, shipments and plates. Kept nowhere: what is kept are marks."""
    found = dict.fromkeys((NUMBER, name) for name in (crossing, *taken))
    for filed in filings:
        for name in ("declaration_id", "shipment_id"):
            value = filed.declaration.get(name)
            if value:
                found.setdefault((NUMBER, value))
        plate = _plate_of(filed, keys)
        if plate is not None:
            found.setdefault((PLATE, plate))
    return list(found)


def _plate_of(filed: Filed, keys: KeyStore) -> str | None:
    sealed = (filed.sealed or {}).get(_PLATE)
    person = int(unpack_identities([filed])[PERSONAL_FIELDS[_PLATE]][0])
    if sealed is None or not person:
        return None
    text = keys.open([person], sealed)
    return None if text is None else text.decode()


def sealed(key: bytes, text: str) -> str:
    """A text that only the port and its node can read."""
    return base64.b64encode(_box(key).encrypt(text.encode())).decode()


def unsealed(said: EdgeReadings | EdgeScannerLog | EdgeOrdered, edge: str, key: bytes, keys: KeyStore) -> str | None:
    """What an edge sealed under the node's key, or, before there was one, under the `key` of its port; None where it
    was not. Raises SealingKeyDestroyedError."""
    text = said.reason if isinstance(said, EdgeOrdered) else said.sealed
    if said.sealing_key:
        return keys.sealing.open(edge, said.sealing_key, text)
    keys.sealing.note_port_sealed()
    return opened(key, text)


def opened(key: bytes, text: str) -> str | None:
    """What was sealed; None where it was not, under this key."""
    try:
        return _box(key).decrypt(base64.b64decode(text, validate=True)).decode()
    except (CryptoError, ValueError):
        return None


def _box(key: bytes) -> SecretBox:
    return SecretBox(hmac.new(key, b"aforo reasons", hashlib.sha256).digest())
