"""The artefact set: one content-addressed document that names all that a decision was made with.

A decision event names the hash of the set; the set names the hashes of the model (its trees and the weights of its
combiner), the rules, the policy document, the control plan and the price table, the rate that is held, and the version
of the code.
"""

from __future__ import annotations

import hashlib

import msgspec


class ArtefactSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """Hashes are SHA-256 in hex. `rate` is the fraction of crossings to examine. `prices` is empty without ports."""

    model: str
    combiner: str
    rules: str
    policy: str
    plan: str
    memory: str
    rate: float
    code: str
    prices: str = ""

    def document(self) -> bytes:
        """The stored form; its hash names the set."""
        return msgspec.json.encode(self)

    def hash(self) -> str:
        return hashlib.sha256(self.document()).hexdigest()


def parse(document: bytes) -> ArtefactSet:
    """The set of a stored document."""
    return msgspec.json.decode(document, type=ArtefactSet)
