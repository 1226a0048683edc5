"""Who acts, as the log has it: persons by their names, and in a namespace of their own those who name themselves.

A carrier chooses the names of its tokens, so none of them is an actor: a carrier acts as `carrier:HASH/TOKEN`, by keyed
hashes of its codes and the identifier of the token or session. No account and no token may have a name like that, or
one that the product itself acts by.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from aforo.domain.declaration import identity_text

CARRIER = "carrier:"
#: By what the product acts where nobody does, and what its commands act by.
SYSTEM = ("aforo", "operator", "filer")
_SYSTEM = frozenset(map(identity_text, SYSTEM))
#: The end of Unicode's block Latin Extended-B.
_LAST_LATIN = "\u024f"


def carrier_actor(hashes: Iterable[str], token: str) -> str:
    """The actor of what a carrier does: keyed hashes of the codes that it does this for, and the identifier of its
    token or session."""
    return f"{CARRIER}{'+'.join(sorted(hashes))}/{token}"


def is_reserved(name: str) -> bool:
    """Whether a name is none for a person or a token: however it is spelled, it would be read as the product's own,
    stands in the namespace of carriers, or has letters that are not Latin, which look like those of another name."""
    if any(each.isalpha() and each > _LAST_LATIN for each in unicodedata.normalize("NFKC", name)):
        return True
    before, colon, _ = name.replace("\uff1a", ":").partition(":")
    return identity_text(name) in _SYSTEM or (bool(colon) and identity_text(before) == identity_text(CARRIER))
