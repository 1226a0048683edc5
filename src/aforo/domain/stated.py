"""Evidence that facts state, where no feature shows it: how it is recorded with a decision."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

#: (source, code, threat index, micro-log-odds, place of the declaration): what a fact adds. The place counts the
#: crossing's standing declarations from 0; -1 is the crossing as a whole.
StatedTerm = tuple[str, str, int, int, int]
#: The source of facts about custody under seal.
CUSTODY: Final = "custody"
#: What the code of a fact of custody ends in where no signature vouches for what it rests on: `broken_claimed`. Without
#: it somebody signed, or the decision is of a version that did not tell the two apart.
CLAIMED: Final = "_claimed"


class Contradiction(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    """Two things that cannot both be so. `code` says what differs; `here` is a declaration, `there` another one.

    `one` and `other` are what they say, in clear, and empty where that traces a person.
    """

    code: str
    here: str
    there: str
    one: str = ""
    other: str = ""


#: By what two crossings are linked: they name the same tractor, seal or shipment.
LinkKind = Literal["tractor", "seal", "shipment"]


class Link(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Another open crossing that may be the same truck; both stay crossings of their own."""

    kind: LinkKind
    crossing: str
