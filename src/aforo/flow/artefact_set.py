"""The artefact set: one content-addressed document that names all that a decision was made with.

A decision event names the hash of the set; the set names the hashes of the model (its trees and the weights of its
combiner), the rules, the policy document, the control plan and the price table, the rate that is held, and the version
of the code.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

#: What a lot is drawn for, beside tractor and day.
LotPlace = Literal["bridge", "port"]


class ArtefactSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """Hashes are SHA-256 in hex. `rate` is the fraction of crossings to examine. `prices` is the index of the books of
    prices, `ports` that of the port documents, by the code of the port; both are empty without any.

    `lots` tells what place a lot is drawn for: the port. Sets that do not say so were in force when it was the bridge
    as the filer wrote it; their decisions replay with that.
    """

    model: str
    combiner: str
    rules: str
    policy: str
    plan: str
    memory: str
    rate: float
    code: str
    prices: str = ""
    lots: LotPlace = "bridge"
    ports: str = ""

    def document(self) -> bytes:
        """The stored form; its hash names the set."""
        return msgspec.json.encode(self)

    def hash(self) -> str:
        return hashlib.sha256(self.document()).hexdigest()


def parse(document: bytes) -> ArtefactSet:
    """The set of a stored document."""
    return msgspec.json.decode(document, type=ArtefactSet)
