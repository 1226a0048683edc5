"""Whether a text that will be recorded in clear names a person whom the declarations of a crossing name under seal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from aforo.domain.declaration import PERSONAL_FIELDS, PRIVATE_FIELDS
from aforo.domain.event import Filed
from aforo.domain.spoken import gives_away, phrases
from aforo.flow.filing import is_private
from aforo.flow.names import stream_of
from aforo.flow.recorded import unpack_identities
from aforo.flow.told_publicly import filings_in
from aforo.log.keys import KeyStore

if TYPE_CHECKING:
    from aforo.flow.node import Node


#: Crossings whose filings are looked through for names, and letters that an identifier has at least.
MOST_CROSSINGS, _SHORTEST = 500, 4
#: The fields of names under which a person without an identifier is kept.
_NAMES = ("driver_name",)


def names_person(text: str, filings: Sequence[Filed], keys: KeyStore) -> bool:
    """Whether `text` holds an identifier or a name that one of `filings` keeps sealed, however it is spelled.

    An identifier is told by its keyed hash, also once its person is erased; a name only while it can be opened.
    """
    spoken = phrases(text)
    return any(_names(text, spoken, filing, keys) for filing in filings)


def names_filed_identifier(text: str, keys: KeyStore) -> bool:
    """Whether a text holds an identifier of a driver, a truck, or a trader who is a person, that anybody filed.

    It is told by its keyed hash, as long as that person's key is there.
    """
    spoken = [each for each in phrases(text) if len(each) >= _SHORTEST]
    private = [each for each in spoken if is_private(each)]
    persons = set[int]()
    for kind in ("driver", "tractor", *_NAMES):
        persons |= _hashes(kind, spoken, keys)
    for kind in PRIVATE_FIELDS.values():
        persons |= _hashes(kind, private, keys)
    return bool(keys.with_keys(persons))


def names_filed_person(text: str, node: Node, carriers: Collection[int] | None = None) -> bool:
    """Whether a text about no crossing in particular holds such an identifier, or an identifier or a name that the
    filings of the crossings have that were heard of last, MOST_CROSSINGS of them.

    A text of `carriers` (keyed hashes) is held against their own crossings alone: from a refusal nobody learns what
    others filed.
    """
    if carriers is None and names_filed_identifier(text, node.keys):
        return True
    trucks = list(node.trucks.trucks.items())
    own = [name for name, truck in trucks if carriers is None or truck.carrier in carriers]
    recent = [stream_of(each) for each in own[-MOST_CROSSINGS:]]
    streams = node.log.streams(recent)
    return any(names_person(text, list(filings_in(events)), node.keys) for events in streams.values())


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
