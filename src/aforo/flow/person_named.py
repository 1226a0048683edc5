"""Whether a text that will be recorded in clear names a person whom the declarations of a crossing name under seal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aforo.domain.declaration import PERSONAL_FIELDS, PRIVATE_FIELDS
from aforo.domain.event import Filed
from aforo.domain.spoken import gives_away, phrases
from aforo.flow.recorded import unpack_identities
from aforo.log.keys import KeyStore


def names_person(text: str, filings: Sequence[Filed], keys: KeyStore) -> bool:
    """Whether `text` holds an identifier or a name that one of `filings` keeps sealed, however it is spelled.

    An identifier is told by its keyed hash, also once its person is erased; a name only while it can be opened.
    """
    spoken = phrases(text)
    return any(_names(text, spoken, filing, keys) for filing in filings)


def _names(text: str, spoken: Sequence[str], filing: Filed, keys: KeyStore) -> bool:
    identities = unpack_identities([filing])
    for column, sealed in (filing.sealed or {}).items():
        kind = PERSONAL_FIELDS.get(column) or PRIVATE_FIELDS.get(column)
        if kind is None:  # free text, which is nobody's in particular
            continue
        person = int(identities[kind][0])
        if column.endswith("_id"):
            if person in _hashes(kind, spoken, keys):
                return True
            continue
        # A name is sealed under the identifier that stands beside it, or else is a person of its own.
        owners: Iterable[int] = [person] if person else _hashes(column, spoken, keys)
        names = (keys.open([owner], sealed) for owner in owners)
        if any(name is not None and gives_away(text, name.decode()) for name in names):
            return True
    return False


def _hashes(kind: str, spoken: Sequence[str], keys: KeyStore) -> set[int]:
    return set(keys.identity_hashes(kind, spoken).tolist())
